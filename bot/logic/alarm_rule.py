"""The rule of a composite alarm: which alarms it names.

Sources: CloudWatch User Guide, "Composite alarms" (functions, AT_LEAST); API reference, PutCompositeAlarm (quotes).
"""

import re
from collections.abc import Iterator
from typing import Final

_QUOTED: Final = r"\"(?:\\.|[^\"\\])*+\""
_BARE: Final = r"[^\s(),\"][^\s(),]*+"
_NAME: Final = re.compile(rf"{_QUOTED}|{_BARE}", re.DOTALL)
_REFERENCE: Final = re.compile(
    r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*+,?\s*+\(\s*+"
    rf"(?:(?P<names>(?:{_NAME.pattern})(?:\s*+,\s*+(?:{_NAME.pattern}))*+)\s*+\)|(?P<single>'[^']+')\s*+\))",
    re.DOTALL,
)
"""`STATE(name)`, and the `STATE, (name, name)` of an AT_LEAST, whatever number, share or NOT stands before it."""
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SINGLE: Final = re.compile(r"'([^']+)'")


def children(rule: str) -> tuple[str, ...]:
    r"""The names or ARNs of the alarms in a rule, in its order, each once.

    Names stand bare, or in double quotes with `\` before a quote of their own. AWS documents no other quotes, so that
    single ones belong to the name; as people write them all the same, the name without them is another.
    """
    found = _REFERENCE.finditer(rule) if rule else ()
    return tuple(dict.fromkeys(name for each in found for name in _named(each)))


def _named(reference: re.Match[str]) -> Iterator[str]:
    for name in _NAME.findall(reference["names"]) if reference["names"] else (reference["single"],):
        yield _ESCAPED.sub(r"\1", name[1:-1]) if name.startswith('"') else name
        if single := _SINGLE.fullmatch(name):
            yield single[1].strip()
