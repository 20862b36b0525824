"""What monitors hold their metrics to, from their definitions and constraints files, over HTTP."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.aws.layer import AwsLayer
from bot.model.metric import Limit
from bot.model.monitor import Schedule
from bot.model.observation import Row
from bot.model.place import Family, Service
from bot.ports import Found
from sandbox.fakes_monitoring import CONSTRAINTS, JOBS, REGION, bucket, clarify
from sandbox.fakes_organisation import BARE, PRODUCTION, TEST, Fleet

BINARY, DATA = "ModelQuality", "DataQuality"
FAMILIES = {BINARY: Family.MODEL_QUALITY, DATA: Family.DATA_QUALITY, "ModelBias": Family.BIAS}
ANEW = "Run its baseline job again, or let the monitor name constraints that are there."
DRIFT = "baseline_drift_check"
DISTANCES = {"perform_comparison": "Enabled", "comparison_threshold": 0.1, "categorical_comparison_threshold": 0.2}
FEATURES = {
    "features": [
        {"name": "age", "inferred_type": "Integral"},
        {"name": "job", "inferred_type": "String"},
        {
            "name": "month",
            "inferred_type": "String",
            "monitoringConfigOverrides": {"distribution_constraints": {"categorical_comparison_threshold": 0.3}},
        },
        {"name": "id", "num_constraints": {"monitoring_config_overrides": {"evaluate_constraints": "Disabled"}}},
        {"name": "", "inferred_type": "String"},
        "no feature",
    ],
    "monitoring_config": {"evaluate_constraints": "Enabled", "distribution_constraints": DISTANCES},
}
ANALYSIS = {
    "pre_training_bias_metrics": {
        "facets": {
            "age": [
                {
                    "value_or_threshold": "40",
                    "metrics": [
                        {"name": "CI", "value": -0.25},
                        {"name": "KL", "value": 2.348543e108},
                        {"name": "DPL", "value": None},
                    ],
                }
            ]
        }
    },
    "post_training_bias_metrics": {
        "facets": {"age": [{"value_or_threshold": "40", "metrics": [{"name": "DPPL", "value": 0.1}]}]}
    },
}


@pytest.fixture(scope="module")
def organisation() -> Iterator[Fleet]:
    """Made once."""
    with Fleet.served() as made:
        yield made


@pytest.fixture
def fleet(organisation: Fleet) -> Fleet:
    """The organisation forty days on."""
    return organisation.later()


@pytest.fixture
def layer(fleet: Fleet) -> Iterator[AwsLayer]:
    """One that remembers nothing."""
    made = fleet.layer()
    yield made
    made.close()


def schedule(account: str, name: str, family: Family = Family.MODEL_QUALITY, definition: str = "") -> Schedule:
    """As the inventory has it."""
    return Schedule(
        arn=f"arn:aws:sagemaker:{REGION}:{account}:monitoring-schedule/{name}",
        name=name,
        account_id=account,
        region=REGION,
        family=family,
        endpoint="",
        cadence=None,
        service=Service(name),
        definition=definition,
    )


def defined(
    fleet: Fleet, name: str, baseline: dict[str, Any], kind: str = BINARY, account: str = PRODUCTION
) -> Schedule:
    """A schedule whose job definition has this baseline; its own description is never needed."""
    request = JOBS[kind](account, name)
    method = request.pop("method")
    getattr(fleet.aws.client("sagemaker", account), method)(**request, **{f"{kind}BaselineConfig": baseline})
    return schedule(account, f"{name}-schedule", FAMILIES[kind], name)


def at(account: str, key: str) -> dict[str, Any]:
    """A baseline whose constraints lie there."""
    return {"ConstraintsResource": {"S3Uri": f"s3://{bucket(account)}/{key}"}}


def limits(fleet: Fleet, layer: AwsLayer, *schedules: Schedule, accounts: Sequence[str] = ()) -> Found[Limit]:
    """As somebody asks now."""
    return layer.baselines(fleet.ask(*accounts)).limits(schedules)


def told(found: Found[Limit]) -> list[tuple[str, str, float]]:
    """(metric, check, value) of each."""
    return [(x.row.metric, x.row.check, x.value) for x in found.items]


def test_thresholds_of_model_quality_are_rows_as_violations_name_them(fleet: Fleet, layer: AwsLayer) -> None:
    """With the check's name, which says the side; a threshold that is no number is none."""
    constraints = {
        "regression_constraints": {
            "mae": {"threshold": 3.5, "comparison_operator": "GreaterThanThreshold"},
            "r2": {"threshold": 0.5, "comparison_operator": "LessThanThreshold"},
            "rmse": {"threshold": "NaN", "comparison_operator": "GreaterThanThreshold"},
        }
    }
    fleet.put(PRODUCTION, "rows/constraints.json", constraints)
    monitor = defined(fleet, "rows", at(PRODUCTION, "rows/constraints.json"))
    found = limits(fleet, layer, monitor)
    assert found.items == (
        Limit(monitor.monitor, Row("mae", "GreaterThanThreshold"), 3.5),
        Limit(monitor.monitor, Row("r2", "LessThanThreshold"), 0.5),
    )
    assert (found.failures, found.asked) == ((), 1)


def test_drift_has_a_limit_for_each_feature(fleet: Fleet, layer: AwsLayer) -> None:
    """Strings may have one of their own, a feature may override it or not be looked at."""
    fleet.put(PRODUCTION, "drift/constraints.json", FEATURES)
    off = FEATURES | {"monitoring_config": {"distribution_constraints": DISTANCES | {"perform_comparison": "Disabled"}}}
    fleet.put(PRODUCTION, "off/constraints.json", off)
    on = defined(fleet, "drift", at(PRODUCTION, "drift/constraints.json"), DATA)
    assert told(limits(fleet, layer, on)) == [("age", DRIFT, 0.1), ("job", DRIFT, 0.2), ("month", DRIFT, 0.3)]
    assert told(limits(fleet, layer, defined(fleet, "off", at(PRODUCTION, "off/constraints.json"), DATA))) == []


def test_bias_is_held_to_the_baselines_values(fleet: Fleet, layer: AwsLayer) -> None:
    """Of both stages, of a definition that stands in the schedule itself; what is infinite or null is no limit."""
    fleet.put(PRODUCTION, "bias/analysis.json", ANALYSIS)
    config = clarify(PRODUCTION, "ModelBias")
    config["MonitoringJobDefinition"]["BaselineConfig"] = at(PRODUCTION, "bias/analysis.json")
    client = fleet.aws.client("sagemaker", PRODUCTION)
    client.create_monitoring_schedule(MonitoringScheduleName="bias", MonitoringScheduleConfig=config)
    found = limits(fleet, layer, schedule(PRODUCTION, "bias", Family.BIAS))
    assert told(found) == [("CI [age=40]", "bias_drift_check", -0.25), ("DPPL [age=40]", "bias_drift_check", 0.1)]


def test_a_baseline_job_tells_where_it_wrote_the_constraints(fleet: Fleet, layer: AwsLayer) -> None:
    """Where the definition names the job alone."""
    fleet.put(PRODUCTION, "by-job/constraints.json", CONSTRAINTS)
    output = {"S3Uri": f"s3://{bucket(PRODUCTION)}/by-job", "LocalPath": "/opt/ml/processing/output"}
    fleet.aws.client("sagemaker", PRODUCTION).create_processing_job(
        ProcessingJobName="baseline-by-job",
        RoleArn=f"arn:aws:iam::{PRODUCTION}:role/execution",
        AppSpecification={"ImageUri": "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer"},
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
        },
        ProcessingOutputConfig={
            "Outputs": [{"OutputName": "result", "S3Output": output | {"S3UploadMode": "EndOfJob"}}]
        },
    )
    by_job = defined(fleet, "by-job", {"BaseliningJobName": "baseline-by-job"})
    assert [row[0] for row in told(limits(fleet, layer, by_job))] == ["accuracy", "auc", "f2"]
    (failure,) = limits(fleet, layer, defined(fleet, "by-no-job", {"BaseliningJobName": "never-ran"})).failures
    assert failure.error.cause == (
        f"monitor by-no-job-schedule in ml-production ({PRODUCTION}) names no usable place for its constraints"
    )


def test_a_monitor_without_a_baseline_has_no_limits_and_is_no_failure(fleet: Fleet, layer: AwsLayer) -> None:
    """Nor has one of attributions, which is not even asked about."""
    attributions = schedule(PRODUCTION, "shap", Family.EXPLAINABILITY, "nothing")
    found = limits(fleet, layer, defined(fleet, "bare", {}), attributions)
    assert (found.items, found.failures, found.asked) == ((), (), 1)
    assert fleet.called("GetObject") == 0


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (None, "constraints.json is missing"),
        (b"{", "constraints.json cannot be read: it is not JSON"),
        (b"[]", "constraints.json cannot be read: it holds no JSON object"),
        (b" " * 2000, "constraints.json cannot be read: it is larger than 1000 bytes"),
    ],
    ids=["missing", "no JSON", "no object", "too large"],
)
def test_a_file_that_cannot_be_read_is_named_with_its_monitor_and_the_others_are_there(
    fleet: Fleet, content: bytes | None, cause: str
) -> None:
    """And what to do."""
    name = f"broken-{abs(hash(cause)) % 10_000}"
    if content is not None:
        fleet.put(PRODUCTION, f"{name}/constraints.json", content)
    fleet.put(PRODUCTION, f"{name}-good/constraints.json", CONSTRAINTS)
    broken = defined(fleet, name, at(PRODUCTION, f"{name}/constraints.json"))
    good = defined(fleet, f"{name}-good", at(PRODUCTION, f"{name}-good/constraints.json"))
    layer = fleet.layer(report_cap_bytes=1000)
    found = limits(fleet, layer, broken, good)
    layer.close()
    assert {x.monitor for x in found.items} == {good.monitor}
    (failure,) = found.failures
    assert failure.error.cause == f"the constraints of monitor {name}-schedule in ml-production ({PRODUCTION}): {cause}"
    assert failure.error.next_step == ANEW


def test_who_refuses_or_is_gone_is_named_once_and_the_others_answer(fleet: Fleet, layer: AwsLayer) -> None:
    """A role without the right, an account without the role, a definition that was deleted."""
    for account in (PRODUCTION, TEST):
        fleet.put(account, "refused/constraints.json", CONSTRAINTS)
    here, there = (defined(fleet, "refused", at(a, "refused/constraints.json"), account=a) for a in (PRODUCTION, TEST))
    gone, bare = schedule(TEST, "gone", definition="never-there"), schedule(BARE, "bare", definition="unseen")
    fleet.aws.fault("deny", PRODUCTION, "s3:GetObject")
    found = limits(fleet, layer, here, bare, gone, there, accounts=(PRODUCTION, TEST, BARE))
    assert {x.monitor for x in found.items} == {there.monitor}
    assert found.asked == 3
    causes = {f.account.id: f.error.cause for f in found.failures}
    assert causes == {
        PRODUCTION: f"role sagewatch-read in ml-production ({PRODUCTION}) lacks s3:GetObject",
        BARE: f"cannot assume role sagewatch-read in ml-bare ({BARE})",
        TEST: f"the job definition of monitor gone in ml-test ({TEST}) is gone",
    }
    assert {x.monitor for x in limits(fleet, layer, here).items} == {here.monitor}, "a refusal is not kept"


def test_definitions_are_read_once_and_files_once_an_hour(fleet: Fleet, layer: AwsLayer) -> None:
    """Two monitors with one baseline read it together."""
    fleet.put(PRODUCTION, "shared/constraints.json", CONSTRAINTS)
    pair = [defined(fleet, f"shared-{n}", at(PRODUCTION, "shared/constraints.json")) for n in "ab"]
    fleet.aws.calls.clear()
    for minutes, files in ((0, 1), (59, 1), (60, 2)):
        ask = fleet.ask()
        found = layer.baselines(replace(ask, now=ask.now + timedelta(minutes=minutes))).limits(pair)
        assert len(found.items) == 6
        assert fleet.called("DescribeModelQualityJobDefinition") == 2
        assert fleet.called("GetObject") == files


def test_accounts_outside_the_scope_are_not_asked(fleet: Fleet, layer: AwsLayer) -> None:
    """Whatever a schedule names."""
    found = limits(fleet, layer, schedule(TEST, "other", definition="x"), accounts=(PRODUCTION,))
    assert (found.items, found.failures, found.asked) == ((), (), 0)
