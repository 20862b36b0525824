"""JSON that AWS wrote: it may hold more than is known here; what is needed and does not fit is refused."""

import re
from datetime import datetime
from typing import Final

from bot.errors import Malformed
from bot.logic.moments import moment
from bot.logic.plain import plain
from bot.logic.strict import Part

MOST_TEXT: Final = 1024
"""Characters of an alarm's reason and description (CloudWatch API reference: 1023 and 1024)."""
MOST_ARN: Final = 2048
"""Characters of an ARN; an alarm's has 1600 at most (CloudWatch API reference)."""
MOST_RULE: Final = 10_240
"""Characters of a composite alarm's rule (CloudWatch API reference)."""
_NEVER: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters (CloudWatch takes none in a name) and lone surrogates (no UTF-8 has any)."""


class Told(Part):
    """An object within an event. Every method raises Malformed, naming the place."""

    __slots__ = ()

    def needed(self, key: str, most: int) -> str:
        """A line that must be there."""
        if key not in self.said:
            raise Malformed(f"{self.path}{key} lacks")
        return self.line(key, most)

    def identity(self, key: str, most: int) -> str:
        """A name or an ARN that must be there, as AWS wrote it: AWS is asked by it, and knows no other.

        It is not fit to be shown: that which cannot be printed is in it, but for control characters and surrogates.
        """
        if key not in self.said:
            raise Malformed(f"{self.path}{key} lacks")
        return _identity(self.said[key], f"{self.path}{key}", most)

    def words(self, key: str, most: int = MOST_TEXT) -> str:
        """Free text in one line, cut; empty where there is none."""
        text = self.said.get(key)
        if text is None:
            return ""
        if not isinstance(text, str):
            raise Malformed(f"{self.path}{key} is no text")
        return (text if len(text) <= most and text.isprintable() else plain(text, most)).strip()

    def when(self, key: str) -> datetime:
        """A time in any of AWS's spellings."""
        found = moment(self.said.get(key))
        if found is None:
            raise Malformed(f"{self.path}{key} is no time")
        return found

    def within(self, key: str) -> "Told":
        """The object there, or an empty one."""
        value = self.said.get(key)
        if value is not None and not isinstance(value, dict):
            raise Malformed(f"{self.path}{key} is no object")
        return Told(value or {}, f"{self.path}{key}.")

    def each(self, key: str, most: int) -> tuple["Told", ...]:
        """The objects of the list there, if any."""
        if self.said.get(key) is None:
            return ()
        return tuple(self.parts(key, most))

    def lines(self, key: str, most: int) -> tuple[str, ...]:
        """The texts of the list there, if any; whatever else is in it is passed over."""
        return tuple(plain(text, MOST_TEXT) for text in self._texts(key, most))

    def identities(self, key: str, most: int) -> tuple[str, ...]:
        """The same of the texts of a list."""
        return tuple(_identity(text, f"{self.path}{key}", MOST_ARN) for text in self._texts(key, most) if text)

    def _texts(self, key: str, most: int) -> tuple[str, ...]:
        values = self.said.get(key)
        if values is None:
            return ()
        if not isinstance(values, list) or len(values) > most:
            raise Malformed(f"{self.path}{key} is no list of at most {most}")
        return tuple(value for value in values if isinstance(value, str))

    def naming(self, key: str, most: int) -> str:
        """Text that holds names as AWS wrote them, cut; empty where there is none."""
        text = self.said.get(key)
        if text is None:
            return ""
        if not isinstance(text, str):
            raise Malformed(f"{self.path}{key} is no text")
        return text if text.isprintable() and len(text) <= most else _NEVER.sub(_instead, text[:most])

    def flag(self, key: str, *, absent: bool) -> bool:
        """Yes or no."""
        value = self.said.get(key)
        if value is None:
            return absent
        if not isinstance(value, bool):
            raise Malformed(f"{self.path}{key} is neither true nor false")
        return value

    def pairs(self, key: str, most: int) -> tuple[tuple[str, str], ...]:
        """Names and values, sorted: an object (EventBridge) or a list of objects.

        Those have `name` and `value` (SNS), or `Name` and `Value` (the API).
        """
        found = self.said.get(key)
        if isinstance(found, list):
            each = (Told({k.lower(): v for k, v in p.said.items()}, p.path) for p in self.each(key, most))
            return tuple(sorted((p.words("name", 255), p.words("value")) for p in each))
        held = self.within(key)
        if len(held.said) > most:
            raise Malformed(f"{self.path}{key} is no object of at most {most}")
        return tuple(sorted((plain(k, 255), held.words(k)) for k in held.said))


def _identity(text: object, path: str, most: int) -> str:
    if isinstance(text, str) and len(text) <= most and (text.isprintable() or not _NEVER.search(text)) and text.strip():
        return text
    raise Malformed(f"{path} is no name of 1 to {most} characters")


def _instead(never: re.Match[str]) -> str:
    return " " if never[0].isspace() else "\N{REPLACEMENT CHARACTER}"
