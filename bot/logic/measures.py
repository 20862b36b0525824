"""What each CloudWatch metric of SageMaker measures: its kind by namespace, its name, statistic and unit for people.

Source: AWS docs, "Monitor Amazon SageMaker AI with Amazon CloudWatch", "CloudWatch metrics" of each monitor's page.
Those pages spell the namespace of data quality in three ways, so every spelling is known here, none relied on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.model.metric import Metric, MetricKind
from bot.model.observation import Row
from bot.model.place import Family

NAMESPACES: Mapping[MetricKind, tuple[str, ...]] = MappingProxyType(
    {
        MetricKind.MODEL_QUALITY: (
            "aws/sagemaker/Endpoints/model-metrics",
            "aws/sagemaker/ModelMonitoring/model-metrics",
        ),
        MetricKind.DATA_QUALITY: (
            "aws/sagemaker/Endpoints/data-metrics",
            "/aws/sagemaker/Endpoints/data-metric",
            "/aws/sagemaker/Endpoint/data-metrics",
            "aws/sagemaker/ModelMonitoring/data-metrics",
            "/aws/sagemaker/ModelMonitoring/data-metric",
            "/aws/sagemaker/ModelMonitoring/data-metrics",
        ),
        MetricKind.BIAS: ("aws/sagemaker/Endpoints/bias-metrics", "aws/sagemaker/ModelMonitoring/bias-metrics"),
        MetricKind.EXPLAINABILITY: (
            "aws/sagemaker/Endpoints/explainability-metrics",
            "aws/sagemaker/ModelMonitoring/explainability-metrics",
        ),
        MetricKind.TRAFFIC: ("AWS/SageMaker",),
        MetricKind.INSTANCES: ("/aws/sagemaker/Endpoints",),
    }
)
"""Where the metrics of a kind are; case and slashes matter."""
_KINDS = {namespace: kind for kind, spellings in NAMESPACES.items() for namespace in spellings}

MONITORED = frozenset({MetricKind.MODEL_QUALITY, MetricKind.DATA_QUALITY, MetricKind.BIAS, MetricKind.EXPLAINABILITY})
"""Kinds that Model Monitor emits: one point a run."""
KIND_OF_FAMILY = MappingProxyType(
    {
        Family.MODEL_QUALITY: MetricKind.MODEL_QUALITY,
        Family.DATA_QUALITY: MetricKind.DATA_QUALITY,
        Family.BIAS: MetricKind.BIAS,
        Family.EXPLAINABILITY: MetricKind.EXPLAINABILITY,
    }
)
RESOURCE = ("Endpoint", "EndpointName")
"""Dimensions that name the endpoint."""
SCHEDULE = ("MonitoringSchedule", "ScheduleName")
"""Dimensions that name the monitoring schedule."""

DRIFT = "feature_baseline_drift_"
FULL_DISK_PERCENT = 75.0
"""Above it data capture stops, and the monitors go blind (SageMaker guide: "Capture data from real-time endpoint")."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How a metric is told."""

    title: str
    per_core: bool = False
    """CloudWatch counts 100 for each core or GPU."""


_KNOWN = {
    "Invocations": Measure("invocations"),
    "InvocationsPerInstance": Measure("invocations per instance"),
    "Invocation4XXErrors": Measure("errors of callers (4xx)"),
    "Invocation5XXErrors": Measure("errors of the endpoint (5xx)"),
    "InvocationModelErrors": Measure("errors of the model"),
    "ModelLatency": Measure("model latency p90"),
    "OverheadLatency": Measure("overhead latency p90"),
    "ModelSetupTime": Measure("model setup p90"),
    "CPUUtilization": Measure("CPU", per_core=True),
    "GPUUtilization": Measure("GPU", per_core=True),
    "GPUMemoryUtilization": Measure("GPU memory", per_core=True),
    "CPUUtilizationNormalized": Measure("CPU"),
    "MemoryUtilization": Measure("memory"),
    "DiskUtilization": Measure("disk"),
}


ENDPOINTS_OWN = frozenset(_KNOWN)
"""Metrics that no monitor emits."""
METRICS = (
    *_KNOWN,
    *("accuracy", "auc", "precision", "recall", "f0_5", "f1", "f2", "true_positive_rate", "true_negative_rate"),
    *("false_positive_rate", "false_negative_rate", "mae", "mse", "rmse", "r2"),
    *(f"weighted_{name}" for name in ("recall", "precision", "f0_5", "f1", "f2")),
)
"""And those of model quality (SageMaker guide: "Model quality metrics and Amazon CloudWatch monitoring")."""
_MEANT = {
    "cpu": "CPUUtilization",
    "disk": "DiskUtilization",
    "errors": "Invocation5XXErrors",
    "gpu": "GPUUtilization",
    "latency": "ModelLatency",
    "memory": "MemoryUtilization",
    "requests": "Invocations",
} | {name.casefold(): name for name in METRICS}


def canonical(word: str) -> str:
    """CloudWatch's own spelling of a metric that somebody names; another word stays."""
    return _MEANT.get(word.casefold(), word)


def names_meant(word: str) -> tuple[str, ...]:
    """The metrics that a word may be: of one that nobody documents also a feature's drift."""
    name = canonical(word)
    return (name,) if name in METRICS else (name, f"{DRIFT}{word}")


def kind_of(metric: Metric) -> MetricKind | None:
    """By its namespace; None for one that is not SageMaker's."""
    return _KINDS.get(metric.namespace)


def measure_of(metric: Metric) -> Measure:
    """What is known of it; one that nobody documents is its own name, averaged."""
    kind = kind_of(metric)
    if kind is MetricKind.DATA_QUALITY:
        return _feature(metric.name)
    if kind is MetricKind.BIAS:
        return Measure(f"{metric.name.removeprefix('bias_metric_')}{_facet(metric)}")
    if kind is MetricKind.EXPLAINABILITY:
        return Measure(f"attribution of {metric.name.removeprefix('feature_')}{_label(metric)}")
    return _KNOWN.get(metric.name, Measure(metric.name))


def endpoint_of(metric: Metric) -> str:
    """The endpoint that it speaks of; empty for a batch-transform monitor."""
    return metric.dimension(*RESOURCE)


def schedule_of(metric: Metric) -> str:
    """The monitoring schedule that emitted it; empty for an endpoint's own metrics."""
    return metric.dimension(*SCHEDULE)


def feature_of(metric: Metric) -> str:
    """The feature whose drift it is; empty for any other metric."""
    return metric.name.removeprefix(DRIFT) if metric.name.startswith(DRIFT) else ""


def row_metric(metric: Metric) -> str:
    """What its monitor calls it in constraints and violations; empty for a metric that no constraint speaks of."""
    match kind_of(metric):
        case MetricKind.MODEL_QUALITY:
            return metric.name
        case MetricKind.DATA_QUALITY:
            return feature_of(metric)
        case MetricKind.BIAS:
            return f"{metric.name.removeprefix('bias_metric_')} [{'='.join(_facets(metric))}]"
        case _:
            return ""


def metric_name(kind: MetricKind | None, row: Row) -> str:
    """CloudWatch's name of what a constraint holds to one limit on one side; empty for any other row.

    A bias may be wrong on either side of 0, and no attribution has a limit of its own.
    """
    if kind is MetricKind.MODEL_QUALITY:
        return row.metric
    return f"{DRIFT}{row.metric}" if kind is MetricKind.DATA_QUALITY and row.check == "baseline_drift_check" else ""


def _feature(name: str) -> Measure:
    if name.startswith(DRIFT):
        return Measure(f"drift of {name.removeprefix(DRIFT)}")
    if name.startswith("feature_non_null_"):
        return Measure(f"values of {name.removeprefix('feature_non_null_')}")
    return Measure(f"mean of {name.removeprefix('feature_data_')}")


def _facet(metric: Metric) -> str:
    """` of age 40`, as far as the dimensions say."""
    facet = " ".join(_facets(metric))
    return f" of {facet}" if facet else ""


def _facets(metric: Metric) -> tuple[str, ...]:
    return tuple(filter(None, (metric.dimension("Facet"), metric.dimension("FacetValue"))))


def _label(metric: Metric) -> str:
    label = metric.dimension("Label")
    return f" ({label})" if label else ""
