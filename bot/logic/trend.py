"""What one subject's readings of a row say beyond noise: that it became worse, is good again, came back."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

from bot.logic.distance import distance, standard_error
from bot.model.observation import Reading, Row

GROWTH = 1.25
"""A distance must grow by this factor before anybody is told that it is worse."""
STANDARD_ERRORS = 3.0
"""And by this many standard errors: a run goes so far by chance once in 740."""
CALM = 4.0
AT_ONCE = 5.0
"""So far off what was bad one good run is a recovery, or, at `CALM`, two running.

More than for worse, since of many good runs the best is looked at (measured: tests/test_scenario_week.py).
"""


def is_marginal(row: Row, reading: Reading) -> bool:
    """Whether a bad reading is within noise of its limit; never without numbers or a standard error."""
    beyond, error = distance(row, reading), standard_error(reading)
    return beyond is not None and error is not None and beyond < STANDARD_ERRORS * error


@dataclass(slots=True)
class Trend:
    """As much of the readings as tells it. The level is how far beyond the limit it is usually, when it is bad."""

    row: Row
    told: float = 0.0
    """The level that people were told when it last was news."""
    told_runs: int = 0
    total: float = 0.0
    """Of the distances since then, but for the last two."""
    runs: int = 0
    earlier: Reading | None = None
    latest: Reading | None = None
    """None where the row was good, and before the first reading."""
    recovered: bool = False
    """It was good beyond noise since it was bad last."""
    _calm: int = 0

    def take(self, reading: Reading | None) -> None:
        """The next bad reading in order; None where the row is good or not spoken of."""
        left = distance(self.row, self.earlier) if self.earlier else None
        # What stands out and was not said yet (the cool-down) must not become usual meanwhile.
        if left is not None and not self.is_worse:
            self.total, self.runs = self.total + left, self.runs + 1
        self.earlier, self.latest = self.latest, reading
        if reading is not None:
            self._calm = 0

    def good(self, reading: Reading | None) -> None:
        """It is good. Without numbers that is believed; numbers must be off the level by more than noise."""
        if self.latest is not None:
            self.take(None)
        off = self._off(reading)
        self._calm = self._calm + 1 if off >= CALM else 0
        self.recovered = self.recovered or off >= AT_ONCE or self._calm >= 2

    def say(self) -> None:
        """People are told of the last readings: what comes next is measured by these."""
        known = list(self._last())
        if known:
            self.told, self.told_runs = sum(known) / len(known), len(known)
        self.total, self.runs, self.recovered = 0.0, 0, False

    @property
    def is_worse(self) -> bool:
        """Whether the last two readings stand out from the level; never without numbers or a standard error."""
        found = self._level()
        return found is not None and all(self._stands_out(r, *found) for r in (self.latest, self.earlier))

    @property
    def is_unsure(self) -> bool:
        """Whether it is good by numbers that do not tell it from what was bad."""
        return self.latest is None and not self.recovered and bool(self.runs or self.told_runs or self.earlier)

    def is_news(self, reading: Reading) -> bool:
        """Whether this bad reading, the next one, says that it is back: beyond noise, or for the second run running."""
        return self.recovered and (self.latest is not None or not is_marginal(self.row, reading))

    def _level(self) -> tuple[float, int] | None:
        """The level before the last two readings, and of how many readings: what was told, or what is usual since."""
        known = [(self.told, self.told_runs)] if self.told_runs else []
        known += [(self.total / self.runs, self.runs)] if self.runs else []
        return max(known, default=None)

    def _last(self) -> Iterator[float]:
        """The last two distances, as far as there are any."""
        for reading in (self.earlier, self.latest):
            if reading is not None and (beyond := distance(self.row, reading)) is not None:
                yield beyond

    def _stands_out(self, reading: Reading | None, level: float, runs: int) -> bool:
        """Whether one reading is beyond both bars over the level; that of few readings is itself not sure."""
        if reading is None:
            return False
        beyond, error = distance(self.row, reading), standard_error(reading)
        if beyond is None or error is None:
            return False
        noise = STANDARD_ERRORS * error * sqrt(1 + 1 / runs)
        return beyond > GROWTH * level and beyond > level + noise

    def _off(self, reading: Reading | None) -> float:
        """How many standard errors a good reading is off the level of the bad ones; endless without numbers."""
        known = [*self._last()]
        runs = self.runs + len(known)
        if reading is None or not (runs or self.told_runs):
            return float("inf")
        levels = [(self.told, self.told_runs)] if self.told_runs else []
        levels += [((self.total + sum(known)) / runs, runs)] if runs else []
        level, count = max(levels)
        inside, errors = _inside(self.row, reading), self._errors(reading)
        if inside is None or not errors:
            return float("inf")
        return (inside + level) / max(*errors, 1e-12) / sqrt(1 + 1 / count)

    def _errors(self, reading: Reading) -> list[float]:
        """This reading's and the last bad one's: a share that is high by chance has too small a one of its own."""
        known = (standard_error(r) for r in (reading, self.earlier) if r is not None)
        return [error for error in known if error is not None]


def _inside(row: Row, reading: Reading) -> float | None:
    """How far a good reading is within its limit; None where the check has no side or numbers lack."""
    if distance(row, reading) != 0 or reading.seen is None or reading.limit is None:
        return None
    return abs(reading.seen - reading.limit)
