"""What a run publishes to CloudWatch, computed from its reports.

Names and dimensions: Developer Guide, the "CloudWatch Metrics" page of each monitor type. Its pages contradict one
another on data quality: most accounts here spell as Amazon's own notebooks do, one as the guide does.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws.cloudwatch.series import MetricKey, StatisticSet
from sandbox.world import fleet
from sandbox.world.checks import Drift
from sandbox.world.quality import Json

INFINITE: Final = 2.348543e108
"""As what an infinite value is published (Developer Guide: CloudWatch metrics for bias drift)."""
_STAGES: Final = {"pre_training_bias_metrics": "Pre-training", "post_training_bias_metrics": "Post-Training"}


@dataclass(frozen=True, slots=True)
class Point:
    """One metric's value of one run: a number, or what the run's rows sum up to."""

    key: MetricKey
    value: float | StatisticSet


@dataclass(frozen=True, slots=True)
class Origin:
    """Which monitor speaks; `endpoint` is empty where batch transforms are watched."""

    account_id: str
    schedule: str
    endpoint: str

    def key(self, subject: str, name: str, **more: str) -> MetricKey:
        """A metric's key; `subject` is as `model`, `bias`."""
        kind = "Endpoints" if self.endpoint else "ModelMonitoring"
        return MetricKey.of(f"aws/sagemaker/{kind}/{subject}-metrics", name, {**self._source(), **more})

    def feature(self, name: str) -> MetricKey:
        """A metric of data quality."""
        if self.endpoint and self.account_id in fleet.SPELLS_AS_THE_GUIDE:
            dimensions = {"EndpointName": self.endpoint, "ScheduleName": self.schedule}
            return MetricKey.of("/aws/sagemaker/Endpoints/data-metric", name, dimensions)
        return self.key("data", name)

    def _source(self) -> dict[str, str]:
        about = {"Endpoint": self.endpoint} if self.endpoint else {}
        return {**about, "MonitoringSchedule": self.schedule}


def quality(origin: Origin, statistics: Json) -> Iterator[Point]:
    """Each metric of statistics.json. Its standard deviations are published nowhere, as far as is documented."""
    for name, metric in statistics["binary_classification_metrics"].items():
        value = _number(metric.get("value"))
        if value is not None:
            yield Point(origin.key("model", name), value)


def features(
    origin: Origin, statistics: Json, emitting: Collection[str], drifts: Mapping[str, Drift]
) -> Iterator[Point]:
    """Of the features of statistics.json that emit: the values, how many there are, how far they drifted."""
    total = statistics["dataset"]["item_count"]
    for feature in statistics["features"]:
        name = feature["name"]
        if name not in emitting:
            continue
        numbers = feature.get("numerical_statistics")
        present = (numbers or feature.get("string_statistics") or _NOTHING)["common"]["num_present"]
        if numbers:
            values = StatisticSet(present, numbers["sum"], numbers["min"], numbers["max"])
            yield Point(origin.feature(f"feature_data_{name}"), values)
        yield Point(origin.feature(f"feature_non_null_{name}"), _indicators(present, total))
        if name in drifts:
            yield Point(origin.feature(f"feature_baseline_drift_{name}"), drifts[name].distance)


def bias(origin: Origin, analysis: Json) -> Iterator[Point]:
    """Each metric of each group in analysis.json; what could not be computed is not published."""
    for section, stage in _STAGES.items():
        report = analysis.get(section, {})
        for facet, groups in report.get("facets", {}).items():
            for group in groups:
                about = {
                    "BiasStage": stage,
                    "Label": report["label"],
                    "LabelValue": report["label_value_or_threshold"],
                    "Facet": facet,
                    "FacetValue": group["value_or_threshold"],
                }
                for metric in group["metrics"]:
                    value = _number(metric["value"])
                    if value is not None:
                        yield Point(origin.key("bias", f"bias_metric_{metric['name']}", **about), value)


def attributions(origin: Origin, analysis: Json) -> Iterator[Point]:
    """Each feature's global SHAP value, and the expected value."""
    for label, explained in analysis["explanations"]["kernel_shap"].items():
        about = {"ExplainabilityMethod": "KernelShap", "Label": label}
        for feature, value in explained["global_shap_values"].items():
            key = origin.key("explainability", f"feature_{feature}", **about, ValueType="GlobalShapValues")
            yield Point(key, float(value))
        key = origin.key("explainability", "ExpectedValue", **about, ValueType="ExpectedValue")
        yield Point(key, float(explained["expected_value"]))


_NOTHING: Final[Json] = {"common": {"num_present": 0}}
"""Of a feature without any value."""


def _indicators(present: float, total: float) -> StatisticSet:
    """1 for each row that has a value, 0 for each other: so Sum tells how many have one, Average which share."""
    return StatisticSet(total, present, float(present == total), float(present > 0))


def _number(value: Any) -> float | None:
    """What CloudWatch is sent for a value; None for what is none, as "NaN" and null."""
    if not isinstance(value, int | float) or math.isnan(value):
        return None
    return math.copysign(INFINITE, value) if math.isinf(value) else float(value)
