"""JSON that AWS wrote: it may hold more than is known here; what is needed and does not fit is refused."""

from datetime import datetime
from typing import Final

from bot.errors import Malformed
from bot.logic.moments import moment
from bot.logic.plain import plain
from bot.logic.strict import Part

MOST_TEXT: Final = 1024
"""Characters of an alarm's reason and description (CloudWatch API reference: 1023 and 1024)."""


class Told(Part):
    """An object within an event. Every method raises Malformed, naming the place."""

    __slots__ = ()

    def needed(self, key: str, most: int) -> str:
        """A line that must be there."""
        if key not in self.said:
            raise Malformed(f"{self.path}{key} lacks")
        return self.line(key, most)

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
        values = self.said.get(key)
        if values is None:
            return ()
        if not isinstance(values, list) or len(values) > most:
            raise Malformed(f"{self.path}{key} is no list of at most {most}")
        return tuple(plain(value, MOST_TEXT) for value in values if isinstance(value, str))

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
