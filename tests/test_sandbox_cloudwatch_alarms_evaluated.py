"""Alarms by the sandbox's clock: each minute in order, told to EventBridge and brought to another account's queue."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey

OWN, PROD, REGION = "111111111111", "222222222222", "us-west-2"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEY = MetricKey.of("AWS/SageMaker", "Invocation5XXErrors", {"EndpointName": "bank", "VariantName": "AllTraffic"})
QUEUE = f"arn:aws:sqs:{REGION}:{OWN}:bot"


class Calendar:
    """Moved by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        """As it was set."""
        return self.at


class Stage:
    """Production's alarms, forwarded to the bot's queue."""

    def __init__(self, aws: AwsSandbox, calendar: Calendar) -> None:
        self.aws, self.calendar = aws, calendar
        self.cloudwatch = aws.client("cloudwatch", PROD)
        self.sqs = aws.client("sqs", OWN)
        self.url = self.sqs.create_queue(QueueName="bot")["QueueUrl"]
        allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": QUEUE}]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        events = aws.client("events", PROD)
        events.put_rule(Name="alarms", EventPattern=json.dumps({"source": ["aws.cloudwatch"]}))
        events.put_targets(Rule="alarms", Targets=[{"Id": "bot", "Arn": QUEUE}])

    def alarm(self, name: str = "errors", **settings: Any) -> None:
        """More than five errors in a minute, two of three."""
        given: dict[str, Any] = {
            "Namespace": KEY.namespace,
            "MetricName": KEY.name,
            "Dimensions": [{"Name": n, "Value": v} for n, v in KEY.dimensions],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "Threshold": 5.0,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        self.cloudwatch.put_metric_alarm(AlarmName=name, **{**given, **settings})

    def errors(self, *counts: float | None) -> None:
        """One a minute from now on; the clock goes on with them."""
        for count in counts:
            if count is not None:
                self.aws.metrics(PROD).put(KEY, self.calendar.at, count)
            self.calendar.at += MINUTE
        self.aws.evaluate_alarms(self.calendar.at)

    def state(self, name: str = "errors") -> tuple[str, str]:
        """(state, reason)."""
        said = self.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        (alarm,) = said["MetricAlarms"] + said["CompositeAlarms"]
        return alarm["StateValue"], alarm["StateReason"]

    def heard(self) -> list[dict[str, Any]]:
        """The events that came to the bot's queue, oldest first."""
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", ()):
            found += [json.loads(message["Body"]) for message in batch]
        return found


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[AwsSandbox, Calendar]]:
    """Two accounts."""
    calendar = Calendar()
    accounts = [CloudAccount(i, i, f"AKIA{i}SAGE", "secret") for i in (OWN, PROD)]
    with AwsSandbox(calendar, accounts) as aws:
        aws.start()
        yield aws, calendar


@pytest.fixture
def stage(served: tuple[AwsSandbox, Calendar]) -> Iterator[Stage]:
    """A day of its own."""
    aws, calendar = served
    calendar.at += timedelta(days=1)
    made = Stage(aws, calendar)
    yield made
    names = [a.name for a in aws.alarms(PROD).alarms()]
    for name in sorted(names, key=lambda n: not n.startswith("any")):
        made.cloudwatch.delete_alarms(AlarmNames=[name])
    made.heard()


def test_an_alarm_goes_off_and_back_and_the_queue_of_another_account_hears_of_it(stage: Stage) -> None:
    """With the sending account, the state before, dimensions as a map, and the points that decided."""
    stage.alarm()
    stage.errors(0, 0, 0, 9, 9, 0, 0)
    assert stage.state()[0] == "OK"
    created, *moves = stage.heard()
    assert (created["detail-type"], created["detail"]["operation"]) == (
        "CloudWatch Alarm Configuration Change",
        "create",
    )
    states = [(e["detail"]["previousState"]["value"], e["detail"]["state"]["value"]) for e in moves]
    assert states == [("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM"), ("ALARM", "OK")]
    fired = moves[1]
    assert (fired["source"], fired["account"], fired["region"]) == ("aws.cloudwatch", PROD, REGION)
    assert fired["resources"] == [f"arn:aws:cloudwatch:{REGION}:{PROD}:alarm:errors"]
    (metric,) = fired["detail"]["configuration"]["metrics"]
    assert metric["metricStat"]["metric"]["dimensions"] == {"EndpointName": "bank", "VariantName": "AllTraffic"}
    assert "2 out of the last 3 datapoints" in fired["detail"]["state"]["reason"]
    data = json.loads(fired["detail"]["state"]["reasonData"])
    assert [p["value"] for p in data["evaluatedDatapoints"]] == [9.0, 9.0, 0.0]


def test_a_clock_that_jumps_an_hour_misses_no_minute(stage: Stage) -> None:
    """A short burst in the middle fires and resolves, at the minutes at which it did."""
    stage.alarm()
    stage.errors(0, 0)
    stage.heard()
    began = stage.calendar.at
    for minute in range(60):
        stage.aws.metrics(PROD).put(KEY, began + minute * MINUTE, 9.0 if 20 <= minute < 25 else 0.0)
    stage.calendar.at += timedelta(hours=1)
    assert stage.aws.evaluate_alarms(stage.calendar.at) == 2
    fired, back = stage.heard()
    at = [datetime.fromisoformat(e["time"]) for e in (fired, back)]
    assert at == [began + 22 * MINUTE, began + 27 * MINUTE]


def test_a_periods_window_ends_with_the_minute_that_looks(stage: Stage) -> None:
    """Four errors on either side of a full five minutes are eight within five; ten minutes later they are past."""
    stage.alarm(Period=300, EvaluationPeriods=1, DatapointsToAlarm=1, TreatMissingData="notBreaching")
    stage.errors(*[None] * (-stage.calendar.at.minute % 5), 0, 0, 0, 0, 4, 4)
    state, reason = stage.state()
    began = stage.calendar.at - 5 * MINUTE
    assert (state, f"[8.0 ({began:%d/%m/%y %H:%M:00})]" in reason) == ("ALARM", True)
    stage.errors(*[0] * 5)
    assert stage.state()[0] == "OK"


def test_the_alarm_of_the_article_fires_on_missing_data_and_stays(stage: Stage) -> None:
    """Ten minutes' period over an hourly metric, missing data breaching: its points come too late for it."""
    stage.alarm("accuracy", Period=600, EvaluationPeriods=1, DatapointsToAlarm=1, TreatMissingData="breaching")
    for _ in range(3):
        hour = stage.calendar.at
        stage.aws.metrics(PROD).later(hour + 70 * MINUTE, lambda at=hour: stage.aws.metrics(PROD).put(KEY, at, 0.0))
        stage.calendar.at += 60 * MINUTE
        stage.aws.evaluate_alarms(stage.calendar.at)
    said = "no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching]"
    state, reason = stage.state("accuracy")
    assert state == "ALARM"
    assert said in reason
    assert [e["detail"]["state"]["value"] for e in stage.heard() if "previousState" in e["detail"]] == ["ALARM"]


def test_math_and_composite_alarms_follow(stage: Stage) -> None:
    """The composite one says which child turned it."""
    metric = {
        "Namespace": KEY.namespace,
        "MetricName": KEY.name,
        "Dimensions": [{"Name": n, "Value": v} for n, v in KEY.dimensions],
    }
    stage.cloudwatch.put_metric_alarm(
        AlarmName="doubled",
        Metrics=[
            {"Id": "e", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "d", "Expression": "e * 2", "ReturnData": True},
        ],
        EvaluationPeriods=1,
        Threshold=10.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    stage.cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(doubled)")
    stage.errors(0, 0, 6)
    assert stage.state("doubled")[0] == "ALARM"
    state, reason = stage.state("any")
    assert state == "ALARM"
    assert reason.startswith(f"arn:aws:cloudwatch:{REGION}:{PROD}:alarm:doubled transitioned to ALARM at ")
    (described,) = stage.cloudwatch.describe_alarms(AlarmNames=["any"], AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
    (turned,) = json.loads(described["StateReasonData"])["triggeringAlarms"]
    assert (turned["arn"].rpartition(":")[2], turned["state"]["value"]) == ("doubled", "ALARM")
    assert any(e["detail"].get("configuration", {}).get("alarmRule") == "ALARM(doubled)" for e in stage.heard())


def test_what_somebody_sets_by_hand_is_told_and_evaluated_away(stage: Stage) -> None:
    """SetAlarmState holds until the next look."""
    stage.alarm()
    stage.errors(0, 0, 0, 0)
    stage.heard()
    stage.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    stage.errors(0)
    assert [e["detail"]["state"]["value"] for e in stage.heard()] == ["ALARM", "OK"]


def test_a_deleted_alarm_is_told_and_looked_at_no_more(stage: Stage) -> None:
    """Nothing fires."""
    stage.alarm()
    stage.errors(0, 0)
    stage.cloudwatch.delete_alarms(AlarmNames=["errors"])
    stage.errors(9, 9, 9)
    assert [e["detail"].get("operation") for e in stage.heard()][-1] == "delete"
