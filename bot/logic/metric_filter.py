"""Which metric namespaces a link's filter lets through, as far as that can be told for certain.

The grammar is CloudWatch's (OAM API reference, MetricConfiguration): conditions on `Namespace` with `=`, `!=`,
`LIKE`, `NOT LIKE` (prefixes only), `IN`, `NOT IN`, joined by `AND` and `OR`. It does not say which of the two binds
tighter, so a filter whose meaning hangs on that is not judged.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

_TEXT = r"'[^']*'"
_CONDITION = re.compile(
    rf"\s*Namespace\s*(?:(?P<sign>!?=)\s*(?P<text>{_TEXT})"
    rf"|\s(?P<unlike>NOT\s+)?LIKE\s*(?P<prefix>'[^'%]*%')"
    rf"|\s(?P<out>NOT\s+)?IN\s*\(\s*(?P<list>{_TEXT}(?:\s*,\s*{_TEXT})*)\s*\))\s*"
)
_JOINT = re.compile(r"(AND|OR)\s+")
EVERYTHING = "*"
"""Set as a link's filter it takes the filter away."""

_Condition = Callable[[str], bool]


def shared(metric_filter: str, namespaces: Iterable[str]) -> frozenset[str] | None:
    """Those of the namespaces that the filter shares; None when that cannot be told. An empty filter shares all."""
    asked = frozenset(namespaces)
    if metric_filter.strip() in {"", EVERYTHING}:
        return asked
    parsed = _parsed(metric_filter)
    if parsed is None:
        return None
    conditions, joints = parsed
    either = {name: _ways([holds(name) for holds in conditions], joints) for name in asked}
    if any(len(ways) > 1 for ways in either.values()):
        return None
    return frozenset(name for name, ways in either.items() if True in ways)


def _parsed(metric_filter: str) -> tuple[list[_Condition], list[str]] | None:
    conditions: list[_Condition] = []
    joints: list[str] = []
    at = 0
    while condition := _CONDITION.match(metric_filter, at):
        conditions.append(_meaning(condition))
        if condition.end() == len(metric_filter):
            return conditions, joints
        joint = _JOINT.match(metric_filter, condition.end())
        if joint is None:
            return None
        joints.append(joint[1])
        at = joint.end()
    return None


def _meaning(condition: re.Match[str]) -> _Condition:
    if (text := condition["text"]) is not None:
        wanted, equal = text[1:-1], condition["sign"] == "="
        return lambda name: (name == wanted) is equal
    if (prefix := condition["prefix"]) is not None:
        start, alike = prefix[1:-2], condition["unlike"] is None
        return lambda name: name.startswith(start) is alike
    listed, among = frozenset(re.findall(r"'([^']*)'", condition["list"])), condition["out"] is None
    return lambda name: (name in listed) is among


def _ways(holds: Sequence[bool], joints: Sequence[str]) -> set[bool]:
    """What the whole may mean: AND before OR, or from left to right."""
    in_order = holds[0]
    for joint, one in zip(joints, holds[1:], strict=True):
        in_order = (in_order and one) if joint == "AND" else (in_order or one)
    group = [0]
    for joint in joints:
        group.append(group[-1] + (joint == "OR"))
    pairs = groupby(zip(group, holds, strict=True), key=lambda pair: pair[0])
    return {in_order, any(all(one for _, one in members) for _, members in pairs)}
