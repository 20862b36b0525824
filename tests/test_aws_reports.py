"""Monitors' reports over HTTP: real boto3 against the sandbox's jobs and buckets."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.aws.layer import AwsLayer
from bot.errors import Throttled
from bot.model.observation import UNREAD, Finding, Reading, Row, Verdict, Window
from bot.model.place import Family
from sandbox.fakes_monitoring import CONSTRAINTS, MESSAGES, STATISTICS, bucket, violation
from sandbox.fakes_organisation import PRODUCTION, Fleet

ACCURACY = Row("accuracy", "LessThanThreshold")


@pytest.fixture(scope="module")
def capped(organisation: Fleet) -> Iterator[AwsLayer]:
    """A layer that reads files of at most 64 KiB."""
    made = organisation.layer(report_cap_bytes=65536)
    yield made
    made.close()


def test_a_report_gives_numbers_window_and_samples_and_is_read_once(fleet: Fleet, layer: AwsLayer) -> None:
    """One finding per constraint, the broken one with the monitor's sentence."""
    prefix = fleet.violated(PRODUCTION, 1, "accuracy")
    (run,) = fleet.runs(layer, PRODUCTION)
    report = layer.monitors(fleet.ask()).report(run)
    assert report.findings == (
        Finding(ACCURACY, Verdict.BAD, Reading(0.75, 0.9, 0.02, 468), violation("accuracy")["description"]),
        Finding(Row("auc", "LessThanThreshold"), Verdict.GOOD, Reading(0.95, 0.9, 0.02, 468)),
        Finding(Row("f2", "LessThanThreshold"), Verdict.GOOD, Reading(0.85, 0.9, 0.02, 468)),
    )
    assert report.window == Window(fleet.at(2), fleet.at(1))
    assert (report.samples, report.count, report.readable) == (468, 2, True)
    assert report.detail == f"s3://{bucket(PRODUCTION)}/{prefix}"
    before = fleet.called("GetObject")
    assert layer.monitors(fleet.ask()).report(run) == report
    assert fleet.called("GetObject") == before == 3


def test_constraints_are_taken_from_the_baseline_when_the_run_has_no_copy(fleet: Fleet, layer: AwsLayer) -> None:
    """The job says which file it was given."""
    prefix = fleet.violated(PRODUCTION, 1, "accuracy")
    fleet.aws.delete_object(PRODUCTION, bucket(PRODUCTION), f"{prefix}/constraints.json")
    fleet.put(PRODUCTION, "baseline/constraints.json", CONSTRAINTS)
    (run,) = fleet.runs(layer, PRODUCTION)
    assert layer.monitors(fleet.ask()).report(run).findings[0].reading == Reading(0.75, 0.9, 0.02, 468)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "statistics.json cannot be read: it is not JSON"),
        (b" " * 70_000 + b"{}", "statistics.json cannot be read: it is larger than 65536 bytes"),
    ],
)
def test_without_statistics_the_rows_stand_without_what_was_seen(
    fleet: Fleet, capped: AwsLayer, content: bytes, why: str
) -> None:
    """The verdict is the monitor's; the detail says what lacks."""
    prefix = fleet.violated(PRODUCTION, 1, "accuracy")
    fleet.put(PRODUCTION, f"{prefix}/statistics.json", content)
    (run,) = fleet.runs(capped, PRODUCTION)
    report = capped.monitors(fleet.ask()).report(run)
    assert report.readable
    assert report.findings[0].reading == Reading(None, 0.9, None, None)
    assert why in report.detail


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "constraint_violations.json is missing"),
        (b'{"violations": [', "constraint_violations.json cannot be read: it is not JSON"),
        (b'{"violations": []}', "lists none"),
        (b'{"violations": [{}]}', "names no metric or check"),
        (b" " * 70_000 + b"{}", "it is larger than 65536 bytes"),
    ],
)
def test_a_report_that_cannot_be_read_leaves_the_count_and_why(
    fleet: Fleet, capped: AwsLayer, content: bytes | None, why: str
) -> None:
    """Missing, half-written, contradicting the run, damaged, or larger than the cap."""
    prefix = fleet.run(PRODUCTION, 1, "CompletedWithViolations")
    if content is not None:
        fleet.put(PRODUCTION, f"{prefix}/constraint_violations.json", content)
    (run,) = fleet.runs(capped, PRODUCTION)
    report = capped.monitors(fleet.ask()).report(run)
    message = MESSAGES["CompletedWithViolations"]
    assert report.findings == (Finding(UNREAD, Verdict.BAD, Reading(seen=2.0), message),)
    assert (report.readable, report.count) == (False, 2)
    assert report.window is not None
    assert why in report.detail


def test_a_refused_report_leaves_the_count_and_names_the_action(fleet: Fleet, layer: AwsLayer) -> None:
    """The run is told; it is not kept, so a right that is added later takes effect."""
    fleet.violated(PRODUCTION, 1, "accuracy")
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("deny", PRODUCTION, "s3:GetObject")
    refused = layer.monitors(fleet.ask()).report(run)
    assert not refused.readable
    assert "role sagewatch-read in ml-production (222222222222) lacks s3:GetObject" in refused.detail
    assert layer.monitors(fleet.ask()).report(run).readable


def test_an_address_that_is_no_plain_place_is_not_followed(fleet: Fleet, layer: AwsLayer) -> None:
    """The other account wrote it."""
    odd = "s3://arn:aws:s3:us-west-2:999999999999:accesspoint/x/y"
    fleet.run(PRODUCTION, 1, "CompletedWithViolations", output_uri=odd)
    (run,) = fleet.runs(layer, PRODUCTION)
    assert "names no usable place" in layer.monitors(fleet.ask()).report(run).detail
    assert fleet.called("GetObject") == 0


def test_a_refused_job_leaves_that_something_is_bad_and_names_the_action(fleet: Fleet, layer: AwsLayer) -> None:
    """Not even the count is known; a clean run is good all the same."""
    fleet.run(PRODUCTION, 2, "Completed")
    fleet.violated(PRODUCTION, 1, "accuracy")
    clean, violated = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("deny", PRODUCTION, "DescribeProcessingJob", 2)
    report = layer.monitors(fleet.ask()).report(violated)
    assert report.findings == (Finding(UNREAD, Verdict.BAD),)
    assert (report.readable, report.count) == (False, None)
    assert report.detail == (
        "role sagewatch-read in ml-production (222222222222) lacks sagemaker:DescribeProcessingJob. "
        "Add it to the role's policy."
    )
    assert layer.monitors(fleet.ask()).report(clean).readable
    assert layer.monitors(fleet.ask()).report(violated).count == 2


def test_a_throttled_report_is_an_error_of_the_account(fleet: Fleet, layer: AwsLayer) -> None:
    """Asked again it may well be read."""
    fleet.violated(PRODUCTION, 1, "accuracy")
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("throttle", PRODUCTION, "DescribeProcessingJob", 3)
    with pytest.raises(Throttled):
        layer.monitors(fleet.ask()).report(run)


def test_a_clean_run_is_good_in_every_constraint_and_clean_without_files_too(fleet: Fleet, layer: AwsLayer) -> None:
    """Its status is its verdict."""
    prefix = fleet.run(PRODUCTION, 1, "Completed")
    fleet.run(PRODUCTION, 2, "Completed", inputs={})
    fleet.put(PRODUCTION, f"{prefix}/statistics.json", STATISTICS)
    fleet.put(PRODUCTION, f"{prefix}/constraints.json", CONSTRAINTS)
    bare, full = (layer.monitors(fleet.ask()).report(run) for run in fleet.runs(layer, PRODUCTION))
    assert {f.verdict for f in full.findings} == {Verdict.GOOD}
    assert [f.reading.seen for f in full.findings] == [0.75, 0.95, 0.85]
    assert (bare.findings, bare.readable, bare.count) == ((), True, 0)
    assert "statistics.json is missing" in bare.detail


def test_a_failed_run_has_no_report(fleet: Fleet, layer: AwsLayer) -> None:
    """It says nothing of the rows, and nobody is asked."""
    fleet.run(PRODUCTION, 1, "Failed", failure_reason="No data.")
    (run,) = fleet.runs(layer, PRODUCTION)
    report = layer.monitors(fleet.ask()).report(run)
    assert (report.findings, report.readable) == ((), False)
    assert fleet.called("DescribeProcessingJob") == 0


def test_a_data_quality_report_is_held_to_the_baseline_not_to_what_the_run_suggests(
    fleet: Fleet, layer: AwsLayer
) -> None:
    """The constraints beside its report describe the run's own data."""
    name = "bank-marketing-data-2026-11-02-0950"
    fleet.schedule(PRODUCTION, name, {}, kind="DataQuality")
    prefix = fleet.run(PRODUCTION, 1, "CompletedWithViolations", name=name)
    entry = {"feature_name": "age", "constraint_check_type": "completeness_check", "description": "Value: 0.5 "}
    counts = {"numerical_statistics": {"common": {"num_present": 234, "num_missing": 234}}}
    seen = {"dataset": {"item_count": 468}, "features": [{"name": "age", **counts}, {"name": "job", **counts}]}
    fleet.put(PRODUCTION, f"{prefix}/constraint_violations.json", {"violations": [entry]})
    fleet.put(PRODUCTION, f"{prefix}/statistics.json", seen)
    own = {"features": [{"name": "age", "completeness": 0.5}]}
    fleet.put(PRODUCTION, f"{prefix}/constraints.json", own)
    baseline = {"features": [{"name": "age", "completeness": 0.98}, {"name": "job", "completeness": 0.4}]}
    fleet.put(PRODUCTION, "baseline/constraints.json", baseline)
    (run,) = fleet.runs(layer, PRODUCTION)
    assert run.family is Family.DATA_QUALITY
    report = layer.monitors(fleet.ask()).report(run)
    assert report.findings == (
        Finding(Row("age", "completeness_check"), Verdict.BAD, Reading(0.5, 0.98, None, 468), "Value: 0.5"),
        Finding(Row("job", "completeness_check"), Verdict.GOOD, Reading(0.5, 0.4, None, 468)),
    )
    assert (report.samples, report.readable, report.detail) == (468, True, f"s3://{bucket(PRODUCTION)}/{prefix}")


BIAS = Row("DAR [Sex=0]", "bias_drift_check")
ATTRIBUTION = Row("shap [label0]", "feature_attribution_drift_check")


def analysis(kind: str, value: float) -> dict[str, Any]:
    """What Clarify writes of one metric or of two features, whose order follows the sign of the value."""
    if kind == "ModelBias":
        group = {"value_or_threshold": "0", "metrics": [{"name": "DAR", "value": value}]}
        return {"version": "1.0", "post_training_bias_metrics": {"label": "Target", "facets": {"Sex": [group]}}}
    shap = {"global_shap_values": {"age": value, "job": 0.0}, "expected_value": 0.25}
    return {"version": "1.0", "explanations": {"kernel_shap": {"label0": shap}}}


@pytest.mark.parametrize(
    ("kind", "family", "row", "seen", "limit", "good"),
    [
        ("ModelBias", Family.BIAS, BIAS, -0.35, 0.1, 0.05),
        ("ModelExplainability", Family.EXPLAINABILITY, ATTRIBUTION, pytest.approx(0.6309, abs=1e-4), 0.9, 1.0),
    ],
)
def test_clarify_s_reports_on_batch_transforms_are_read_in_full(
    fleet: Fleet, kind: str, family: Family, row: Row, seen: float, limit: float, good: float
) -> None:
    """No endpoint, no folder of one; a clean run writes no list of violations, one that lacks it is unreadable."""
    name = f"bank-marketing-{kind.lower()}-{fleet.now:%Y-%m-%d-%H%M}"
    fleet.clarify(PRODUCTION, name, kind)
    inputs = {"constraints": f"s3://{bucket(PRODUCTION)}/baseline/{kind}/analysis.json"}
    fleet.put(PRODUCTION, f"baseline/{kind}/analysis.json", analysis(kind, 0.1))
    for ago, status in ((3, "CompletedWithViolations"), (2, "Completed"), (1, "CompletedWithViolations")):
        prefix = f"results/{name}/{fleet.at(ago):%Y/%m/%d/%H}"
        uri = f"s3://{bucket(PRODUCTION)}/{prefix}"
        fleet.run(PRODUCTION, ago, status, name=name, output_uri=uri, inputs=inputs)
        fleet.put(PRODUCTION, f"{prefix}/analysis.json", analysis(kind, 0.05 if status == "Completed" else -0.35))
        if ago == 3:
            about = {"metric_name": row.metric.split(" ", maxsplit=1)[0], "description": "as AWS words it"}
            place = {"facet": "Sex", "facet_value": "0"} if kind == "ModelBias" else {"label": "label0"}
            entry = {**about, **place, "constraint_check_type": row.check}
            fleet.put(PRODUCTION, f"{prefix}/constraint_violations.json", {"version": "1.0", "violations": [entry]})
    layer = fleet.layer()
    runs = fleet.runs(layer, PRODUCTION)
    assert {(run.family, run.endpoint) for run in runs} == {(family, "")}
    bad, clean, lost = (layer.monitors(fleet.ask()).report(run) for run in runs)
    layer.close()
    assert bad.findings == (Finding(row, Verdict.BAD, Reading(seen, limit), "as AWS words it"),)
    assert clean.findings == (Finding(row, Verdict.GOOD, Reading(good, limit)),)
    assert (clean.readable, clean.count, lost.readable, lost.count) == (True, 0, False, 2)
    assert "constraint_violations.json is missing" in lost.detail


def test_a_clean_bias_run_without_files_or_baseline_is_good_and_says_what_lacks(fleet: Fleet, layer: AwsLayer) -> None:
    """Its status is its verdict."""
    name = f"bank-marketing-bare-{fleet.now:%Y-%m-%d-%H%M}"
    fleet.clarify(PRODUCTION, name, "ModelBias")
    prefix = fleet.run(PRODUCTION, 1, "Completed", name=name, inputs={})
    fleet.put(PRODUCTION, f"{prefix}/analysis.json", analysis("ModelBias", 0.1))
    (run,) = fleet.runs(layer, PRODUCTION)
    report = layer.monitors(fleet.ask()).report(run)
    assert (report.findings, report.readable) == ((), True)
    assert report.detail.endswith("without all numbers: the job was given no constraints")
