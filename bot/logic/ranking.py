"""Series of one metric, worst first."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

from bot.logic.distance import relative_distance
from bot.logic.held import Held
from bot.model.metric import Series
from bot.model.observation import Reading, Row


@dataclass(frozen=True, slots=True)
class Named:
    """A series as it is shown: what people call it, and what it is held to, both in the unit that is shown."""

    name: str
    """Untrusted."""
    series: Series
    held: Held | None = None

    @property
    def newest(self) -> float | None:
        """The newest value that is a number."""
        return next((value for value in reversed(self.series.values) if isfinite(value)), None)


def worst_first(series: Iterable[Named], *, high_is_bad: bool = True) -> list[Named]:
    """By how many limits the newest value is beyond its own, then by how near to it; what has no limit follows.

    Those without one by their value, and what has no point comes last.
    """
    return sorted(series, key=lambda one: _rank(one, high_is_bad=high_is_bad))


def _rank(one: Named, *, high_is_bad: bool) -> tuple[int, float, float, str]:
    newest = one.newest
    if newest is None:
        return 2, 0.0, 0.0, one.name
    if one.held is None or not one.held.is_sided:
        return 1, 0.0, -newest if high_is_bad else newest, one.name
    beyond = relative_distance(Row("", one.held.check), Reading(newest, one.held.limit))
    return 0, -beyond, _left(newest, one.held.limit), one.name


def _left(newest: float, limit: float) -> float:
    """How far a value is from its limit, in limits."""
    return abs(abs(newest) - abs(limit)) / max(abs(limit), 1e-9)
