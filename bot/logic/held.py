"""A metric's limit: what it is held to, and what a value says of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.logic.constraints import Side, side

_WANTED = {Side.ABOVE: "at least ", Side.BELOW: "at most ", Side.UNDER: "below ", Side.AROUND_ZERO: "within ±"}
_BEYOND = {Side.ABOVE: "below ", Side.BELOW: "above ", Side.UNDER: "at or above ", Side.AROUND_ZERO: "beyond ±"}
Write = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Held:
    """The source's own name of a check, such as `LessThanThreshold`, and its limit, in the unit that is shown."""

    check: str
    limit: float

    @property
    def is_sided(self) -> bool:
        """Whether it is known which side is good; else nothing can be said of a value."""
        return side(self.check) in _BEYOND

    def is_broken_by(self, seen: float) -> bool:
        """Whether a value lies on the wrong side."""
        match side(self.check):
            case Side.ABOVE:
                return seen < self.limit
            case Side.BELOW:
                return seen > self.limit
            case Side.UNDER:
                return seen >= self.limit
            case Side.AROUND_ZERO:
                return abs(seen) > abs(self.limit)
            case _:
                return False

    def wanted(self, write: Write) -> str:
        """`at least 0.8792`; the limit alone where no side is known."""
        return self._before(_WANTED) + write(self._shown)

    def beyond(self, write: Write) -> str:
        """`below 0.8792`: where a value is that breaks it."""
        return self._before(_BEYOND) + write(self._shown)

    def _before(self, words: Mapping[Side, str]) -> str:
        known = side(self.check)
        return words.get(known, "") if known else ""

    @property
    def _shown(self) -> float:
        return abs(self.limit) if side(self.check) is Side.AROUND_ZERO else self.limit
