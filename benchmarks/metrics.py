"""What the points of many metrics cost: the bot's way against botocore's own reading of the same replies.

`python -m benchmarks.metrics`; the server is a process of its own, so the CPU that is counted is the client's.
"""

import logging
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

import boto3
import structlog

from benchmarks.fleet import calls, served
from benchmarks.fleet_server import OWN, REGION
from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.logic.check_fleet import METRICS
from bot.model.account import Account, Scope
from bot.model.metric import Metric, Query
from bot.model.observation import Window
from bot.model.person import Person
from bot.ports import Ask

LATENCY_MS = 50
WEEK, HOURLY = timedelta(days=7), 3600
POINTS = 168
ROUNDS = 7
MOST_CALLS = 4
MOST_SHARE = 0.3
"""Of the CPU that botocore's own reading takes."""
ACCOUNTS = tuple(Account(f"{200000000000 + n}", f"account-{n:03}", (REGION,), (METRICS,)) for n in range(200))
DIMENSIONS = (("Endpoint", "model-2026-11-02-0914"), ("MonitoringSchedule", "model-quality-2026-11-02-0941"))
QUERIES = tuple(
    Query(Metric(account.id, REGION, "aws/sagemaker/Endpoints/model-metrics", f"m{n}", DIMENSIONS), "Average")
    for account in ACCOUNTS
    for n in range(8)
)
"""1,600: eight metrics of each of 200 linked accounts."""


def asked_at(hour: int) -> Ask:
    """A question of that hour: what was kept of another's answer is of no use to it."""
    now = datetime(2026, 11, 2, tzinfo=UTC) + hour * timedelta(hours=1)
    return Ask(Person("U1", "T1", "Ana"), now, Scope(ACCOUNTS), time.monotonic() + 300)


def ours(layer: AwsLayer, ask: Ask) -> int:
    """How many points the bot has, of how many it asked for."""
    found = layer.metrics(ask).series(QUERIES, Window(ask.now - WEEK, ask.now), HOURLY)
    if found.failures:
        raise found.failures[0].error
    return sum(len(series.values) for series in found.items)


def plain(client: Any, ask: Ask) -> int:
    """How many points a script has that makes the same four calls."""
    points = 0
    for first in range(0, len(QUERIES), 500):
        said = client.get_metric_data(
            MetricDataQueries=[_query(n, query) for n, query in enumerate(QUERIES[first : first + 500])],
            StartTime=ask.now - WEEK,
            EndTime=ask.now,
            ScanBy="TimestampAscending",
        )
        points += sum(len(result["Values"]) for result in said["MetricDataResults"])
    return points


def _query(n: int, query: Query) -> dict[str, Any]:
    metric = query.metric
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    named = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    stat = {"Metric": named, "Period": HOURLY, "Stat": query.stat}
    return {"Id": f"q{n}", "MetricStat": stat, "AccountId": metric.account_id}


def measured(way: Callable[[], int]) -> tuple[float, float]:
    """CPU seconds of all threads, and seconds; raises RuntimeError when points lack."""
    began, cpu = time.perf_counter(), time.process_time()
    points = way()
    took = time.process_time() - cpu, time.perf_counter() - began
    if points != len(QUERIES) * POINTS:
        raise RuntimeError(f"{points:,} points instead of {len(QUERIES) * POINTS:,}")
    return took


def main() -> int:
    """0 when calls and CPU are few enough."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    session = boto3.Session(f"AKIA{OWN}", "s", region_name=REGION)
    with served(LATENCY_MS) as url:
        layer = AwsLayer(session, AwsSettings(regions=(REGION,), endpoint_url=url))
        client = session.client("cloudwatch", endpoint_url=url)
        ours(layer, asked_at(-1))
        plain(client, asked_at(-1))
        rounds = []
        for hour in range(ROUNDS):
            calls(url)
            own = measured(partial(ours, layer, asked_at(hour)))
            made = calls(url)["GetMetricData"]
            rounds.append((own, measured(partial(plain, client, asked_at(hour))), made))
        layer.close()
    return judged(rounds)


Times = tuple[float, float]


def judged(rounds: Sequence[tuple[Times, Times, int]]) -> int:
    """Prints the medians; 0 when they are good enough."""
    share = median(own[0] / theirs[0] for own, theirs, _ in rounds)
    most = max(made for _, _, made in rounds)
    ways = {"the bot": [own for own, _, _ in rounds], "botocore": [theirs for _, theirs, _ in rounds]}
    print(f"{len(QUERIES):,} series of {POINTS} points: {most} GetMetricData calls; at most {MOST_CALLS} are wanted")
    for name, measured_s in ways.items():
        cpu_s, took_s = (median(each) for each in zip(*measured_s, strict=True))
        print(f"  {name}: {cpu_s:.2f} s of CPU, answered after {took_s:.2f} s")
    print(f"  CPU {share:.2f} of botocore's own; at most {MOST_SHARE} is wanted")
    return int(most > MOST_CALLS or share > MOST_SHARE)


if __name__ == "__main__":
    sys.exit(main())
