"""The chart of an alarm: the metric that it judges, by its own statistic and period, with the limit that it has."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Final

from bot.logic.charting import over_time
from bot.logic.held import Held
from bot.logic.measures import ENDPOINTS_OWN, measure_of
from bot.logic.ranking import Named
from bot.logic.units import unit_of
from bot.logic.words import shortened
from bot.model.alarm import Alarm
from bot.model.incident import Incident
from bot.model.metric import Series
from bot.model.observation import Window
from bot.model.reply import Note, Paragraph, Part, Text

_OF_ONE: Final = frozenset({"metric", "math", "anomaly"})
"""Kinds that judge one thing: composite ones judge other alarms, queries many series."""
MOST_WORDS: Final = 200
POINTS: Final = 24
"""Periods that the chart goes back."""
LEAST: Final = timedelta(hours=1)
_CHECKS: Final = {
    "LessThanThreshold": "LessThanThreshold",
    "LessThanOrEqualToThreshold": "LessThanThreshold",
    "GreaterThanThreshold": "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold": "GreaterThanThreshold",
}
"""CloudWatch's comparisons as checks. A band's (anomaly detection) has no one limit."""


def fired(incident: Incident, alarms: Iterable[Alarm]) -> Alarm | None:
    """The alarm of the incident that began to fire last and judges a metric by itself; None where none does."""
    spoke = {subject.arn.partition("#")[0] for subject in incident.state.subjects}
    mine = [a for a in alarms if a.arn in spoke and a.kind in _OF_ONE and a.watched and a.watched[0].period_s]
    return max(mine, key=lambda a: (a.state_at, a.arn), default=None)


def span(alarm: Alarm, now: datetime) -> Window:
    """Some periods back, an hour at least."""
    period = timedelta(seconds=alarm.watched[0].period_s or 0)
    return Window(now - max(LEAST, POINTS * period), now)


def parts(alarm: Alarm, series: Series, zone: tzinfo) -> tuple[Part, ...]:
    """What was seen last in words, and the chart; nothing of a series without points."""
    if not series.values:
        return ()
    unit = unit_of(series.query, series.period_s, max(map(abs, series.values)))
    check = _CHECKS.get(alarm.comparison, "") if not alarm.expression else ""
    held = Held(check, unit.value(alarm.threshold)) if check and alarm.threshold is not None else None
    metric, shown = series.query.metric, unit.of(series)
    name = metric.name if metric.name in ENDPOINTS_OWN else measure_of(metric).title
    step = timedelta(seconds=series.period_s)
    charted = over_time(name, [Named("seen", shown, held)], step, unit=unit, zone=zone)
    if charted.chart is None:
        return ()
    wanted = f", {held.wanted(unit.written)} is wanted" if held else ""
    said: Text = (f"{name} ({series.query.stat}) was {unit.written(shown.values[-1])}{wanted}",)
    expression = shortened(alarm.expression.splitlines()[0], MOST_WORDS) if alarm.expression else ""
    judged = f"The alarm judges {expression}, of which this is a part." if expression else ""
    notes = (*((Note((judged,)),) if judged else ()), *map(Note, charted.said))
    return (Paragraph(said), charted.chart, *notes)
