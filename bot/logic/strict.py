"""JSON that others wrote, read strictly: what does not fit is refused with the place where it stands."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Self, TypeVar

from bot.errors import Malformed
from bot.logic.plain import number, plain

MOST_NAME: Final = 200
"""Characters of a name."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MOMENT: Final = re.compile(
    r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
ACCOUNT: Final = re.compile(r"[0-9]{12}")
REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
K = TypeVar("K")


class Part:
    """An object of the report, and where it stands. Every method raises Malformed."""

    __slots__ = ("path", "said")

    def __init__(self, said: Mapping[str, Any], path: str = "") -> None:
        self.said = said
        self.path = path

    def only(self, known: Collection[str], needed: Iterable[str]) -> None:
        """No key but these, and all of those: a slip in a key must not read as a default."""
        if strange := self.said.keys() - set(known):
            raise Malformed(f"{self.path}{plain(min(strange), 40)} is no key that is known here")
        self.needs(needed)

    def needs(self, keys: Iterable[str]) -> None:
        """All of these are there."""
        for key in keys:
            if key not in self.said:
                raise Malformed(f"{self.path}{key} lacks")

    def line(self, key: str, most: int = MOST_NAME) -> str:
        """Text in one line with something to see in it; empty where the key is absent."""
        if key not in self.said:
            return ""
        text = self.said[key]
        fits = isinstance(text, str) and len(text) <= most and bool(text.strip())
        if fits and text.isprintable():
            return str(text)
        if not fits or _CONTROL.search(text):
            raise Malformed(f"{self.path}{key} is no line of 1 to {most} characters")
        return plain(text, most)

    def text(self, key: str, most: int) -> str:
        """Free text, which may have several lines; they become one."""
        text = self.said.get(key, "")
        if not isinstance(text, str) or len(text) > most:
            raise Malformed(f"{self.path}{key} is no text of at most {most} characters")
        return plain(text, most).strip()

    def matched(self, key: str, pattern: re.Pattern[str]) -> str:
        """A line that is all of the pattern."""
        text = self.line(key)
        if key in self.said and not pattern.fullmatch(text):
            raise Malformed(f"{self.path}{key} is no AWS {key}")
        return text

    def moment(self, key: str) -> datetime:
        """A time with its zone, in UTC."""
        text = self.said[key]
        if not (isinstance(text, str) and _MOMENT.fullmatch(text)):
            raise Malformed(f"{self.path}{key} is no time such as 2026-11-20T14:05:00Z")
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            raise Malformed(f"{self.path}{key} is no day or time of the calendar") from None

    def whole(self, key: str, least: int, most: int) -> int | None:
        """A whole number within bounds."""
        if key not in self.said:
            return None
        value = number(self.said[key])
        if value is None or value != int(value) or not least <= value <= most:
            raise Malformed(f"{self.path}{key} is no whole number from {least} to {most}")
        return int(value)

    def figure(self, key: str) -> float | None:
        """A finite number; null where it is not known."""
        if self.said.get(key) is None:
            return None
        value = number(self.said[key])
        if value is None:
            raise Malformed(f"{self.path}{key} is no number")
        return value

    def one_of(self, key: str, known: Mapping[str, K], absent: K) -> K:
        """What one of the words means."""
        if key not in self.said:
            return absent
        word = self.said[key]
        if not isinstance(word, str) or word not in known:
            raise Malformed(f"{self.path}{key} is none of {', '.join(known)}")
        return known[word]

    def part(self, key: str) -> "Part":
        """An object within."""
        value = self.said[key]
        if not isinstance(value, dict):
            raise Malformed(f"{self.path}{key} is no object")
        return Part(value, f"{self.path}{key}.")

    def parts(self, key: str, most: int) -> Iterable[Self]:
        """The objects of a list."""
        values = self.said[key]
        if not isinstance(values, list) or len(values) > most:
            raise Malformed(f"{self.path}{key} is no list of at most {most}")
        for place, value in enumerate(values):
            if not isinstance(value, dict):
                raise Malformed(f"{self.path}{key}[{place}] is no object")
            yield type(self)(value, f"{self.path}{key}[{place}].")
