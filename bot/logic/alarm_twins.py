"""Alarms that would fire with one that is to be made: the same metric of the same monitor, beyond the same limit."""

from collections.abc import Iterable
from math import isclose
from typing import Final

from bot.logic.alarm_plans import Basis
from bot.logic.constraints import Side, side
from bot.logic.measures import schedule_of
from bot.model.alarm import Alarm

_LOW: Final = frozenset({Side.ABOVE, Side.OVER})


def twins(watch: Basis, limit: float, alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """Those on that metric alone with that limit on the same side, by name; how often each judges may differ."""
    found = {alarm.arn: alarm for alarm in alarms if _is(alarm, watch, limit)}
    return tuple(sorted(found.values(), key=lambda alarm: (alarm.name, alarm.arn)))


def _is(alarm: Alarm, watch: Basis, limit: float) -> bool:
    metric = alarm.watched[0].query.metric if alarm.kind == "metric" and alarm.watched else None
    if metric is None or alarm.threshold is None:
        return False
    same = (metric.account_id, metric.region, schedule_of(metric), metric.name)
    return (
        same == (watch.account_id, watch.region, watch.schedule, watch.metric)
        and (side(alarm.comparison) in _LOW) is (side(watch.comparison) in _LOW)
        and isclose(alarm.threshold, limit, rel_tol=1e-6)
    )
