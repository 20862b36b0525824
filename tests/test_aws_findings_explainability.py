"""An explainability report becomes findings: how far each label's attributions keep the baseline's order."""

from collections.abc import Callable

import pytest

from bot.aws.findings import Document, Listed, violations
from bot.aws.findings_explainability import explainability, ndcg
from bot.model.observation import Finding, Reading, Row, Verdict

Real = Callable[[str], Document]
BASELINE = {"SAT score": 0.70, "GPA": 0.50, "Class rank": 0.05}
REVERSED = {"SAT score": 0.10, "GPA": 0.20, "Class rank": 0.70}
NOTE = "Feature attribution drift 0.6876396241226223 exceeds threshold 0.9"


def analysis(**labels: object) -> Document:
    """An analysis file with the attributions of each label."""
    explained = {name: {"global_shap_values": values, "expected_value": 0.2} for name, values in labels.items()}
    return {"version": "1.0", "explanations": {"kernel_shap": explained}}


def row(label: str) -> Row:
    """The row of a label."""
    return Row(f"shap [{label}]", "feature_attribution_drift_check")


def listed(*labels: str) -> tuple[Listed, ...]:
    """These violations, as the file holds them."""
    entry = {"metric_name": "shap", "constraint_check_type": "feature_attribution_drift_check", "description": NOTE}
    return violations({"version": "1.0", "violations": [entry | {"label": label} for label in labels]})


@pytest.mark.parametrize(
    ("baseline", "live", "score"),
    [
        (BASELINE, BASELINE, 1.0),
        (BASELINE, REVERSED, 0.6876396),
        (BASELINE, {"SAT score": 7, "GPA": 5, "Class rank": 1}, 1.0),
        (BASELINE, {"SAT score": 0.2, "GPA": 0.7, "Class rank": 0.1}, 0.9290567),
        (BASELINE, {"SAT score": 1, "GPA": 1, "Class rank": 1}, 0.8533564),
        ({"a": 1.0}, {"a": 0.0}, 1.0),
        (BASELINE, {"SAT score": 0.7, "GPA": 0.5}, None),
        (BASELINE, {**BASELINE, "Age": 0.1}, None),
        ({}, {}, None),
        ({"a": 0.0, "b": 0.0}, {"a": 1, "b": 2}, None),
        ({"a": -1.0}, {"a": 1}, None),
        ({"a": 1e308, "b": 1e308, "c": 1e308}, {"a": 1, "b": 2, "c": 3}, None),
    ],
)
def test_the_score_is_that_of_the_documentation(
    baseline: dict[str, float], live: dict[str, float], score: float | None
) -> None:
    """AWS's page gives 0.69 for the reversed order; tied features share their places' mean, as scikit-learn has it."""
    assert ndcg(baseline, live) == (pytest.approx(score, abs=1e-6) if score is not None else None)


def test_a_violation_has_its_score_and_the_other_labels_are_good() -> None:
    """Each label is a row of its own."""
    found = explainability(
        listed("yes"), analysis(yes=REVERSED, no=BASELINE, new=BASELINE), analysis(yes=BASELINE, no=BASELINE)
    )
    assert found == (
        Finding(row("yes"), Verdict.BAD, Reading(pytest.approx(0.68764, abs=1e-5), 0.9), NOTE),
        Finding(row("no"), Verdict.GOOD, Reading(1.0, 0.9)),
    )


@pytest.mark.parametrize(
    ("live", "held"),
    [
        (None, None),
        (analysis(yes=REVERSED), None),
        (None, analysis(yes=BASELINE)),
        (analysis(yes=BASELINE), analysis(yes=BASELINE)),
        (analysis(yes={**REVERSED, "GPA": "NaN"}), analysis(yes=BASELINE)),
        (analysis(yes={**REVERSED, "GPA": None}), analysis(yes=BASELINE)),
        (analysis(yes={**REVERSED, "GPA": None}), analysis(yes={**BASELINE, "GPA": None})),
        (analysis(label0=REVERSED), analysis(yes=BASELINE)),
        (analysis(yes=[1, 2]), analysis(yes="x")),
    ],
)
def test_a_score_that_cannot_be_had_or_contradicts_the_verdict_is_unknown(
    live: Document | None, held: Document | None
) -> None:
    """AWS's limit and its sentence stand."""
    assert explainability(listed("yes"), live, held) == (Finding(row("yes"), Verdict.BAD, Reading(None, 0.9), NOTE),)


def test_a_label_that_kept_its_order_by_the_run_alone_has_no_number() -> None:
    """Ours would say otherwise."""
    assert explainability((), analysis(yes=REVERSED), analysis(yes=BASELINE)) == ()


@pytest.mark.parametrize(
    ("kind", "label", "capital_gain"),
    [("batch", "0.7956783771514893", 0.09933718978948747), ("endpoint", "label0", 0.09913318680892579)],
)
def test_real_attributions_are_read_as_written(real: Real, kind: str, label: str, capital_gain: float) -> None:
    """Fourteen features; a run that turns them round falls below the limit."""
    file = real(f"model-monitor/explainability-{kind}-baseline-analysis.json")
    values = file["explanations"]["kernel_shap"][label]["global_shap_values"]
    assert (len(values), values["Capital Gain"]) == (14, capital_gain)
    assert explainability((), file, file) == (Finding(row(label), Verdict.GOOD, Reading(1.0, 0.9)),)
    turned = analysis(**{label: {name: -value for name, value in values.items()}})
    (found,) = explainability(listed(label), turned, file)
    assert found.reading.seen == pytest.approx(
        ndcg(values, turned["explanations"]["kernel_shap"][label]["global_shap_values"])
    )
    assert 0.4 < (found.reading.seen or 0) < 0.6


def test_the_two_real_baselines_differ_in_value_and_not_in_order(real: Real) -> None:
    """Under one label the score is 1: the order is what counts."""
    batch, endpoint = (
        next(
            iter(
                real(f"model-monitor/explainability-{k}-baseline-analysis.json")["explanations"]["kernel_shap"].values()
            )
        )
        for k in ("batch", "endpoint")
    )
    (found,) = explainability((), analysis(a=endpoint["global_shap_values"]), analysis(a=batch["global_shap_values"]))
    assert found.reading == Reading(1.0, 0.9)


def test_the_real_file_of_two_labels_is_read_by_label(real: Real) -> None:
    """Attributions of text and partial dependence beside them are passed over."""
    file = real("model-monitor/clarify_explanability.json")
    labels = file["explanations"]["kernel_shap"]
    assert {f.row: f.reading for f in explainability((), file, file)} == {
        row("label0"): Reading(1.0, 0.9),
        row("label1"): Reading(1.0, 0.9),
    }
    turned = {name: -value for name, value in labels["label1"]["global_shap_values"].items()}
    live = analysis(label0=labels["label0"]["global_shap_values"], label1=turned)
    bad, good = explainability(listed("label1"), live, file)
    by_hand = (
        0.018193976 / 1 + 0.018644355 / 1.5849625 + 0.021370333 / 2 + 0.036556198 / 2.3219281 + 0.037243931 / 2.5849625
    )
    ideal = (
        0.037243931 / 1 + 0.036556198 / 1.5849625 + 0.021370333 / 2 + 0.018644355 / 2.3219281 + 0.018193976 / 2.5849625
    )
    assert bad.reading.seen == pytest.approx(by_hand / ideal, abs=1e-6)
    assert (good.row, good.reading.seen) == (row("label0"), 1.0)
