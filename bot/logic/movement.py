"""What a series did, in words: where it is, how long beyond its limit, when it rose or fell."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isfinite

from bot.logic.held import Held
from bot.logic.levels import Stretch, noise, stretches
from bot.logic.units import Unit
from bot.logic.words import duration, plural
from bot.model.metric import Series
from bot.model.reply import Inline, Text, Time

_FEWEST = 4
"""Points: fewer do not know their own noise."""
_STEADY = 0.2
"""Share of its level within which a series that did not change is called steady."""
_BACK = 0.25
"""Share of a dip's depth within which what came after it counts as what was before."""
_TURNS = 3
"""Changes of direction: what turns as often has no course that a sentence could tell."""
_LATE_STEPS = 2.5
"""Without a point for so long nothing is said of now: one may be missed, and the next be under way."""
_PLAIN = Unit()


def movement(
    name: str, series: Series, now: datetime, step: timedelta, *, unit: Unit = _PLAIN, held: Held | None = None
) -> Text:
    """`accuracy 0.3300, below 0.8792 for 5 h, fell at 14:00 from 0.9104`, its times in the reader's zone.

    Series and limit are in the unit already; `step` is how often a point is due. What is within noise is neither a
    rise nor a fall, and an old newest point is told.
    """
    points = [(t, v) for t, v in zip(series.times_s, series.values, strict=True) if isfinite(v)]
    if not points:
        return (f"{name}: no points",)
    values = [v for _, v in points]
    levels = stretches(values, noise(values, counts=unit.counts)) if len(values) >= _FEWEST else []
    seen = _Seen([datetime.fromtimestamp(t, UTC) for t, _ in points], values, levels, now, step, unit)
    held = held if held and held.is_sided else None
    steady = seen.is_steady and not (held and held.is_broken_by(values[-1]))
    head = f"{name} steady at {seen.level(-1)}" if steady else f"{name} {unit.written(values[-1])}"
    clauses = (_against(seen, held) if held else (), () if steady else _course(seen), _silence(seen))
    return (head, *(part for clause in clauses if clause for part in (", ", *clause)))


@dataclass(frozen=True, slots=True)
class _Seen:
    """Points, oldest first, and the levels that they lie about; no levels where the points are too few."""

    times: list[datetime]
    values: list[float]
    levels: list[Stretch]
    now: datetime
    step: timedelta
    unit: Unit

    def write(self, value: float) -> str:
        """A value in words."""
        return self.unit.written(value)

    @property
    def is_steady(self) -> bool:
        """No change, and little noise for its level."""
        spread = max(self.values) - min(self.values)
        return len(self.levels) == 1 and spread <= _STEADY * abs(self.levels[0].level)

    def level(self, place: int) -> str:
        """A level in words."""
        return self.write(self.levels[place].level)

    def time(self, point: int) -> Time:
        """When a point was; with its day where the hour alone would be of two."""
        at = self.times[point]
        return Time(at, "time" if self.now - at < timedelta(days=1) else "both")


def _against(seen: _Seen, held: Held) -> Text:
    """`below 0.8792 for 5 h`, `below 0.8792 in 2 of 24 points`, `limit at least 0.8792`."""
    broken = [held.is_broken_by(value) for value in seen.values]
    if not any(broken):
        return (f"limit {held.wanted(seen.write)}",)
    beyond = held.beyond(seen.write)
    if not broken[-1]:
        return (f"{beyond} in {sum(broken):,} of {plural(len(broken), 'point')}",)
    first = len(broken) - broken[::-1].index(False) if False in broken else 0
    span = duration(seen.times[-1] + seen.step - seen.times[first])
    return (f"{beyond} for {span}" if first else f"{beyond} for at least {span}",)


def _course(seen: _Seen) -> Text:
    """How it came to its last value."""
    levels = [stretch.level for stretch in seen.levels]
    if not levels:
        return (f"{seen.write(seen.values[-2])} before",) if len(seen.values) > 1 else ("at ", seen.time(0))
    rises = [after > before for before, after in pairwise(levels)]
    turns = [i for i, (before, after) in enumerate(pairwise(rises), 1) if before != after]
    if seen.is_steady:
        return ("steady",)
    if not rises or len(turns) >= _TURNS:
        return (seen.unit.between(min(seen.values), max(seen.values)),)
    if len(levels) > 2 and turns and turns[-1] == len(rises) - 1 and _is_back(levels):
        return _dip(seen)
    return _run(seen, turns[-1] if turns else 0, "rose" if rises[-1] else "fell", "rising" if rises[-1] else "falling")


def _is_back(levels: list[float]) -> bool:
    """Whether the last level is the one before the last but one."""
    return abs(levels[-1] - levels[-3]) <= _BACK * abs(levels[-2] - levels[-3])


def _dip(seen: _Seen) -> Text:
    """`was 0.3300 from 14:00 to 16:00`: to when the first point was as before."""
    dip = seen.levels[-2]
    if dip.end - dip.start == 1:
        return (f"was {seen.level(-2)} at ", seen.time(dip.start))
    return (f"was {seen.level(-2)} from ", seen.time(dip.start), " to ", seen.time(dip.end))


def _run(seen: _Seen, start: int, once: str, gradually: str) -> Text:
    """`fell at 14:00 from 0.9104`, or `falling since 14:00 from 0.9104` over several levels."""
    begun = seen.time(seen.levels[start + 1].start)
    words: tuple[Inline, ...] = (f"{once} at ",) if start == len(seen.levels) - 2 else (f"{gradually} since ",)
    return (*words, begun, f" from {seen.level(start)}")


def _silence(seen: _Seen) -> Text:
    late = seen.now - seen.times[-1] > _LATE_STEPS * seen.step
    return ("no point since ", seen.time(-1)) if late else ()
