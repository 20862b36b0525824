"""Metrics by namespace and name, as people read them."""

import pytest

from bot.logic.measures import Measure, endpoint_of, feature_of, kind_of, measure_of, schedule_of
from bot.model.metric import Metric, MetricKind

QUALITY = "aws/sagemaker/Endpoints/model-metrics"
BIAS = "aws/sagemaker/Endpoints/bias-metrics"


def metric(namespace: str, name: str, **dimensions: str) -> Metric:
    """A metric of production."""
    return Metric("111122223333", "us-west-2", namespace, name, tuple(sorted(dimensions.items())))


@pytest.mark.parametrize(
    ("namespace", "kind"),
    [
        (QUALITY, MetricKind.MODEL_QUALITY),
        ("aws/sagemaker/ModelMonitoring/model-metrics", MetricKind.MODEL_QUALITY),
        ("aws/sagemaker/Endpoints/data-metrics", MetricKind.DATA_QUALITY),
        ("/aws/sagemaker/Endpoints/data-metric", MetricKind.DATA_QUALITY),
        ("/aws/sagemaker/Endpoint/data-metrics", MetricKind.DATA_QUALITY),
        (BIAS, MetricKind.BIAS),
        ("AWS/SageMaker", MetricKind.TRAFFIC),
        ("/aws/sagemaker/Endpoints", MetricKind.INSTANCES),
        ("AWS/Lambda", None),
        ("aws/sagemaker", None),
    ],
)
def test_a_namespace_tells_the_kind(namespace: str, kind: MetricKind | None) -> None:
    """Every spelling that AWS's pages have, by exact case and slashes."""
    assert kind_of(metric(namespace, "x")) is kind


@pytest.mark.parametrize(
    ("found", "measure"),
    [
        (metric(QUALITY, "accuracy"), Measure("accuracy")),
        (metric("AWS/SageMaker", "ModelLatency"), Measure("model latency p90")),
        (metric("AWS/SageMaker", "SomethingNew"), Measure("SomethingNew")),
        (metric("/aws/sagemaker/Endpoints", "CPUUtilization"), Measure("CPU", per_core=True)),
        (
            metric("aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_age"),
            Measure("drift of age"),
        ),
        (metric("aws/sagemaker/Endpoints/data-metrics", "feature_data_age"), Measure("mean of age")),
        (metric("aws/sagemaker/Endpoints/data-metrics", "feature_non_null_age"), Measure("values of age")),
        (metric(BIAS, "bias_metric_DPPL", Facet="age", FacetValue="40"), Measure("DPPL of age 40")),
    ],
)
def test_a_metric_says_what_it_measures(found: Metric, measure: Measure) -> None:
    """By its title; a metric that nobody documents is its own name."""
    assert measure_of(found) == measure


def test_dimensions_tell_endpoint_and_schedule() -> None:
    """Under any of the names that the pages give them."""
    assert endpoint_of(metric(QUALITY, "auc", Endpoint="bank-1", MonitoringSchedule="m")) == "bank-1"
    assert endpoint_of(metric("AWS/SageMaker", "Invocations", EndpointName="bank-1")) == "bank-1"
    assert schedule_of(metric("/aws/sagemaker/Endpoints/data-metric", "x", ScheduleName="m")) == "m"
    assert schedule_of(metric("AWS/SageMaker", "Invocations", EndpointName="bank-1")) == ""
    assert feature_of(metric("aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_age")) == "age"
    assert feature_of(metric(QUALITY, "accuracy")) == ""
