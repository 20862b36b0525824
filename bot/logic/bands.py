"""More series than a chart takes: the worst are drawn, the rest as a band; limits are lines of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from bot.logic.constraints import Side, side
from bot.logic.held import Held
from bot.logic.ranking import Named
from bot.logic.sampling import Slot
from bot.model.metric import Series
from bot.model.reply import Line

MOST = 6
"""Lines of a chart: newer pages of Slack say 12 series, older ones 6."""
_MOST_LIMITS = 2
"""Limits that differ: more of them say nothing, lines without their own being no help."""
_WORDS = {Side.ABOVE: "at least", Side.BELOW: "at most", Side.UNDER: "below"}


@dataclass(frozen=True, slots=True)
class Share:
    """Who is drawn, how the rest are, and which limits: together no more lines than a chart takes."""

    drawn: tuple[Named, ...]
    rest: tuple[Named, ...]
    limits: tuple[tuple[str, float], ...]


def shared(series: Sequence[Named], most: int = MOST) -> Share:
    """The first of the series (the worst), and the rest as a band of two lines where they are too many."""
    limits = _limits(series)
    room = most - len(limits)
    drawn = len(series) if len(series) <= room else max(1, room - 2)
    return Share(tuple(series[:drawn]), tuple(series[drawn:]), limits)


def band(rest: Sequence[Named], slots: Sequence[Slot]) -> tuple[Line, ...]:
    """The highest and the lowest point of all the rest in each slot; nothing where a slot has none of theirs."""
    found = [[v for one in rest for v in _within(one.series, slot)] for slot in slots]
    if not found or not all(found):
        return ()
    name = f"of {len(rest):,} more"
    return (
        Line(f"highest {name}", tuple(map(max, found)), "band"),
        Line(f"lowest {name}", tuple(map(min, found)), "band"),
    )


def limit_lines(limits: Sequence[tuple[str, float]], count: int) -> tuple[Line, ...]:
    """A level line for each limit, over so many categories."""
    return tuple(Line(name, (value,) * count, "limit") for name, value in limits)


def _limits(series: Sequence[Named]) -> tuple[tuple[str, float], ...]:
    """One where all agree, each its own where they are few, else none: then words tell them."""
    held = list(dict.fromkeys(one.held for one in series if one.held and isfinite(one.held.limit)))
    if len(held) == 1:
        return tuple(_sides(held[0]))
    if len(series) > _MOST_LIMITS or any(side(one.check) is Side.AROUND_ZERO for one in held):
        return ()
    return tuple((f"limit of {one.name}", one.held.limit) for one in series if one.held in held)


def _sides(held: Held) -> list[tuple[str, float]]:
    """`limit at least`; two where the sign does not matter."""
    known = side(held.check)
    if known is Side.AROUND_ZERO:
        return [("limit at most", abs(held.limit)), ("limit at least", -abs(held.limit))]
    return [(f"limit {_WORDS[known]}" if known in _WORDS else "limit", held.limit)]


def _within(series: Series, slot: Slot) -> list[float]:
    points = zip(series.times_s, series.values, strict=True)
    return [v for t, v in points if slot[0] <= t < slot[1] and isfinite(v)]
