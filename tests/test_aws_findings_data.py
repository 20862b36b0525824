"""A data-quality report becomes findings: numbers where its files give them, the monitor's own sentence elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.aws.findings import Document, Listed, violations
from bot.aws.findings_data import data_quality
from bot.model.observation import Finding, Reading, Row, Verdict

AGE = Row("age", "completeness_check")
JOB = Row("job", "categorical_values_check")


def numbers(name: str, present: object = 950, missing: object = 50, **more: object) -> Document:
    """The statistics of a feature of numbers."""
    common = {"num_present": present, "num_missing": missing}
    return {"name": name, "inferred_type": "Integral", "numerical_statistics": {"common": common, **more}}


def strings(name: str, present: int | None = None, **counts: object) -> Document:
    """The statistics of a feature of strings, each with how often it occurs."""
    total = sum(c for c in counts.values() if isinstance(c, int)) if present is None else present
    buckets = [{"value": value, "count": count} for value, count in counts.items()]
    found = {
        "common": {"num_present": total, "num_missing": 0},
        "distribution": {"categorical": {"buckets": buckets}},
    }
    return {"name": name, "inferred_type": "String", "string_statistics": found}


def statistics(*features: object) -> Document:
    """A run's statistics file."""
    return {"version": 0.0, "dataset": {"item_count": 1000}, "features": list(features)}


def rule(name: str, completeness: object = 0.98, kind: str = "Integral", **more: object) -> Document:
    """What the baseline demands of a feature."""
    return {"name": name, "inferred_type": kind, "completeness": completeness, **more}


def domain(*values: object, **overrides: object) -> Document:
    """Known categories."""
    return {"domains": list(values), **overrides}


def constraints(*rules: object, **config: object) -> Document:
    """A baseline's constraints file with the defaults of AWS's containers."""
    usual = {
        "evaluate_constraints": "Enabled",
        "datatype_check_threshold": 1.0,
        "domain_content_threshold": 1.0,
        "distribution_constraints": {"perform_comparison": "Enabled", "comparison_threshold": 0.1},
    }
    return {"version": 0.0, "features": list(rules), "monitoring_config": {**usual, **config}}


def broken(*rows: Row) -> tuple[Listed, ...]:
    """These violations."""
    return tuple(Listed(row, "does not meet the constraint requirement!") for row in rows)


def readings(found: tuple[Finding, ...], verdict: Verdict) -> dict[Row, Reading]:
    """The numbers of the rows with this verdict."""
    return {f.row: f.reading for f in found if f.verdict is verdict}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (AGE, Reading(0.95, 0.98, None, 1000)),
        (Row("age", "data_type_check"), Reading(limit=1.0)),
        (Row("age", "baseline_drift_check"), Reading(limit=0.1)),
        (Row("age", "missing_column_check"), Reading()),
        (Row("age", "extra_column_check"), Reading()),
        (Row("age", "non_negative_check"), Reading(-3.0, 0.0)),
        (JOB, Reading(0.75, 1.0, None, 400)),
        (Row("gone", "missing_column_check"), Reading()),
        (Row("gone", "completeness_check"), Reading()),
        (Row("age", "a check of the team's own"), Reading()),
    ],
)
def test_each_check_has_the_numbers_that_its_files_give(row: Row, expected: Reading) -> None:
    """The share of a type and the size of a drift are in no file: the sentence stands for them."""
    held = constraints(rule("age"), rule("job", 1.0, "String", string_constraints=domain("admin", "services")))
    found = data_quality(broken(row), statistics(numbers("age", min=-3), strings("job", admin=300, pilot=100)), held)
    assert found[0] == Finding(row, Verdict.BAD, expected, "does not meet the constraint requirement!")


def test_what_was_checked_and_kept_is_good_with_its_number() -> None:
    """So a row that recovers says how far; types and drifts that are not listed have none to say."""
    held = constraints(
        rule("age", 0.9, num_constraints={"is_non_negative": True}),
        rule("job", 1.0, "String", string_constraints=domain("admin", "services")),
    )
    seen = statistics(numbers("age", min=0), strings("job", admin=300, services=100))
    found = data_quality((), seen, held)
    assert readings(found, Verdict.GOOD) == {
        AGE: Reading(0.95, 0.9, None, 1000),
        Row("age", "non_negative_check"): Reading(0.0, 0.0),
        Row("job", "completeness_check"): Reading(1.0, 1.0, None, 400),
        JOB: Reading(1.0, 1.0, None, 400),
    }
    assert len(found) == 4


def test_a_number_that_contradicts_a_good_verdict_is_not_shown() -> None:
    """It is not what was judged; and no row is good that is listed under another name of its check."""
    held = constraints(rule("age", 0.98, num_constraints={"is_non_negative": True}))
    assert data_quality((), statistics(numbers("age", min=-1)), held) == ()
    other = Row("age", "IsNonNegative: negative values")
    found = data_quality(broken(other), statistics(numbers("age", 1000, 0, min=0)), held)
    assert readings(found, Verdict.GOOD) == {AGE: Reading(1.0, 0.98, None, 1000)}
    assert readings(found, Verdict.BAD) == {other: Reading(0.0, 0.0)}


@pytest.mark.parametrize(
    "overrides",
    [
        {"monitoringConfigOverrides": {"evaluate_constraints": "Disabled"}},
        {"monitoring_config_overrides": {"evaluate_constraints": "Disabled"}},
        {"num_constraints": {"monitoring_config_overrides": {"evaluate_constraints": "Disabled"}}},
    ],
)
def test_a_feature_that_is_not_evaluated_is_not_good(overrides: dict[str, Any]) -> None:
    """Nobody looked; real files keep the override inside the feature's constraints."""
    seen = statistics(numbers("age", 1000, 0), numbers("size", 1000, 0))
    found = data_quality((), seen, constraints(rule("age", **overrides), rule("size")))
    assert [f.row.metric for f in found] == ["size"]
    assert data_quality((), seen, constraints(rule("age"), rule("size"), evaluate_constraints="Disabled")) == ()


def test_a_feature_s_own_thresholds_stand_over_the_file_s() -> None:
    """What it does not override stays as it is; strings may have a drift threshold of their own."""
    own = {"distribution_constraints": {"comparison_threshold": 0.3}, "domain_content_threshold": 0.9}
    apart = {"distribution_constraints": {"comparison_threshold": 0.1, "categorical_comparison_threshold": 0.2}}
    rows = (Row("age", "baseline_drift_check"), Row("job", "baseline_drift_check"), Row("age", "data_type_check"))
    held = constraints(rule("age", monitoringConfigOverrides=own), rule("job", kind="String"), **apart)
    found = data_quality(broken(*rows), None, held)
    assert [f.reading.limit for f in found] == [0.3, 0.2, 1.0]
    job = rule("job", 0.5, "String", string_constraints=domain("admin", monitoring_config_overrides=own))
    found = data_quality(broken(JOB), statistics(strings("job", admin=80, pilot=20)), constraints(job))
    assert readings(found, Verdict.BAD) == {JOB: Reading(0.8, 0.9, None, 100)}


def test_categories_are_unknown_unless_every_value_is_counted() -> None:
    """AWS lists values of small cardinality only."""
    held = constraints(rule("job", 0.5, "String", string_constraints=domain("admin")))
    found = data_quality(broken(JOB), statistics(strings("job", 500, admin=80, pilot=20)), held)
    assert readings(found, Verdict.BAD) == {JOB: Reading(limit=1.0)}
    found = data_quality(broken(JOB), statistics(strings("job", admin=80)), constraints(rule("job", 0.5, "String")))
    assert readings(found, Verdict.BAD) == {JOB: Reading(limit=1.0)}


@pytest.mark.parametrize("count", [-1, "950", None, 1.5, float("nan"), float("inf"), True, [], 10**400])
def test_a_count_that_is_none_leaves_the_share_unknown(count: object) -> None:
    """The demand stays."""
    for seen in (numbers("age", count, 50), numbers("age", 950, count), numbers("age", 0, 0)):
        found = data_quality(broken(AGE), statistics(seen), constraints(rule("age")))
        assert found == (Finding(AGE, Verdict.BAD, Reading(limit=0.98), "does not meet the constraint requirement!"),)


def test_a_file_of_very_many_features_gives_as_many_findings_as_a_report_may() -> None:
    """The violations come first: none of them is left out."""
    names = [f"f{n}" for n in range(1990)]
    seen = statistics(*(numbers(name, 1000, 0, min=0) for name in names))
    held = constraints(*(rule(name, num_constraints={"is_non_negative": True}) for name in names))
    lost = Row("f1989", "baseline_drift_check")
    found = data_quality(broken(lost), seen, held)
    assert (len(found), found[0].row) == (2000, lost)


def test_without_files_the_violations_stand_without_numbers() -> None:
    """The verdict is the monitor's."""
    assert [f.reading for f in data_quality(broken(AGE, JOB), None, None)] == [Reading(), Reading()]


def test_the_real_statistics_and_constraints_of_the_sdk_s_tests(real: Callable[[str], Document]) -> None:
    """The feature that the run has is good with its numbers; the one that it lacks says nothing."""
    seen, held = real("model-monitor/statistics.json"), real("model-monitor/constraints.json")
    assert data_quality((), seen, held) == (
        Finding(Row("message", "completeness_check"), Verdict.GOOD, Reading(1.0, 1.0, None, 418)),
        Finding(Row("message", "categorical_values_check"), Verdict.GOOD, Reading(1.0, None, None, 418)),
    )
    drift = broken(Row("second_message", "baseline_drift_check"))
    assert data_quality(drift, seen, held)[0].reading == Reading(limit=1.0)


def test_the_real_bank_marketing_baseline_judged_by_itself(real: Callable[[str], Document]) -> None:
    """Thirty features: each complete, and those that may not be negative with the smallest value as written."""
    seen = real("bank-marketing/dataquality-baseline-statistics.json")
    held = real("bank-marketing/dataquality-constraints.json")
    found = readings(data_quality((), seen, held), Verdict.GOOD)
    written = {f["name"]: f["numerical_statistics"] for f in seen["features"]}
    demanded = {f["name"] for f in held["features"] if f["num_constraints"]["is_non_negative"]}
    assert found == {
        **{Row(name, "completeness_check"): Reading(1.0, 1.0, None, 8238) for name in written},
        **{Row(name, "non_negative_check"): Reading(written[name]["min"], 0.0) for name in demanded},
    }
    assert (len(written), found[Row("f0", "non_negative_check")].seen) == (30, 0.0)
    assert written["f4"]["min"] < 0
    drift = data_quality(broken(Row("f0", "baseline_drift_check")), seen, held)[0].reading
    assert drift.limit == held["monitoring_config"]["distribution_constraints"]["comparison_threshold"]


@pytest.mark.parametrize(
    ("name", "checks"),
    [
        (
            "constraint_violations.json",
            {
                ("store_and_fwd_flag", "categorical_values_check"): "Value: 0.009009009009009009",
                ("fare_amount", "data_type_check"): "Value: 0.4994994994994995",
                ("total_amount", "data_type_check"): "Value: 0.986986986986987",
                ("congestion_surcharge", "completeness_check"): "Value: 0.0",
                ("tolls_amount", "data_type_check"): "Value: 0.973973973973974",
                ("extra", "data_type_check"): "Value: 0.985985985985986",
                ("tip_amount", "data_type_check"): "Value: 0.4974974974974975",
            },
        ),
        (
            "dataquality-constraint_violations-head10.json",
            {
                **{
                    (f"State_{state}", "data_type_check"): "Only 99.64592817400101% of data is Integral"
                    for state in ("NV", "NC", "SC", "UT", "LA", "CA", "RI")
                },
                ("Area Code_408", "data_type_check"): "Only 99.64592817400101% of data is Integral",
                ("VMail Plan_no", "data_type_check"): "Only 99.64592817400101% of data is Integral",
                ("Churn", "data_type_check"): "Only 0.0% of data is Integral",
            },
        ),
    ],
)
def test_real_violations_say_feature_check_and_the_monitor_s_sentence(
    real: Callable[[str], Document], name: str, checks: dict[tuple[str, str], str]
) -> None:
    """Of these runs no other file is at hand: the sentence holds the number."""
    found = data_quality(violations(real(f"model-monitor/{name}")), None, None)
    assert {(f.row.metric, f.row.check) for f in found} == set(checks)
    assert all(checks[f.row.metric, f.row.check] in f.note for f in found)
