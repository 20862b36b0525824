"""The team's limits: what the validation set gave, loosened so that a healthy hour keeps to them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from math import sqrt
from typing import Final

from sandbox.world import attribution, bias, data_quality, features, quality, traffic, watch
from sandbox.world.fleet import Kind
from sandbox.world.quality import Json

TOLERANCE: Final = 3.5
"""How many standard errors of a quiet hour a limit stands off the baseline. Model Monitor suggests the bare baseline
values, which every second healthy hour breaks."""

ANSWER: Final = "y_probability"
"""The header of the model's answer in the scored training set."""

_UPPER: Final = frozenset({"false_positive_rate", "false_negative_rate"})


def files(model: traffic.Classifier, stream: str, at: datetime, kinds: Collection[Kind]) -> dict[str, dict[str, Json]]:
    """What the baseline jobs of these monitors left, file by file under the service's folders."""
    found: dict[str, dict[str, Json]] = {}
    if "ModelQuality" in kinds:
        held = statistics(model, stream, at)
        found[watch.BASELINE] = {"statistics": held, "constraints": constraints(held, model)}
    if "DataQuality" in kinds:
        columns = training(model, stream)
        found[watch.DATA_BASELINE] = {
            "statistics": features.statistics(columns),
            "constraints": features.suggested(columns),
        }
    customers = traffic.validation_set(model, stream)
    if "ModelBias" in kinds:
        found[watch.BIAS_BASELINE] = {"analysis": bias.limits(customers), "analysis_config": bias.CONFIG}
    if "ModelExplainability" in kinds:
        explained = attribution.analysis(customers)
        found[watch.SHAP_BASELINE] = {"analysis": explained, "analysis_config": attribution.CONFIG}
    return found


def training(model: traffic.Classifier, stream: str) -> tuple[features.Column, ...]:
    """The columns of the training population as scored, the answer first."""
    rows = [data_quality.row(customer) for customer in traffic.validation_set(model, stream)]
    return features.table(rows, (ANSWER, *model.columns))


def statistics(model: traffic.Classifier, stream: str, at: datetime) -> Json:
    """The baseline job's statistics.json, evaluated at `at` on the seeded validation set."""
    customers = traffic.validation_set(model, stream)
    return quality.statistics(traffic.pairs(customers), traffic.DECISION, at - timedelta(days=7), at, at)


def constraints(baseline: Json, model: traffic.Classifier) -> Json:
    """The team's constraints.json: each metric's baseline value, TOLERANCE standard errors looser, within 0 to 1."""
    scale = sqrt(baseline["dataset"]["item_count"] / traffic.quietest_hour(model))
    metrics = baseline["binary_classification_metrics"]
    bounds = {name: _bound(name, metrics[name], TOLERANCE * scale) for name in quality.METRICS}
    return {"version": 0.0, "binary_classification_constraints": bounds}


def _bound(name: str, metric: Json, deviations: float) -> Json:
    """One metric's threshold and the side on which it lies, rounded as a team would write it."""
    slack = deviations * metric["standard_deviation"]
    if name in _UPPER:
        return {"threshold": round(min(1.0, metric["value"] + slack), 4), "comparison_operator": "GreaterThanThreshold"}
    return {"threshold": round(max(0.0, metric["value"] - slack), 4), "comparison_operator": "LessThanThreshold"}
