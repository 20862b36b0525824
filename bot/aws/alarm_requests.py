"""What CloudWatch is asked for when an alarm or a mute rule is made.

Source: API reference, PutMetricAlarm and PutAlarmMuteRule.
"""

from datetime import datetime
from typing import Any

from bot.logic.mutes import expression, iso
from bot.logic.plain import plain
from bot.model.alarm import Alarm, AlarmPlan, AlarmState, Watched
from bot.model.observation import Window

MOST_TEXT = 1024
"""Characters of a description."""


def alarm_request(plan: AlarmPlan, account_id: str) -> dict[str, Any]:
    """To be made in this account: of another's metric with its owner, which only a list of queries can name."""
    metric = plan.query.metric
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    request: dict[str, Any] = {
        "AlarmName": plan.name,
        "AlarmDescription": plan.description[:MOST_TEXT],
        "EvaluationPeriods": plan.periods,
        "DatapointsToAlarm": plan.datapoints,
        "ComparisonOperator": plan.comparison,
        "Threshold": plan.threshold,
        "TreatMissingData": plan.missing,
        "Tags": [{"Key": key, "Value": value} for key, value in plan.tags],
        **({"AlarmActions": list(plan.actions), "OKActions": list(plan.actions)} if plan.actions else {}),
    }
    named = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    if metric.account_id == account_id:
        simple = plan.query.stat in _STATISTICS
        stat = {"Statistic" if simple else "ExtendedStatistic": plan.query.stat}
        return {**request, **named, **stat, "Period": plan.period_s}
    watched = {"Metric": named, "Period": plan.period_s, "Stat": plan.query.stat}
    query = {"Id": "m1", "MetricStat": watched, "AccountId": metric.account_id, "ReturnData": True}
    return {**request, "Metrics": [query]}


_STATISTICS = frozenset({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})


def made(plan: AlarmPlan, arn: str, account_id: str, now: datetime) -> Alarm:
    """The alarm as it is right after: not judged yet."""
    return Alarm(
        arn=arn,
        name=plan.name,
        account_id=account_id,
        region=plan.query.metric.region,
        kind="metric",
        state=AlarmState.INSUFFICIENT_DATA,
        state_at=now,
        reason="Unchecked: Initial alarm creation",
        description=plan.description,
        watched=(Watched(plan.query, plan.period_s),),
        comparison=plan.comparison,
        threshold=plan.threshold,
        period_s=plan.period_s,
        evaluation_periods=plan.periods,
        datapoints=plan.datapoints,
        missing=plan.missing,
        actions=plan.actions,
        changed_at=now,
        tags=plan.tags,
    )


def differs(there: Alarm, plan: AlarmPlan) -> bool:
    """Whether the alarm judges by another rule than this plan's."""
    judged = (there.comparison, there.threshold, there.evaluation_periods, there.datapoints, there.missing)
    return judged != (plan.comparison, plan.threshold, plan.periods, plan.datapoints, plan.missing)


def mute_request(name: str, alarm: str, window: Window, why: str) -> dict[str, Any]:
    """Of one alarm, once; the rule says itself when it is over."""
    schedule = {"Expression": expression(window.start), "Duration": iso(window.end - window.start), "Timezone": "UTC"}
    return {
        "Name": name,
        "Description": plain(why, MOST_TEXT),
        "Rule": {"Schedule": schedule},
        "MuteTargets": {"AlarmNames": [alarm]},
        "ExpireDate": window.end,
    }
