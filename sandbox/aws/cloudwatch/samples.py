"""The samples of one metric in one unit and resolution, as columns sorted by time."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Column = array[float]
else:
    Column = array
    """Python's own array cannot be subscripted before 3.12."""


@dataclass(frozen=True, slots=True)
class StatisticSet:
    """Samples that were summed up before they were put."""

    count: float
    total: float
    least: float
    most: float

    def alike(self) -> bool:
        """Whether all samples were the same, so that percentiles are known (API: PutMetricData)."""
        return self.least == self.most and self.total == self.least * self.count


@dataclass(slots=True)
class Samples:
    """Columns: seconds since 1970, value, and how often it was seen; sets of statistics apart.

    Arrays of doubles keep two million samples in 32 MB; `weights` stays empty until a sample counts other than once.
    """

    times: Column = field(default_factory=lambda: array("d"))
    values: Column = field(default_factory=lambda: array("d"))
    weights: Column = field(default_factory=lambda: array("d"))
    sets: list[tuple[float, StatisticSet]] = field(default_factory=list)
    _sorted: bool = True

    def add(self, times_s: Sequence[float], values: Iterable[float]) -> None:
        """Add samples that were seen once each."""
        before = len(self.times)
        self.times.extend(times_s)
        self.values.extend(values)
        if self.weights:
            self.weights.extend([1.0] * len(times_s))
        self._note_order(before)

    def add_weighted(self, time_s: float, values: Sequence[float], weights: Sequence[float]) -> None:
        """Add values of one moment, each seen so many times."""
        if not self.weights:
            self.weights = array("d", [1.0]) * len(self.times)
        before = len(self.times)
        self.times.extend([time_s] * len(values))
        self.values.extend(values)
        self.weights.extend(weights)
        self._note_order(before)

    def add_set(self, time_s: float, found: StatisticSet) -> None:
        """Add what was summed up elsewhere."""
        self.sets.append((time_s, found))
        self._sorted = False

    def _note_order(self, before: int) -> None:
        """History is written in order, mostly: then nothing needs sorting."""
        if self._sorted:
            added = self.times[max(before - 1, 0) :]
            self._sorted = all(one <= other for one, other in pairwise(added))

    def sort(self) -> None:
        """Bring late samples to their places."""
        if self._sorted:
            return
        order = sorted(range(len(self.times)), key=self.times.__getitem__)
        self.times = array("d", (self.times[at] for at in order))
        self.values = array("d", (self.values[at] for at in order))
        if self.weights:
            self.weights = array("d", (self.weights[at] for at in order))
        self.sets.sort(key=lambda each: each[0])
        self._sorted = True

    def window(self, start_s: float, end_s: float) -> "Samples":
        """The samples from `start_s` until before `end_s`; a copy."""
        self.sort()
        low, high = bisect_left(self.times, start_s), bisect_left(self.times, end_s)
        return Samples(
            self.times[low:high],
            self.values[low:high],
            self.weights[low:high],
            [each for each in self.sets if start_s <= each[0] < end_s],
        )
