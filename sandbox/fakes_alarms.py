"""Alarms that tests put into the sandbox's accounts, which are linked to the observability account."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.fakes_accounts import PRODUCTION, TEST, Stage, served
from sandbox.world import fleet, roles

OBSERVABILITY = fleet.OBSERVABILITY
QUALITY = "aws/sagemaker/Endpoints/model-metrics"
ACCURACY = MetricKey.of(QUALITY, "accuracy", {"Endpoint": "bank-1", "MonitoringSchedule": "bank-quality"})
RULE: dict[str, Any] = {"ComparisonOperator": "LessThanThreshold", "EvaluationPeriods": 1, "Threshold": 0.87}
SIMPLE: dict[str, Any] = {**ACCURACY.shown(), "Statistic": "Average", "Period": 3600, **RULE}


def across(account_id: str) -> dict[str, Any]:
    """An alarm on another account's accuracy."""
    stat = {"Metric": ACCURACY.shown(), "Period": 3600, "Stat": "Average"}
    return {**RULE, "Metrics": [{"Id": "m1", "MetricStat": stat, "AccountId": account_id}]}


@contextmanager
def linked() -> Iterator[Stage]:
    """Production and test, linked; operators may change something there and in the observability account."""
    with served() as stage:
        roles.give_operate_role(stage.aws, OBSERVABILITY)
        roles.link(stage.aws)
        yield stage


def put(stage: Stage, account: str, name: str, **settings: Any) -> str:
    """PutMetricAlarm by the account's own administrator; the alarm's ARN."""
    stage.aws.client("cloudwatch", account).put_metric_alarm(AlarmName=name, **(settings or SIMPLE))
    return f"arn:aws:cloudwatch:us-west-2:{account}:alarm:{name}"


def emptied(stage: Stage) -> Stage:
    """Without alarms and mute rules, a day later."""
    stage.empty()
    for account in (OBSERVABILITY, PRODUCTION, TEST):
        client, store = stage.aws.client("cloudwatch", account), stage.aws.alarms(account)
        for kind in ("CompositeAlarm", "MetricAlarm"):
            for name in [alarm.name for alarm in store.alarms() if alarm.kind == kind]:
                client.delete_alarms(AlarmNames=[name])
        for rule in store.mutes.rules():
            client.delete_alarm_mute_rule(AlarmMuteRuleName=rule.name)
    stage.aws.calls.clear()
    return stage
