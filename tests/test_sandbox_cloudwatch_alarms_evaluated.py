"""Alarms by the sandbox's clock: each minute in order, told to EventBridge and brought to another account's queue."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Status
from bot.model.place import Family
from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.fakes import FakeIncidents
from sandbox.fakes_fleet import StillClock
from sandbox.fakes_inbox import Ears

OWN, PROD, REGION = "111111111111", "222222222222", "us-west-2"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEY = MetricKey.of("AWS/SageMaker", "Invocation5XXErrors", {"EndpointName": "bank", "VariantName": "AllTraffic"})
QUALITY = "aws/sagemaker/Endpoints/model-metrics"
ACCURACY = [
    MetricKey.of(QUALITY, "accuracy", {"Endpoint": name, "MonitoringSchedule": f"{name}-quality"})
    for name in ("bank", "loan")
]
WHOLE = 'SELECT MIN(accuracy) FROM "aws/sagemaker/Endpoints/model-metrics"'
LOW = f"{WHOLE} GROUP BY AWS.AccountId, Endpoint ORDER BY MIN() ASC"
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

    def low(self, **settings: Any) -> None:
        """Any endpoint's accuracy below 0.87; a metric is seen a quarter of an hour after its first sample."""
        for key in ACCURACY:
            self.aws.metrics(PROD).put(key, self.calendar.at - timedelta(hours=1), 0.9)
        query = {"Id": "q1", "Expression": LOW, "Period": 60, "ReturnData": True}
        rule = {"EvaluationPeriods": 1, "Threshold": 0.87, "ComparisonOperator": "LessThanThreshold"}
        self.cloudwatch.put_metric_alarm(AlarmName="low", **{"Metrics": [query], **rule, **settings})

    def accuracies(self, bank: float | None, loan: float) -> None:
        """Of both endpoints in this minute, which passes."""
        for key, value in zip(ACCURACY, (bank, loan), strict=True):
            if value is not None:
                self.aws.metrics(PROD).put(key, self.calendar.at, value)
        self.calendar.at += MINUTE
        self.aws.evaluate_alarms(self.calendar.at)

    def contributors(self) -> dict[str, str]:
        """Reasons by endpoint."""
        found = self.cloudwatch.describe_alarm_contributors(AlarmName="low")["AlarmContributors"]
        return {one["ContributorAttributes"]["Endpoint"]: one["StateReason"] for one in found}

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


def test_each_series_of_an_alarm_has_a_state_of_its_own(stage: Stage) -> None:
    """Told by itself, without the state before; the alarm's own event only counts, and only when its state changes."""
    stage.low(AlarmDescription="any that is low")
    stage.accuracies(0.91, 0.93)
    assert (stage.state("low"), stage.contributors()) == (("OK", "2 time series evaluated to OK"), {})
    stage.heard()
    stage.accuracies(0.75, 0.93)
    fired, summed = stage.heard()
    assert (fired["detail-type"], summed["detail-type"]) == (
        "CloudWatch Alarm Contributor State Change",
        "CloudWatch Alarm State Change",
    )
    detail = fired["detail"]
    assert detail["alarmContributor"]["attributes"] == {"AWS.AccountId": PROD, "Endpoint": "bank"}
    assert (detail["state"]["value"], "previousState" in detail, "reasonData" in detail["state"]) == (
        "ALARM",
        False,
        False,
    )
    assert stage.contributors() == {"bank": detail["state"]["reason"]}
    assert detail["configuration"] == {
        "description": "any that is low",
        "metrics": [{"id": "q1", "expression": LOW, "returnData": True, "period": 60}],
    }
    assert summed["detail"]["state"]["reason"] == "1 out of 2 time series evaluated to ALARM"
    stage.accuracies(0.74, 0.80)
    assert [told(e) for e in stage.heard()] == [("loan", "ALARM")]
    assert stage.state("low") == ("ALARM", "2 out of 2 time series evaluated to ALARM")
    stage.accuracies(0.92, 0.80)
    stage.accuracies(0.92, 0.90)
    assert [told(e) for e in stage.heard()] == [("bank", "OK"), ("loan", "OK"), ("", "OK")]
    assert stage.contributors() == {}


def told(event: dict[str, Any]) -> tuple[str, str]:
    """(endpoint, if it is a contributor's; state)."""
    detail = event["detail"]
    return detail.get("alarmContributor", {}).get("attributes", {}).get("Endpoint", ""), detail["state"]["value"]


def test_a_series_that_ends_is_ok_and_an_alarm_put_anew_on_one_series_has_none(stage: Stage) -> None:
    """Without a word of those that it had; its history keeps whose line is whose."""
    stage.low(TreatMissingData="breaching")
    stage.accuracies(0.75, 0.93)
    for _ in range(4):
        stage.accuracies(None, 0.93)
    (back,) = (e for e in stage.heard() if told(e) == ("bank", "OK"))
    assert back["detail"]["state"]["reason"] == "No data was returned for this contributor"
    history = stage.cloudwatch.describe_alarm_history(AlarmName="low", HistoryItemType="AlarmContributorStateUpdate")
    lines = [(i["AlarmContributorAttributes"]["Endpoint"], i["HistorySummary"]) for i in history["AlarmHistoryItems"]]
    assert lines[:2] == [("bank", "Contributor state updated to OK"), ("bank", "Contributor state updated to ALARM")]
    stage.accuracies(None, 0.80)
    assert stage.contributors().keys() == {"loan"}
    whole = {"Id": "q1", "Expression": WHOLE, "Period": 60, "ReturnData": True}
    stage.low(Metrics=[whole])
    stage.heard()
    stage.accuracies(None, 0.80)
    assert (stage.contributors(), stage.heard()) == ({}, [])


def test_the_bot_hears_which_endpoint_is_low_and_that_it_is_no_more(stage: Stage) -> None:
    """From the samples over the alarm, the bus and the queue to a row of that endpoint's incident, which resolves."""
    ears = Ears(StillClock(stage.calendar.at), incidents=FakeIncidents(fold))
    ears.inventory.remember((Account(OWN, "hub", (REGION,), own=True), Account(PROD, "prod", (REGION,))), START)

    def incidents(bank: float) -> list[tuple[str, Family, Status, list[str]]]:
        stage.accuracies(bank, 0.93)
        ears.clock.time = stage.calendar.at
        assert ears.hear(*(json.dumps(e) for e in stage.heard())).messages == []
        found = ears.incidents.list(ears.now(), resolved_since=START)
        return [
            (i.place.service, i.place.family, i.state.status, [r.row.metric for r in i.state.bad_rows]) for i in found
        ]

    stage.low()
    assert incidents(0.91) == []
    row = "alarm: low (bank)"
    assert incidents(0.75) == [("bank", Family.MODEL_QUALITY, Status.OPEN, [row])]
    assert incidents(0.74) == [("bank", Family.MODEL_QUALITY, Status.OPEN, [row])]
    assert incidents(0.92) == [("bank", Family.MODEL_QUALITY, Status.RESOLVED, [])]


def test_the_bot_hears_that_no_endpoint_is_judged_any_more_and_that_some_are(stage: Stage) -> None:
    """The alarm tells it of itself, since no series is there to tell it."""
    ears = Ears(StillClock(stage.calendar.at), incidents=FakeIncidents(fold))
    ears.inventory.remember((Account(OWN, "hub", (REGION,), own=True), Account(PROD, "prod", (REGION,))), START)

    def blind(bank: float | None, loan: float | None) -> list[bool]:
        for _ in range(4):
            stage.accuracies(bank, loan)
        ears.clock.time = stage.calendar.at
        assert ears.hear(*(json.dumps(e) for e in stage.heard())).messages == []
        return [i.state.is_blind_only for i in ears.incidents.list(ears.now())]

    stage.low(TreatMissingData="missing")
    assert blind(0.91, 0.93) == []
    assert blind(None, None) == [True]
    assert blind(0.91, 0.93) == []
    assert blind(None, None) == [True]
    assert blind(0.91, 0.75) == [False]


def test_an_alarm_on_a_query_looks_back_three_hours(stage: Stage) -> None:
    """Two of three hours, the older one before the latest three: it counts for an alarm on a metric alone."""
    query = {"Id": "q1", "Expression": WHOLE, "Period": 3600, "ReturnData": True}
    rule = {"EvaluationPeriods": 3, "DatapointsToAlarm": 2, "TreatMissingData": "notBreaching"}
    stage.low(Metrics=[query], **rule)
    given = {**ACCURACY[0].shown(), "Statistic": "Minimum", "Period": 3600, "Threshold": 0.87, **rule}
    stage.cloudwatch.put_metric_alarm(AlarmName="one", ComparisonOperator="LessThanThreshold", **given)
    for hours_ago in (3.5, 0.5):
        stage.aws.metrics(PROD).put(ACCURACY[0], stage.calendar.at - timedelta(hours=hours_ago), 0.5)
    stage.calendar.at += MINUTE
    stage.aws.evaluate_alarms(stage.calendar.at)
    assert (stage.state("one")[0], stage.state("low")[0]) == ("ALARM", "OK")
