"""A chart of series over time, and what must be said beside it: who is not drawn, what is missing, which limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bot.logic.bands import Share, band, limit_lines, shared
from bot.logic.ranking import Named
from bot.logic.sampling import Slot, sampled
from bot.logic.units import Unit
from bot.logic.words import listing, plural
from bot.model.reply import Chart, Inline, Line, Text, Time

_GAPS = 2
"""Gaps told by their times; more are counted."""


@dataclass(frozen=True, slots=True)
class Charted:
    """None where no series has a point. `said` are sentences, each by itself."""

    chart: Chart | None
    said: tuple[Text, ...]


def over_time(
    title: str, series: Sequence[Named], step: timedelta, *, unit: Unit, zone: tzinfo = UTC, y_label: str = ""
) -> Charted:
    """At most six lines of at most twenty points: the first series given (the worst), a band of the rest, the limits.

    Series and limits are in the unit. `step` is how often a point is due. A series that is away for most of the time
    makes room for the next one and is named. Labels are times of the zone.
    """
    present, absent, share, points = list(series), [], shared(()), sampled([], 1.0)
    while present:
        share = shared(present)
        points = sampled([one.series for one in share.drawn], step.total_seconds())
        if not points.absent:
            break
        absent += [share.drawn[i] for i in points.absent]
        present = [one for one in present if one not in absent]
    away = _away(absent)
    if not present:
        return Charted(None, away)
    rest = band(share.rest, points.slots)
    lines = (
        *(Line(one.name, values) for one, values in zip(share.drawn, points.values, strict=True)),
        *rest,
        *limit_lines(share.limits, len(points.times_s)),
    )
    made = Chart(title, labels(points.times_s, zone), lines, str(zone), y_label or unit.label)
    undrawn = [one.name for one in share.rest] if not rest else []
    return Charted(made, (*away, *_undrawn(undrawn), *_limits(share, unit), *_gaps(points.gaps)))


def labels(times_s: Sequence[float], zone: tzinfo = UTC) -> tuple[str, ...]:
    """Times in as few characters as tell them apart: `14:05`, `20 Nov 14:05` where a day begins, `20 Nov` for days."""
    moments = [datetime.fromtimestamp(t, UTC).astimezone(zone) for t in times_s]
    days, hours = [f"{at.day} {at:%b}" for at in moments], [f"{at:%H:%M}" for at in moments]
    if len(set(days)) == len(days) > 1 and len(set(hours)) == 1:
        return tuple(days)
    if len(set(days)) == 1:
        return tuple(hours)
    if len(set(hours)) == len(hours):
        begins = [i == 0 or days[i] != days[i - 1] for i in range(len(days))]
        return tuple(f"{d} {h}" if new else h for d, h, new in zip(days, hours, begins, strict=True))
    return tuple(f"{d} {h}" for d, h in zip(days, hours, strict=True))


def _away(absent: Sequence[Named]) -> tuple[Text, ...]:
    """Those with nothing to draw."""
    if not absent:
        return ()
    return (("Not drawn, away for most of the time: ", listing(tuple(one.name for one in absent)), "."),)


def _undrawn(names: Sequence[str]) -> tuple[Text, ...]:
    return (("Not drawn: ", listing(tuple(names)), "."),) if names else ()


def _limits(share: Share, unit: Unit) -> tuple[Text, ...]:
    """Limits that have no line."""
    if share.limits:
        return ()
    told = tuple(f"{one.name} {one.held.wanted(unit.written)}" for one in share.drawn if one.held)
    return (("Limits differ: ", listing(told), "."),) if told else ()


def _gaps(gaps: Sequence[Slot]) -> tuple[Text, ...]:
    """From the last point before to the first after."""
    if not gaps:
        return ()
    if len(gaps) > _GAPS:
        longest = max(gaps, key=lambda gap: gap[1] - gap[0])
        return ((f"Points are missing in {plural(len(gaps), 'place')}, longest ", *_span(longest), "."),)
    spans: list[Inline] = []
    for gap in gaps:
        spans += [*((" and ",) if spans else ()), *_span(gap)]
    return (("No points ", *spans, "."),)


def _span(gap: Slot) -> Text:
    begun, ended = (datetime.fromtimestamp(t, UTC) for t in gap)
    return ("between ", Time(begun), " and ", Time(ended, "time" if ended - begun < timedelta(hours=12) else "both"))
