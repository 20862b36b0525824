"""A monitoring account and its sources: what tests of CloudWatch ask with plain boto3."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.clock import WorldClock

HUB = CloudAccount("111111111111", "observability", "AKIAHUB0000000000001", "secret")
PROD = CloudAccount("222222222222", "ml-production", "AKIAPROD000000000001", "secret")
TEST = CloudAccount("333333333333", "ml-test", "AKIATEST000000000001", "secret")
ALONE = CloudAccount("444444444444", "elsewhere", "AKIAALONE00000000001", "secret")
REGION = "us-west-2"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
METRIC = "AWS::CloudWatch::Metric"
QUALITY = "aws/sagemaker/Endpoints/model-metrics"
AUC = MetricKey.of(QUALITY, "auc", {"Endpoint": "bank-1", "MonitoringSchedule": "bank-quality"})
CALLS = MetricKey.of("AWS/SageMaker", "Invocations", {"EndpointName": "bank-1", "VariantName": "AllTraffic"})


@contextmanager
def observed() -> Iterator[AwsSandbox]:
    """Production and test linked to the hub a year ago, a fourth account apart.

    It is half past in the world: no hour ends while a test asks twice which one it is.
    """
    wall = datetime.now(UTC)
    half_past = timedelta(minutes=(30 - wall.minute) % 60)
    with AwsSandbox(WorldClock(half_past), (HUB, PROD, TEST, ALONE)) as aws:
        aws.start()
        sink = open_sink(aws)
        with aws.at(aws.clock.now() - timedelta(days=365)):
            for account in (PROD, TEST):
                link(aws, account, sink)
        yield aws


def open_sink(aws: AwsSandbox) -> str:
    """The hub's sink, to which anyone may link; its ARN."""
    oam = aws.client("oam", HUB.id)
    sink = str(oam.create_sink(Name="hub")["Arn"])
    allow = {"Effect": "Allow", "Principal": "*", "Resource": "*", "Action": ["oam:CreateLink", "oam:UpdateLink"]}
    oam.put_sink_policy(SinkIdentifier=sink, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    return sink


def link(aws: AwsSandbox, account: CloudAccount, sink: str, metric_filter: str | None = None) -> str:
    """Link a source account for its metrics; the link's ARN."""
    more = {"LinkConfiguration": {"MetricConfiguration": {"Filter": metric_filter}}} if metric_filter else {}
    oam = aws.client("oam", account.id)
    made = oam.create_link(LabelTemplate="$AccountName", ResourceTypes=[METRIC], SinkIdentifier=sink, **more)
    return str(made["Arn"])


def hour(aws: AwsSandbox) -> datetime:
    """The beginning of the hour that it is."""
    return aws.clock.now().replace(minute=0, second=0, microsecond=0)


def metric(key: MetricKey) -> dict[str, Any]:
    """A metric as requests name it."""
    return key.shown()


def query(key: MetricKey, stat: str = "Average", period_s: int = 3600, **more: Any) -> dict[str, Any]:
    """One query of one metric, `m1` unless told."""
    return {"Id": "m1", "MetricStat": {"Metric": metric(key), "Period": period_s, "Stat": stat}} | more


def read(
    aws: AwsSandbox, account: CloudAccount, query: Mapping[str, Any], start: datetime, end: datetime, **more: Any
) -> list[tuple[datetime, float]]:
    """The points that one query gives, oldest first."""
    cloudwatch = aws.client("cloudwatch", account.id)
    said = cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=start, EndTime=end, **more)
    (found,) = said["MetricDataResults"]
    return sorted(zip(found["Timestamps"], found["Values"], strict=True))
