"""What monitors and endpoints of the organisation have measured, as the sandbox's CloudWatch keeps it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.model.account import Account, Scope
from bot.model.metric import Metric
from bot.ports import Ask
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.fakes_monitoring import ENDPOINT, REGION
from sandbox.fakes_organisation import (
    BARE,
    HOUR,
    LABELS,
    METRICS,
    OBSERVABILITY,
    PRODUCTION,
    SCHEDULE,
    STRICT,
    TEST,
    Fleet,
)

QUALITY = "aws/sagemaker/Endpoints/model-metrics"
BATCH_QUALITY = "aws/sagemaker/ModelMonitoring/model-metrics"
TRAFFIC = "AWS/SageMaker"
DATA = "bank-marketing-data-2026-11-02-0941"
"""A schedule of data quality, which the tests make."""
DRIFT = "baseline_drift_check"
DRIFT_LIMITS = {
    "features": [{"name": name, "inferred_type": "Integral"} for name in ("age", "balance", "campaign")],
    "monitoring_config": {"distribution_constraints": {"comparison_threshold": 0.1}},
}
WATCHED = {"Endpoint": ENDPOINT, "MonitoringSchedule": SCHEDULE}
SERVED = {"EndpointName": ENDPOINT, "VariantName": "AllTraffic"}
ACCOUNTS = {
    OBSERVABILITY: Account(OBSERVABILITY, LABELS[OBSERVABILITY], (REGION,), own=True),
    PRODUCTION: Account(PRODUCTION, LABELS[PRODUCTION], (REGION,), METRICS),
    TEST: Account(TEST, LABELS[TEST], (REGION,), METRICS),
    BARE: Account(BARE, LABELS[BARE], (REGION,), linked=False),
    STRICT: Account(STRICT, LABELS[STRICT], (REGION,), linked=False),
}
"""As the directory tells of them."""


def metric(account: str, name: str, namespace: str = QUALITY, dimensions: Mapping[str, str] = WATCHED) -> Metric:
    """One of an account's metrics."""
    return Metric(account, REGION, namespace, name, tuple(sorted(dimensions.items())))


def emit(fleet: Fleet, measured: Metric, *values: float, every: timedelta = HOUR) -> tuple[float, ...]:
    """A value an hour, the last in the hour that ended last; returns their times in seconds since 1970."""
    first = fleet.at(1) - (len(values) - 1) * every
    times = tuple((first + n * every).timestamp() for n in range(len(values)))
    key = MetricKey(measured.namespace, measured.name, measured.dimensions)
    fleet.aws.metrics(measured.account_id, measured.region).put_many(key, times, values)
    return times


def asking(fleet: Fleet, *accounts: str | Account, seconds: float = 30) -> Ask:
    """A question about these accounts, by id as the directory tells of them."""
    scope = Scope(tuple(a if isinstance(a, Account) else ACCOUNTS[a] for a in accounts))
    return replace(fleet.ask(seconds=seconds), scope=scope)


def drifted(fleet: Fleet, ago: int, *features: str) -> None:
    """A run so many hours ago in which these features drifted, and one was missing."""
    prefix = fleet.run(PRODUCTION, ago, "CompletedWithViolations", DATA)
    entries = [(name, DRIFT) for name in features] + [("job", "missing_column_check")]
    listed = [{"feature_name": n, "constraint_check_type": c, "description": f"{n}: {c}"} for n, c in entries]
    fleet.put(PRODUCTION, f"{prefix}/constraint_violations.json", {"violations": listed})
    fleet.put(PRODUCTION, f"{prefix}/statistics.json", {"dataset": {"item_count": 468}})
    fleet.put(PRODUCTION, "baseline/constraints.json", DRIFT_LIMITS)
