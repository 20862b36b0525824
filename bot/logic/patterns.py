"""Regular expressions that people write: how long one could take on the worst of names, before it is ever tried."""

import re
from typing import Final

LONGEST_NAME: Final = 63
"""Endpoints and schedules have no longer names (AWS docs: CreateEndpoint, CreateMonitoringSchedule)."""
MOST_WAYS: Final = 64**4
"""Four repetitions beside each other: 18 ms for the worst name of 63 characters; a fifth makes it 270 ms."""
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_GROUP = re.compile(r"\((?:\?:|\?P<\w+>|(?!\?))")
_CASE = "(?i)"
_REPEAT = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<low>\d*)(?P<upto>,(?P<high>\d*))?\})[?+]?")
_NEVER: Final = 10**30


def mistake(pattern: str, template: str = "") -> str:
    """Why this pattern, or what its match expands, cannot be taken; empty when it can."""
    try:
        # The empty alternative always matches: so the template is tried without knowing a name that fits.
        found = re.compile(f"{pattern}|").match("")
        if found is not None:
            found.expand(template)
        re.compile(pattern)
    except (re.error, IndexError, RecursionError, OverflowError) as error:
        return f"is no regular expression that fits its name: {error}"
    try:
        ways, end = _ways(pattern, len(_CASE) if pattern.startswith(_CASE) else 0)
    except _NotCounted:
        return "has a group that is neither (…), (?:…) nor (?P<name>…)"
    if end < len(pattern) or ways > MOST_WAYS:
        return "could take for ever on some names: repeat no group that repeats or chooses, and use * and + less often"
    return ""


class _NotCounted(Exception):
    """A group of which the ways cannot be told."""


def _ways(pattern: str, at: int) -> tuple[int, int]:
    """In how many ways a pattern can be tried from a place of the name on, at most; and where its group ends."""
    all_ways, ways = 0, 1
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            all_ways, ways, at = all_ways + ways, 1, at + 1
            continue
        inner, at = _atom(pattern, at)
        repeated, at = _repeated(pattern, at, inner)
        ways = min(ways * repeated, _NEVER)
    return min(all_ways + ways, _NEVER), at


def _atom(pattern: str, at: int) -> tuple[int, int]:
    """The ways of one character, class or group, and where what follows it begins."""
    if pattern[at] == "\\":
        return 1, at + 2
    if found := _CLASS.match(pattern, at):
        return 1, found.end()
    if pattern[at] != "(":
        return 1, at + 1
    group = _GROUP.match(pattern, at)
    if group is None:
        raise _NotCounted
    ways, end = _ways(pattern, group.end())
    return ways, end + 1


def _repeated(pattern: str, at: int, inner: int) -> tuple[int, int]:
    found = _REPEAT.match(pattern, at)
    if found is None:
        return inner, at
    low, high = _times(found)
    each = inner if inner == 1 else min(inner**high, _NEVER)
    return min(each * (high - low + 1), _NEVER), found.end()


def _times(found: re.Match[str]) -> tuple[int, int]:
    """Between how many times and how many, as far as a name's length lets it come."""
    if found["sign"]:
        return (1 if found["sign"] == "+" else 0), (1 if found["sign"] == "?" else LONGEST_NAME)
    low = int(found["low"] or 0)
    high = int(found["high"] or LONGEST_NAME) if found["upto"] else low
    return min(low, LONGEST_NAME), min(max(low, high), LONGEST_NAME)
