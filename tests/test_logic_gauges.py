"""Metrics of a service, joined over the names that deployments gave."""

import pytest

from bot.logic.gauges import gauges, is_of_service, kinds_of, named
from bot.model.metric import Metric, MetricKind

QUALITY = "aws/sagemaker/Endpoints/model-metrics"
DATA = "aws/sagemaker/Endpoints/data-metrics"
PROD, TEST = "111122223333", "444455556666"
REGION = "us-west-2"


def metric(namespace: str, name: str, account: str = PROD, **dimensions: str) -> Metric:
    """A metric as it is discovered."""
    return Metric(account, REGION, namespace, name, tuple(sorted(dimensions.items())))


def quality(stamp: str, name: str = "accuracy", account: str = PROD, monitor: str = "bank-quality") -> Metric:
    """Of one deployment."""
    return metric(QUALITY, name, account, Endpoint=f"bank-{stamp}", MonitoringSchedule=f"{monitor}-{stamp}")


def invocations(stamp: str, variant: str = "AllTraffic") -> Metric:
    """Of an endpoint."""
    return metric("AWS/SageMaker", "Invocations", EndpointName=f"bank-{stamp}", VariantName=variant)


OLD, NEW = "2026-11-01-1000", "2026-11-20-1000"


def test_a_redeployed_endpoint_goes_on_in_the_same_gauge() -> None:
    """Names lose their stamps; all that it was called is asked for."""
    (found,) = gauges([quality(NEW), quality(OLD)], {})
    assert (found.key.service, found.key.kind, found.key.name) == ("bank", MetricKind.MODEL_QUALITY, "accuracy")
    assert found.metrics == (quality(OLD), quality(NEW))


def test_what_the_inventory_knows_stands_above_the_name() -> None:
    """A tag of the endpoint, or of the schedule where no endpoint is known."""
    by_endpoint = {(PROD, REGION, f"bank-{NEW}"): "marketing"}
    by_schedule = {(PROD, REGION, f"bank-quality-{NEW}"): "campaign"}
    assert [g.key.service for g in gauges([quality(NEW)], by_endpoint)] == ["marketing"]
    assert [g.key.service for g in gauges([quality(NEW)], by_schedule)] == ["campaign"]
    assert [g.key.service for g in gauges([quality(NEW)], {(TEST, REGION, f"bank-{NEW}"): "other"})] == ["bank"]


@pytest.mark.parametrize(
    "apart",
    [
        [quality(NEW), quality(NEW, account=TEST)],
        [quality(NEW), quality(NEW, "auc")],
        [quality(NEW), quality(NEW, monitor="bank-daily")],
        [invocations(NEW), invocations(NEW, "shadow")],
        [quality(NEW), metric(DATA, "accuracy", Endpoint=f"bank-{NEW}", MonitoringSchedule=f"bank-quality-{NEW}")],
    ],
    ids=["accounts", "metrics", "monitors", "variants", "kinds"],
)
def test_what_is_measured_apart_stays_apart(apart: list[Metric]) -> None:
    """Accounts, metrics, monitors of one endpoint, variants, kinds."""
    assert len(gauges(apart, {})) == 2


def test_sums_over_all_endpoints_and_other_namespaces_are_left_out() -> None:
    """CloudWatch has metrics without an endpoint; they speak of no service."""
    whole = metric("AWS/SageMaker", "Invocations")
    assert not is_of_service(whole)
    assert gauges([whole, metric("AWS/Lambda", "Errors", EndpointName="bank")], {}) == ()


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("accuracy", ["accuracy"]),
        ("ACCURACY", ["accuracy"]),
        ("invocations", ["Invocations"]),
        ("quality", ["accuracy", "auc"]),
        ("traffic", ["Invocations"]),
        ("age", ["feature_baseline_drift_age"]),
        ("drift", ["feature_baseline_drift_age"]),
        ("curacy", []),
    ],
)
def test_a_word_means_a_metric_a_kind_or_a_feature(word: str, names: list[str]) -> None:
    """A metric of just that name first; never a part of a word."""
    drift = metric(DATA, "feature_baseline_drift_age", Endpoint=f"bank-{NEW}", MonitoringSchedule="bank-data")
    found = gauges([quality(NEW), quality(NEW, "auc"), invocations(NEW), drift], {})
    assert [g.key.name for g in named(found, word)] == names


def test_words_for_kinds_are_no_metrics() -> None:
    """So that the kind alone is asked for."""
    assert kinds_of("Drift") == {MetricKind.DATA_QUALITY}
    assert kinds_of("accuracy") == frozenset()
