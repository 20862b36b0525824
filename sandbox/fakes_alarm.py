"""Alarms and their changes for tests: one on a model's accuracy, as each way tells of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.logic.arns import alarm_arn
from bot.model.alarm import Alarm, AlarmChange, AlarmState, Contributor, Watched
from bot.model.metric import Metric, Query
from bot.model.monitor import Schedule
from bot.model.place import Family, Service
from sandbox.fakes import at

HUB, OWNER, REGION = "111111111111", "222222222222", "us-west-2"
ENDPOINT, SCHEDULE = "bank-marketing-2026-11-02-0914", "bank-marketing-quality-2026-11-02-0941"
QUALITY = "aws/sagemaker/Endpoints/model-metrics"
LOW = "Threshold Crossed: 1 datapoint [0.7521 (02/11/26 09:00:00)] was less than the threshold (0.8734)."
FINE = "Threshold Crossed: 1 datapoint [0.9104 (02/11/26 10:00:00)] was not less than the threshold (0.8734)."
NOTHING = (
    "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching]."
)
UNKNOWN = "Insufficient Data: 1 datapoint was unknown."
REASONS = {AlarmState.ALARM: LOW, AlarmState.OK: FINE, AlarmState.INSUFFICIENT_DATA: UNKNOWN}


def metric(name: str = "accuracy", namespace: str = QUALITY, account: str = OWNER, **dimensions: str) -> Metric:
    """Of the endpoint and its monitor, unless told otherwise."""
    named = dimensions or {"Endpoint": ENDPOINT, "MonitoringSchedule": SCHEDULE}
    return Metric(account, REGION, namespace, name, tuple(sorted(named.items())))


def watched(found: Metric, stat: str = "Average", period_s: int = 3600) -> Watched:
    """As an alarm looks at it."""
    return Watched(Query(found, stat), period_s)


def alarm(name: str = "bank-marketing-accuracy", hour: float = 0.0, **more: Any) -> Alarm:
    """In the observability account, on the accuracy of a model of another; in ALARM since so many hours after START."""
    said: dict[str, Any] = {
        "arn": alarm_arn(REGION, HUB, name),
        "name": name,
        "account_id": HUB,
        "region": REGION,
        "kind": "metric",
        "state": AlarmState.ALARM,
        "state_at": at(hour),
        "watched": (watched(metric()),),
        "comparison": "LessThanThreshold",
        "threshold": 0.8734,
        "period_s": 3600,
        "evaluation_periods": 1,
        "datapoints": 1,
        "missing": "ignore",
        "actions": ("arn:aws:sns:us-west-2:111111111111:ml-alarms",),
    }
    found = Alarm(**{**said, **more})
    return found if "reason" in more else replace(found, reason=REASONS[found.state])


def change(
    state: AlarmState = AlarmState.ALARM,
    hour: float = 0.0,
    previous: AlarmState | None = AlarmState.OK,
    *,
    contributor: Contributor | None = None,
    heard: Any = "eventbridge",
    name: str = "bank-marketing-accuracy",
    values: tuple[float, ...] | None = None,
    **more: Any,
) -> AlarmChange:
    """It came to a state so many hours after START."""
    told = {AlarmState.ALARM: (0.7521,), AlarmState.OK: (0.9104,)}.get(state, ()) if values is None else values
    return AlarmChange(alarm(name, hour, state=state, **more), previous, heard, contributor, values=told)


def schedule(cadence: timedelta | None = timedelta(hours=1), name: str = SCHEDULE) -> Schedule:
    """The monitor that makes the metric."""
    arn = f"arn:aws:sagemaker:{REGION}:{OWNER}:monitoring-schedule/{name}"
    service = Service("bank-marketing", "tag")
    return Schedule(arn, name, OWNER, REGION, Family.MODEL_QUALITY, ENDPOINT, cadence, service)


def by_monitor(*schedules: Schedule) -> Mapping[tuple[str, str, str], Schedule]:
    """As the inventory's are looked up."""
    return {found.monitor: found for found in schedules}
