"""What a call set, in a line: for calls whose request says all of what it changes, so that two can be compared.

Sources: OAM API reference, UpdateLink and PutSinkPolicy; S3's PutBucketPolicy and CloudTrail's UpdateTrail and
PutEventSelectors as CloudTrail records them (its members begin in small; S3's policy is no text but an object).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bot.logic.words import listing, shortened

MOST_STATEMENTS: Final = 4
MOST_CHARACTERS: Final = 300
_Read = Callable[[Mapping[str, Any]], str]


def value(event: str, request: Mapping[str, Any]) -> tuple[str, str] | None:
    """A label and the words, such as `Shares` and `Logs, Metrics`; None of other calls and of what says nothing."""
    label, read = _VALUES.get(event, ("", None))
    words = read(request) if read else ""
    return (label, shortened(words, MOST_CHARACTERS)) if words else None


def _shares(request: Mapping[str, Any]) -> str:
    """`AWS::CloudWatch::Metric` is `Metric`; filters are told beside."""
    kinds = sorted(str(kind).rpartition("::")[2] for kind in _many(request.get("resourceTypes")))
    filtered = " with filters" if request.get("linkConfiguration") else ""
    return f"{listing(tuple(kinds), most=9)}{filtered}" if kinds else ""


def _policy(request: Mapping[str, Any]) -> str:
    """Each statement: whom it allows or denies what, and whether under conditions."""
    found = request.get("bucketPolicy") or request.get("policy")
    try:
        document = json.loads(found) if isinstance(found, str) else found
    except ValueError:
        return ""
    if not isinstance(document, Mapping):
        return ""
    said = tuple(_statement(one) for one in _many(document.get("Statement")) if isinstance(one, Mapping))
    return f"{'; '.join(said[:MOST_STATEMENTS])}{_more(len(said))}" if said else "no statement"


def _statement(one: Mapping[str, Any]) -> str:
    """`allows 222222222222 oam:CreateLink, oam:UpdateLink under conditions`."""
    act = "denies" if one.get("Effect") == "Deny" else "allows"
    who = listing(tuple(_principals(one.get("Principal"))), most=5) or "others than named"
    what = listing(tuple(map(str, _many(one.get("Action")))), most=3)
    conditions = _conditions(one.get("Condition"))
    return " ".join(filter(None, (act, who, what, f"where {conditions}" if conditions else "")))


def _principals(found: object) -> Iterator[str]:
    """An account's root is the account."""
    kinds = found.values() if isinstance(found, Mapping) else [found]
    for named in kinds:
        for each in _many(named):
            yield "anybody" if each == "*" else str(each).removesuffix(":root").removeprefix("arn:aws:iam::")


def _conditions(found: object) -> str:
    """`aws:PrincipalOrgID is o-1`."""
    tests = [test for test in found.values() if isinstance(test, Mapping)] if isinstance(found, Mapping) else []
    pairs = [(key, listing(tuple(map(str, _many(held))), most=5)) for test in tests for key, held in test.items()]
    return " and ".join(f"{key} is {held}" for key, held in pairs)


def _trail(request: Mapping[str, Any]) -> str:
    """What of a trail was set, as the request has it."""
    held = {name: held for name, held in request.items() if name != "name" and isinstance(held, bool | str)}
    return ", ".join(
        f"{name} {str(held[name]).lower() if isinstance(held[name], bool) else held[name]}" for name in sorted(held)
    )


def _selectors(request: Mapping[str, Any]) -> str:
    """Whether management events, and which, are among what is logged."""
    basic = [one for one in _many(request.get("eventSelectors")) if isinstance(one, Mapping)]
    if not basic:
        return "advanced selectors" if request.get("advancedEventSelectors") else ""
    kinds = [str(one.get("readWriteType", "All")) for one in basic if one.get("includeManagementEvents", True)]
    return f"management events: {listing(tuple(sorted(set(kinds))))}" if kinds else "no management events"


def _more(count: int) -> str:
    return f"; and {count - MOST_STATEMENTS} more" if count > MOST_STATEMENTS else ""


def _many(found: object) -> list[Any]:
    """One or a list of them, as policies have it."""
    return found if isinstance(found, list) else [] if found is None else [found]


_VALUES: Final[Mapping[str, tuple[str, _Read | None]]] = {
    "UpdateLink": ("Shares", _shares),
    "PutSinkPolicy": ("Policy", _policy),
    "PutBucketPolicy": ("Policy", _policy),
    "UpdateTrail": ("Set", _trail),
    "PutEventSelectors": ("Logs", _selectors),
}
