"""What is wrong with an alarm itself: it cannot fire, fires by mistake, tells nobody, or not what the monitor says.

Sources: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", "Metrics Insights quotas" (an
alarm's query looks back three hours); SageMaker Developer Guide, "Schedule model monitoring jobs" (at most hourly).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import isclose
from typing import Final, Literal

from bot.logic.alarm_queries import selected
from bot.logic.constraints import Side, bare_limit, side
from bot.logic.measures import MONITORED, kind_of, metric_name, schedule_of
from bot.logic.rhythm import every
from bot.logic.words import duration
from bot.model.alarm import Alarm, Watched
from bot.model.metric import Limit, Metric
from bot.model.monitor import MonitorKey, Schedule

HOURLY: Final = timedelta(hours=1)
"""The most often that a Model Monitor schedule runs."""
LOOK_BACK: Final = timedelta(hours=3)
"""As far as a Metrics Insights alarm looks."""
Rule = Literal["period", "missing", "look back", "action", "limit", "side"]
ON_CARDS: Final[frozenset[Rule]] = frozenset({"period", "missing", "look back"})
"""What makes one doubt an alarm that fired, and is known without asking its metric's account for a baseline."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that is wrong."""

    rule: Rule
    cause: str
    next_step: str

    @property
    def said(self) -> str:
        """Both, as running text."""
        return f"{self.cause}. {self.next_step}"


def hints(alarm: Alarm, cadence: timedelta | None, limits: Iterable[Limit] = ()) -> tuple[Hint, ...]:
    """What keeps it from telling the truth first. `cadence` is how often the metric comes, where a monitor makes it.

    `limits` are the baselines' of what it watches, where they are known.
    """
    return tuple(
        hint
        for hint in (
            _looks_back(alarm, cadence),
            _missing(alarm, cadence),
            _period(alarm, cadence),
            *_limits(alarm, limits),
            _action(alarm),
        )
        if hint is not None
    )


def cadence_of(watched: Watched | None, schedules: Mapping[MonitorKey, Schedule]) -> timedelta | None:
    """How often the metric comes that an alarm is about; None of one that comes all the time.

    Of a schedule that is not known, or runs by no clock, as often as it can.
    """
    metric = watched.query.metric if watched else None
    if metric is None or kind_of(metric) not in MONITORED:
        return None
    name = schedule_of(metric)
    if name:
        known = schedules.get((metric.account_id, metric.region, name))
        return (known.cadence if known else None) or HOURLY
    spans = [s.cadence for s in schedules.values() if s.cadence and _emits(s, metric)]
    return max(spans, default=HOURLY)


def _emits(schedule: Schedule, metric: Metric) -> bool:
    """Whether a schedule may be among those that a query without a schedule's name goes over."""
    endpoint = metric.dimension("Endpoint", "EndpointName")
    kind = kind_of(metric)
    return kind is not None and kind.value == schedule.family.value and endpoint in {"", schedule.endpoint}


def _looks_back(alarm: Alarm, cadence: timedelta | None) -> Hint | None:
    if selected(alarm.expression) is None or cadence is None or cadence <= LOOK_BACK:
        return None
    cause = f"It looks back {duration(LOOK_BACK)} and the monitor runs every {duration(cadence)}"
    return Hint("look back", cause, "An alarm on the metric itself, without a query, sees each run.")


def _missing(alarm: Alarm, cadence: timedelta | None) -> Hint | None:
    """The metric comes once a run, some minutes late at times: an hour without a point is no trouble."""
    if cadence is None or alarm.missing != "breaching":
        return None
    cause = f"It counts missing data as breaching, and the metric comes {every(cadence)}"
    step = 'Set its treatment of missing data to "ignore": a monitor that falls silent is told anyway.'
    return Hint("missing", cause, step)


def _period(alarm: Alarm, cadence: timedelta | None) -> Hint | None:
    if cadence is None or not alarm.period_s or timedelta(seconds=alarm.period_s) >= cadence:
        return None
    period = duration(timedelta(seconds=alarm.period_s))
    cause = f"Its period of {period} is shorter than the monitor's {duration(cadence)}: most periods have no data"
    return Hint("period", cause, f"Set the period to {duration(cadence)}.")


def _limits(alarm: Alarm, limits: Iterable[Limit]) -> Iterator[Hint]:
    """Against the baseline of the same monitor and metric, where the alarm watches that one metric.

    One whose description names the baseline's limit differs on purpose.
    """
    metric = alarm.watched[0].query.metric if alarm.kind == "metric" and alarm.watched else None
    if metric is None or alarm.threshold is None:
        return
    monitor = (metric.account_id, metric.region, schedule_of(metric))
    for limit in limits:
        if limit.monitor != monitor or metric_name(kind_of(metric), limit.row) != metric.name:
            continue
        wanted = bare_limit(limit.row.check, limit.value)
        if _is_low(alarm.comparison) is not None and _is_low(alarm.comparison) is not _is_low(limit.row.check):
            yield Hint("side", "It fires on the side that the baseline calls good", "Turn its comparison around.")
        elif (
            not isclose(alarm.threshold, limit.value, rel_tol=1e-6) and f"baseline's {wanted}" not in alarm.description
        ):
            cause = f"Its limit {bare_limit(alarm.comparison, alarm.threshold)} is not the baseline's {wanted}"
            yield Hint("limit", cause, f"Set it to {wanted}, or say in its description why not.")


def _is_low(check: str) -> bool | None:
    """Whether it is bad to be low; None where the check does not say."""
    return {Side.ABOVE: True, Side.OVER: True, Side.BELOW: False, Side.UNDER: False}.get(side(check) or Side.NONE)


def _action(alarm: Alarm) -> Hint | None:
    """Only of alarms whose actions are known: an event need not name them. Who made one here was asked whom to tell."""
    if alarm.changed_at is None or (alarm.actions_enabled and (alarm.actions or alarm.made_here)):
        return None
    cause = "Its actions are switched off" if alarm.actions else "It has no action"
    return Hint("action", cause, "Nobody but Sagewatch tells of it: give it one if others have to know.")
