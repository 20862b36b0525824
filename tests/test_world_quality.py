"""Model quality as Model Monitor reports it: schema, numbers, limits."""

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.world import merge, quality
from sandbox.world.quality import Json, Pair

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
DATA = Path(__file__).parents[2] / "shared" / "data"

rows = st.lists(
    st.tuples(st.sampled_from([0.1, 0.25, 0.5, 0.7, 0.9]), st.integers(min_value=0, max_value=1)),
    min_size=1,
    max_size=60,
)


def found(pairs: list[Pair]) -> Json:
    """The metrics of these pairs."""
    metrics: Json = quality.statistics(pairs, 0.5, AT, AT, AT)["binary_classification_metrics"]
    return metrics


def bounded(metric: str, operator: str, threshold: float) -> Json:
    """Constraints with one bound."""
    return {"binary_classification_constraints": {metric: {"threshold": threshold, "comparison_operator": operator}}}


@pytest.mark.skipif(not DATA.exists(), reason="the shared data is not beside the repository")
def test_the_articles_captures_and_labels_give_the_articles_eight_violations() -> None:
    """The very code that the world runs, on the published story's data."""
    folder = DATA / "bank-marketing"
    captured = (folder / "captured.jsonl").read_text().splitlines()
    truths = (folder / "ground_truth.jsonl").read_text().splitlines()
    pairs = merge.pairs(merge.merged(captured, truths), merge.Attributes())
    report = quality.statistics(pairs, 0.5, AT, AT, AT)
    limits = json.loads((folder / "modelquality-constraints.json").read_text())
    names = [violation["metric_name"] for violation in quality.compare(report, limits)["violations"]]
    assert len(pairs) == 468
    assert names == [
        "recall",
        "accuracy",
        "true_positive_rate",
        "true_negative_rate",
        "false_positive_rate",
        "false_negative_rate",
        "auc",
        "f2",
    ]
    assert report["binary_classification_metrics"]["accuracy"]["value"] == pytest.approx(0.33, abs=0.01)


@pytest.mark.skipif(not DATA.exists(), reason="the shared data is not beside the repository")
def test_the_report_has_the_names_that_the_real_one_has() -> None:
    """Compared with a file of AWS's own SDK tests, metric by metric and key by key."""
    real = json.loads((DATA / "model-monitor" / "model_monitor_model_quality_binary_classification.json").read_text())
    ours = found([(0.9, 1), (0.1, 0)])
    assert set(ours) == set(real["binary_classification_metrics"])
    for name, metric in real["binary_classification_metrics"].items():
        assert set(ours[name]) == set(metric), name


def test_a_small_confusion_matrix_gives_the_metrics_worked_out_by_hand() -> None:
    """3 true positives, 1 false negative, 2 false positives, 4 true negatives."""
    metrics = found([(0.9, 1)] * 3 + [(0.1, 1)] + [(0.8, 0)] * 2 + [(0.2, 0)] * 4)
    assert metrics["confusion_matrix"] == {"0": {"0": 4, "1": 2}, "1": {"0": 1, "1": 3}}
    expected = {
        "recall": 3 / 4,
        "precision": 3 / 5,
        "accuracy": 7 / 10,
        "true_negative_rate": 4 / 6,
        "false_positive_rate": 2 / 6,
        "false_negative_rate": 1 / 4,
        "f1": 2 * 0.6 * 0.75 / (0.6 + 0.75),
        "f2": 5 * 0.6 * 0.75 / (4 * 0.6 + 0.75),
        "f0_5": 1.25 * 0.6 * 0.75 / (0.25 * 0.6 + 0.75),
        "precision_best_constant_classifier": 4 / 10,
    }
    assert {name: metrics[name]["value"] for name in expected} == pytest.approx(expected)


@given(rows)
def test_auc_is_the_chance_that_a_positive_outranks_a_negative(pairs: list[Pair]) -> None:
    """Against the definition, pair by pair, a tie counting one half."""
    yes = [p for p, label in pairs if label]
    no = [p for p, label in pairs if not label]
    value = found(pairs)["auc"]["value"]
    if not yes or not no:
        assert value == "NaN"
        return
    wins = sum((p > q) + 0.5 * (p == q) for p in yes for q in no)
    assert value == pytest.approx(wins / (len(yes) * len(no)))


@given(rows)
def test_a_report_is_json_without_bare_nan_and_its_rates_agree(pairs: list[Pair]) -> None:
    """JSON has no NaN: the reports spell it as a string."""
    metrics = json.loads(json.dumps(found(pairs), allow_nan=False))
    matrix = metrics["confusion_matrix"]
    assert sum(matrix[row][column] for row in "01" for column in "01") == len(pairs)
    assert metrics["recall"] == metrics["true_positive_rate"]
    roc = metrics["receiver_operating_characteristic_curve"]
    assert len(roc["false_positive_rates"]) == len(roc["true_positive_rates"]) <= quality.CURVE_POINTS + 1


def test_below_200_rows_there_is_no_standard_deviation_and_from_200_on_there_is() -> None:
    """As Model Monitor does it."""
    few, enough = [(0.9, 1), (0.2, 0)] * 99, [(0.9, 1), (0.2, 0), (0.3, 1), (0.7, 0)] * 50
    assert found(few)["accuracy"]["standard_deviation"] == "NaN"
    deviation = found(enough)["accuracy"]["standard_deviation"]
    assert deviation == pytest.approx(math.sqrt(0.5 * 0.5 / 200))


def test_the_deviation_of_f_agrees_with_its_scatter_over_resampled_rows() -> None:
    """The delta method against a seeded bootstrap."""
    pairs = [(0.9, 1)] * 120 + [(0.1, 1)] * 60 + [(0.8, 0)] * 40 + [(0.2, 0)] * 280
    rng = Random(5)  # noqa: S311  # seeded on purpose
    values = [found(rng.choices(pairs, k=len(pairs)))["f1"]["value"] for _ in range(300)]
    mean = sum(values) / len(values)
    scatter = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    assert found(pairs)["f1"]["standard_deviation"] == pytest.approx(scatter, rel=0.15)


@pytest.mark.parametrize(
    ("metric", "operator", "threshold", "violates"),
    [
        ("recall", "LessThanThreshold", 0.6, True),
        ("recall", "LessThanThreshold", 0.5, False),
        ("false_negative_rate", "GreaterThanThreshold", 0.4, True),
        ("false_negative_rate", "GreaterThanThreshold", 0.5, False),
    ],
)
def test_a_value_on_its_limit_keeps_to_it(metric: str, operator: str, threshold: float, violates: bool) -> None:
    """Less and greater are strict."""
    report = quality.statistics([(0.9, 1), (0.1, 1), (0.1, 0)], 0.5, AT, AT, AT)
    violations = quality.compare(report, bounded(metric, operator, threshold))["violations"]
    assert bool(violations) is violates
    if violations:
        assert violations[0] == {
            "metric_name": metric,
            "constraint_check_type": operator,
            "description": f"Metric {metric} with 0.5 was {operator} {threshold}",
        }


def test_a_metric_that_does_not_exist_is_no_violation_and_shows_as_nan() -> None:
    """No row was called positive: precision is 0/0."""
    report = quality.statistics([(0.1, 1), (0.1, 0)], 0.5, AT, AT, AT)
    assert report["binary_classification_metrics"]["precision"]["value"] == "NaN"
    assert quality.compare(report, bounded("precision", "LessThanThreshold", 0.9)) == {"violations": []}
