"""How far a reading is beyond its limit, and whether that grew by more than noise."""

from dataclasses import dataclass
from math import isfinite, sqrt

from bot.logic.constraints import Side, side
from bot.model.observation import Reading, Row

GROWTH = 1.25
"""A distance must grow by this factor before anybody is told that it is worse."""
STANDARD_ERRORS = 3.0
"""And by this many standard errors of what was seen."""


def distance(row: Row, reading: Reading) -> float | None:
    """How far beyond the limit, in the metric's own unit; 0 within it; None without finite numbers."""
    if reading.seen is None or reading.limit is None:
        return None
    over = reading.seen - reading.limit
    if not isfinite(over):
        return None
    match side(row.check):
        case Side.ABOVE:
            return max(0.0, -over)
        case Side.BELOW | Side.UNDER:
            return max(0.0, over)
        case Side.AROUND_ZERO:
            return max(0.0, abs(reading.seen) - abs(reading.limit))
        case _:
            return abs(over)


def relative_distance(row: Row, reading: Reading) -> float:
    """The distance in limits, to rank rows of different units; -1 without numbers, so those come last."""
    beyond = distance(row, reading)
    return -1.0 if beyond is None else beyond / max(abs(reading.limit or 0.0), 1e-9)


def standard_error(reading: Reading) -> float | None:
    """One standard error of what was seen: the report's own, else a share's √(p(1-p)/n), else unknown."""
    if reading.error is not None and isfinite(reading.error):
        return abs(reading.error)
    seen, samples = reading.seen, reading.samples
    if seen is None or not samples or not 0 <= seen <= 1:
        return None
    return sqrt(seen * (1 - seen) / samples)


@dataclass(slots=True)
class Trend:
    """One subject's readings of a row, as much of them as tells whether it became worse."""

    row: Row
    worst: float | None = None
    """The farthest distance before the last two readings."""
    earlier: Reading | None = None
    latest: Reading | None = None
    """None where the row was good, and before the first reading."""

    def take(self, reading: Reading | None) -> None:
        """The next reading in order."""
        left = distance(self.row, self.earlier) if self.earlier else None
        if left is not None:
            self.worst = left if self.worst is None else max(self.worst, left)
        self.earlier, self.latest = self.latest, reading

    @property
    def is_worse(self) -> bool:
        """Whether the last two readings stand out from all before; never without numbers or a standard error."""
        worst = self.worst
        return worst is not None and all(_stands_out(self.row, r, worst) for r in (self.latest, self.earlier))


def _stands_out(row: Row, reading: Reading | None, worst: float) -> bool:
    """Whether one reading is beyond both bars over the worst distance so far."""
    if reading is None:
        return False
    beyond, error = distance(row, reading), standard_error(reading)
    if beyond is None or error is None:
        return False
    return beyond > GROWTH * worst and beyond > worst + STANDARD_ERRORS * error
