"""What decides the model's answers: global SHAP values as SageMaker Clarify reports them, and their order's drift.

Of a logistic model a feature's attribution is its coefficient times its distance from the training mean, put on the
probability's scale at the mean answer; what has no coefficient has none.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from sandbox.world.quality import Json
from sandbox.world.traffic import BANK_MARKETING, Customer

LIMIT: Final = 0.9
"""nDCG below which a violation is logged (Developer Guide: feature attribution drift violations)."""
LABEL: Final = "label0"
"""The placeholder where the configuration names no label_headers (the same page)."""

_MEANS: Final = {"duration": 275.0, "previous": 0.6, "euribor3m": 3.476}
_COEFFICIENTS: Final = {"duration": BANK_MARKETING.slope, "previous": 0.01, "euribor3m": -0.02}
_PLACES: Final = {name: BANK_MARKETING.columns.index(name) for name in _MEANS}

CONFIG: Final[Json] = {
    "dataset_type": "text/csv",
    "headers": list(BANK_MARKETING.columns),
    "methods": {"shap": {"num_samples": 100, "agg_method": "mean_abs", "save_local_shap_values": False}},
    "predictor": {"model_name": BANK_MARKETING.service, "instance_type": "ml.m5.xlarge", "initial_instance_count": 1},
}
"""analysis_config.json of the monitor."""


def analysis(customers: Sequence[Customer]) -> Json:
    """The content of analysis.json."""
    expected = sum(customer.probability for customer in customers) / len(customers)
    scale, values = expected * (1 - expected), dict.fromkeys(BANK_MARKETING.columns, 0.0)
    rows = [customer.features.split(",", max(_PLACES.values()) + 1) for customer in customers]
    for name, place in _PLACES.items():
        distances = math.fsum(abs(float(row[place]) - _MEANS[name]) for row in rows)
        values[name] = scale * abs(_COEFFICIENTS[name]) * distances / len(rows)
    explained = {"global_shap_values": values, "expected_value": expected}
    return {"version": "1.0", "explanations": {"kernel_shap": {LABEL: explained}}}


def violations(found: Json, baseline: Json) -> Json | None:
    """The content of constraint_violations.json; None where the order of every label keeps to the baseline's."""
    broken = []
    for label, held in baseline["explanations"]["kernel_shap"].items():
        seen = found["explanations"]["kernel_shap"].get(label)
        score = ndcg(held["global_shap_values"], seen["global_shap_values"]) if seen else 1.0
        if score < LIMIT:
            broken.append(
                {
                    "label": label,
                    "metric_name": "shap",
                    "constraint_check_type": "feature_attribution_drift_check",
                    "description": f"Feature attribution drift {score} exceeds threshold {LIMIT}",
                }
            )
    return {"version": "1.0", "violations": broken} if broken else None


def ndcg(baseline: Mapping[str, float], live: Mapping[str, float]) -> float:
    """How much of the baseline's order the live one keeps, 1 for all; ties share their places (scikit-learn)."""
    ideal = _gain(baseline, baseline)
    return _gain(baseline, live) / ideal if ideal else 1.0


def _gain(worth: Mapping[str, float], order: Mapping[str, float]) -> float:
    total, place = 0.0, 1
    for _, names in groupby(sorted(order, key=lambda name: -order[name]), key=order.__getitem__):
        tied = [worth.get(name, 0.0) for name in names]
        discounts = sum(1 / math.log2(at + 1) for at in range(place, place + len(tied)))
        total += sum(tied) / len(tied) * discounts
        place += len(tied)
    return total
