"""Alarms as CloudWatch writes them to SNS topics. Whoever may publish to the topic can write the same.

Sources: bodies recorded against AWS (LocalStack's snapshots, terraform-aws-notify-slack's event); CloudWatch User
Guide, "Log alarms" and "Notifying users on alarm changes".
"""

import re
from dataclasses import replace
from typing import Final

from bot.errors import Malformed
from bot.logic.alarm_event import MOST_NAME, MOST_POINTS, STATES, kind, treatment
from bot.logic.alarm_queries import MOST_PERIOD_S, MOST_QUERIES, NOTIFICATION, Queries, metric, queries
from bot.logic.alarm_reason import why
from bot.logic.alarm_rule import children
from bot.logic.arns import alarm_arn, alarm_of
from bot.logic.aws_json import MOST_ARN, MOST_RULE, Told
from bot.logic.strict import ACCOUNT
from bot.model.alarm import Alarm, AlarmChange, AlarmState, Contributor, Watched
from bot.model.event import Event
from bot.model.metric import Query
from bot.model.report import Document

KIND: Final = "CloudWatch Alarm by SNS"
"""Ours: SNS has no such word."""
_STATISTICS: Final = {
    "AVERAGE": "Average",
    "SUM": "Sum",
    "MINIMUM": "Minimum",
    "MAXIMUM": "Maximum",
    "SAMPLE_COUNT": "SampleCount",
    "SAMPLECOUNT": "SampleCount",
}
_TOPIC: Final = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):([0-9]{12}):.{1,256}")


def is_alarm(said: Document) -> bool:
    """By its shape."""
    return isinstance(said.get("AlarmName"), str) and "NewStateValue" in said


def topic_of(arn_: object) -> tuple[str, str]:
    """Region and account of a topic; empty where it is none's ARN."""
    found = _TOPIC.fullmatch(arn_) if isinstance(arn_, str) else None
    return (found[1], found[2]) if found else ("", "")


def where(said: Document, topic_region: str) -> tuple[str, str]:
    """Region and account of the alarm; `Region` is a name for people, so it is never asked. Raises Malformed."""
    told = Told(said)
    if said.get("AlarmArn") is not None:
        parts = alarm_of(told.identity("AlarmArn", MOST_ARN))
        if parts is None or parts[2] != said["AlarmName"]:
            raise Malformed("AlarmArn is not the ARN of AlarmName")
        if said.get("AWSAccountId", parts[1]) != parts[1]:
            raise Malformed("AWSAccountId is not the account of AlarmArn")
        return parts[0], parts[1]
    if not topic_region:
        raise Malformed("AlarmArn lacks, and no topic tells the Region")
    told.needed("AWSAccountId", 12)
    return topic_region, told.matched("AWSAccountId", ACCOUNT)


def change(event: Event) -> AlarmChange:
    """Raises Malformed."""
    said = Told(event.detail)
    name, reason = said.identity("AlarmName", MOST_NAME), said.words("NewStateReason")
    why_, alarm = why(reason), _alarm(event, said, name, reason)
    return AlarmChange(
        replace(
            alarm,
            comparison=alarm.comparison or why_.comparison,
            threshold=why_.threshold if alarm.threshold is None else alarm.threshold,
        ),
        previous=STATES.get(said.words("OldStateValue", 64)),
        heard="sns",
        contributor=_contributor(said),
        after_mute=said.flag("ActionExecutedAfterMuteWindow", absent=False),
        values=why_.values,
        limit=why_.edge,
    )


def _alarm(event: Event, said: Told, name: str, reason: str) -> Alarm:
    trigger = said.within("Trigger")
    found, rule = _queries(event, trigger), said.words("AlarmRule", MOST_RULE)
    actions = [one for key in ("OKActions", "AlarmActions", "InsufficientDataActions") for one in said.lines(key, 20)]
    configured = "AlarmConfigurationUpdatedTimestamp"
    return Alarm(
        arn=said.naming("AlarmArn", MOST_ARN) or alarm_arn(event.region, event.account_id, name),
        name=name,
        account_id=event.account_id,
        region=event.region,
        kind=kind(found, rule, {**said.said, **trigger.said}),
        state=said.one_of("NewStateValue", STATES, AlarmState.INSUFFICIENT_DATA),
        state_at=said.when("StateChangeTime"),
        reason=reason,
        description=said.words("AlarmDescription"),
        watched=found.watched,
        expression=rule or found.expression,
        children=children(said.naming("AlarmRule", MOST_RULE)) or _triggering(said),
        comparison=trigger.words("ComparisonOperator", 64),
        threshold=trigger.figure("Threshold"),
        period_s=trigger.whole("Period", 1, MOST_PERIOD_S) if trigger.said.get("Period") is not None else None,
        evaluation_periods=trigger.whole("EvaluationPeriods", 1, MOST_POINTS),
        datapoints=trigger.whole("DatapointsToAlarm", 1, MOST_POINTS),
        missing=treatment(trigger.words("TreatMissingData", 64)),
        actions=tuple(dict.fromkeys(actions)),
        changed_at=said.when(configured) if said.said.get(configured) is not None else None,
    )


def _queries(event: Event, trigger: Told) -> Queries:
    """Metrics and expressions, or the one metric that stands in the trigger itself."""
    if trigger.said.get("MetricName") is None:
        return queries(trigger.each("Metrics", MOST_QUERIES), NOTIFICATION, event.account_id, event.region)
    found = metric(trigger, NOTIFICATION, event.account_id, event.region)
    stat = trigger.words("ExtendedStatistic", 64) or trigger.words("Statistic", 64)
    period = trigger.whole("Period", 1, MOST_PERIOD_S)
    return Queries("metric", (Watched(Query(found, _STATISTICS.get(stat, stat)), period or 0),), "", period)


def _triggering(said: Told) -> tuple[str, ...]:
    return tuple(child.naming("Arn", MOST_ARN) for child in said.each("TriggeringChildren", 100))


def _contributor(said: Told) -> Contributor | None:
    if said.said.get("AlarmContributorId") is None:
        return None
    return Contributor(said.needed("AlarmContributorId", 64), said.pairs("AlarmContributorAttributes", 30))
