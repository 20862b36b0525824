"""Data quality as Model Monitor's analyzer reports it: statistics, checks, distances; what the world's hours give."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.world import baseline, checks, data_quality, features, fleet, story, traffic
from sandbox.world.addresses import split
from sandbox.world.quality import Json
from sandbox.world.stage import Stage
from sandbox.world.telling import Telling
from sandbox.world.traffic import BANK_MARKETING

START = datetime(2026, 11, 6, tzinfo=UTC)
NAMES = ("age", "rate", "city")
TRAINED = [(str(20 + n % 40), f"{n % 7}.5", "Oslo" if n % 2 else "Rome") for n in range(800)]


def judged(rows: list[tuple[str, ...]], change: Json | None = None) -> list[tuple[str, str, str]]:
    """(feature, check, sentence) of what rows break against the suggested constraints of TRAINED, changed or not."""
    trained = features.table(TRAINED, NAMES)
    constraints = {**features.suggested(trained), **(change or {})}
    columns = features.table(rows, NAMES)
    found = checks.violations(columns, constraints, checks.drifts(columns, constraints, features.statistics(trained)))
    return [(v["feature_name"], v["constraint_check_type"], v["description"]) for v in found["violations"]]


def test_statistics_have_the_documented_shape() -> None:
    """Numbers with ten buckets, text with its categories, and what is missing."""
    told = features.statistics(features.table([("1", "0.5", "a"), ("3", "", "b"), ("", "2.5", "a")], NAMES))
    age, rate, city = told["features"]
    assert told["dataset"]["item_count"] == 3
    assert (age["inferred_type"], rate["inferred_type"], city["inferred_type"]) == ("Integral", "Fractional", "String")
    assert age["numerical_statistics"]["common"] == {"num_present": 2, "num_missing": 1}
    assert {key: age["numerical_statistics"][key] for key in ("mean", "sum", "std_dev", "min", "max")} == {
        "mean": 2.0,
        "sum": 4.0,
        "std_dev": 1.0,
        "min": 1.0,
        "max": 3.0,
    }
    buckets = age["numerical_statistics"]["distribution"]["kll"]["buckets"]
    assert [bucket["count"] for bucket in buckets] == [1.0, *[0.0] * 8, 1.0]
    assert city["string_statistics"]["distinct_count"] == 2
    assert city["string_statistics"]["distribution"]["categorical"]["buckets"] == [
        {"value": "a", "count": 2},
        {"value": "b", "count": 1},
    ]


def test_the_baseline_job_suggests_type_completeness_sign_and_domain() -> None:
    """As the developer guide's schema for constraints has it."""
    age, rate, city = features.suggested(features.table([*TRAINED, ("", "-1", "Oslo")], NAMES))["features"]
    assert (age["inferred_type"], age["num_constraints"]) == ("Integral", {"is_non_negative": True})
    assert age["completeness"] == 800 / 801
    assert rate["num_constraints"] == {"is_non_negative": False}
    assert city["string_constraints"] == {"domains": ["Oslo", "Rome"]}


FEW = TRAINED[:400]
TYPES = (
    "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
    "Observed: Only 99.75% of data is Integral."
)
COLUMNS = "There are {} columns in current dataset. Number of columns in current dataset: {}, "
COLUMNS += "Number of columns in baseline constraints: 3"
OFF = {"monitoring_config_overrides": {"evaluate_constraints": "Disabled"}}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (FEW, []),
        ([("20.5", *FEW[0][1:]), *FEW[1:]], [("age", "data_type_check", TYPES)]),
        ([(FEW[0][0], "4", "Rome"), *FEW[1:]], []),
        (
            [("", *row[1:]) if n < 4 else row for n, row in enumerate(FEW)],
            [("age", "completeness_check", "Value: 0.99 does not meet the constraint requirement! ")],
        ),
        (
            [(*row[:2], "Bern") if n < 4 else row for n, row in enumerate(FEW)],
            [("city", "categorical_values_check", "Value: 0.99 does not meet the constraint requirement! ")],
        ),
        ([row[:2] for row in FEW], [("Missing columns", "missing_column_check", COLUMNS.format("missing", 2))]),
        ([(*row, "1") for row in FEW], [("Extra columns", "extra_column_check", COLUMNS.format("extra", 4))]),
        (
            [(str(20 + n % 20), *row[1:]) for n, row in enumerate(FEW)],
            [("age", "baseline_drift_check", "Baseline drift distance: 0.38977")],
        ),
        (
            [(*row[:2], "Rome") for row in FEW],
            [("city", "baseline_drift_check", "Baseline drift distance: 0.38977")],
        ),
    ],
    ids=["kept", "type", "whole numbers are fractions too", "missing", "unknown", "fewer", "more", "drift", "shares"],
)
def test_each_check(rows: list[tuple[str, ...]], found: list[tuple[str, str, str]]) -> None:
    """One broken at a time; sentences where Amazon's own are known, numbers by hand."""
    told = judged(rows)
    assert [one[:2] for one in told] == [one[:2] for one in found]
    for (_, check, said), (_, _, expected) in zip(told, found, strict=True):
        assert said.startswith(expected) if check == "baseline_drift_check" else said == expected


def test_a_feature_and_a_file_can_switch_checks_off() -> None:
    """By evaluate_constraints of a feature, by perform_comparison of the file."""
    trained = features.suggested(features.table(TRAINED, NAMES))
    bad = [("", *row[1:]) for row in FEW]
    assert judged(bad, {"features": [{**rule, **OFF} for rule in trained["features"]]}) == []
    config = {**features.CONFIG, "distribution_constraints": {"perform_comparison": "Disabled"}}
    config["distribution_constraints"] |= {"comparison_threshold": 0.1}
    assert judged([("20", *row[1:]) for row in FEW], {"monitoring_config": config}) == []


@pytest.mark.parametrize(("method", "expected"), [("Simple", 0.2), ("Robust", 0.2 - 1.8 * (0.02**0.5)), ("Robust", 0)])
def test_the_robust_distance_takes_off_what_small_samples_may_differ_by(method: str, expected: float) -> None:
    """1.8 roots of (n + m) / nm; never below 0."""
    sizes = (100, 100) if expected else (10, 10)
    assert checks.distance([(0.1, 0.2), (0.5, 0.3)], sizes, method) == pytest.approx(max(0.0, expected), abs=1e-12)


@pytest.mark.parametrize(("seed", "hours"), [(7, 14 * 24), (1, 48), (42, 48)])
def test_only_changed_customers_break_data_quality(seed: int, hours: int) -> None:
    """Two healthy weeks and the first level keep to the suggestion; the second breaks the same six each hour."""
    stream = f"{seed}/{fleet.PRODUCTION}"
    files = baseline.files(BANK_MARKETING, stream, START, ["DataQuality"])["baseline/data-quality"]
    names = [feature["name"] for feature in files["statistics"]["features"]]
    seen: dict[int, set[frozenset[str]]] = {}
    for level, count in ((0, hours), (1, 48), (2, 24)):
        seen[level] = set()
        for hour in range(count):
            came = traffic.hour_of(BANK_MARKETING, stream, START + timedelta(hours=hour), level)
            table = features.table([data_quality.row(each) for each in came], names)
            drifts = checks.drifts(table, files["constraints"], files["statistics"])
            found = checks.violations(table, files["constraints"], drifts)["violations"]
            seen[level].add(frozenset(f"{v['feature_name']} {v['constraint_check_type']}" for v in found))
    drifted = {"age", "campaign", "contact_telephone", "month_nov", "poutcome_nonexistent"}
    broken = frozenset({"cons.conf.idx completeness_check", *(f"{name} baseline_drift_check" for name in drifted)})
    assert seen == {0: {frozenset()}, 1: {frozenset()}, 2: {broken}}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """More hours than the buckets keep."""
    running = Stage.start(history=timedelta(hours=8), monitors=("DataQuality",))
    running.world.build()
    yield running
    running.aws.stop()


def test_a_data_quality_run_writes_its_three_reports_where_aws_does(stage: Stage) -> None:
    """By endpoint, schedule and hour; the exit message tells the count; the definition names both baseline files."""
    for _ in range(2):
        stage.world.do("drift", fleet.TEST)
    run = stage.runs(fleet.TEST, "bank-marketing-data-quality")[0]
    client = stage.reader("sagemaker", fleet.TEST)
    job = client.describe_processing_job(ProcessingJobName=run["ProcessingJobArn"].split("/")[-1])
    assert job["ProcessingJobName"].startswith("data-quality-monitoring-")
    found = stage.report(fleet.TEST, run, "constraint_violations")["violations"]
    assert job["ExitMessage"] == f"CompletedWithViolations: Job completed successfully with {len(found)} violations."
    assert len(found) >= 5
    uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert uri.endswith(f"/{run['EndpointName']}/{run['MonitoringScheduleName']}/{run['ScheduledTime']:%Y/%m/%d/%H}")
    missing = next(
        each for each in stage.report(fleet.TEST, run, "statistics")["features"] if each["name"] == "cons.conf.idx"
    )
    assert missing["numerical_statistics"]["common"]["num_missing"] > 30
    definition = client.describe_data_quality_job_definition(JobDefinitionName=run["MonitoringJobDefinitionName"])
    for resource in definition["DataQualityBaselineConfig"].values():
        assert json.loads(stage.aws.get_object(fleet.TEST, *split(resource["S3Uri"])))["features"]
    stage.world.do("recover", fleet.TEST)
    assert stage.runs(fleet.TEST, "bank-marketing-data-quality")[0]["MonitoringExecutionStatus"] == "Completed"


def test_an_hour_judged_without_its_captures_gives_the_same_report(stage: Stage) -> None:
    """What is kept is read line by line, what is not is known from the customers: the numbers are the same."""
    runs = stage.runs(fleet.PRODUCTION, "bank-marketing-data-quality")
    started_at, hour = stage.world.started_at, runs[0]["ScheduledTime"] - timedelta(hours=1)
    telling = Telling(7, started_at, lambda: (story.beginning(started_at),))
    serving = next(s for s in telling.servings() if s.names.endpoint == runs[0]["EndpointName"])
    kept = stage.report(fleet.PRODUCTION, runs[0], "statistics")
    rows = [data_quality.row(each) for each in telling.rows(serving, hour, runs[0]["ScheduledTime"], labelled=False)]
    assert features.statistics(features.table(rows, [each["name"] for each in kept["features"]])) == kept
    assert {run["MonitoringExecutionStatus"] for run in runs} == {"Completed"}
    assert len(runs) >= 9


def test_an_hour_without_captures_fails(stage: Stage) -> None:
    """As model quality does; labels make no difference."""
    stage.world.do("no_labels", fleet.TEST)
    assert stage.runs(fleet.TEST, "bank-marketing-data-quality")[0]["MonitoringExecutionStatus"] == "Completed"
    stage.world.do("drop_capture", fleet.TEST)
    newest = stage.runs(fleet.TEST, "bank-marketing-data-quality")[0]
    assert (newest["MonitoringExecutionStatus"], newest["FailureReason"]) == ("Failed", "Job inputs had no data")
