"""Expressions of GetMetricData over HTTP, asked with plain boto3."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.clock import WorldClock

PROD = CloudAccount("222222222222", "ml-production", "AKIAPROD000000000001", "secret")
QUALITY = "aws/sagemaker/Endpoints/model-metrics"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """One account with two endpoints' accuracy, one of which fell to 0 in the second hour."""
    with AwsSandbox(WorldClock(), (PROD,)) as sandbox:
        sandbox.start()
        end = hour_now(sandbox)
        for endpoint, values in (("a", (0.9, 0.8)), ("b", (0.5, 0.0))):
            key = MetricKey.of(QUALITY, "accuracy", {"Endpoint": endpoint, "MonitoringSchedule": "s"})
            for hours, value in zip((2, 1), values, strict=True):
                sandbox.metrics(PROD.id).put(key, end - timedelta(hours=hours), value)
        yield sandbox


def hour_now(aws: AwsSandbox) -> datetime:
    """The hour that has just begun."""
    return aws.clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def asked(aws: AwsSandbox, *expressions: str, **more: Any) -> dict[str, Any]:
    """GetMetricData of expressions e0, e1, …, of hourly points, oldest first."""
    end = hour_now(aws)
    queries = [{"Id": f"e{n}", "Expression": text, "Period": 3600} | more for n, text in enumerate(expressions)]
    found: dict[str, Any] = aws.client("cloudwatch", PROD.id).get_metric_data(
        MetricDataQueries=queries, StartTime=end - timedelta(hours=4), EndTime=end, ScanBy="TimestampAscending"
    )
    return found


SEARCH = f"""SEARCH('{{"{QUALITY}",Endpoint,MonitoringSchedule}} accuracy', 'Average')"""


def test_a_search_math_over_it_and_a_query_are_answered(aws: AwsSandbox) -> None:
    """Each series of an array is a result of its own under the expression's id."""
    average = 'SELECT AVG(accuracy) FROM "aws/sagemaker/Endpoints/model-metrics" GROUP BY Endpoint'
    found = asked(aws, SEARCH, "AVG(e0)", average)["MetricDataResults"]
    assert [(one["Id"], one["Values"]) for one in found] == [
        ("e0", [0.9, 0.8]),
        ("e0", [0.5, 0.0]),
        ("e1", [0.7, 0.4]),
        ("e2", [0.9, 0.8]),
        ("e2", [0.5, 0.0]),
    ]
    assert [one["Label"] for one in found[2:]] == ["e1", "a", "b"]


def test_a_division_by_zero_drops_the_point_and_says_so(aws: AwsSandbox) -> None:
    """The result that lost a point carries AWS's ArithmeticError message, the others none."""
    found = asked(aws, SEARCH, "1 / e0", "e1 * 2")["MetricDataResults"]
    assert [(one["Values"], [message["Code"] for message in one.get("Messages", [])]) for one in found[2:]] == [
        ([1 / 0.9, 1 / 0.8], []),
        ([2.0], ["ArithmeticError"]),
        ([2 / 0.9, 2 / 0.8], []),
        ([4.0], ["ArithmeticError"]),
    ]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Endpoint", ["Endpoint accuracy", "Endpoint accuracy"]),
        ("", ["accuracy", "accuracy"]),
        ("${PROP('Dim.Endpoint')}: ${MAX}", ["a: 0.9", "b: 0.5"]),
    ],
)
def test_the_series_of_one_expression_are_labelled_apart(aws: AwsSandbox, label: str, expected: list[str]) -> None:
    """`Expression-Label Metric-Label`; a dynamic label is filled in for each."""
    assert [one["Label"] for one in asked(aws, SEARCH, Label=label)["MetricDataResults"]] == expected


@pytest.mark.parametrize(
    ("expression", "code", "said"),
    [
        ("e0 +", "ValidationError", "Error in expression 'e0' [The expression ends too early]"),
        ("AVG(", "ValidationError", "Error in expression 'e0' [The expression ends too early]"),
        ("SELECT AVG(x)", "ValidationError", "Error in expression 'e0' [The query ends too early, expected FROM]"),
        (
            "ANOMALY_DETECTION_BAND(e0)",
            "ValidationError",
            "The expressions e0 depend on one another.",
        ),
        (
            "SERVICE_QUOTA(METRICS())",
            "NotImplementedInSandbox",
            "the sandbox does not implement the metric math function SERVICE_QUOTA",
        ),
    ],
)
def test_wrong_expressions_are_refused_as_aws_does(aws: AwsSandbox, expression: str, code: str, said: str) -> None:
    """ValidationError with the query's id; what is not implemented by its name."""
    with pytest.raises(ClientError) as caught:
        asked(aws, expression)
    assert (caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]) == (code, said)
