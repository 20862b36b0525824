"""A second kind of monitor: production's loan-default has Evidently compare each day's customers with the training's.

Computed as Evidently 0.7 does for more than 1,000 reference rows: the Wasserstein distance in deviations of the
reference for numbers, the Jensen-Shannon distance for columns of at most five values.
"""

import json
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import md5
from itertools import pairwise
from typing import Any, Final

from sandbox.aws import AwsSandbox
from sandbox.world import fleet, traffic
from sandbox.world.telling import Telling, stream
from sandbox.world.traffic import LOAN_DEFAULT, Customer

FOLDER: Final = "evidently/loan-default/%Y/%m/%d"
"""Under production's bucket, by the day on which the report is written."""
COLUMNS: Final = (LOAN_DEFAULT.signal, "campaign", "previous", "age", "rate")
THRESHOLD: Final = 0.1
DRIFT_SHARE: Final = 0.5
FEW: Final = 5
"""Distinct values up to which a column counts as categorical."""
REFERENCE_ROWS: Final = 4000
WRITTEN: Final = timedelta(minutes=20)
"""After midnight, UTC."""
DAY: Final = timedelta(days=1)


class Evidently:
    """Writes each day's report once. Not for threads: the world holds its lock."""

    def __init__(self, aws: AwsSandbox, telling: Telling) -> None:
        self._aws = aws
        self._telling = telling
        self._deployment = next(d for d in fleet.DEPLOYMENTS if d.model is LOAN_DEFAULT)
        self._reference: list[tuple[float, ...]] = []
        self._done: set[datetime] = set()

    def until(self, now: datetime, since: datetime) -> None:
        """Every report that is due by `now` and was not before `since`."""
        at = now.replace(hour=0, minute=0, second=0, microsecond=0) + WRITTEN
        while at >= since:
            if at <= now and at not in self._done:
                self._done.add(at)
                self._write(at)
            at -= DAY

    def _write(self, at: datetime) -> None:
        midnight = at - WRITTEN
        hours = (midnight - timedelta(hours=n) for n in range(24, 0, -1))
        current = rows(c for hour in hours for c in self._telling.arrivals(self._deployment, hour))
        name = stream(self._telling.seed, self._deployment.account_id)
        self._reference = self._reference or rows(traffic.validation_set(LOAN_DEFAULT, name, REFERENCE_ROWS))
        body = json.dumps(report(current, self._reference)).encode()
        bucket = fleet.bucket(self._deployment.account_id)
        self._aws.put_object(self._deployment.account_id, bucket, f"{at:{FOLDER}/%H%M}.json", body, at)


def report(current: Sequence[tuple[float, ...]], reference: Sequence[tuple[float, ...]]) -> dict[str, Any]:
    """`Snapshot.json()` of a drift preset over these rows."""
    pairs = zip(COLUMNS, zip(*current, strict=True), zip(*reference, strict=True), strict=True)
    drifts = [_drift(name, sorted(now), sorted(then)) for name, now, then in pairs]
    drifted = sum(drift["value"] > THRESHOLD for drift in drifts)
    config = {"type": "evidently:metric_v2:DriftedColumnsCount", "drift_share": DRIFT_SHARE}
    value = {"count": float(drifted), "share": drifted / len(drifts)}
    return {"metrics": [_metric("DriftedColumnsCount", config, value), *drifts], "tests": []}


def rows(customers: Iterable[Customer]) -> list[tuple[float, ...]]:
    """The columns that are compared."""
    return [tuple(map(float, customer.features.split(",")[: len(COLUMNS)])) for customer in customers]


def _drift(name: str, current: Sequence[float], reference: Sequence[float]) -> dict[str, Any]:
    few = len(set(reference)) <= FEW
    method = "Jensen-Shannon distance" if few else "Wasserstein distance (normed)"
    value = jensen_shannon(current, reference) if few else wasserstein(current, reference)
    config = {"type": "evidently:metric_v2:ValueDrift", "column": name, "method": method, "threshold": THRESHOLD}
    return _metric("ValueDrift", config, value)


def _metric(kind: str, config: dict[str, Any], value: object) -> dict[str, Any]:
    words = ",".join(f"{key}={said}" for key, said in config.items() if key != "type")
    name = f"{kind}({words})"
    return {
        "id": md5(name.encode(), usedforsecurity=False).hexdigest(),
        "metric_name": name,
        "config": config,
        "value": value,
    }


def wasserstein(current: Sequence[float], reference: Sequence[float]) -> float:
    """The area between both distribution functions, in standard deviations of the reference; both sorted."""
    area = sum(
        (right - left) * abs(_share(current, left) - _share(reference, left))
        for left, right in pairwise(sorted({*current, *reference}))
    )
    mean = sum(reference) / len(reference)
    return area / max(math.sqrt(sum((x - mean) ** 2 for x in reference) / len(reference)), 0.001)


def _share(values: Sequence[float], upto: float) -> float:
    """Of sorted values, those up to a value."""
    return bisect_right(values, upto) / len(values)


def jensen_shannon(current: Sequence[float], reference: Sequence[float]) -> float:
    """The root of the mean divergence from the mixture, in nats."""
    now, then = Counter(current), Counter(reference)
    total = 0.0
    for value in {*now, *then}:
        p, q = now[value] / len(current), then[value] / len(reference)
        total += sum(share * math.log(2 * share / (p + q)) for share in (p, q) if share) / 2
    return math.sqrt(max(0.0, total))
