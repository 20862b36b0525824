"""What the sandbox's CloudWatch costs: 500 metrics of three days by the minute in one GetMetricData.

`python -m benchmarks.cloudwatch`; by HTTP alone, and as boto3 reads it, which takes its own time to parse.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.clock import WorldClock

ACCOUNT, REGION = CloudAccount("222222222222", "ml-production", "AKIAPROD000000000001", "secret"), "us-west-2"
METRICS, DAYS, ROUNDS = 500, 3, 20
MOST_S = 0.5
"""The 95th percentile by HTTP may take so long."""
KEYS = [
    MetricKey.of("AWS/SageMaker", "ModelLatency", {"EndpointName": f"endpoint-{n}", "VariantName": "AllTraffic"})
    for n in range(METRICS)
]


@contextmanager
def filled() -> Iterator[tuple[AwsSandbox, datetime]]:
    """A sandbox with all samples, and the hour that they end at."""
    with AwsSandbox(WorldClock(), (ACCOUNT,)) as aws:
        aws.start()
        end = aws.clock.now().replace(minute=0, second=0, microsecond=0)
        minutes = DAYS * 24 * 60
        times = [end.timestamp() - 60 * n for n in range(minutes, 0, -1)]
        for number, key in enumerate(KEYS):
            aws.metrics(ACCOUNT.id).put_many(key, times, [20_000.0 + (number + n) % 977 for n in range(minutes)])
        yield aws, end


def asked(end: datetime, stat: str, period_s: int) -> dict[str, Any]:
    """The request as boto3 takes it."""
    queries = [
        {"Id": f"m{n}", "MetricStat": {"Metric": key.shown(), "Period": period_s, "Stat": stat}}
        for n, key in enumerate(KEYS)
    ]
    return {"MetricDataQueries": queries, "StartTime": end - timedelta(days=DAYS), "EndTime": end}


def by_http(aws: AwsSandbox, request: dict[str, Any]) -> Callable[[], int]:
    """Sends the signed request and reads the whole answer; returns its bytes."""
    where = urlsplit(aws.endpoint_url)
    body = json.dumps(request, default=datetime.timestamp)
    headers = {
        "X-Amz-Target": "GraniteServiceVersion20100801.GetMetricData",
        "Content-Type": "application/x-amz-json-1.0",
    }
    signed = AWSRequest("POST", f"{aws.endpoint_url}/", headers=headers, data=body)
    SigV4Auth(Credentials(ACCOUNT.access_key_id, ACCOUNT.secret_access_key), "monitoring", REGION).add_auth(signed)
    connection = HTTPConnection(str(where.hostname), where.port)

    def send() -> int:
        connection.request("POST", "/", body, dict(signed.headers))
        answer = connection.getresponse()
        found = answer.read()
        if answer.status != 200:
            raise RuntimeError(found.decode())
        return len(found)

    return send


def measured(call: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """(median, 95th percentile) in seconds."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.95)]


def main() -> int:
    """0 when every statistic is fast enough."""
    slowest = 0.0
    with filled() as (aws, end):
        print(f"{aws.metrics(ACCOUNT.id).kept():,} samples, {METRICS} queries, {DAYS} days by the hour")
        for stat in ("Average", "p90"):
            request = asked(end, stat, 3600)
            send = by_http(aws, request)
            middle_s, late_s = measured(send)
            slowest = max(slowest, late_s)
            print(f"{stat}: {middle_s * 1_000:.0f} ms, p95 {late_s * 1_000:.0f} ms, {send():,} bytes")
            client = aws.client("cloudwatch", ACCOUNT.id)
            middle_s, late_s = measured(lambda: client.get_metric_data(**request), 10)  # noqa: B023  # called at once
            print(f"  as boto3 reads it: {middle_s * 1_000:.0f} ms, p95 {late_s * 1_000:.0f} ms")
    print(f"at most {MOST_S * 1_000:.0f} ms is wanted")
    return int(slowest > MOST_S)


if __name__ == "__main__":
    sys.exit(main())
