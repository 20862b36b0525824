"""What CloudWatch tells EventBridge of an alarm.

Source: CloudWatch user guide, "Alarm events and EventBridge" (sample events of metric, math and composite alarms, of
created, updated and deleted ones, of a contributor). No sample shows the account of another account's metric, so
none is told here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch.alarm_store import COMPOSITE, Alarm, Change, Contributing

STATE, CONFIGURATION = "CloudWatch Alarm State Change", "CloudWatch Alarm Configuration Change"
CONTRIBUTOR = "CloudWatch Alarm Contributor State Change"


def event(change: Change, mute: Mapping[str, Any] | None = None) -> tuple[str, dict[str, Any], str]:
    """(detail-type, detail, the alarm's ARN); `mute` is its muteDetail."""
    alarm = change.after or change.before
    if alarm is None:
        raise ValueError("a change of no alarm")
    muted = {"muteDetail": dict(mute)} if mute else {}
    if change.contributor:
        return CONTRIBUTOR, _contributed(alarm, change.contributor) | muted, alarm.arn
    if change.act == "state" and change.before:
        return STATE, _moved(change.before, alarm) | muted, alarm.arn
    return CONFIGURATION, _configured(change, alarm), alarm.arn


def _moved(before: Alarm, after: Alarm) -> dict[str, Any]:
    return {
        "alarmName": after.name,
        "configuration": _watched(after),
        "previousState": _state(before),
        "state": _state(after),
    }


def _contributed(alarm: Alarm, one: Contributing) -> dict[str, Any]:
    """Without the state before."""
    return {
        "alarmName": alarm.name,
        "alarmContributor": {"id": one.id, "attributes": dict(one.attributes)},
        "state": _state(alarm),
        "configuration": _watched(alarm),
    }


def _watched(alarm: Alarm) -> dict[str, Any]:
    settings = {"metrics": _metrics(alarm.settings)} if alarm.kind != COMPOSITE else _rule(alarm.settings)
    about = {"description": alarm.settings["AlarmDescription"]} if alarm.settings.get("AlarmDescription") else {}
    return {**about, **settings}


def _configured(change: Change, alarm: Alarm) -> dict[str, Any]:
    previous = change.before if change.act == "update" else None
    return {
        "alarmName": alarm.name,
        "operation": change.act,
        "state": {"value": alarm.state, "timestamp": stamp(alarm.state_updated_at)},
        "configuration": _whole(alarm),
        **({"previousConfiguration": _whole(previous)} if previous else {}),
    }


def _whole(alarm: Alarm) -> dict[str, Any]:
    settings = alarm.settings
    rule = _rule(settings) if alarm.kind == COMPOSITE else _limits(settings)
    return {
        "alarmName": alarm.name,
        "description": settings.get("AlarmDescription", ""),
        "actionsEnabled": alarm.actions_enabled,
        "timestamp": stamp(alarm.updated_at),
        "okActions": list(settings.get("OKActions", ())),
        "alarmActions": list(settings.get("AlarmActions", ())),
        "insufficientDataActions": list(settings.get("InsufficientDataActions", ())),
        **rule,
    }


def _limits(settings: Mapping[str, Any]) -> dict[str, Any]:
    named = {
        "evaluationPeriods": settings.get("EvaluationPeriods"),
        "datapointsToAlarm": settings.get("DatapointsToAlarm"),
        "threshold": settings.get("Threshold"),
        "comparisonOperator": settings.get("ComparisonOperator"),
        "treatMissingData": settings.get("TreatMissingData"),
    }
    return {**{key: value for key, value in named.items() if value is not None}, "metrics": _metrics(settings)}


def _rule(settings: Mapping[str, Any]) -> dict[str, Any]:
    suppressed = {
        "actionsSuppressor": settings.get("ActionsSuppressor"),
        "actionsSuppressorWaitPeriod": settings.get("ActionsSuppressorWaitPeriod"),
        "actionsSuppressorExtensionPeriod": settings.get("ActionsSuppressorExtensionPeriod"),
    }
    return {"alarmRule": settings["AlarmRule"], **{key: value for key, value in suppressed.items() if value}}


def _metrics(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "MetricName" in settings:
        stat = settings.get("Statistic") or settings.get("ExtendedStatistic")
        return [_metric("m1", settings, settings.get("Dimensions", ()), settings["Period"], str(stat))]
    return [_query(each) for each in settings.get("Metrics", ())]


def _query(each: Mapping[str, Any]) -> dict[str, Any]:
    asked = each.get("MetricStat")
    if asked is None:
        label = {"label": each["Label"]} if each.get("Label") else {}
        return {
            "id": each["Id"],
            "expression": each["Expression"],
            **label,
            "returnData": each.get("ReturnData", True),
            **({"period": each["Period"]} if "Period" in each else {}),
        }
    found = _metric(each["Id"], asked["Metric"], asked["Metric"].get("Dimensions", ()), asked["Period"], asked["Stat"])
    return found | {"returnData": each.get("ReturnData", True)}


def _metric(
    id_: str, metric: Mapping[str, Any], dimensions: Sequence[Mapping[str, str]], period_s: int, stat: str
) -> dict[str, Any]:
    """Dimensions are a map here, and a list in what SNS brings."""
    named = {
        "dimensions": {each["Name"]: each["Value"] for each in dimensions},
        "name": metric["MetricName"],
        "namespace": metric["Namespace"],
    }
    return {"id": id_, "metricStat": {"metric": named, "period": period_s, "stat": stat}, "returnData": True}


def _state(alarm: Alarm) -> dict[str, Any]:
    data = {"reasonData": alarm.reason_data} if alarm.reason_data else {}
    by = alarm.suppressed_by
    held = {"actionsSuppressedBy": by, "actionsSuppressedReason": f"Actions suppressed by {by}"} if by else {}
    return {"reason": alarm.reason, **data, "timestamp": stamp(alarm.state_updated_at), "value": alarm.state, **held}


def stamp(at: datetime) -> str:
    """`2019-10-02T17:20:48.554+0000`."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"
