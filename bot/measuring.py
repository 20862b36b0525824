"""What was measured of the fleet: metrics joined over deployments, in units that people read, beside their limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.logic.cores import normalised
from bot.logic.gauges import Gauge
from bot.logic.held import Held
from bot.logic.joining import joined
from bot.logic.measured import Measured
from bot.logic.measures import FULL_DISK_PERCENT, MONITORED, endpoint_of, row_metric, schedule_of
from bot.logic.periods import period_s, stat
from bot.logic.units import unit_of
from bot.model.fleet import Endpoint
from bot.model.metric import Limit, Metric, Query, Series
from bot.model.monitor import MonitorKey, Schedule
from bot.model.observation import Row, Window
from bot.ports import Ask, Baselines, Found, Metrics

DISK = "DiskUtilization"
_FULL = Row(DISK, "GreaterThanThreshold")
_Row = tuple[str, str, str, str]
"""Account id, Region, schedule, and what the monitor calls the metric."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The ports for one question, and what the inventory knows of those who are measured."""

    metrics: Metrics
    baselines: Baselines
    endpoints: Sequence[Endpoint]
    schedules: Sequence[Schedule]
    ask: Ask


def measured(asking: Asking, gauges: Sequence[Gauge], window: Window) -> Found[Measured]:
    """Every gauge whose account answered, in their order; one without a point in the window has an empty series."""
    schedules = _watching(asking.schedules, gauges)
    limits = asking.baselines.limits(schedules)
    held = {(*limit.monitor, limit.row.metric): limit for limit in limits.items}
    cadences = {s.monitor: s.cadence for s in schedules}
    wanted = [_wanted(gauge, held, cadences, window, asking.ask.now) for gauge in gauges]
    fetched = [_series(asking, period, wanted, window) for period in dict.fromkeys(one.period_s for one in wanted)]
    answers = {one.query: one for found in fetched for one in found.items}
    types = {(e.account_id, e.region, e.name, v.name): v.instance_type for e in asking.endpoints for v in e.variants}
    each: tuple[Found[Any], ...] = (limits, *fetched)
    return Found(
        tuple(filter(None, (_read(one, answers, types) for one in wanted))),
        tuple(failure for found in each for failure in found.failures),
        max(found.asked for found in each),
        sum(found.took_s for found in each),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A gauge and how it is asked for: one query for each name that it had."""

    gauge: Gauge
    limit: Limit | None
    period_s: int
    queries: tuple[Query, ...]


def _wanted(
    gauge: Gauge,
    held: Mapping[_Row, Limit],
    cadences: Mapping[MonitorKey, timedelta | None],
    window: Window,
    now: datetime,
) -> _Wanted:
    limit, cadence = _limit(gauge, held), _cadence(gauge, cadences)
    period = period_s(window, now, cadence)
    raw = Held(limit.row.check, limit.value) if limit else None
    return _Wanted(gauge, limit, period, tuple(Query(m, stat(m, period, cadence, raw)) for m in gauge.metrics))


def _limit(gauge: Gauge, held: Mapping[_Row, Limit]) -> Limit | None:
    """Of its newest monitor that has one; a disk is held to what halts data capture."""
    newest = gauge.metrics[-1]
    if gauge.key.name == DISK:
        return Limit((newest.account_id, newest.region, ""), _FULL, FULL_DISK_PERCENT)
    keys = [(*_monitor(metric), row_metric(metric)) for metric in reversed(gauge.metrics)]
    return next((held[key] for key in keys if key in held), None)


def _cadence(gauge: Gauge, cadences: Mapping[MonitorKey, timedelta | None]) -> timedelta | None:
    """Of its slowest monitor; an hour where nobody knows it, as Model Monitor's shortest."""
    if gauge.key.kind not in MONITORED:
        return None
    known = [cadence for m in gauge.metrics if (cadence := cadences.get(_monitor(m))) is not None]
    return max(known, default=timedelta(hours=1))


def _series(asking: Asking, period: int, wanted: Iterable[_Wanted], window: Window) -> Found[Series]:
    queries = [query for one in wanted if one.period_s == period for query in one.queries]
    return asking.metrics.series(queries, window, period)


def _read(
    one: _Wanted, answers: Mapping[Query, Series], types: Mapping[tuple[str, str, str, str], str]
) -> Measured | None:
    """None of one whose account did not answer."""
    told = [answers[query] for query in one.queries if query in answers]
    if not told:
        return None
    scaled = [normalised(each, _instance(each.query.metric, types)) for each in told]
    notes = [note for _, note in scaled if note]
    # Of two endpoints the one may be known and the other not: then neither is scaled, for one line has one unit.
    whole = joined(told if notes else [each for each, _ in scaled])
    unit = unit_of(whole.query, whole.period_s, max(map(abs, whole.values), default=0.0))
    held = Held(one.limit.row.check, unit.value(one.limit.value)) if one.limit else None
    return Measured(one.gauge, one.queries, unit.of(whole), unit, held, notes[0] if notes else "")


def _instance(metric: Metric, types: Mapping[tuple[str, str, str, str], str]) -> str:
    return types.get((metric.account_id, metric.region, endpoint_of(metric), metric.dimension("VariantName")), "")


def _monitor(metric: Metric) -> MonitorKey:
    return (metric.account_id, metric.region, schedule_of(metric))


def _watching(schedules: Iterable[Schedule], gauges: Iterable[Gauge]) -> tuple[Schedule, ...]:
    wanted = {_monitor(metric) for gauge in gauges for metric in gauge.metrics}
    return tuple(s for s in schedules if s.monitor in wanted)
