"""GetMetricStatistics over HTTP, asked with plain boto3."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.series import MetricKey, StatisticSet
from sandbox.aws.cloudwatch.stage import AUC, DAY, HOUR, HUB, MINUTE, PROD, hour, metric, observed

LATENCY = MetricKey.of("custom", "latency")


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """An hour of latencies in two units, and a set of statistics."""
    with observed() as sandbox:
        end, store = hour(sandbox), sandbox.metrics(PROD.id)
        times = [(end - n * MINUTE).timestamp() for n in range(60, 0, -1)]
        store.put_many(LATENCY, times, [float(n) for n in range(60)], "Milliseconds")
        store.put_many(LATENCY, times[:30], [0.5] * 30, "Seconds")
        store.put_set(MetricKey.of("custom", "summed"), end - HOUR, StatisticSet(4, 20, 2, 8))
        yield sandbox


def asked(aws: AwsSandbox, **more: Any) -> dict[str, Any]:
    """The last whole hour in steps of half an hour."""
    end = hour(aws)
    given = metric(LATENCY) | {"StartTime": end - HOUR, "EndTime": end, "Period": 1800} | more
    return dict(aws.client("cloudwatch", PROD.id).get_metric_statistics(**given))


def test_statistics_come_with_their_unit_and_time(aws: AwsSandbox) -> None:
    """All that was asked for in one point."""
    said = asked(aws, Unit="Milliseconds", Statistics=["Average", "Sum", "Minimum", "Maximum", "SampleCount"])
    assert said["Label"] == "latency"
    points = sorted(said["Datapoints"], key=lambda each: each["Timestamp"])
    values = {"Average": 14.5, "Sum": 435.0, "Minimum": 0.0, "Maximum": 29.0, "SampleCount": 30.0}
    assert points[0] == {"Timestamp": hour(aws) - HOUR, "Unit": "Milliseconds", **values}
    assert [each["Sum"] for each in points] == [435.0, 1335.0]


def test_each_units_points_are_apart(aws: AwsSandbox) -> None:
    """Without a unit, two streams come."""
    found = {(each["Unit"], each["Sum"]) for each in asked(aws, Statistics=["Sum"])["Datapoints"]}
    assert found == {("Milliseconds", 435.0), ("Milliseconds", 1335.0), ("Seconds", 15.0)}
    assert asked(aws, Statistics=["Sum"], Unit="Bytes")["Datapoints"] == []


def test_extended_statistics_are_a_map(aws: AwsSandbox) -> None:
    """Percentiles and the like; a set of statistics has none."""
    said = asked(aws, Unit="Milliseconds", ExtendedStatistics=["p50", "tm90", "PR(:10)"])
    first = min(said["Datapoints"], key=lambda each: each["Timestamp"])
    assert first["ExtendedStatistics"] == pytest.approx({"p50": 14.0, "tm90": 13.0, "PR(:10)": 100 * 11 / 30})
    assert "Sum" not in first
    summed = metric(MetricKey.of("custom", "summed"))
    assert asked(aws, **summed, ExtendedStatistics=["p50"])["Datapoints"] == []
    assert [each["Average"] for each in asked(aws, **summed, Statistics=["Average"])["Datapoints"]] == [5.0]


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({}, "InvalidParameterCombination", "need one to be specified"),
        ({"Statistics": ["Sum"], "ExtendedStatistics": ["p90"]}, "InvalidParameterCombination", "mutually exclusive"),
        ({"ExtendedStatistics": ["p101"]}, "InvalidParameterValue", "p101"),
        ({"ExtendedStatistics": ["Sum"]}, "InvalidParameterValue", "not supported"),
        ({"Statistics": ["Sum"], "Period": 45}, "InvalidParameterValue", "multiple of 60"),
        ({"Statistics": ["Median"]}, "ValidationError", "enum value set"),
    ],
)
def test_a_wrong_request_is_refused_in_words(aws: AwsSandbox, changed: dict[str, Any], code: str, said: str) -> None:
    """Either kind of statistics, known ones, a period that there is."""
    with pytest.raises(ClientError) as error:
        asked(aws, **changed)
    assert error.value.response["Error"]["Code"] == code
    assert said in error.value.response["Error"]["Message"]


def test_at_most_1440_points_are_asked_for(aws: AwsSandbox) -> None:
    """In AWS's words; a time that runs backwards is no window."""
    end = hour(aws)
    assert asked(aws, Statistics=["Sum"], StartTime=end - DAY, Period=60)["Datapoints"]
    words = "You have requested up to 1441 datapoints, which exceeds the limit of 1440."
    with pytest.raises(ClientError, match=words):
        asked(aws, Statistics=["Sum"], StartTime=end - DAY - MINUTE, Period=60)
    with pytest.raises(ClientError, match="StartTime must be less"):
        asked(aws, Statistics=["Sum"], StartTime=end)


def test_it_reads_ones_own_account_alone(aws: AwsSandbox) -> None:
    """The operation has no AccountId: a monitoring account sees nothing of its sources."""
    end = hour(aws)
    aws.metrics(PROD.id).put(AUC, end - HOUR, 0.9)
    given = metric(AUC) | {"StartTime": end - HOUR, "EndTime": end, "Period": 3600, "Statistics": ["Sum"]}
    assert aws.client("cloudwatch", HUB.id).get_metric_statistics(**given)["Datapoints"] == []
    assert len(aws.client("cloudwatch", PROD.id).get_metric_statistics(**given)["Datapoints"]) == 1
