"""How blocks are checked: small checks that compose, each with Slack's wording and a JSON pointer.

A check takes a value, its pointer and the list of problems. `shape` refuses properties that it does not know, as
Slack does.
"""

from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any, str, "Problems"], None]


_INFINITE = 1e300
"""No number that JSON carries is meant to be larger; NaN is not smaller either."""


class Problems:
    """What is wrong, in Slack's form: `[ERROR] reason [json-pointer:/blocks/0/text]`."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, reason: str, pointer: str) -> None:
        """Note one problem."""
        self.messages.append(f"[ERROR] {reason} [json-pointer:{pointer}]")


def string(most: int, least: int = 1) -> Check:
    """A string of `least` to `most` characters."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add("must provide a string", pointer)
        elif len(value) > most:
            problems.add(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            problems.add(f"must be more than {least - 1} characters", pointer)

    return check


def word(*allowed: str) -> Check:
    """One of some words."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if value not in allowed:
            problems.add(f"value must be one of: {', '.join(allowed)}", pointer)

    return check


def flag(value: Any, pointer: str, problems: Problems) -> None:
    """True or false."""
    if not isinstance(value, bool):
        problems.add("must be a boolean", pointer)


def whole(low: int, high: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            problems.add("must be an integer", pointer)
        elif not low <= value <= high:
            problems.add(f"must be between {low} and {high}", pointer)

    return check


def number(value: Any, pointer: str, problems: Problems) -> None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _INFINITE:
        problems.add("must be a number", pointer)


def many(check: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` items, each checked."""

    def check_all(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add("must be an array", pointer)
            return
        if len(value) > most:
            problems.add(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            problems.add(f"no fewer than {least} items allowed", pointer)
        for index, item in enumerate(value):
            check(item, f"{pointer}/{index}", problems)

    return check_all


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these properties and `type`; others are refused."""
    known = {**required, **(optional or {})}

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must be an object", pointer)
            return
        for name in required:
            if name not in value:
                problems.add(f"missing required field: {name}", pointer)
        for name, item in value.items():
            if name in known:
                known[name](item, f"{pointer}/{name}", problems)
            elif name != "type":
                problems.add(f"invalid additional property: {name}", pointer)

    return check


def typed(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` names which check it must pass."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must be an object", pointer)
            return
        kind = value.get("type")
        if not isinstance(kind, str):
            problems.add("missing required field: type", pointer)
        elif kind not in kinds:
            problems.add(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            kinds[kind](value, pointer, problems)

    return check


def both(*checks: Check) -> Check:
    """A value that must pass several checks; the later ones may rely on the earlier ones."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        before = len(problems.messages)
        for one in checks:
            one(value, pointer, problems)
            if len(problems.messages) > before:
                return

    return check
