"""What a link's filter lets through: namespaces of metrics, or names of log groups.

Source: OAM API reference, MetricConfiguration and LogGroupConfiguration: conditions on one term with `=`, `!=`, `LIKE`,
`NOT LIKE` (prefixes only), `IN` and `NOT IN`, joined by at most five `AND` and `OR`; `*` stands for no filter. Which of
the two joints binds tighter is not documented, so only what passes either way is shared.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby

from sandbox.aws.errors import AwsError

MOST_JOINTS = 5
EVERYTHING = "*"
NAMESPACE, LOG_GROUP = "Namespace", "LogGroupName"

Condition = Callable[[str], bool]

_TEXT = r"'[^']*'"
_JOINT = re.compile(r"\s+(AND|OR)\s+")


@lru_cache(maxsize=256)
def shares(text: str, term: str = NAMESPACE) -> Condition:
    """The test of a filter. Raises AwsError for one that OAM does not take."""
    if text.strip() == EVERYTHING:
        return lambda _: True
    conditions, joints = _parsed(text, term)
    return lambda name: all(_ways([holds(name) for holds in conditions], joints))


def _parsed(text: str, term: str) -> tuple[list[Condition], list[str]]:
    condition_of = re.compile(
        rf"{term}\s*(?:(?P<sign>!?=)\s*(?P<text>{_TEXT})|\s(?P<unlike>NOT\s+)?LIKE\s*(?P<prefix>'[^'%]*%')"
        rf"|\s(?P<out>NOT\s+)?IN\s*\(\s*(?P<list>{_TEXT}(?:\s*,\s*{_TEXT})*)\s*\))"
    )
    conditions, joints, rest = list[Condition](), list[str](), text.strip()
    while found := condition_of.match(rest):
        conditions.append(_meaning(found))
        rest = rest[found.end() :]
        joint = _JOINT.match(rest)
        if joint is None:
            break
        joints.append(joint[1])
        rest = rest[joint.end() :]
    if rest or not conditions or len(joints) == len(conditions):
        raise AwsError("InvalidParameterException", f"The filter {text} is not valid; it is made of {term} conditions")
    if len(joints) > MOST_JOINTS:
        raise AwsError("InvalidParameterException", f"A filter has at most {MOST_JOINTS} conditional operands")
    return conditions, joints


def _meaning(found: re.Match[str]) -> Condition:
    if (text := found["text"]) is not None:
        wanted, equal = text[1:-1], found["sign"] == "="
        return lambda name: (name == wanted) is equal
    if (prefix := found["prefix"]) is not None:
        start, alike = prefix[1:-2], found["unlike"] is None
        return lambda name: name.startswith(start) is alike
    listed, among = frozenset(re.findall(r"'([^']*)'", found["list"])), found["out"] is None
    return lambda name: (name in listed) is among


def _ways(holds: Sequence[bool], joints: Sequence[str]) -> tuple[bool, bool]:
    """What the whole may mean: from left to right, or AND before OR."""
    in_order = holds[0]
    for joint, one in zip(joints, holds[1:], strict=True):
        in_order = (in_order and one) if joint == "AND" else (in_order or one)
    group = [0]
    for joint in joints:
        group.append(group[-1] + (joint == "OR"))
    parts = groupby(zip(group, holds, strict=True), key=lambda pair: pair[0])
    return in_order, any(all(one for _, one in members) for _, members in parts)
