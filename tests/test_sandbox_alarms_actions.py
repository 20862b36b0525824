"""An alarm's topics: what they are told, when a mute rule lets them, and what history keeps of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey

OWN, PROD, REGION = "111111111111", "222222222222", "us-west-2"
QUEUE = f"arn:aws:sqs:{REGION}:{OWN}:bot"


class Calendar:
    """Moved by hand."""

    at = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """As it was set."""
        return self.at


class Stage:
    """Production's topic, subscribed by another account's queue."""

    def __init__(self, aws: AwsSandbox, calendar: Calendar) -> None:
        self.aws, self.calendar = aws, calendar
        self.cloudwatch, self.sqs = aws.client("cloudwatch", PROD), aws.client("sqs", OWN)
        self.url = self.sqs.create_queue(QueueName="bot")["QueueUrl"]
        services = {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}
        statement = {"Effect": "Allow", "Principal": services, "Action": "sqs:SendMessage", "Resource": QUEUE}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        sns = aws.client("sns", PROD)
        self.topic = sns.create_topic(Name="alarms")["TopicArn"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=QUEUE)

    def alarm(self, name: str, **settings: Any) -> None:
        """One that calls the topic in ALARM and in OK."""
        given = {
            "Namespace": "AWS/SageMaker",
            "MetricName": "Invocation5XXErrors",
            "Dimensions": [{"Name": "EndpointName", "Value": "bank"}],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 5.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "ignore",
            "AlarmActions": [self.topic],
            "OKActions": [self.topic],
        }
        self.cloudwatch.put_metric_alarm(AlarmName=name, **{**given, **settings})

    def set(self, name: str, state: str) -> None:
        """By hand, until the next look."""
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a drill")

    def heard(self) -> list[dict[str, Any]]:
        """Bodies in the envelope."""
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", ()):
            found += [json.loads(json.loads(message["Body"])["Message"]) for message in batch]
        return found

    def history(self, name: str) -> list[str]:
        """Lines about actions."""
        said = self.cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action")
        return [item["HistorySummary"] for item in said["AlarmHistoryItems"]]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Two accounts."""
    calendar = Calendar()
    accounts = [CloudAccount(i, i, f"AKIA{i}SAGE", "secret") for i in (OWN, PROD)]
    with AwsSandbox(calendar, accounts) as aws:
        aws.start()
        yield Stage(aws, calendar)


def test_a_topic_is_told_with_the_recorded_keys(stage: Stage) -> None:
    """Of a metric alarm; M out of N alone is told when it was given."""
    stage.alarm("errors")
    stage.set("errors", "ALARM")
    (told,) = stage.heard()
    assert sorted(told) == sorted(
        [
            "AlarmName",
            "AlarmDescription",
            "AWSAccountId",
            "AlarmConfigurationUpdatedTimestamp",
            "NewStateValue",
            "NewStateReason",
            "StateChangeTime",
            "Region",
            "AlarmArn",
            "OldStateValue",
            "OKActions",
            "AlarmActions",
            "InsufficientDataActions",
            "ActionExecutedAfterMuteWindow",
            "Trigger",
        ]
    )
    assert sorted(told["Trigger"]) == sorted(
        [
            "MetricName",
            "Namespace",
            "StatisticType",
            "Statistic",
            "Unit",
            "Dimensions",
            "Period",
            "EvaluationPeriods",
            "ComparisonOperator",
            "Threshold",
            "TreatMissingData",
            "EvaluateLowSampleCountPercentile",
        ]
    )
    assert (told["OldStateValue"], told["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert (told["Region"], told["AWSAccountId"]) == ("US West (Oregon)", PROD)
    assert told["Trigger"]["Dimensions"] == [{"value": "bank", "name": "EndpointName"}]
    assert (told["Trigger"]["Statistic"], told["Trigger"]["Unit"]) == ("SUM", None)
    assert stage.history("errors") == [f"Successfully executed action {stage.topic}"]


def test_math_and_composite_alarms_are_told_by_their_own_keys(stage: Stage) -> None:
    """Metrics without a metric's name; a rule with the children that turned it."""
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": []}
    stage.cloudwatch.put_metric_alarm(
        AlarmName="doubled",
        Metrics=[
            {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "e", "Expression": "m * 2", "ReturnData": True},
        ],
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[stage.topic],
    )
    stage.set("doubled", "ALARM")
    (told,) = stage.heard()
    assert ("MetricName" in told["Trigger"], [m["Id"] for m in told["Trigger"]["Metrics"]]) == (False, ["m", "e"])
    stage.cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(doubled)", AlarmActions=[stage.topic])
    stage.set("any", "ALARM")
    (told,) = stage.heard()
    assert (told["AlarmRule"], told["TriggeringChildren"]) == ("ALARM(doubled)", [])
    assert "Trigger" not in told


def test_actions_that_are_off_or_have_no_topic_bring_nothing(stage: Stage) -> None:
    """What failed is in the history."""
    stage.alarm("off")
    stage.cloudwatch.disable_alarm_actions(AlarmNames=["off"])
    stage.set("off", "ALARM")
    stage.alarm("lost", AlarmActions=[f"{stage.topic}-gone"])
    stage.set("lost", "ALARM")
    assert stage.heard() == []
    assert stage.history("off") == []
    assert stage.history("lost")[0].startswith(f"Failed to execute action {stage.topic}-gone. Reason: ")


def test_a_mute_rule_holds_actions_back_and_they_are_done_when_its_window_ends(stage: Stage) -> None:
    """Only if the alarm is still in that state; the message says that it was held back."""
    for name in ("held", "over"):
        stage.alarm(name)
    begin = f"at({stage.calendar.at:%Y-%m-%dT%H:%M})"
    stage.cloudwatch.put_alarm_mute_rule(
        Name="works",
        Rule={"Schedule": {"Expression": begin, "Duration": "PT1H"}},
        MuteTargets={"AlarmNames": ["held", "over"]},
    )
    for name in ("held", "over"):
        stage.set(name, "ALARM")
    stage.cloudwatch.disable_alarm_actions(AlarmNames=["over"])
    assert stage.heard() == []
    stage.calendar.at += timedelta(minutes=61)
    stage.aws.evaluate_alarms(stage.calendar.at)
    (told,) = stage.heard()
    assert (told["AlarmName"], told["NewStateValue"], told["ActionExecutedAfterMuteWindow"]) == ("held", "ALARM", True)


def test_the_event_of_a_muted_change_names_the_rule_and_its_window(stage: Stage) -> None:
    """Events come all the same: only actions are held back; a rule that is deleted holds nothing back any more."""
    events = stage.aws.client("events", PROD)
    events.put_rule(Name="alarms", EventPattern=json.dumps({"detail-type": ["CloudWatch Alarm State Change"]}))
    events.put_targets(Rule="alarms", Targets=[{"Id": "bot", "Arn": QUEUE}])
    stage.alarm("told")
    at = stage.calendar.at
    stage.cloudwatch.put_alarm_mute_rule(
        Name="quiet",
        Rule={"Schedule": {"Expression": f"at({at:%Y-%m-%dT%H:%M})", "Duration": "PT2H"}},
        MuteTargets={"AlarmNames": ["told"]},
    )
    stage.set("told", "ALARM")
    (event,) = (json.loads(m["Body"]) for m in stage.sqs.receive_message(QueueUrl=stage.url)["Messages"])
    mute = event["detail"]["muteDetail"]
    assert mute["mutedByArn"] == f"arn:aws:cloudwatch:{REGION}:{PROD}:alarm-mute-rule:quiet"
    assert mute["muteWindowStart"] == f"{at:%Y-%m-%dT%H:%M:00.000+0000}"
    assert mute["muteWindowEnd"] == f"{at + timedelta(hours=2):%Y-%m-%dT%H:%M:00.000+0000}"
    events.disable_rule(Name="alarms")
    stage.cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="quiet")
    stage.aws.evaluate_alarms(stage.calendar.at)
    assert [(told["AlarmName"], told["ActionExecutedAfterMuteWindow"]) for told in stage.heard()] == [("told", True)]


def test_the_event_of_a_suppressed_change_says_by_what(stage: Stage) -> None:
    """A suppressor holds actions back and not events; DescribeAlarms says the same, and the topic hears it later."""
    events = stage.aws.client("events", PROD)
    stage.alarm("works")
    periods = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 60}
    settings = {"AlarmRule": "TRUE", "ActionsSuppressor": "works", "AlarmActions": [stage.topic], **periods}
    stage.cloudwatch.put_composite_alarm(AlarmName="quieted", **settings)
    stage.set("works", "ALARM")
    stage.heard()
    rule = {"detail-type": ["CloudWatch Alarm State Change"], "detail": {"alarmName": ["quieted"]}}
    events.put_rule(Name="suppressed", EventPattern=json.dumps(rule))
    events.put_targets(Rule="suppressed", Targets=[{"Id": "bot", "Arn": QUEUE}])
    stage.set("quieted", "ALARM")
    (event,) = (json.loads(m["Body"]) for m in stage.sqs.receive_message(QueueUrl=stage.url)["Messages"])
    assert event["detail"]["state"]["actionsSuppressedBy"] == "Alarm"
    found = stage.cloudwatch.describe_alarms(AlarmNames=["quieted"], AlarmTypes=["CompositeAlarm"])
    assert found["CompositeAlarms"][0]["ActionsSuppressedReason"] == "Actions suppressed by Alarm"
    events.disable_rule(Name="suppressed")
    stage.set("works", "OK")
    stage.calendar.at += timedelta(minutes=2)
    stage.aws.evaluate_alarms(stage.calendar.at)
    assert "quieted" in {told["AlarmName"] for told in stage.heard()}


def test_each_contributor_tells_the_topic_and_the_alarm_does_not_tell_it_again(stage: Stage) -> None:
    """The alarm's own message is of what no contributor said; what a mute rule held back is told later, of each."""
    quality, names = "aws/sagemaker/Endpoints/model-metrics", ("bank", "loan")
    query = f'SELECT MIN(accuracy) FROM "{quality}" GROUP BY Endpoint ORDER BY MIN() ASC'  # noqa: S608 - no SQL
    metrics = [{"Id": "q1", "Expression": query, "Period": 60, "ReturnData": True}]
    for name in names:
        key = MetricKey.of(quality, "accuracy", {"Endpoint": name})
        stage.aws.metrics(PROD).put(key, stage.calendar.at - timedelta(hours=1), 0.9)

    def told(**values: float) -> list[tuple[str, str, str, bool]]:
        for name, value in values.items():
            key = MetricKey.of(quality, "accuracy", {"Endpoint": name})
            stage.aws.metrics(PROD).put(key, stage.calendar.at, value)
        stage.calendar.at += timedelta(minutes=1)
        stage.aws.evaluate_alarms(stage.calendar.at)
        return [
            (
                m.get("AlarmContributorAttributes", {}).get("Endpoint", ""),
                m["OldStateValue"],
                m["NewStateValue"],
                m["ActionExecutedAfterMuteWindow"],
            )
            for m in stage.heard()
            if m["AlarmName"] == "low"
        ]

    sns = {name: [stage.topic] for name in ("AlarmActions", "OKActions", "InsufficientDataActions")}
    rule = {"EvaluationPeriods": 1, "Threshold": 0.87, "ComparisonOperator": "LessThanThreshold"}
    stage.cloudwatch.put_metric_alarm(AlarmName="low", Metrics=metrics, **rule, **sns)
    assert told(bank=0.91, loan=0.93) == [("", "INSUFFICIENT_DATA", "OK", False)]
    assert told(bank=0.75, loan=0.93) == [("bank", "OK", "ALARM", False)]
    begin = f"at({stage.calendar.at:%Y-%m-%dT%H:%M})"
    schedule = {"Schedule": {"Expression": begin, "Duration": "PT2M"}}
    stage.cloudwatch.put_alarm_mute_rule(Name="works", Rule=schedule, MuteTargets={"AlarmNames": ["low"]})
    assert told(bank=0.91, loan=0.80) == []
    assert told(bank=0.91, loan=0.80) + told(bank=0.91, loan=0.80) == [
        ("loan", "OK", "ALARM", True),
        ("bank", "ALARM", "OK", True),
    ]
    said = stage.cloudwatch.describe_alarm_history(AlarmName="low", HistoryItemType="AlarmContributorAction")
    assert [i["AlarmContributorAttributes"]["Endpoint"] for i in said["AlarmHistoryItems"]][-1] == "bank"
    assert [told() for _ in range(3)][-1] == [
        ("loan", "ALARM", "OK", False),
        ("", "ALARM", "INSUFFICIENT_DATA", False),
    ]
