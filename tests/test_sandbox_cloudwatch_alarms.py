"""Metric alarms over HTTP: what is stored, what is refused, and how they are told."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.stage import ALONE, AUC, CALLS, HOUR, HUB, PROD, observed, query

TOPIC = "arn:aws:sns:us-west-2:222222222222:ml-alarms"
LIMIT = {"ComparisonOperator": "LessThanThreshold", "EvaluationPeriods": 1, "Threshold": 0.8}
ON_AUC: dict[str, Any] = {
    "MetricName": AUC.name,
    "Namespace": AUC.namespace,
    "Dimensions": AUC.shown()["Dimensions"],
    "Statistic": "Average",
    "Period": 3600,
    **LIMIT,
}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """A monitoring account with two linked accounts."""
    with observed() as sandbox:
        yield sandbox


def put(aws: AwsSandbox, name: str, account: str = PROD.id, **settings: Any) -> None:
    """PutMetricAlarm."""
    aws.client("cloudwatch", account).put_metric_alarm(AlarmName=name, **settings)


def refused(aws: AwsSandbox, account: str = PROD.id, **settings: Any) -> tuple[str, str]:
    """The code and the message of a PutMetricAlarm that must fail."""
    with pytest.raises(ClientError) as caught:
        put(aws, "refused", account, **settings)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def described(aws: AwsSandbox, account: str = PROD.id, **asked: Any) -> list[str]:
    """The names that DescribeAlarms gives, of either kind."""
    found = aws.client("cloudwatch", account).describe_alarms(**asked)
    return [alarm["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for alarm in found[kind]]


def test_an_alarm_is_told_as_it_was_put(aws: AwsSandbox) -> None:
    """With AWS's own defaults, unchecked, and the moments of its making."""
    put(aws, "told", AlarmActions=[TOPIC], TreatMissingData="breaching", **ON_AUC)
    (alarm,) = aws.client("cloudwatch", PROD.id).describe_alarms(AlarmNames=["told"])["MetricAlarms"]
    made = alarm.pop("AlarmConfigurationUpdatedTimestamp")
    assert abs(made - aws.clock.now()) < timedelta(minutes=1)
    assert {alarm.pop("StateUpdatedTimestamp"), alarm.pop("StateTransitionedTimestamp")} == {made}
    assert alarm == ON_AUC | {
        "AlarmName": "told",
        "AlarmArn": "arn:aws:cloudwatch:us-west-2:222222222222:alarm:told",
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [],
        "TreatMissingData": "breaching",
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
    }


def test_a_second_put_overwrites_all_but_state_and_tags(aws: AwsSandbox) -> None:
    """Settings that are not repeated are gone; tags of an update are ignored."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    put(aws, "twice", AlarmDescription="first", Tags=[{"Key": "team", "Value": "a"}], **ON_AUC)
    cloudwatch.set_alarm_state(AlarmName="twice", StateValue="ALARM", StateReason="by hand")
    put(aws, "twice", Tags=[{"Key": "team", "Value": "b"}], **ON_AUC | {"Threshold": 0.7})
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["twice"])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["StateValue"], "AlarmDescription" in alarm) == (0.7, "ALARM", False)
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "a"}]


def math(*queries: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An alarm on queries."""
    return {"Metrics": list(queries), **LIMIT, **more}


def expression(text: str, **more: Any) -> dict[str, Any]:
    """A query e1 that the alarm watches."""
    return {"Id": "e1", "Expression": text} | more


HIDDEN = {"ReturnData": False}
M1 = query(AUC, **HIDDEN)


def test_an_alarm_on_a_linked_accounts_metrics_keeps_whose_they_are(aws: AwsSandbox) -> None:
    """Metrics[].AccountId, which messages tell the owner by; one that is not linked is refused."""
    theirs = query(AUC, AccountId=PROD.id)
    put(aws, "central", HUB.id, **math(theirs))
    (alarm,) = aws.client("cloudwatch", HUB.id).describe_alarms(AlarmNames=["central"])["MetricAlarms"]
    assert alarm["Metrics"] == [theirs | {"ReturnData": True}]
    code, said = refused(aws, HUB.id, **math(query(AUC, AccountId=ALONE.id)))
    assert (code, ALONE.id in said) == ("ValidationError", True)


@pytest.mark.parametrize(
    "settings",
    [
        math(expression("m1 * 100"), M1),
        math(expression("IF(e2 > 5, m1)"), M1, {"Id": "e2", "Expression": "FILL(m1, 0)", **HIDDEN}),
        math(expression('SELECT AVG(auc) FROM "aws/sagemaker/Endpoints/model-metrics"', Period=300)),
        math(expression('SELECT AVG(auc) FROM "x/y" GROUP BY Endpoint ORDER BY MIN() ASC', Period=300)),
        {k: v for k, v in ON_AUC.items() if k != "Statistic"}
        | {"ExtendedStatistic": "p99.9", "EvaluateLowSampleCountPercentile": "ignore"},
        ON_AUC | {"Period": 86_400, "EvaluationPeriods": 7, "DatapointsToAlarm": 3},
        ON_AUC | {"Period": 10, "AlarmActions": ["arn:aws:automate:us-west-2:ec2:stop", TOPIC]},
    ],
)
def test_alarms_of_each_kind_are_taken(aws: AwsSandbox, settings: dict[str, Any]) -> None:
    """Metric math over hidden metrics, Metrics Insights with and without groups, percentiles, M of N."""
    put(aws, "taken", **settings)
    assert described(aws, AlarmNames=["taken"]) == ["taken"]


def without(name: str) -> dict[str, Any]:
    """The plain alarm without one of its settings."""
    return {key: value for key, value in ON_AUC.items() if key != name}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (without("MetricName"), "MetricName must not be null"),
        (without("Period"), "Period must not be null"),
        (without("Threshold"), "Threshold must not be null"),
        (without("ComparisonOperator"), "ComparisonOperator must not be null"),
        (without("Statistic"), "Exactly one of Statistic and ExtendedStatistic must be set"),
        (ON_AUC | {"ExtendedStatistic": "p90"}, "Exactly one of Statistic and ExtendedStatistic must be set"),
        (without("Statistic") | {"ExtendedStatistic": "p101"}, "The value p101 for parameter ExtendedStatistic"),
        (ON_AUC | {"EvaluateLowSampleCountPercentile": "ignore"}, "used only for alarms based on percentiles"),
        (ON_AUC | {"DatapointsToAlarm": 2}, "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
        (
            ON_AUC | {"TreatMissingData": "maybe"},
            "Supported options for parameter TreatMissingData are missing",
        ),
        (ON_AUC | {"Period": 90}, "Period must be 10, 20, 30 or a multiple of 60"),
        (ON_AUC | {"Period": 300, "EvaluationPeriods": 289}, "a day (EvaluationPeriods * Period must be <= 86400"),
        (ON_AUC | {"EvaluationPeriods": 169}, "more than a week"),
        (ON_AUC | {"EvaluationInterval": 60}, "EvaluationInterval cannot be specified"),
        (ON_AUC | {"AlarmActions": ["ml-alarms"]}, "Invalid arn syntax: ml-alarms"),
        (
            ON_AUC | {"OKActions": ["arn:aws:sns:eu-west-1:222222222222:t"]},
            "Invalid region eu-west-1 specified. Only us-west-2 is supported.",
        ),
        (math(M1), "Exactly one element of the metrics list should return data."),
        (math(query(AUC), expression("m1 + 1")), "Exactly one element of the metrics list should return data."),
        (math(expression("m1"), M1, Statistic="Sum"), "Statistic should not be set if list of Metrics is set."),
        (
            math(expression("m1 + m2"), M1, query(CALLS, Id="m2", period_s=60, **HIDDEN)),
            "using the same period",
        ),
        (math(expression("m1"), M1, M1), "are not unique"),
        (math(expression("AVG(m1)"), M1), "Error in expression 'e1' [The result must be a time series"),
        (math(expression("METRICS() * 2"), M1), "must return a single time series"),
        (math(expression("SEARCH('auc', 'Average', 60)", Period=60)), "SEARCH is not supported on metric alarms"),
        (math(expression("m2"), M1), "Undefined expression name 'm2'"),
        (math(expression("e1 + 1", Period=60)), "depend on one another"),
        (math(expression("TIME_SERIES(1)")), "The parameter Period is required"),
        (math(expression("SELECT AVG(a) FROM b GROUP BY c", Period=60)), "needs ORDER BY"),
        (
            math(expression("SELECT AVG(a) FROM b", Period=3600), EvaluationPeriods=4),
            "only the latest 3 hours",
        ),
        (math(expression("m1", AccountId=PROD.id), M1), "AccountId only with MetricStat"),
        (math(*(query(AUC, Id=f"m{n}", **HIDDEN) for n in range(11)), expression("m1")), "at most 10 metrics"),
        (
            math(expression("m1"), M1, AlarmActions=["arn:aws:automate:us-west-2:ec2:stop"]),
            "is not supported for this alarm",
        ),
    ],
)
def test_what_the_reference_forbids_is_refused(aws: AwsSandbox, settings: dict[str, Any], said: str) -> None:
    """Always a ValidationError, in AWS's words where they are known."""
    code, message = refused(aws, **settings)
    assert (code, said in message, message) == ("ValidationError", True, message)


@pytest.mark.parametrize(
    "settings",
    [
        {"EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}}, "EvaluationInterval": 60},
        ON_AUC | {"ComparisonOperator": "GreaterThanUpperThreshold"},
        ON_AUC | {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}},
        math(expression("ANOMALY_DETECTION_BAND(m1)"), M1),
    ],
)
def test_kinds_of_alarms_that_are_not_here_are_refused_by_name(aws: AwsSandbox, settings: dict[str, Any]) -> None:
    """PromQL, anomaly detection, warm-up."""
    assert refused(aws, **settings)[0] == "NotImplementedInSandbox"


@pytest.mark.parametrize("operation", ["put_anomaly_detector", "describe_anomaly_detectors", "list_metric_streams"])
def test_other_operations_are_refused_by_name(aws: AwsSandbox, operation: str) -> None:
    """Nothing of CloudWatch's is answered by moto."""
    with pytest.raises(ClientError, match="the sandbox does not implement cloudwatch:"):
        getattr(aws.client("cloudwatch", PROD.id), operation)()


def test_alarms_are_filtered_and_paged(aws: AwsSandbox) -> None:
    """Names, prefix, state and action prefix combine; a page has 50 unless told; tokens belong to their question."""
    cloudwatch = aws.client("cloudwatch", ALONE.id)
    for number in range(51):
        actions = [TOPIC.replace(PROD.id, ALONE.id)] if number % 2 else []
        put(aws, f"page-{number:02}", ALONE.id, AlarmActions=actions, **ON_AUC)
    put(aws, "other", ALONE.id, **ON_AUC)
    cloudwatch.set_alarm_state(AlarmName="page-03", StateValue="OK", StateReason="")
    first = cloudwatch.describe_alarms()
    assert (len(first["MetricAlarms"]), first["MetricAlarms"][0]["AlarmName"]) == (50, "other")
    assert described(aws, ALONE.id, NextToken=first["NextToken"]) == ["page-49", "page-50"]
    pages = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 20})
    assert sum(len(page["MetricAlarms"]) for page in pages) == 52
    assert described(aws, ALONE.id, AlarmNames=["page-02", "other", "missing"]) == ["other", "page-02"]
    narrow = {"AlarmNamePrefix": "page-0", "ActionPrefix": "arn:aws:sns", "StateValue": "OK"}
    assert described(aws, ALONE.id, **narrow) == ["page-03"]
    with pytest.raises(ClientError, match="InvalidNextToken"):
        described(aws, ALONE.id, AlarmNamePrefix="page", NextToken=first["NextToken"])
    with pytest.raises(ClientError, match="ValidationError"):
        described(aws, ALONE.id, AlarmNames=["other"], AlarmNamePrefix="page")


def test_alarms_of_a_metric_are_those_on_exactly_it(aws: AwsSandbox) -> None:
    """Not those on expressions over it; statistic and period narrow them."""
    cloudwatch = aws.client("cloudwatch", HUB.id)
    put(aws, "plain", HUB.id, **ON_AUC)
    put(aws, "hourly-sum", HUB.id, **ON_AUC | {"Statistic": "Sum"})
    put(aws, "fewer", HUB.id, **ON_AUC | {"Dimensions": ON_AUC["Dimensions"][:1]})
    put(aws, "computed", HUB.id, **math(expression("m1"), M1))
    named = {name: ON_AUC[name] for name in ("MetricName", "Namespace", "Dimensions")}

    def found(**more: Any) -> list[str]:
        return [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms_for_metric(**named, **more)["MetricAlarms"]]

    assert found() == ["hourly-sum", "plain"]
    assert found(Statistic="Sum") == ["hourly-sum"]
    assert found(Period=60) == []


def test_a_state_set_by_hand_is_told_with_its_history(aws: AwsSandbox) -> None:
    """The change is a line of history with both states; the same state again is none, but its reason is new."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    put(aws, "moved", **ON_AUC)
    data = {"version": "1.0", "recentDatapoints": [0.7]}
    for reason in ("first", "second"):
        cloudwatch.set_alarm_state(
            AlarmName="moved", StateValue="ALARM", StateReason=reason, StateReasonData=json.dumps(data)
        )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["moved"], StateValue="ALARM")["MetricAlarms"]
    assert (alarm["StateReason"], json.loads(alarm["StateReasonData"])) == ("second", data)
    moved, made = cloudwatch.describe_alarm_history(AlarmName="moved")["AlarmHistoryItems"]
    assert moved["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    assert json.loads(moved["HistoryData"]) == {
        "version": "1.0",
        "oldState": {"stateValue": "INSUFFICIENT_DATA", "stateReason": "Unchecked: Initial alarm creation"},
        "newState": {"stateValue": "ALARM", "stateReason": "first", "stateReasonData": data},
    }
    assert (made["HistoryItemType"], made["HistorySummary"]) == ("ConfigurationUpdate", 'Alarm "moved" created')
    assert json.loads(made["HistoryData"])["createdAlarm"]["alarmName"] == "moved"


def test_a_state_that_makes_no_sense_is_refused(aws: AwsSandbox) -> None:
    """An alarm that there is not, and reason data that are no JSON."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    put(aws, "sane", **ON_AUC)
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.set_alarm_state(AlarmName="missing", StateValue="OK", StateReason="")
    with pytest.raises(cloudwatch.exceptions.InvalidFormatFault):
        cloudwatch.set_alarm_state(AlarmName="sane", StateValue="OK", StateReason="", StateReasonData="{")
    with pytest.raises(ClientError, match="ValidationError"):
        cloudwatch.set_alarm_state(AlarmName="sane", StateValue="SAD", StateReason="")


def test_history_outlives_the_alarm_for_two_weeks(aws: AwsSandbox) -> None:
    """Filtered by type and time, oldest or newest first, in pages."""
    cloudwatch = aws.client("cloudwatch", HUB.id)
    now = aws.clock.now()
    for age in (timedelta(days=15), timedelta(days=13), HOUR):
        with aws.at(now - age):
            put(aws, "old", HUB.id, **ON_AUC)
    cloudwatch.delete_alarms(AlarmNames=["old", "never was"])
    assert described(aws, HUB.id, AlarmNames=["old"]) == []

    def told(**asked: Any) -> list[str]:
        items = cloudwatch.describe_alarm_history(AlarmName="old", **asked)["AlarmHistoryItems"]
        return [item["HistorySummary"].partition('" ')[2] for item in items]

    assert told() == ["deleted", "updated", "updated"]
    assert told(ScanBy="TimestampAscending", MaxRecords=2) == ["updated", "updated"]
    assert told(EndDate=now - timedelta(days=1)) == ["updated"]
    assert told(HistoryItemType="StateUpdate") == told(AlarmTypes=["CompositeAlarm"]) == []


def test_actions_are_switched_off_and_on(aws: AwsSandbox) -> None:
    """For every alarm named that there is."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    put(aws, "switched", **ON_AUC)
    for switch, enabled in ((cloudwatch.disable_alarm_actions, False), (cloudwatch.enable_alarm_actions, True)):
        switch(AlarmNames=["switched", "missing"])
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=["switched"])["MetricAlarms"]
        assert alarm["ActionsEnabled"] is enabled


def test_tags_are_kept_by_arn(aws: AwsSandbox) -> None:
    """Added, overwritten, taken away; an alarm of another account or that there is not is not found."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    put(aws, "tagged", Tags=[{"Key": "team", "Value": "risk"}], **ON_AUC)
    arn = "arn:aws:cloudwatch:us-west-2:222222222222:alarm:tagged"
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "bank"}, {"Key": "x", "Value": "y"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["x", "z"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "bank"}]
    for wrong in (arn + "-not", arn.replace(PROD.id, HUB.id), arn.replace("us-west-2", "eu-west-1")):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            cloudwatch.list_tags_for_resource(ResourceARN=wrong)
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloudwatch.list_tags_for_resource(ResourceARN="tagged")
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": str(n), "Value": ""} for n in range(50)])
