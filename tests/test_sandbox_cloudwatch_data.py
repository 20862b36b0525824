"""GetMetricData and ListMetrics over HTTP, asked with plain boto3."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.clock import WorldClock

PROD = CloudAccount("222222222222", "ml-production", "AKIAPROD000000000001", "secret")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
QUALITY = "aws/sagemaker/Endpoints/model-metrics"
ENDPOINT = {"Endpoint": "bank-1", "MonitoringSchedule": "bank-quality"}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """One account."""
    with AwsSandbox(WorldClock(), (PROD,)) as sandbox:
        sandbox.start()
        yield sandbox


def hour_now(aws: AwsSandbox) -> datetime:
    """The hour that has just begun."""
    return aws.clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def query(key: MetricKey, stat: str = "Average", period_s: int = 60, **more: Any) -> dict[str, Any]:
    """One MetricStat query."""
    metric = {"Namespace": key.namespace, "MetricName": key.name, "Dimensions": key.shown()["Dimensions"]}
    return {"Id": "m1", "MetricStat": {"Metric": metric, "Period": period_s, "Stat": stat}} | more


def test_a_metric_is_read_by_exactly_its_dimensions(aws: AwsSandbox) -> None:
    """Neither fewer nor more of them merge: each set is a metric of its own."""
    end = hour_now(aws)
    store = aws.metrics(PROD.id)
    full, fewer = MetricKey.of(QUALITY, "auc", ENDPOINT), MetricKey.of(QUALITY, "auc", {"Endpoint": "bank-1"})
    store.put_many(full, [(end - 3 * HOUR).timestamp(), (end - 2 * HOUR).timestamp()], [0.91, 0.85])
    store.put(fewer, end - HOUR, 0.5)
    cloudwatch = aws.client("cloudwatch", PROD.id)
    given = {"StartTime": end - 5 * HOUR, "EndTime": end}
    found = cloudwatch.get_metric_data(MetricDataQueries=[query(full, period_s=3600)], **given)["MetricDataResults"]
    assert found == [
        {
            "Id": "m1",
            "Label": "auc",
            "Timestamps": [end - 2 * HOUR, end - 3 * HOUR],
            "Values": [0.85, 0.91],
            "StatusCode": "Complete",
        }
    ]
    found = cloudwatch.get_metric_data(MetricDataQueries=[query(fewer)], **given)["MetricDataResults"]
    assert found[0]["Values"] == [0.5]
    none = cloudwatch.get_metric_data(MetricDataQueries=[query(MetricKey.of(QUALITY, "auc"))], **given)
    assert none["MetricDataResults"][0]["Values"] == []
    assert cloudwatch.list_metrics(Namespace=QUALITY)["Metrics"] == [fewer.shown(), full.shown()]
