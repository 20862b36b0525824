"""A bias report becomes findings: each facet's metric against the baseline's; infinity and null stay unknown."""

import math
from collections.abc import Callable

import pytest

from bot.aws.findings import Document, Listed, violations
from bot.aws.findings_bias import bias
from bot.model.observation import Finding, Reading, Row, Verdict

Real = Callable[[str], Document]
NOTE = "Metric value doesn't meet the baseline constraint requirement"


def analysis(post: dict[str, object], pre: dict[str, object] | None = None, value: object = "0") -> Document:
    """An analysis file for one facet value of `Sex`."""
    stages = {"post_training_bias_metrics": post, "pre_training_bias_metrics": pre or {}}
    return {"version": "1.0"} | {
        stage: {
            "label": "Target",
            "facets": {"Sex": [{"value_or_threshold": value, "metrics": [_metric(*m) for m in metrics.items()]}]},
        }
        for stage, metrics in stages.items()
    }


def _metric(name: str, value: object) -> Document:
    return {"name": name, "description": name.lower(), "value": value}


def row(metric: str, facet: str = "Sex=0") -> Row:
    """The row of a facet's metric."""
    return Row(f"{metric} [{facet}]", "bias_drift_check")


def listed(*metrics: str) -> tuple[Listed, ...]:
    """These violations, as the file holds them."""
    entry = {"facet": "Sex", "facet_value": "0", "constraint_check_type": "bias_drift_check", "description": NOTE}
    return violations({"version": "1.0", "violations": [entry | {"metric_name": metric} for metric in metrics]})


def test_a_violation_has_the_run_s_value_and_the_baseline_s_and_the_others_are_good() -> None:
    """Both stages; AWS gives no standard error and no sample size."""
    seen = analysis({"DAR": -0.34, "DI": 0.2}, {"CI": 0.3})
    found = bias(listed("DAR", "CI"), seen, analysis({"DAR": -0.09, "DI": 0.18}, {"CI": 0.1}))
    assert found == (
        Finding(row("DAR"), Verdict.BAD, Reading(-0.34, -0.09), NOTE),
        Finding(row("CI"), Verdict.BAD, Reading(0.3, 0.1), NOTE),
        Finding(row("DI"), Verdict.GOOD, Reading(0.2, 0.18)),
    )


@pytest.mark.parametrize(
    "infinite", [math.inf, -math.inf, "Infinity", "-Infinity", 2.348543e108, -2.348543e108, 10**400]
)
def test_an_infinite_value_is_unknown(infinite: object) -> None:
    """Bad stays bad without a number; an infinite metric that was compared and kept is good, so it has no finding."""
    assert bias(listed("TE"), analysis({"TE": infinite}), analysis({"TE": 2.9}))[0].reading == Reading(limit=2.9)
    assert bias(listed("TE"), analysis({"TE": 3.1}), analysis({"TE": infinite}))[0].reading == Reading(3.1)
    assert bias((), analysis({"TE": infinite}), analysis({"TE": 2.9})) == ()


@pytest.mark.parametrize("value", [None, math.nan, "NaN", "0.3", True, [], {}])
def test_a_metric_without_a_value_is_blind(value: object) -> None:
    """Nothing was compared: neither good nor bad."""
    found = bias((), analysis({"DAR": value}), analysis({"DAR": 0.1}))
    assert found == (Finding(row("DAR"), Verdict.BLIND, Reading(limit=0.1)),)


def test_facet_values_are_rows_of_their_own_however_they_are_written() -> None:
    """Numbers, strings and intervals, as in the list of violations."""
    for value in (0, "0", 40.5, "(40, 80]"):
        found = bias((), analysis({"DAR": 0.1}, value=value), analysis({"DAR": 0.2}, value=value))
        assert [f.row for f in found] == [row("DAR", f"Sex={value}")]
    several = analysis({"DAR": 0.1})
    several["post_training_bias_metrics"]["facets"]["Sex"] *= 2
    assert len(bias((), several, several)) == 1


def test_what_only_one_file_has_is_not_judged() -> None:
    """A metric that the baseline does not limit, or that this run did not compute."""
    assert bias((), analysis({"DAR": 0.1}), analysis({"DI": 0.1})) == ()
    assert bias(listed("DAR"), None, None) == (Finding(row("DAR"), Verdict.BAD, Reading(), NOTE),)


@pytest.mark.parametrize("kind", ["bias-batch", "bias-batch-jsonl", "bias-endpoint"])
def test_real_violations_have_the_baseline_s_value_as_written(real: Real, kind: str) -> None:
    """The sentence names the same limit; the run's own analysis is not at hand, so nothing is seen."""
    report = real(f"model-monitor/{kind}-constraint_violations.json")
    baseline = real(f"model-monitor/{kind}-baseline-analysis.json")
    found = bias(violations(report), None, baseline)
    assert len(found) == len(report["violations"]) in {8, 9}
    for finding in found:
        assert finding.reading.seen is None
        assert finding.note.endswith(f"requirement {finding.reading.limit}")
    limits = {f.row: f.reading.limit for f in found}
    assert limits[row("DCA")] == -0.5278688524590163
    assert limits[row("TE")] == 2.916666666666667


@pytest.mark.parametrize("kind", ["bias-batch", "bias-batch-jsonl", "bias-endpoint"])
def test_a_real_analysis_judged_by_itself_is_good_with_every_value_as_written(real: Real, kind: str) -> None:
    """Thirteen metrics after training, eight before."""
    file = real(f"model-monitor/{kind}-baseline-analysis.json")
    stages = [file[f"{when}_training_bias_metrics"]["facets"]["Sex"][0]["metrics"] for when in ("pre", "post")]
    written = {row(metric["name"]): metric["value"] for metrics in stages for metric in metrics}
    found = bias((), file, file)
    assert {f.row: f.reading for f in found} == {r: Reading(value, value) for r, value in written.items()}
    assert ({f.verdict for f in found}, len(found)) == ({Verdict.GOOD}, 21)


def test_the_real_analysis_of_two_facet_values(real: Real) -> None:
    """Women and men are rows of their own, in both stages."""
    found = bias((), (file := real("model-monitor/clarify_bias.json")), file)
    assert {f.row: f.reading.seen for f in found} == {
        row("AD", "Gender=0"): -0.11415724421435,
        row("AD", "Gender=1"): -0.1141572442143538,
        row("CDDL", "Gender=0"): 0.21491590864936,
    }
