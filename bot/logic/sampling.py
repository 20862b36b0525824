"""At most twenty of a series' points, as many as Slack draws: measured ones, and those that matter.

Time is cut into equal slots, and each series gives each slot one of its own points. Several series share their slots,
since Slack wants a value of every series in every category; where one has none the slots are made wider, and whoever
is away for longer is left out rather than filled in.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, isfinite
from statistics import median

from bot.model.metric import Series

MOST = 20
"""Points of a series in a Slack chart (docs.slack.dev, Data visualization block)."""
FEWEST = 6
"""Slots are not made wider than to so many of them."""
_LATE = 1.5
"""Steps without a point before it is a gap: half a step is jitter."""

Slot = tuple[float, float]
"""From, until: seconds since 1970, the end not included."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What to draw. `drawn` and `absent` are places in what was given; both are in its order."""

    drawn: tuple[int, ...]
    times_s: tuple[float, ...]
    """When the first drawn series measured its points; another's point of that place is from the same slot."""
    values: tuple[tuple[float, ...], ...]
    """One row for each drawn series, one value for each time."""
    absent: tuple[int, ...]
    """Without points, or without any for so long that no chart can hold them with the others."""
    gaps: tuple[Slot, ...]
    """Longer than a slot: the last point before and the first after, where no drawn series has any."""
    slots: tuple[Slot, ...]


def sampled(series: Sequence[Series], step_s: float, most: int = MOST) -> Sampled:
    """At most `most` (6 or more) points of each, in order. `step_s` is how often a point is due.

    Every drawn series keeps its first and its last point; its lowest and highest too, as long as they fit: those of
    six series that are measured at the same times always do. The earlier series are served first.
    """
    points = {i: found for i, one in enumerate(series) if (found := _Points(one)).times}
    while points:
        kept = tuple(points.values())
        slots = _slots(kept, step_s, most)
        if slots:
            break
        del points[_most_absent(points, step_s, most)]
    else:
        return Sampled((), (), (), tuple(range(len(series))), (), ())
    chosen = [tuple(one.of(slot) for slot in slots) for one in kept]
    return Sampled(
        tuple(points),
        tuple(kept[0].times[i] for i in chosen[0]),
        tuple(tuple(one.values[i] for i in places) for one, places in zip(kept, chosen, strict=True)),
        tuple(i for i in range(len(series)) if i not in points),
        tuple(_gaps(kept, max(_LATE * step_s, (slots[-1][1] - slots[0][0]) / most))),
        tuple(slots),
    )


class _Points:
    """A series' finite points and which of them must not be lost."""

    def __init__(self, series: Series) -> None:
        found = [(t, v) for t, v in zip(series.times_s, series.values, strict=True) if isfinite(v)]
        self.times = [t for t, _ in found]
        self.values = [v for _, v in found]
        self._usual = median(self.values) if found else 0.0
        places, last = range(len(found)), len(found) - 1
        # Of equal extremes those at the ends need no slot of their own.
        low = min(places, key=lambda i: (self.values[i], 0 < i < last), default=0)
        high = max(places, key=lambda i: (self.values[i], not 0 < i < last), default=0)
        self._marks = dict.fromkeys((last, 0, *sorted((low, high), key=self._off, reverse=True))) if found else {}

    def _off(self, i: int) -> float:
        """How far from what is usual; halved, since the span of two huge numbers is no number."""
        return abs(self.values[i] / 2 - self._usual / 2)

    @property
    def marks_s(self) -> list[float]:
        """When its first, last, lowest and highest were, oldest first."""
        return sorted({self.times[i] for i in self._marks})

    def within(self, slot: Slot) -> range:
        """The places of the points in a slot."""
        return range(bisect_left(self.times, slot[0]), bisect_left(self.times, slot[1]))

    def of(self, slot: Slot) -> int:
        """The point that stands for a slot: one that must not be lost, else the farthest from what is usual."""
        found = self.within(slot)
        return next((i for i in self._marks if i in found), max(found, key=self._off))


def _slots(points: Sequence[_Points], step_s: float, most: int) -> list[Slot]:
    """Slots in which each has a point; empty where there are no such."""
    times = sorted({t for one in points for t in one.times})
    if len(times) <= most and all(len(one.times) == len(times) for one in points):
        return list(pairwise([*times, times[-1] + step_s]))
    best: list[Slot] = []
    for count in range(most, FEWEST - 1, -1):
        equal = [slot for slot in _equal(times, step_s, count) if any(one.within(slot) for one in points)]
        if not all(_has_all(points, slot) for slot in equal):
            continue
        best, wanted = _cut(points, equal, most)
        if wanted <= most:
            break
    return best


def _equal(times: Sequence[float], step_s: float, count: int) -> Iterator[Slot]:
    """At most so many slots of whole steps over all the times."""
    places = int((times[-1] - times[0]) / step_s) + 1
    width = step_s * ceil(places / count)
    start = times[0]
    while start <= times[-1]:
        yield start, start + width
        start += width


def _cut(points: Sequence[_Points], slots: list[Slot], most: int) -> tuple[list[Slot], int]:
    """Slots cut where one series has two points to keep, and how many slots that would have taken."""
    wanted = len(slots)
    for one in points:
        for early, late in pairwise(one.marks_s):
            place = next((i for i, slot in enumerate(slots) if slot[0] <= early and late < slot[1]), None)
            if place is None:
                continue
            middle = early / 2 + late / 2
            halves = [(slots[place][0], middle), (middle, slots[place][1])]
            if all(_has_all(points, half) for half in halves):
                wanted += 1
                slots = [*slots[:place], *halves, *slots[place + 1 :]] if len(slots) < most else slots
    return slots, wanted


def _has_all(points: Sequence[_Points], slot: Slot) -> bool:
    return all(one.within(slot) for one in points)


def _most_absent(points: dict[int, _Points], step_s: float, most: int) -> int:
    """Whose points are in the fewest slots; of equals the last."""
    times = sorted({t for one in points.values() for t in one.times})
    slots = list(_equal(times, step_s, most))
    return min(reversed(points), key=lambda i: sum(bool(points[i].within(slot)) for slot in slots))


def _gaps(points: Sequence[_Points], longest_s: float) -> Iterator[Slot]:
    times = sorted({t for one in points for t in one.times})
    return ((a, b) for a, b in pairwise(times) if b - a > longest_s)
