"""What is wrong with an alarm itself, and what is not."""

from datetime import timedelta
from typing import Any

import pytest

from bot.logic.lint import HOURLY, cadence_of, hints
from bot.model.alarm import Alarm
from bot.model.metric import Limit
from bot.model.observation import Row
from sandbox.fakes import at
from sandbox.fakes_alarm import ENDPOINT, OWNER, REGION, SCHEDULE, alarm, by_monitor, metric, schedule, watched

DAY = timedelta(days=1)
ACCURACY = Limit((OWNER, REGION, SCHEDULE), Row("accuracy", "LessThanThreshold"), 0.8734)
DRIFT = Limit((OWNER, REGION, SCHEDULE), Row("age", "baseline_drift_check"), 0.1)
SELECT = 'SELECT MIN(accuracy) FROM "aws/sagemaker/Endpoints/model-metrics"'
BEHIND = f"q1 * 100\n{SELECT}"
QUIET: dict[str, Any] = {"actions": (), "changed_at": at(0)}


def drifting(threshold: float = 0.1, name: str = "feature_baseline_drift_age", **more: Any) -> Alarm:
    """On how far a feature drifted."""
    found = watched(metric(name, "aws/sagemaker/Endpoints/data-metrics"))
    return alarm(watched=(found,), **{"comparison": "GreaterThanThreshold", "threshold": threshold, **more})


def rules(found: Alarm, cadence: timedelta | None = HOURLY, *limits: Limit) -> list[str]:
    """The rules that it breaks."""
    return [hint.rule for hint in hints(found, cadence, limits)]


CASES = [
    ("sound", alarm(), HOURLY, []),
    ("a period as long as the cadence", alarm(period_s=86_400), DAY, []),
    ("a period shorter than the cadence", alarm(period_s=600), HOURLY, ["period"]),
    ("hourly over a daily monitor", alarm(period_s=3600), DAY, ["period"]),
    ("a metric that comes all the time", alarm(period_s=60, missing="breaching"), None, []),
    ("missing data breaching on an hourly metric", alarm(missing="breaching"), HOURLY, ["missing"]),
    ("missing data breaching on a daily one", alarm(missing="breaching", period_s=86_400), DAY, ["missing"]),
    ("the article's", alarm(missing="breaching", period_s=600), HOURLY, ["missing", "period"]),
    ("Insights over a daily monitor", alarm(kind="insights", expression=SELECT, period_s=86_400), DAY, ["look back"]),
    ("Insights behind math", alarm(kind="insights", expression=BEHIND, period_s=86_400), DAY, ["look back"]),
    ("Insights over an hourly one", alarm(kind="insights", expression=SELECT), HOURLY, []),
    ("no action", alarm(**QUIET), HOURLY, ["action"]),
    ("actions switched off", alarm(actions_enabled=False, changed_at=at(0)), HOURLY, ["action"]),
    ("actions that nobody told", alarm(actions=()), HOURLY, []),
    ("no period", alarm(period_s=None), HOURLY, []),
]


@pytest.mark.parametrize(("found", "cadence", "broken"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_rule_speaks_where_it_is_broken(found: Alarm, cadence: timedelta | None, broken: list[str]) -> None:
    """And nowhere else."""
    assert rules(found, cadence) == broken


LIMITS = [
    ("the baseline's", alarm(), ACCURACY, []),
    ("another", alarm(threshold=0.91), ACCURACY, ["limit"]),
    ("another's baseline", alarm(threshold=0.91), Limit((OWNER, REGION, "x"), ACCURACY.row, 0.8734), []),
    ("another metric's", alarm(threshold=0.91), Limit(ACCURACY.monitor, Row("recall", "LessThanThreshold"), 0.5), []),
    ("at or below", alarm(comparison="LessThanOrEqualToThreshold"), ACCURACY, []),
    ("the wrong side", alarm(comparison="GreaterThanThreshold"), ACCURACY, ["side"]),
    ("the feature's", drifting(), DRIFT, []),
    ("another than the feature's", drifting(99.0), DRIFT, ["limit"]),
    ("another than the feature's, and it says so", drifting(99.0, description="not the baseline's 0.1000."), DRIFT, []),
    ("where features drift less", drifting(comparison="LessThanThreshold"), DRIFT, ["side"]),
    ("another feature's", drifting(99.0, "feature_baseline_drift_job"), DRIFT, []),
    ("the feature's mean", drifting(99.0, "feature_data_age"), DRIFT, []),
    ("how complete it is", drifting(99.0), Limit(DRIFT.monitor, Row("age", "completeness_check"), 1.0), []),
    ("a metric named as a feature", drifting(99.0, "age"), DRIFT, []),
    ("a band", alarm(kind="anomaly", threshold=None), ACCURACY, []),
]


@pytest.mark.parametrize(("found", "limit", "broken"), [c[1:] for c in LIMITS], ids=[c[0] for c in LIMITS])
def test_a_limit_is_compared_with_the_baseline_of_the_same_metric(
    found: Alarm, limit: Limit, broken: list[str]
) -> None:
    """Where both are known."""
    assert rules(found, HOURLY, limit) == broken


def test_every_hint_says_what_to_do() -> None:
    """A cause without a full stop, a next step with one."""
    told = [h for _, found, cadence, _ in CASES for h in hints(found, cadence, (ACCURACY,))]
    told += [h for _, found, limit, _ in LIMITS for h in hints(found, HOURLY, (limit,))]
    assert {h.rule for h in told} == {"period", "missing", "look back", "action", "limit", "side"}
    assert all(h.next_step.endswith(".") and not h.cause.endswith(".") for h in told)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (metric(), DAY),
        (metric(MonitoringSchedule="unheard-of"), HOURLY),
        (metric(Endpoint=ENDPOINT), DAY),
        (metric(Endpoint="unheard-of"), HOURLY),
        (metric("Invocations", "AWS/SageMaker", EndpointName=ENDPOINT), None),
    ],
)
def test_a_metric_comes_as_often_as_its_monitor_runs(found: Any, expected: timedelta | None) -> None:
    """A monitor that nobody knows at most once an hour; an endpoint's own metrics come all the time."""
    assert cadence_of(watched(found), by_monitor(schedule(DAY))) == expected
    assert cadence_of(None, {}) is None
    assert cadence_of(watched(metric()), by_monitor(schedule(None))) == HOURLY
