"""Report files become findings with exactly the values that are written in them, or are called unreadable."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from bot.aws import findings, findings_model
from bot.aws.findings_model import model_quality
from bot.errors import Malformed
from bot.model.observation import Finding, Reading, Row, Verdict

Real = Callable[[str], findings.Document]
MODEL_QUALITY = (
    "model-monitor/model_monitor_model_quality_binary_classification.json",
    "model-monitor/model_monitor_model_quality_regression.json",
    "bank-marketing/modelquality-baseline-statistics.json",
)
VIOLATIONS = (
    "model-monitor/constraint_violations.json",
    "model-monitor/dataquality-constraint_violations-head10.json",
    "model-monitor/bias-batch-constraint_violations.json",
    "model-monitor/bias-batch-jsonl-constraint_violations.json",
    "model-monitor/bias-endpoint-constraint_violations.json",
)


def violation(metric: str, check: str = "LessThanThreshold", **more: object) -> dict[str, object]:
    """An entry as the analyzer writes it."""
    return {"metric_name": metric, "constraint_check_type": check, "description": f"{metric} broke", **more}


def constraints(**thresholds: object) -> dict[str, Any]:
    """Binary-classification constraints, all lower bounds."""
    return {
        "binary_classification_constraints": {
            k: {"threshold": v, "comparison_operator": "LessThanThreshold"} for k, v in thresholds.items()
        }
    }


def statistics(count: object = 468, **values: object) -> dict[str, Any]:
    """Binary-classification statistics with a standard deviation of 0.01 each."""
    metrics = {k: {"value": v, "standard_deviation": 0.01} for k, v in values.items()}
    return {"dataset": {"item_count": count}, "binary_classification_metrics": metrics}


@pytest.mark.parametrize("name", MODEL_QUALITY)
def test_every_metric_of_a_real_statistics_file_is_read_as_written(real: Real, name: str) -> None:
    """Value, standard deviation and sample size are those of the file, "NaN" is unknown."""
    file = real(name)
    kind = next(k for k in findings_model.KINDS if f"{k}_metrics" in file)
    metrics = {k: v for k, v in file[f"{kind}_metrics"].items() if "value" in v}
    limits = {m: {"threshold": 0.5, "comparison_operator": "LessThanThreshold"} for m in metrics}
    found = model_quality((), file, {f"{kind}_constraints": limits})
    assert {f.row.metric for f in found} == set(metrics)
    for one in found:
        written = metrics[one.row.metric]
        deviation = None if written["standard_deviation"] == "NaN" else written["standard_deviation"]
        samples = file.get("dataset", {}).get("item_count")
        assert one == Finding(one.row, Verdict.GOOD, Reading(written["value"], 0.5, deviation, samples))


def test_the_real_baseline_judged_by_its_own_constraints_names_each_limit_once(real: Real) -> None:
    """The eleven binary constraints become eleven rows, with thresholds and operators as written."""
    file, limits = (
        real("bank-marketing/modelquality-baseline-statistics.json"),
        real("bank-marketing/modelquality-constraints.json"),
    )
    written = limits["binary_classification_constraints"]
    found = model_quality((), file, limits)
    assert {f.row: f.reading.limit for f in found} == {
        Row(m, c["comparison_operator"]): c["threshold"] for m, c in written.items()
    }
    assert {f.reading.samples for f in found} == {201}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_real_violations_of_the_other_monitors_keep_their_sentence_and_no_number(real: Real, name: str) -> None:
    """One bad row per entry; the sentence is shown, never parsed."""
    file = real(name)
    found = findings.named(findings.violations(file))
    assert [f.note for f in found] == [v["description"].strip() for v in file["violations"]]
    assert [f.row.check for f in found] == [v["constraint_check_type"] for v in file["violations"]]
    assert {f.reading for f in found} == {Reading()}
    assert {f.verdict for f in found} == {Verdict.BAD}


def test_facets_of_one_bias_metric_are_rows_of_their_own() -> None:
    """The same metric for two facets does not fold into one row."""
    entries = [violation("DAR", "bias_drift_check", facet="Sex", facet_value=v) for v in ("0", "1")]
    rows = [one.row.metric for one in findings.violations({"violations": entries})]
    assert rows == ["DAR [Sex=0]", "DAR [Sex=1]"]


def test_a_listed_constraint_is_bad_with_its_numbers_and_the_others_good() -> None:
    """Accuracy fell below its limit, recall did not."""
    listed = findings.violations({"violations": [violation("accuracy")]})
    found = model_quality(listed, statistics(accuracy=0.33, recall=0.8), constraints(accuracy=0.91, recall=0.7))
    assert found == (
        Finding(Row("accuracy", "LessThanThreshold"), Verdict.BAD, Reading(0.33, 0.91, 0.01, 468), "accuracy broke"),
        Finding(Row("recall", "LessThanThreshold"), Verdict.GOOD, Reading(0.8, 0.7, 0.01, 468)),
    )


def test_a_violation_without_a_constraint_is_bad_without_numbers() -> None:
    """Custom metrics have no threshold that we could show."""
    listed = findings.violations({"violations": [violation("gini")]})
    found = model_quality(listed, statistics(gini=0.6), constraints(accuracy=0.9))
    assert found[-1] == Finding(Row("gini", "LessThanThreshold"), Verdict.BAD, Reading(), "gini broke")
    assert found[0].verdict is Verdict.GOOD


def test_a_check_spelled_otherwise_still_makes_the_constraint_bad() -> None:
    """The metric is what counts: a constraint is never called good beside its own violation."""
    listed = findings.violations({"violations": [violation("accuracy", "less_than_threshold")]})
    found = model_quality(listed, statistics(accuracy=0.3), constraints(accuracy=0.9))
    assert [(f.row.check, f.verdict) for f in found] == [("LessThanThreshold", Verdict.BAD)]


@pytest.mark.parametrize("value", ["NaN", math.nan, math.inf, None, "0.9", True, [], 10**400])
def test_a_value_that_is_no_number_is_unknown_and_its_row_blind(value: object) -> None:
    """Nothing was compared, so the row is neither good nor bad."""
    found = model_quality((), statistics(auc=value), constraints(auc=0.9))
    assert [(f.verdict, f.reading.seen) for f in found] == [(Verdict.BLIND, None)]


@pytest.mark.parametrize("deviation", ["NaN", math.nan, math.inf, -0.1, None, {}])
def test_a_standard_deviation_that_is_none_is_unknown(deviation: object) -> None:
    """Below 200 rows Model Monitor writes the string "NaN"."""
    file = {"regression_metrics": {"mae": {"value": 1.5, "standard_deviation": deviation}}}
    limits = {"regression_constraints": {"mae": {"threshold": 1, "comparison_operator": "GreaterThanThreshold"}}}
    assert model_quality((), file, limits)[0].reading == Reading(1.5, 1.0, None, None)


@pytest.mark.parametrize("count", [-1, "468", None, 1.5, math.nan, True])
def test_a_sample_size_that_is_none_is_unknown(count: object) -> None:
    """Only a whole number counts records."""
    assert findings.samples_of(statistics(count)) is None


@pytest.mark.parametrize(
    ("report", "why"),
    [
        ({}, "lists no violations"),
        ({"violations": {}}, "lists no violations"),
        ({"violations": ["accuracy"]}, "is no violation"),
        ({"violations": [violation("accuracy"), {"description": "x"}]}, "names no metric"),
        ({"violations": [{"metric_name": 7, "constraint_check_type": "x"}]}, "names no metric"),
        ({"violations": [violation(f"m{n}") for n in range(2001)]}, "more than 2000"),
    ],
)
def test_a_list_with_a_damaged_entry_is_refused_whole(report: dict[str, Any], why: str) -> None:
    """Leaving an entry out would call its row good."""
    with pytest.raises(Malformed, match=why):
        findings.violations(report)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe\xfa", b'"text"', b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    """Half a file, another kind of file, or one made to exhaust the parser."""
    with pytest.raises(Malformed):
        findings.document(body)


def test_hostile_names_are_bounded_and_hold_nothing_that_a_database_refuses() -> None:
    """Control characters and lone surrogates are legal JSON and end at the door."""
    entry = violation("a\x00b\ud800" + "x" * 500, "c\nd", description="e\x1b[31m" + "y" * 5000)
    one = findings.violations(json.loads(json.dumps({"violations": [entry]})))[0]
    assert one.row.metric.startswith("a\ufffdb\ufffdx")
    assert (len(one.row.metric), one.row.check, len(one.note)) == (200, "c d", 1000)
    assert (one.row.metric + one.note).isprintable()


@pytest.mark.parametrize("kind", findings_model.KINDS)
def test_the_three_problem_types_are_read_alike(kind: str) -> None:
    """Binary classification, regression and several classes; a metric of another type is not looked at."""
    file = {
        "dataset": {"item_count": 627.0},
        f"{kind}_metrics": {"one": {"value": 1.5, "standard_deviation": 0.02}, "confusion_matrix": {"0": {"0": 1}}},
        "other_metrics": {"two": {"value": 1}},
    }
    limits = {f"{kind}_constraints": {"one": {"threshold": 1.2, "comparison_operator": "GreaterThanThreshold"}}}
    listed = findings.violations({"violations": [violation("one", "GreaterThanThreshold")]})
    row = Row("one", "GreaterThanThreshold")
    assert model_quality(listed, file, limits) == (
        Finding(row, Verdict.BAD, Reading(1.5, 1.2, 0.02, 627), "one broke"),
    )


def test_the_real_regression_statistics_are_held_to_limits_on_both_sides(real: Real) -> None:
    """Errors must not exceed theirs, r2 must not fall below its own."""
    file = real("model-monitor/model_monitor_model_quality_regression.json")
    limits = {
        "regression_constraints": {
            "mae": {"threshold": 1.5, "comparison_operator": "GreaterThanThreshold"},
            "r2": {"threshold": 0.2, "comparison_operator": "LessThanThreshold"},
        }
    }
    listed = findings.violations({"violations": [violation("mae", "GreaterThanThreshold")]})
    assert [(f.verdict, f.reading) for f in model_quality(listed, file, limits)] == [
        (Verdict.BAD, Reading(1.5915896386811228, 1.5, 0.019549525493231325, 627)),
        (Verdict.GOOD, Reading(0.23671182319828743, 0.2, 0.02946664105374692, 627)),
    ]


def test_the_real_binary_statistics_have_a_standard_error_only_where_they_say_so(real: Real) -> None:
    """Few rows: most deviations are the string NaN."""
    file = real("model-monitor/model_monitor_model_quality_binary_classification.json")
    limits = {
        "binary_classification_constraints": {
            metric: {"threshold": 0.4, "comparison_operator": "LessThanThreshold"} for metric in ("auc", "precision")
        }
    }
    assert [f.reading for f in model_quality((), file, limits)] == [
        Reading(1.0, 0.4, 0.1, None),
        Reading(0.33333333333333, 0.4, None, None),
    ]
