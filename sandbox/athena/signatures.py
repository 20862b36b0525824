"""Which arguments a function takes and what it gives, as Trino's documentation writes it.

`element_at(map(K,V), K) -> V`: capital letters stand for any type, the same in every place; `number` is any number,
`…` after the last argument lets it be repeated.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.athena.sql_types import INTEGERS, NUMBERS, TEMPORAL, UNKNOWN, SqlType

_WIDTH = {name: place for place, name in enumerate(NUMBERS)}
_WHOLE = re.compile(r"(?P<name>\w+)\((?P<given>.*)\) -> (?P<gives>.+)")


def coerced(given: SqlType, wanted: SqlType) -> bool:
    """Whether Trino takes one type for the other by itself: NULL for any, narrow for wide, a date for a time."""
    if given in (wanted, UNKNOWN) or given.name == wanted.name not in {"row", "array", "map"}:
        return True
    if given.name in _WIDTH and wanted.name in _WIDTH:
        return _WIDTH[given.name] <= _WIDTH[wanted.name]
    if given.name in TEMPORAL and wanted.name in TEMPORAL:
        return TEMPORAL.index(given.name) <= TEMPORAL.index(wanted.name)
    same = given.name == wanted.name and len(given.parts) == len(wanted.parts)
    return same and all(coerced(a, b) for (_, a), (_, b) in zip(given.parts, wanted.parts, strict=True))


def common(types: Sequence[SqlType]) -> SqlType | None:
    """The narrowest of these that takes all of them; None where there is none."""
    return next((wide for wide in types if wide != UNKNOWN and all(coerced(each, wide) for each in types)), None) or (
        UNKNOWN if all(each == UNKNOWN for each in types) else None
    )


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function."""

    name: str
    takes: tuple[str, ...]
    repeats: bool
    gives: str

    @classmethod
    def of(cls, text: str) -> "Signature":
        """From its line. Raises ValueError of one that is none."""
        found = _WHOLE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no signature")
        takes = tuple(split(found["given"].removesuffix("…")))
        return cls(found["name"], takes, found["given"].endswith("…"), found["gives"])

    def __str__(self) -> str:
        """As Athena lists what it expected."""
        return f"{self.name}({', '.join(self.takes)})"

    def result(self, given: Sequence[SqlType]) -> SqlType | None:
        """What a call with these arguments gives; None where it cannot be made with them."""
        takes = self.takes
        if self.repeats and len(given) > len(takes):
            takes += (takes[-1],) * (len(given) - len(takes))
        if len(takes) != len(given):
            return None
        letters: dict[str, list[SqlType]] = {}
        if not all(_fits(wanted, each, letters) for wanted, each in zip(takes, given, strict=True)):
            return None
        meant = {letter: common(types) for letter, types in letters.items()}
        return None if None in meant.values() else _made(self.gives, {k: v for k, v in meant.items() if v})


def split(text: str) -> list[str]:
    """At commas that are in no parentheses."""
    return [part.strip() for part in re.findall(r"(?:[^,(]|\([^)]*\))+", text)]


def _fits(wanted: str, given: SqlType, letters: dict[str, list[SqlType]]) -> bool:
    if wanted in {"T", "K", "V", "U"}:
        letters.setdefault(wanted, []).append(given)
        return True
    if wanted == "number":
        return given.name in NUMBERS or given == UNKNOWN
    name, _, inner = wanted.partition("(")
    if not inner or name not in {"array", "map"}:
        return coerced(given, SqlType(wanted)) and not (wanted in INTEGERS and given.name == "decimal")
    if given == UNKNOWN:
        return all(_fits(part, UNKNOWN, letters) for part in split(inner[:-1]))
    return given.name == name and all(
        _fits(part, each, letters) for part, (_, each) in zip(split(inner[:-1]), given.parts, strict=True)
    )


def _made(gives: str, letters: dict[str, SqlType]) -> SqlType:
    if gives in letters:
        return letters[gives]
    name, _, inner = gives.partition("(")
    if not inner or name not in {"array", "map"}:
        return SqlType(gives)
    names = ("",) if name == "array" else ("key", "value")
    parts = (_made(part, letters) for part in split(inner[:-1]))
    return SqlType(name, tuple(zip(names, parts, strict=True)))
