"""GetMetricData over HTTP, asked with plain boto3."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.aws.cloudwatch.stage import AUC, DAY, HOUR, MINUTE, PROD, QUALITY, hour, observed, query, read


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Production, of which these tests ask itself."""
    with observed() as sandbox:
        yield sandbox


def refused(aws: AwsSandbox, *queries: dict[str, Any], **more: Any) -> str:
    """The sentence that CloudWatch refuses a request with."""
    end = hour(aws)
    with pytest.raises(ClientError) as error:
        aws.client("cloudwatch", PROD.id).get_metric_data(
            **{"MetricDataQueries": list(queries), "StartTime": end - HOUR, "EndTime": end} | more
        )
    said = error.value.response["Error"]
    assert said["Code"] == "ValidationError"
    return str(said["Message"])


def test_a_metric_is_read_by_exactly_its_dimensions(aws: AwsSandbox) -> None:
    """Neither fewer nor more of them merge: each set is a metric of its own."""
    end, store = hour(aws), aws.metrics(PROD.id)
    fewer = MetricKey.of(QUALITY, "auc", {"Endpoint": "bank-1"})
    store.put_many(AUC, [(end - 3 * HOUR).timestamp(), (end - 2 * HOUR).timestamp()], [0.91, 0.85])
    store.put(fewer, end - HOUR, 0.5)
    cloudwatch = aws.client("cloudwatch", PROD.id)
    said = cloudwatch.get_metric_data(MetricDataQueries=[query(AUC)], StartTime=end - 5 * HOUR, EndTime=end)
    assert said["MetricDataResults"] == [
        {
            "Id": "m1",
            "Label": "auc",
            "Timestamps": [end - 2 * HOUR, end - 3 * HOUR],
            "Values": [0.85, 0.91],
            "StatusCode": "Complete",
        }
    ]
    assert said["Messages"] == []
    assert read(aws, PROD, query(fewer), end - 5 * HOUR, end) == [(end - HOUR, 0.5)]
    assert read(aws, PROD, query(MetricKey.of(QUALITY, "auc")), end - 5 * HOUR, end) == []


def test_points_begin_at_start_time_whatever_the_period(aws: AwsSandbox) -> None:
    """StartTime is rounded down to the minute, EndTime is exclusive; a span is stamped with its beginning."""
    end, key = hour(aws), MetricKey.of("custom", "steps")
    times = [end - 30 * MINUTE + n * MINUTE for n in range(30)]
    aws.metrics(PROD.id).put_many(key, [each.timestamp() for each in times], [float(n) for n in range(30)])
    start = end - 23 * MINUTE + timedelta(seconds=40)
    found = read(aws, PROD, query(key, "Sum", 600), start, end - 4 * MINUTE)
    assert found == [
        (end - 23 * MINUTE, float(sum(range(7, 17)))),
        (end - 13 * MINUTE, float(sum(range(17, 26)))),
    ]


@pytest.mark.parametrize(
    ("age", "period_s", "rounded_to"),
    [(DAY, 60, MINUTE), (20 * DAY, 300, 5 * MINUTE), (70 * DAY, 3600, HOUR)],
)
def test_start_time_is_rounded_by_its_age(
    aws: AwsSandbox, age: timedelta, period_s: int, rounded_to: timedelta
) -> None:
    """To a minute within 15 days, to five within 63, then to the hour."""
    at, key = hour(aws) - age, MetricKey.of("custom", f"aged-{period_s}")
    aws.metrics(PROD.id).put(key, at, 1.0)
    late = at + rounded_to - timedelta(seconds=1)
    assert read(aws, PROD, query(key, "Sum", period_s), late, at + 2 * HOUR) == [(at, 1.0)]


@pytest.mark.parametrize(
    ("age", "periods", "none"),
    [
        (2 * HOUR, [1, 10, 60, 300, 3600], []),
        (4 * HOUR, [60, 300, 3600], [1, 5, 10, 20, 30]),
        (16 * DAY, [300, 3600], [60, 120, 1]),
        (64 * DAY, [3600, 86400], [60, 300, 1800]),
        (456 * DAY, [], [60, 300, 3600, 86400]),
    ],
)
def test_points_are_kept_by_period_and_age(
    aws: AwsSandbox, age: timedelta, periods: list[int], none: list[int]
) -> None:
    """3 hours below a minute, 15 days of minutes, 63 days of five minutes, 455 days of hours."""
    minute = aws.clock.now().replace(second=0, microsecond=0)
    at, key = (minute if age < DAY else hour(aws)) - age, MetricKey.of("custom", f"kept-{age}")
    aws.metrics(PROD.id).put(key, at, 7.0, resolution_s=1)
    for period_s in periods:
        assert [value for _, value in read(aws, PROD, query(key, "Sum", period_s), at, at + DAY)] == [7.0], period_s
    for period_s in none:
        assert read(aws, PROD, query(key, "Sum", period_s), at, at + HOUR) == [], period_s


def test_a_too_fine_period_answers_only_where_such_points_are_kept(aws: AwsSandbox) -> None:
    """Of three weeks by the minute the latest fifteen days come."""
    end, key = hour(aws), MetricKey.of("custom", "three-weeks")
    days = [end - n * DAY for n in range(1, 22)]
    aws.metrics(PROD.id).put_many(key, [each.timestamp() for each in reversed(days)], [1.0] * 21)
    assert len(read(aws, PROD, query(key, "Sum", 60), end - 21 * DAY, end)) == 14
    assert len(read(aws, PROD, query(key, "Sum", 300), end - 21 * DAY, end)) == 21


def test_regular_resolution_has_no_points_below_a_minute(aws: AwsSandbox) -> None:
    """And samples of a minute are one point of it."""
    at, key = aws.clock.now().replace(second=0, microsecond=0) - 5 * MINUTE, MetricKey.of("custom", "regular")
    aws.metrics(PROD.id).put_many(key, [at.timestamp() + n for n in (1, 30, 59)], [1.0, 2.0, 3.0])
    assert read(aws, PROD, query(key, "Sum", 10), at, at + MINUTE) == []
    assert read(aws, PROD, query(key, "Sum", 60), at, at + MINUTE) == [(at, 6.0)]


def test_below_a_minute_both_ends_are_rounded_to_the_period(aws: AwsSandbox) -> None:
    """AWS's example: ten seconds asked at 01:05:23 give 01:05:10 to 01:05:20."""
    at, key = aws.clock.now().replace(second=0, microsecond=0) - 5 * MINUTE, MetricKey.of("custom", "fine")
    store = aws.metrics(PROD.id)
    store.put_many(key, [at.timestamp() + n for n in range(60)], [1.0] * 60, resolution_s=1)
    start, end = at + timedelta(seconds=13), at + timedelta(seconds=23)
    assert read(aws, PROD, query(key, "Sum", 10), start, end) == [(at + timedelta(seconds=10), 10.0)]


def test_a_unit_chooses_what_was_put_with_it(aws: AwsSandbox) -> None:
    """Nothing is converted: another unit gives nothing."""
    end, key = hour(aws), MetricKey.of("custom", "latency")
    aws.metrics(PROD.id).put(key, end - HOUR, 250.0, "Milliseconds")
    for unit, values in (("Milliseconds", [250.0]), ("Seconds", []), (None, [250.0])):
        asked = query(key)
        asked["MetricStat"] |= {"Unit": unit} if unit else {}
        assert [value for _, value in read(aws, PROD, asked, end - HOUR, end)] == values


def test_what_is_not_returned_is_left_out(aws: AwsSandbox) -> None:
    """ReturnData false keeps a query out of the results."""
    end = hour(aws)
    said = aws.client("cloudwatch", PROD.id).get_metric_data(
        MetricDataQueries=[query(AUC), query(AUC, Id="m2", ReturnData=False)], StartTime=end - HOUR, EndTime=end
    )
    assert [each["Id"] for each in said["MetricDataResults"]] == ["m1"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"Id": "5xx"}, "MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."),
        ({"Id": "Upper"}, "is not matching the expected pattern"),
        ({"Expression": "m2"}, "are mutually exclusive and you have specified both"),
        (
            {"stat": "Median"},
            "The value Median for parameter MetricDataQueries.member.1.MetricStat.Stat is not a valid",
        ),
        ({"stat": "p101"}, "is not a valid statistic"),
        ({"period": 45}, "is not 1, 5, 10, 20, 30 or a multiple of 60"),
        ({"period": 90}, "is not 1, 5, 10, 20, 30 or a multiple of 60"),
        ({"Label": "${LABEL} and ${LABEL}"}, "only once"),
        ({"Label": "${MIN}${MAX}${AVG}${SUM}${LAST}${FIRST}"}, "at most 5 dynamic statistical values"),
        ({"AccountId": "444444444444"}, "is not linked"),
    ],
)
def test_a_wrong_query_is_refused_in_words(aws: AwsSandbox, changed: dict[str, Any], said: str) -> None:
    """Ids, statistics, periods, labels and accounts are checked."""
    asked = query(AUC, changed.pop("stat", "Average"), changed.pop("period", 3600)) | changed
    assert said in refused(aws, asked)


def test_all_that_is_wrong_is_told_at_once(aws: AwsSandbox) -> None:
    """A sentence for each, as AWS does."""
    said = refused(aws, query(AUC, "Median"), query(AUC, Id="m2", period_s=45), query(AUC))
    assert said.count("\n") == 2
    assert "not unique" in said
    assert "At least one of the parameters" in refused(aws, {"Id": "m1"})
    nameless = {"Id": "m1", "MetricStat": {"Metric": {"MetricName": "auc"}, "Period": 60, "Stat": "Sum"}}
    assert "Metric.Namespace is required" in refused(aws, nameless)


def test_a_request_has_limits(aws: AwsSandbox) -> None:
    """At least one query and at most 500, a time that runs forward, a page between one and 100,800 points."""
    now: datetime = aws.clock.now()
    assert "is required" in refused(aws)
    assert "greater than 500" in refused(aws, *(query(AUC, Id=f"m{n}") for n in range(501)))
    assert "StartTime must be less" in refused(aws, query(AUC), StartTime=now, EndTime=now)
    assert "between 1 and 100800" in refused(aws, query(AUC), MaxDatapoints=100_801)
    assert "Timezone" in refused(aws, query(AUC), LabelOptions={"Timezone": "CET"})
