"""Alarms evaluated by the world's clock: every minute that passes, in order, however far the clock jumps.

Source: CloudWatch user guide, "Alarm evaluation" (once a minute for periods of a minute and more, "Composite alarms").
Periods end with the minute that looks at them ("at the end of minute 6, the alarm is evaluated based on the data from
minutes 2 to 6"), so every alarm is looked at every minute.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sandbox.aws.cloudwatch.alarm_describing import AlarmStores
from sandbox.aws.cloudwatch.alarm_events import stamp
from sandbox.aws.cloudwatch.alarm_store import COMPOSITE, Alarm, AlarmStore
from sandbox.aws.cloudwatch.answering import Answering, Window
from sandbox.aws.cloudwatch.contributors import Member, summed
from sandbox.aws.cloudwatch.data import See
from sandbox.aws.cloudwatch.expression import Flaw, Result, Series
from sandbox.aws.cloudwatch.expressions import evaluate
from sandbox.aws.cloudwatch.grid import HOUR_S
from sandbox.aws.cloudwatch.insights_syntax import is_query
from sandbox.aws.cloudwatch.queries import Query, checked
from sandbox.aws.cloudwatch.verdict import BEYOND, Point, Rule, Verdict, judged, reason_data
from sandbox.aws.cloudwatch.visible import Sight
from sandbox.aws.errors import AwsError

MINUTE = timedelta(minutes=1)
FIRST = timedelta(minutes=10)
"""So far back the first look reaches: alarms may have been put long before, and what was received when is forgotten."""
Place = tuple[str, str]
"""Account id and Region."""


class Evaluator:
    """Not for threads: whoever moves the world calls it under its own lock."""

    def __init__(
        self,
        stores: AlarmStores,
        see_at: Callable[[datetime], See],
        release: Callable[[AlarmStore, datetime], None] = lambda _store, _now: None,
    ) -> None:
        """`see_at` gives the sight of a moment; `release` does what is held back no longer, minute by minute."""
        self._stores = stores
        self._see_at = see_at
        self._release = release
        self._until: datetime | None = None

    def up_to(self, now: datetime, places: Sequence[Place]) -> int:
        """Look at every minute since the last time; returns how many alarms changed their state."""
        put = (alarm.updated_at for place in places for alarm in self._stores(*place).alarms())
        minute = _floor(self._until or max(now - FIRST, min(put, default=now))) + MINUTE
        moved = 0
        while minute <= now:
            moved += sum(self._at(minute, place) for place in places)
            minute += MINUTE
        self._until = max(now, self._until or now)
        return moved

    def _at(self, minute: datetime, place: Place) -> int:
        store = self._stores(*place)
        alarms = [alarm for alarm in store.alarms() if alarm.updated_at <= minute]
        if not alarms:
            return 0
        sight = self._see_at(minute)(*place)
        for account in sight.accounts():
            sight.store(account)  # samples that were to be received by now
        moved = sum(self._judge(store, alarm, sight, minute) for alarm in alarms if alarm.kind != COMPOSITE)
        moved += sum(self._compose(store, alarm, minute) for alarm in _by_depth(store, alarms))
        with store.lock:
            self._release(store, minute)
        return moved

    def _judge(self, store: AlarmStore, alarm: Alarm, sight: Sight, minute: datetime) -> bool:
        span = _Span.of(alarm.settings, minute)
        period_s, rule = span.period_s, Rule.of(alarm.settings)
        try:
            found = span.result(alarm.settings, sight)
        except (AwsError, Flaw):
            found = Series("", period_s, (), ())
        if isinstance(found, tuple):
            return self._sum_up(store, alarm, [Member(dict(s.group), span.points(s)) for s in found], minute)
        if store.contributing(alarm.name):
            store.contribute(alarm.name, ())  # it was put anew, on one series
        verdict = judged(rule, span.points(found))
        if verdict is None or (verdict.state == alarm.state and "Unchecked" not in alarm.reason):
            return False
        return self._set(store, alarm, verdict, (rule, period_s, _statistic(alarm.settings)), minute)

    def _sum_up(self, store: AlarmStore, alarm: Alarm, members: Sequence[Member], minute: datetime) -> bool:
        """Contributors are told of before the alarm, whose reason follows their number."""
        with store.lock:
            found = summed(Rule.of(alarm.settings), members, store.contributing(alarm.name), minute)
            told = store.contribute(alarm.name, found.firing, found.ended)
            state = found.state or alarm.state
            if (state, found.reason) == (alarm.state, alarm.reason):
                return False
            data = json.dumps({"version": "1.0", "queryDate": stamp(minute)})
            return store.set_state(alarm.name, state, found.reason, data, minute, by_series=state in told)

    def _set(
        self,
        store: AlarmStore,
        alarm: Alarm,
        verdict: Verdict,
        how: tuple[Rule, int, str | None],
        minute: datetime,
    ) -> bool:
        rule, period_s, statistic = how
        data = reason_data(rule, verdict, period_s, statistic, minute)
        return store.set_state(alarm.name, verdict.state, verdict.reason, data, minute)

    def _compose(self, store: AlarmStore, alarm: Alarm, minute: datetime) -> bool:
        def state_of(child: str) -> str:
            found = store.referred(child)
            return found.state if found else "INSUFFICIENT_DATA"

        state = "ALARM" if alarm.rule.holds(state_of) else "OK"
        if state == alarm.state:
            return False
        turned = [child for child in map(store.referred, alarm.rule.children) if child is not None]
        last = max(turned, key=lambda child: child.transitioned_at, default=None)
        if last is None or alarm.reason.startswith("Unchecked"):
            reason = f"{alarm.arn} was created and its alarm rule evaluates to {state}"
        else:
            reason, turned = _because(last, minute), [last]
        data = {"triggeringAlarms": [_triggering(child) for child in turned]}
        return store.set_state(alarm.name, state, reason, json.dumps(data), minute)


def period_of(settings: Mapping[str, Any]) -> int:
    """The period of a metric alarm in seconds; of one over several metrics that which they share."""
    if "Period" in settings:
        return int(settings["Period"])
    each = (query.get("MetricStat", query).get("Period") for query in settings["Metrics"])
    return int(next(filter(None, each)))


def queries_of(settings: Mapping[str, Any]) -> tuple[Query, ...]:
    """A metric alarm's as GetMetricData takes them; the one that is watched is the only one that returns data."""
    if "Metrics" in settings:
        return checked(settings["Metrics"])
    metric = {
        "Namespace": settings["Namespace"],
        "MetricName": settings["MetricName"],
        "Dimensions": settings.get("Dimensions", []),
    }
    stat = {"Metric": metric, "Period": settings["Period"], "Stat": _statistic(settings)}
    unit = {"Unit": settings["Unit"]} if "Unit" in settings else {}
    return checked([{"Id": "m1", "MetricStat": stat | unit}])


def _statistic(settings: Mapping[str, Any]) -> str | None:
    found = settings.get("Statistic") or settings.get("ExtendedStatistic")
    return str(found) if found else None


@dataclass(frozen=True, slots=True)
class _Span:
    """The evaluation range: whole periods that are over by the minute."""

    start_s: int
    end_s: int
    period_s: int

    @classmethod
    def of(cls, settings: Mapping[str, Any], minute: datetime) -> Self:
        """Of a Metrics Insights query only the latest three hours are looked at (user guide, "Limits")."""
        end_s, period_s = int(minute.timestamp()), period_of(settings)
        count = settings["EvaluationPeriods"] + BEYOND
        if any(is_query(each.get("Expression", "")) for each in settings.get("Metrics", ())):
            count = min(count, 3 * HOUR_S // period_s)
        return cls(end_s - count * period_s, end_s, period_s)

    def result(self, settings: Mapping[str, Any], sight: Sight) -> Result:
        """What is watched. Raises AwsError, Flaw."""
        queries = queries_of(settings)
        watched = next(query.id for query in queries if query.returned)
        return Answering(queries, Window(self.start_s, self.end_s), sight, evaluate).result(watched)

    def points(self, series: Series) -> list[Point]:
        """Oldest first."""
        values = dict(zip(series.times, series.values, strict=True))
        return [Point(float(at), values.get(float(at))) for at in range(self.start_s, self.end_s, self.period_s)]


def _by_depth(store: AlarmStore, alarms: Sequence[Alarm]) -> Iterator[Alarm]:
    """Composite alarms, those first that others refer to."""
    left = {alarm.name: alarm for alarm in alarms if alarm.kind == COMPOSITE}
    while left:
        ready = [a for a in left.values() if not any(_name(store, c) in left for c in a.rule.children)]
        for alarm in ready or list(left.values()):
            yield left.pop(alarm.name)


def _name(store: AlarmStore, child: str) -> str:
    found = store.referred(child)
    return found.name if found else ""


def _because(child: Alarm, minute: datetime) -> str:
    when = f"{minute:%A %d %B, %Y %H:%M:%S} UTC"
    return f"{child.arn} transitioned to {child.state} at {when}"


def _triggering(child: Alarm) -> dict[str, Any]:
    at = child.transitioned_at
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"
    return {"arn": child.arn, "state": {"value": child.state, "timestamp": stamp}}


def _floor(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)
