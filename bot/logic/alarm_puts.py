"""PutMetricAlarm: whether a call made an alarm or changed one, and what of it fires later since.

The same call does both, and neither its record nor its answer says which. What tells them apart is the state: one
that is changed keeps its own, one that is made begins with a new one (CloudWatch API reference, PutMetricAlarm).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot.logic.alarm_event import CREATED
from bot.model.alarm import Alarm
from bot.model.fleet import Earlier
from bot.model.news import Change

SKEW: Final = timedelta(seconds=2)
"""CloudTrail tells whole seconds: what is dated so shortly before a call was made by the call itself."""


def before(change: Change, there: Alarm | None, was: Earlier | None) -> Alarm | None:
    """As it was before the call; as it is where nobody knows that, None where it is not known at all."""
    if there is not None and not is_after(there, change):
        return there
    old = was.resource if was and was.until >= change.at - SKEW else None
    return old if isinstance(old, Alarm) and not is_after(old, change) else there


def is_after(alarm: Alarm, change: Change) -> bool:
    """Whether it is known as the call left it: such a one cannot be compared with the call."""
    return alarm.changed_at is not None and alarm.changed_at > change.at - SKEW


def was_there(alarm: Alarm, change: Change) -> bool:
    """Whether the call found it: it is in a state that it came to before."""
    return alarm.state_at < change.at - SKEW


def was_made(alarm: Alarm, change: Change) -> bool:
    """Whether the call made it, for sure: it is in the state that an alarm begins with, since the call."""
    return alarm.reason == CREATED and not was_there(alarm, change)


def as_put(alarm: Alarm, request: Mapping[str, Any]) -> Alarm:
    """As an earlier call had left it, which said all of it; what a call does not say is CloudWatch's own choice."""
    return replace(
        alarm,
        comparison=str(request.get("comparisonOperator") or ""),
        threshold=_number(request.get("threshold")),
        evaluation_periods=_count(request.get("evaluationPeriods")),
        datapoints=_count(request.get("datapointsToAlarm")),
        missing=str(request.get("treatMissingData") or "missing"),
        actions_enabled=str(request.get("actionsEnabled", True)).lower() != "false",
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _count(value: object) -> int | None:
    found = _number(value)
    return None if found is None else int(found)
