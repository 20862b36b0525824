"""The chart of an alarm: the metric that it judges, by its own statistic and period, with the limit that it has."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from bot.logic.alarm_reason import why
from bot.logic.alarm_scope import children_of
from bot.logic.charting import over_time
from bot.logic.held import Held
from bot.logic.lifecycle import ordered
from bot.logic.measures import ENDPOINTS_OWN, measure_of
from bot.logic.ranking import Named
from bot.logic.units import unit_of
from bot.logic.words import shortened
from bot.model.alarm import Alarm, AlarmState
from bot.model.incident import Incident
from bot.model.metric import Series
from bot.model.observation import SILENT, Observation, Row, Verdict, Window
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


@dataclass(frozen=True, slots=True)
class Fired:
    """An alarm that fires, by a metric that can be drawn."""

    alarm: Alarm
    edge: float | None = None
    """Of a band, the one that its newest value was beyond, where that is told."""


def fired(incident: Incident, alarms: Iterable[Alarm]) -> tuple[Fired, ...]:
    """Those of the incident that are in ALARM and judge a metric: of the worst row first, then the newest.

    The incident tells which are, since its events come before the next list of `alarms` does. In place of a
    composite one stand its children, as far as they are listed in ALARM.
    """
    known = {alarm.arn: alarm for alarm in alarms}
    found: dict[str, Fired] = {}
    for said in _firing(incident):
        alarm = known.get(said.subject.arn)
        if alarm is None:
            continue
        edge = next((why(f.note).edge for f in said.findings if f.verdict is Verdict.BAD), None)
        for one in (Fired(alarm, edge), *_children(alarm, known)):
            if one.alarm.kind in _OF_ONE and one.alarm.watched and one.alarm.watched[0].period_s:
                found.setdefault(one.alarm.arn, one)
    return tuple(found.values())


def _firing(incident: Incident) -> list[Observation]:
    """The last word of each alarm that fires; that it was not heard for a time is no word of its own."""
    last: dict[str, Observation] = {}
    for entry in ordered(incident.log):
        if isinstance(entry, Observation) and not _is_of_silence(entry):
            last[entry.subject.arn] = entry
    rank = {row.row: nth for nth, row in enumerate(incident.state.bad_rows)}
    ranked = [(min(ranks), o) for o in last.values() if (ranks := [rank[r] for r in _bad(o) if r in rank])]
    return [o for _, o in sorted(ranked, key=lambda one: (one[0], -one[1].at.timestamp(), one[1].subject.arn))]


def _is_of_silence(said: Observation) -> bool:
    return bool(said.findings) and all(finding.row == SILENT for finding in said.findings)


def _bad(said: Observation) -> list[Row]:
    return [finding.row for finding in said.findings if finding.verdict is Verdict.BAD]


def _children(alarm: Alarm, known: Mapping[str, Alarm]) -> Iterator[Fired]:
    """Of a composite alarm those that fire, in its rule's order."""
    there = (known[arn] for arn in children_of(alarm) if arn in known)
    return (Fired(child, why(child.reason).edge) for child in there if child.state is AlarmState.ALARM)


def span(alarm: Alarm, now: datetime) -> Window:
    """Some periods back, an hour at least."""
    period = timedelta(seconds=alarm.watched[0].period_s or 0)
    return Window(now - max(LEAST, POINTS * period), now)


def parts(one: Fired, series: Series, zone: tzinfo) -> tuple[Part, ...]:
    """What was seen last in words, and the chart; nothing of a series without points."""
    alarm = one.alarm
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
    if alarm.kind == "anomaly" and one.edge is not None:  # a band moves: an edge of one moment is no line
        wanted = f", the band's edge was {unit.written(unit.value(one.edge))} when it fired"
    said: Text = (f"{name} ({series.query.stat}) was {unit.written(shown.values[-1])}{wanted}",)
    expression = shortened(alarm.expression.splitlines()[0], MOST_WORDS) if alarm.kind == "math" else ""
    judged = f"The alarm judges {expression}, of which this is a part." if expression else ""
    notes = (*((Note((judged,)),) if judged else ()), *map(Note, charted.said))
    return (Paragraph(said), charted.chart, *notes)
