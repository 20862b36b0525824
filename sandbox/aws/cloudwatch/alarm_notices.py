"""What an alarm that changed publishes to its topics.

Source: bodies recorded against AWS (localstack's snapshots), messages of SNS subscribers. Dimensions are a list here,
with `name` and `value` in lower case; the Region is told by its display name. A contributor's message is its alarm's
with the contributor's state, id and attributes, as recorded (radkawar/stackd's contributor deliveries).
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from botocore.loaders import create_loader

from sandbox.aws.cloudwatch.alarm_events import stamp
from sandbox.aws.cloudwatch.alarm_store import COMPOSITE, Alarm, Contributing

_STATISTICS = {"SampleCount": "SAMPLE_COUNT"}


def subject(alarm: Alarm) -> str:
    """As `ALARM: "x" in US West (Oregon)`, at most SNS's hundred characters."""
    return f'{alarm.state}: "{alarm.name}" in {_region(_part(alarm, 3))}'[:100]


def body(before: str, alarm: Alarm, contributor: Contributing | None = None, *, after_mute: bool) -> str:
    """JSON; `before` is the state it came from, `after_mute` whether a mute rule held it back until now.

    Of a contributor, `alarm` is the alarm as this series has it.
    """
    settings, composite = alarm.settings, alarm.kind == COMPOSITE
    told: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": settings.get("AlarmDescription"),
        "AWSAccountId": _part(alarm, 4),
        **({} if composite else {"AlarmConfigurationUpdatedTimestamp": stamp(alarm.updated_at)}),
        "NewStateValue": alarm.state,
        "NewStateReason": alarm.reason,
        "StateChangeTime": stamp(alarm.transitioned_at),
        "Region": _region(_part(alarm, 3)),
        "AlarmArn": alarm.arn,
        "OldStateValue": before,
        **(_contributor(contributor) if contributor else {}),
        **({} if composite and not after_mute else {"ActionExecutedAfterMuteWindow": after_mute}),
        **{name: list(settings.get(name, ())) for name in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    return json.dumps(told | (_children(alarm) if composite else {"Trigger": _trigger(settings)}))


def _contributor(one: Contributing) -> dict[str, Any]:
    return {"AlarmContributorId": one.id, "AlarmContributorAttributes": dict(one.attributes)}


def _children(alarm: Alarm) -> dict[str, Any]:
    turned = json.loads(alarm.reason_data or "{}").get("triggeringAlarms", [])
    children = [
        {"Arn": each["arn"], "State": {"Value": each["state"]["value"], "Timestamp": each["state"]["timestamp"]}}
        for each in turned
    ]
    return {"AlarmRule": alarm.settings["AlarmRule"], "TriggeringChildren": children}


def _trigger(settings: Mapping[str, Any]) -> dict[str, Any]:
    watched = {"Metrics": [_query(each) for each in settings["Metrics"]]} if "Metrics" in settings else _one(settings)
    periods = [each.get("MetricStat", each).get("Period") for each in settings.get("Metrics", ())]
    datapoints = {"DatapointsToAlarm": settings["DatapointsToAlarm"]} if "DatapointsToAlarm" in settings else {}
    return {
        **watched,
        "Period": settings.get("Period") or next(filter(None, periods), None),
        "EvaluationPeriods": settings["EvaluationPeriods"],
        **datapoints,
        "ComparisonOperator": settings["ComparisonOperator"],
        "Threshold": settings["Threshold"],
        "TreatMissingData": settings.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": settings.get("EvaluateLowSampleCountPercentile", ""),
    }


def _one(settings: Mapping[str, Any]) -> dict[str, Any]:
    plain = settings.get("Statistic")
    statistic = (
        {"StatisticType": "Statistic", "Statistic": _STATISTICS.get(plain, plain.upper())}
        if plain
        else {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": settings["ExtendedStatistic"]}
    )
    return {
        "MetricName": settings["MetricName"],
        "Namespace": settings["Namespace"],
        **statistic,
        "Unit": settings.get("Unit"),
        "Dimensions": _dimensions(settings.get("Dimensions", ())),
    }


def _query(each: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: each[name] for name in ("Expression", "Id", "Label", "Period") if name in each}
    if (asked := each.get("MetricStat")) is not None:
        metric = {**asked["Metric"], "Dimensions": _dimensions(asked["Metric"].get("Dimensions", ()))}
        kept["MetricStat"] = {**asked, "Metric": metric}
    owner = {"AccountId": each["AccountId"]} if "AccountId" in each else {}
    return {**kept, "ReturnData": each.get("ReturnData", True), **owner}


def _dimensions(pairs: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{"value": pair["Value"], "name": pair["Name"]} for pair in pairs]


def _part(alarm: Alarm, number: int) -> str:
    return alarm.arn.split(":")[number]


@cache
def _region(code: str) -> str:
    """Botocore's description of a Region; its code where there is none."""
    partitions = create_loader().load_data("endpoints")["partitions"]
    known = {name: region["description"] for each in partitions for name, region in each["regions"].items()}
    return str(known.get(code, code))
