"""PutMetricData over HTTP, asked with plain boto3."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.aws.cloudwatch.stage import DAY, HOUR, MINUTE, PROD, hour, observed, query, read

DIMENSIONS = [{"Name": "Endpoint", "Value": "bank-1"}]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Production puts."""
    with observed() as sandbox:
        yield sandbox


def put(aws: AwsSandbox, name: str, namespace: str = "team/custom", **datum: Any) -> None:
    """One datum of a metric."""
    data = [{"MetricName": name, "Dimensions": DIMENSIONS} | datum]
    aws.client("cloudwatch", PROD.id).put_metric_data(Namespace=namespace, MetricData=data)


def values(aws: AwsSandbox, name: str, stat: str, period_s: int = 3600) -> list[float]:
    """A statistic of what was put within the last hours."""
    key = MetricKey.of("team/custom", name, {"Endpoint": "bank-1"})
    start = hour(aws) - 2 * HOUR
    return [value for _, value in read(aws, PROD, query(key, stat, period_s), start, start + 4 * HOUR)]


def refused(aws: AwsSandbox, name: str = "wrong", **datum: Any) -> tuple[str, str]:
    """(code, sentence) of a refusal."""
    with pytest.raises(ClientError) as error:
        put(aws, name, **datum)
    said = error.value.response["Error"]
    return said["Code"], said["Message"]


def test_a_value_counts_once_and_now(aws: AwsSandbox) -> None:
    """Without a time it is the moment's."""
    put(aws, "one", Value=0.0)
    put(aws, "one", Value=4.0, Unit="None")
    assert values(aws, "one", "Average") == [2.0]
    assert values(aws, "one", "SampleCount") == [2.0]


def test_values_count_as_often_as_told(aws: AwsSandbox) -> None:
    """Values with Counts are as many samples; without Counts one each."""
    put(aws, "many", Values=[1.0, 10.0], Counts=[9.0, 1.0])
    put(aws, "many", Values=[1.0, 2.0])
    expected = {"SampleCount": 12.0, "Sum": 22.0, "Minimum": 1.0, "Maximum": 10.0, "p50": 1.0, "p90": 2.0, "p99": 10.0}
    assert {stat: values(aws, "many", stat)[0] for stat in expected} == expected


def test_a_set_of_statistics_joins_other_samples(aws: AwsSandbox) -> None:
    """Count, sum, minimum and maximum are kept; percentiles cannot be told of it."""
    put(aws, "summed", StatisticValues={"SampleCount": 4, "Sum": 20, "Minimum": 2, "Maximum": 8})
    put(aws, "summed", Value=10.0)
    expected = {"SampleCount": 5.0, "Sum": 30.0, "Average": 6.0, "Minimum": 2.0, "Maximum": 10.0}
    assert {stat: values(aws, "summed", stat)[0] for stat in expected} == expected
    assert values(aws, "summed", "p50") == []


@pytest.mark.parametrize("found", [(1, 7.0), (5, 3.0)])
def test_percentiles_are_known_of_a_set_whose_samples_are_alike(aws: AwsSandbox, found: tuple[int, float]) -> None:
    """One sample, or equal minimum and maximum whose multiple is the sum."""
    count, value = found
    put(
        aws,
        f"alike-{count}",
        StatisticValues={"SampleCount": count, "Sum": count * value, "Minimum": value, "Maximum": value},
    )
    assert values(aws, f"alike-{count}", "p50") == [value]
    assert values(aws, f"alike-{count}", "tm99") == [value]


def test_high_resolution_is_kept_by_the_second(aws: AwsSandbox) -> None:
    """StorageResolution 1; without it a metric is kept by the minute."""
    at = aws.clock.now().replace(microsecond=0) - MINUTE
    for second in range(3):
        put(aws, "fine", Value=1.0, StorageResolution=1, Timestamp=at + timedelta(seconds=second))
        put(aws, "coarse", Value=1.0, Timestamp=at + timedelta(seconds=second))
    assert values(aws, "fine", "Sum", 1) == [1.0, 1.0, 1.0]
    assert values(aws, "coarse", "Sum", 1) == []


@pytest.mark.parametrize(
    ("datum", "code", "said"),
    [
        (
            {"namespace": "AWS/Mine", "Value": 1.0},
            "InvalidParameterValue",
            "The value AWS/Mine for parameter Namespace",
        ),
        ({"namespace": "caf\u00e9", "Value": 1.0}, "InvalidParameterValue", "for parameter Namespace is invalid"),
        ({"namespace": "a\tb", "Value": 1.0}, "InvalidParameterValue", "for parameter Namespace is invalid"),
        ({"namespace": ":mine", "Value": 1.0}, "ValidationError", "regular expression"),
        ({}, "InvalidParameterCombination", "At least one of the parameters MetricData.member.1.Value,"),
        (
            {"Value": 1.0, "Values": [1.0]},
            "InvalidParameterCombination",
            "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive",
        ),
        ({"Value": float("nan")}, "InvalidParameterValue", "The value nan for parameter MetricData.member.1.Value"),
        ({"Value": float("inf")}, "InvalidParameterValue", "MetricData.member.1.Value is invalid"),
        ({"Value": 2.0**361}, "InvalidParameterValue", "MetricData.member.1.Value is invalid"),
        ({"Values": [1.0, float("nan")]}, "InvalidParameterValue", "MetricData.member.1.Values is invalid"),
        ({"Values": [float(n) for n in range(151)]}, "InvalidParameterValue", "size greater than 150"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "InvalidParameterValue", "must be of the same size"),
        ({"Values": [1.0], "Counts": [0.0]}, "InvalidParameterValue", "must be greater than 0"),
        (
            {"StatisticValues": {"SampleCount": 0, "Sum": 0, "Minimum": 0, "Maximum": 0}},
            "InvalidParameterValue",
            "SampleCount must be greater than 0",
        ),
        (
            {"StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 2, "Maximum": 1}},
            "InvalidParameterValue",
            "Maximum must be greater",
        ),
        ({"Value": 1.0, "StorageResolution": 30}, "InvalidParameterValue", "StorageResolution is not 1 or 60"),
        ({"Value": 1.0, "Unit": "Hours"}, "ValidationError", "enum value set"),
        (
            {"Value": 1.0, "Dimensions": [{"Name": f"n{n}", "Value": "v"} for n in range(31)]},
            "ValidationError",
            "length less than or equal to 30",
        ),
        (
            {"Value": 1.0, "Dimensions": [{"Name": ":a", "Value": "v"}]},
            "InvalidParameterValue",
            "The value :a for parameter MetricData.member.1.Dimensions.member.1.Name is invalid",
        ),
        ({"Value": 1.0, "Dimensions": [{"Name": "a", "Value": " "}]}, "InvalidParameterValue", "Value is invalid"),
        ({"Value": 1.0, "Dimensions": [{"Name": "a", "Value": "\u00e9"}]}, "InvalidParameterValue", "Value is invalid"),
        (
            {"Value": 1.0, "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]},
            "InvalidParameterValue",
            "names a dimension twice",
        ),
    ],
)
def test_a_wrong_datum_is_refused_in_words(aws: AwsSandbox, datum: dict[str, Any], code: str, said: str) -> None:
    """Numbers, times, dimensions and the ways to say a value are checked."""
    found = refused(aws, **datum)
    assert found[0] == code
    assert said in found[1]


def test_times_reach_from_two_weeks_back_to_two_hours_ahead(aws: AwsSandbox) -> None:
    """And no further."""
    now = aws.clock.now()
    put(aws, "ahead", Value=1.0, Timestamp=now + 2 * HOUR - MINUTE)
    put(aws, "ahead", Value=1.0, Timestamp=now - 14 * DAY + MINUTE)
    assert "two weeks in the past" in refused(aws, Value=1.0, Timestamp=now - 14 * DAY - MINUTE)[1]
    assert "within two hours" in refused(aws, Value=1.0, Timestamp=now + 2 * HOUR + MINUTE)[1]


def test_a_request_is_taken_as_a_whole_or_not_at_all(aws: AwsSandbox) -> None:
    """One wrong datum, and none is kept; neither none nor more than a thousand are taken."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    good = {"MetricName": "whole", "Dimensions": DIMENSIONS, "Value": 1.0}
    with pytest.raises(ClientError, match=r"MetricData\.member\.2\.Value"):
        cloudwatch.put_metric_data(Namespace="team/custom", MetricData=[good, good | {"Value": float("nan")}])
    assert values(aws, "whole", "Sum") == []
    with pytest.raises(ClientError, match="greater than 1000"):
        cloudwatch.put_metric_data(Namespace="team/custom", MetricData=[good] * 1001)
    with pytest.raises(ClientError, match="MissingParameter"):
        cloudwatch.put_metric_data(Namespace="team/custom")
    cloudwatch.put_metric_data(Namespace="team/custom", MetricData=[good] * 1000)
    assert values(aws, "whole", "Sum") == [1000.0]


def test_old_samples_can_be_read_later(aws: AwsSandbox) -> None:
    """After two hours when they are older than three, after two days when they are older than a day."""
    now = aws.clock.now()
    key = MetricKey.of("team/custom", "late", {"Endpoint": "bank-1"})
    for age in (timedelta(hours=2), timedelta(hours=4), timedelta(hours=25)):
        put(aws, "late", Value=1.0, Timestamp=now - age)
    seen = []
    for passed in (timedelta(0), timedelta(hours=2), timedelta(hours=48)):
        aws.clock.advance_to(now + passed + MINUTE)
        seen.append(len(read(aws, PROD, query(key, "Sum", 60), now - 2 * DAY, now)))
    assert seen == [1, 2, 3]


def test_what_is_put_with_entities_is_refused_by_name(aws: AwsSandbox) -> None:
    """Related entities are not implemented."""
    with pytest.raises(ClientError, match="does not implement cloudwatch:PutMetricData: EntityMetricData"):
        aws.client("cloudwatch", PROD.id).put_metric_data(
            Namespace="team/custom", EntityMetricData=[{"MetricData": []}], StrictEntityValidation=True
        )
