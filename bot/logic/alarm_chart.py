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
from bot.logic.units import Unit, unit_of
from bot.logic.words import shortened
from bot.model.alarm import Alarm, AlarmState, Judged
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


def judges(alarm: Alarm) -> bool:
    """Whether it judges an expression: its metrics are parts of that, and have no limit of their own."""
    return alarm.kind == "math"


def expression_parts(alarm: Alarm, judged: Judged, zone: tzinfo) -> tuple[Part, ...]:
    """The same of the expression that an alarm judges, which is of no unit."""
    lines = alarm.expression.splitlines()
    name = shortened(lines[0], MOST_WORDS) if len(lines) == 1 else "the alarm's expression"
    series = Series(alarm.watched[0].query, judged.period_s, judged.times_s, judged.values)
    return _parts(alarm, name, name, series, Unit(), zone)


def parts(one: Fired, series: Series, zone: tzinfo) -> tuple[Part, ...]:
    """What was seen last in words, and the chart; nothing of a series without points."""
    if not series.values:
        return ()
    alarm, metric = one.alarm, series.query.metric
    unit = unit_of(series.query, series.period_s, max(map(abs, series.values)))
    name = metric.name if metric.name in ENDPOINTS_OWN else measure_of(metric).title
    words = f"{name} ({series.query.stat})"
    if not judges(alarm):
        return _parts(alarm, name, words, series, unit, zone, edge=one.edge)
    expression = shortened(alarm.expression.splitlines()[0], MOST_WORDS)
    drawn = _parts(alarm, name, words, series, unit, zone, whole=False)
    return (*drawn, Note((f"The alarm judges {expression}, of which this is a part.",))) if drawn else ()


def _parts(
    alarm: Alarm,
    name: str,
    words: str,
    series: Series,
    unit: Unit,
    zone: tzinfo,
    *,
    edge: float | None = None,
    whole: bool = True,
) -> tuple[Part, ...]:
    """`whole`: the series is what the alarm's limit is for. `edge` is of a band, which moves: it is told, no line."""
    shown, check = unit.of(series), _CHECKS.get(alarm.comparison, "") if whole else ""
    held = Held(check, unit.value(alarm.threshold)) if check and alarm.threshold is not None else None
    step = timedelta(seconds=series.period_s)
    charted = over_time(name, [Named("seen", shown, held)], step, unit=unit, zone=zone)
    if charted.chart is None:
        return ()
    wanted = f", {held.wanted(unit.written)} is wanted" if held else ""
    if alarm.kind == "anomaly" and edge is not None:
        wanted = f", the band's edge was {unit.written(unit.value(edge))} when it fired"
    said: Text = (f"{words} was {unit.written(shown.values[-1])}{wanted}",)
    return (Paragraph(said), charted.chart, *map(Note, charted.said))
