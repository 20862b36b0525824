"""What runs publish to CloudWatch: the numbers of their reports, at the window's start; failed runs nothing."""

import json
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.aws.cloudwatch.series import MetricKey, StatisticSet
from sandbox.world import emitted, fleet, quality
from sandbox.world.addresses import split
from sandbox.world.emitted import Origin, Point
from sandbox.world.quality import Json
from sandbox.world.stage import Stage

HOUR = timedelta(hours=1)
MODEL, DATA = "aws/sagemaker/Endpoints/model-metrics", "aws/sagemaker/Endpoints/data-metrics"
GUIDE = "/aws/sagemaker/Endpoints/data-metric"
BATCH = "aws/sagemaker/ModelMonitoring/data-metrics"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A day with every monitor, so that the daily ones ran too."""
    running = Stage.start(history=timedelta(hours=26))
    running.world.build()
    yield running
    running.aws.stop()


def source(run: dict[str, Any]) -> dict[str, str]:
    """The dimensions of an endpoint's monitor."""
    return {"Endpoint": run["EndpointName"], "MonitoringSchedule": run["MonitoringScheduleName"]}


def window(stage: Stage, account_id: str, run: dict[str, Any]) -> datetime:
    """When the run's window began: what its job says its metrics' time is."""
    client = stage.aws.client("sagemaker", account_id)
    job = client.describe_processing_job(ProcessingJobName=run["ProcessingJobArn"].split("/")[-1])
    assert job["Environment"]["metric_time"] == job["Environment"]["start_time"]
    return datetime.fromisoformat(job["Environment"]["metric_time"])


def read(stage: Stage, account_id: str, key: MetricKey, start: datetime, stat: str) -> list[float]:
    """A statistic of the hour from `start`, as the observability account reads it through its link."""
    asked = {**key.shown()}
    query = {"Id": "m1", "AccountId": account_id, "MetricStat": {"Metric": asked, "Period": 3600, "Stat": stat}}
    cloudwatch = stage.admin("cloudwatch", fleet.OBSERVABILITY)
    found = cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=start, EndTime=start + HOUR)
    values: list[float] = found["MetricDataResults"][0]["Values"]
    return values


def names(stage: Stage, account_id: str, namespace: str, start: datetime, schedule: str) -> set[str]:
    """Which metrics a schedule has published for the hour from `start`."""
    store, begins = stage.aws.metrics(account_id), start.timestamp()
    return {
        each.key.name
        for each in store.recorded()
        if each.key.namespace == namespace and (schedule in dict(each.key.dimensions).values())
        for samples in store.samples(each.key, begins, begins + 3600).values()
        if samples.times or samples.sets
    }


def test_a_model_quality_run_publishes_each_number_of_its_statistics(stage: Stage) -> None:
    """Every metric with a value, under the endpoint and the schedule; curves, matrix and deviations are no metrics."""
    run = stage.runs(fleet.PRODUCTION, "bank-marketing-quality")[0]
    metrics = stage.report(fleet.PRODUCTION, run, "statistics")["binary_classification_metrics"]
    expected = {name: metric["value"] for name, metric in metrics.items() if "value" in metric}
    start = window(stage, fleet.PRODUCTION, run)
    assert run["ScheduledTime"] - start == HOUR
    assert len(expected) == len(quality.METRICS) + 6
    assert names(stage, fleet.PRODUCTION, MODEL, start, run["MonitoringScheduleName"]) == expected.keys()
    for name in quality.METRICS:
        key = MetricKey.of(MODEL, name, source(run))
        assert read(stage, fleet.PRODUCTION, key, start, "Average") == [expected[name]]


def test_metrics_are_listed_to_the_monitoring_account_at_once(stage: Stage) -> None:
    """The accounts were linked long before the world begins: no waiting for new points."""
    cloudwatch = stage.admin("cloudwatch", fleet.OBSERVABILITY)
    listed = cloudwatch.list_metrics(Namespace=MODEL, MetricName="accuracy", IncludeLinkedAccounts=True)
    assert sorted(listed["OwningAccounts"]) == [fleet.PRODUCTION, fleet.PRODUCTION, fleet.TEST]


@pytest.mark.parametrize(
    ("account_id", "namespace", "endpoint", "schedule"),
    [(fleet.PRODUCTION, DATA, "Endpoint", "MonitoringSchedule"), (fleet.TEST, GUIDE, "EndpointName", "ScheduleName")],
)
def test_data_quality_publishes_what_columns_hold(
    stage: Stage, account_id: str, namespace: str, endpoint: str, schedule: str
) -> None:
    """Values as sets of statistics, how many there are, the drift: under either of the documented spellings."""
    run = stage.runs(account_id, "bank-marketing-data-quality")[0]
    start, about = window(stage, account_id, run), run["MonitoringScheduleName"]
    statistics = stage.report(account_id, run, "statistics")
    columns = {each["name"]: each["numerical_statistics"] for each in statistics["features"]}
    kinds = ("feature_data_", "feature_non_null_", "feature_baseline_drift_")
    expected = {f"{kind}{name}" for kind in kinds for name in columns}
    assert names(stage, account_id, namespace, start, about) == expected
    dimensions = {endpoint: run["EndpointName"], schedule: about}
    held = columns["duration"]
    data = MetricKey.of(namespace, "feature_data_duration", dimensions)
    for stat, value in (("Maximum", held["max"]), ("Minimum", held["min"]), ("Sum", held["sum"])):
        assert read(stage, account_id, data, start, stat) == [value]
    assert read(stage, account_id, data, start, "SampleCount") == [held["common"]["num_present"]]
    assert read(stage, account_id, data, start, "Average") == pytest.approx([held["mean"]])
    present = MetricKey.of(namespace, "feature_non_null_duration", dimensions)
    assert read(stage, account_id, present, start, "Sum") == [held["common"]["num_present"]]
    other = {DATA, GUIDE} - {namespace}
    assert not names(stage, account_id, other.pop(), start, about)


def test_explainability_publishes_attributions_and_what_is_expected(stage: Stage) -> None:
    """Dimensions of method, label and kind of value, as the guide has them."""
    run = stage.runs(fleet.PRODUCTION, "bank-marketing-explainability")[0]
    start = window(stage, fleet.PRODUCTION, run)
    explained = stage.report(fleet.PRODUCTION, run, "analysis")["explanations"]["kernel_shap"]["label0"]
    space, about = "aws/sagemaker/Endpoints/explainability-metrics", {"ExplainabilityMethod": "KernelShap"}
    for name, kind, value in (
        ("feature_duration", "GlobalShapValues", explained["global_shap_values"]["duration"]),
        ("ExpectedValue", "ExpectedValue", explained["expected_value"]),
    ):
        key = MetricKey.of(space, name, {**source(run), **about, "Label": "label0", "ValueType": kind})
        assert read(stage, fleet.PRODUCTION, key, start, "Average") == [value]


def test_bias_publishes_each_group_of_a_facet(stage: Stage) -> None:
    """A day's window: the point is of its beginning."""
    run = stage.runs(fleet.PRODUCTION, "bank-marketing-bias")[0]
    start = window(stage, fleet.PRODUCTION, run)
    assert run["ScheduledTime"] - start == 24 * HOUR
    (group,) = stage.report(fleet.PRODUCTION, run, "analysis")["post_training_bias_metrics"]["facets"]["age"]
    about = {"BiasStage": "Post-Training", "Label": "y", "LabelValue": "1", "Facet": "age", "FacetValue": "(30, 74]"}
    for metric in group["metrics"]:
        name = f"bias_metric_{metric['name']}"
        key = MetricKey.of("aws/sagemaker/Endpoints/bias-metrics", name, {**source(run), **about})
        assert read(stage, fleet.PRODUCTION, key, start, "Average") == [metric["value"]]


def test_a_batch_transforms_monitor_publishes_without_an_endpoint(stage: Stage) -> None:
    """In the namespace of its kind; text has no values to sum up."""
    run = stage.runs(fleet.TEST, "churn-scores")[0]
    start, schedule = window(stage, fleet.TEST, run), run["MonitoringScheduleName"]
    found = names(stage, fleet.TEST, BATCH, start, schedule)
    assert {"feature_data_tenure_months", "feature_non_null_plan", "feature_baseline_drift_plan"} <= found
    assert "feature_data_plan" not in found
    present = MetricKey.of(BATCH, "feature_non_null_plan", {"MonitoringSchedule": schedule})
    assert read(stage, fleet.TEST, present, start, "Sum") == [1_200]


def test_drift_is_the_violations_number_and_is_known_of_kept_limits_too(stage: Stage) -> None:
    """A column that has gone missing here and there says so in its count."""
    for _ in range(2):
        stage.world.do("drift", fleet.TEST)
    run = stage.runs(fleet.TEST, "bank-marketing-data-quality")[0]
    start = window(stage, fleet.TEST, run)
    dimensions = {"EndpointName": run["EndpointName"], "ScheduleName": run["MonitoringScheduleName"]}
    violations = stage.report(fleet.TEST, run, "constraint_violations")["violations"]
    drifted = [each for each in violations if each["constraint_check_type"] == "baseline_drift_check"]
    assert len(drifted) >= 4
    for each in drifted:
        key = MetricKey.of(GUIDE, f"feature_baseline_drift_{each['feature_name']}", dimensions)
        (seen,) = read(stage, fleet.TEST, key, start, "Sum")
        assert each["description"] == f"Baseline drift distance: {seen} exceeds threshold: 0.1"
    kept = MetricKey.of(GUIDE, "feature_baseline_drift_euribor3m", dimensions)
    (distance,) = read(stage, fleet.TEST, kept, start, "Sum")
    assert 0 <= distance <= 0.1
    gaps = MetricKey.of(GUIDE, "feature_non_null_cons.conf.idx", dimensions)
    assert 0.8 < read(stage, fleet.TEST, gaps, start, "Average")[0] < 0.95
    stage.world.do("recover", fleet.TEST)


def test_a_failed_run_publishes_nothing(stage: Stage) -> None:
    """Its window stays empty; those of its neighbours do not."""
    stage.world.do("fail_execution", fleet.TEST)
    stage.world.do("next_hour")
    later, failed, before = stage.runs(fleet.TEST, "bank-marketing-quality")[:3]
    assert failed["MonitoringExecutionStatus"] == "Failed"
    for run, count in ((later, 17), (failed, 0), (before, 17)):
        start = run["ScheduledTime"] - HOUR
        assert len(names(stage, fleet.TEST, MODEL, start, run["MonitoringScheduleName"])) == count


def copied(stage: Stage, kind: str, name: str, change: dict[str, Any]) -> None:
    """A monitor like production's of that type, but for what is changed in its definition."""
    client, word = stage.aws.client("sagemaker", fleet.PRODUCTION), kind.lower()
    run = stage.runs(fleet.PRODUCTION, f"bank-marketing-{fleet.WORDS[f'{kind.capitalize()}Quality']}")[0]  # type: ignore[index]
    describe = getattr(client, f"describe_{word}_quality_job_definition")
    given = describe(JobDefinitionName=run["MonitoringJobDefinitionName"])
    given = {key: value for key, value in given.items() if key.startswith(f"{kind}Quality")}
    for part, more in change.items():
        given[f"{kind}Quality{part}"] |= more
    rest: dict[str, Any] = {
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}},
        "RoleArn": f"arn:aws:iam::{fleet.PRODUCTION}:role/SageMakerExecutionRole",
    }
    getattr(client, f"create_{word}_quality_job_definition")(JobDefinitionName=name, **given, **rest)
    client.create_monitoring_schedule(
        MonitoringScheduleName=name,
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": name,
            "MonitoringType": f"{kind}Quality",
        },
    )


def test_what_is_disabled_is_not_published(stage: Stage) -> None:
    """A job that is told not to, a file that does not emit, one feature that does not."""
    copied(stage, "Model", "muted", {"AppSpecification": {"Environment": {"publish_cloudwatch_metrics": "Disabled"}}})
    run = stage.runs(fleet.PRODUCTION, "bank-marketing-data-quality")[0]
    limits = stage.report(fleet.PRODUCTION, run, "constraints")
    off = {"emit_metrics": "Disabled"}
    quiet = {**limits, "monitoring_config": {**limits["monitoring_config"], **off}}
    rules = [
        {**each, "monitoring_config_overrides": off} if each["name"] == "age" else each for each in limits["features"]
    ]
    for name, content in (("quiet", quiet), ("partly", {**limits, "features": rules})):
        uri = f"s3://{fleet.bucket(fleet.PRODUCTION)}/{name}.json"
        stage.aws.put_object(fleet.PRODUCTION, *split(uri), json.dumps(content).encode(), stage.world.now())
        copied(stage, "Data", name, {"BaselineConfig": {"ConstraintsResource": {"S3Uri": uri}}})
    copied(stage, "Data", "unbound", {"BaselineConfig": {"ConstraintsResource": {}}})
    stage.world.do("next_hour")
    muted = stage.runs(fleet.PRODUCTION, "muted")[0]
    client = stage.aws.client("sagemaker", fleet.PRODUCTION)
    job = client.describe_processing_job(ProcessingJobName=muted["ProcessingJobArn"].split("/")[-1])
    assert job["Environment"]["publish_cloudwatch_metrics"] == "Disabled"
    start = muted["ScheduledTime"] - HOUR
    assert {muted["MonitoringExecutionStatus"]} <= {"Completed", "CompletedWithViolations"}
    assert not names(stage, fleet.PRODUCTION, MODEL, start, "muted")
    for name in ("quiet", "unbound"):
        assert stage.runs(fleet.PRODUCTION, name)[0]["MonitoringExecutionStatus"] == "Completed"
        assert not names(stage, fleet.PRODUCTION, DATA, start, name)
    found = names(stage, fleet.PRODUCTION, DATA, start, "partly")
    assert "feature_data_campaign" in found
    assert not {each for each in found if each.endswith("_age")}


ORIGIN = Origin(fleet.PRODUCTION, "s", "e")


@pytest.mark.parametrize(
    ("value", "published"),
    [
        (0.25, 0.25),
        (-1, -1.0),
        (math.inf, 2.348543e108),
        (-math.inf, -2.348543e108),
        (None, None),
        (math.nan, None),
        ("NaN", None),
    ],
)
def test_what_is_no_number_is_not_published_and_infinity_has_one(value: Any, published: float | None) -> None:
    """As the guide says of bias; a stage before training has its own dimension."""
    group = {"value_or_threshold": "1", "metrics": [{"name": "CI", "value": value}]}
    report = {"label": "y", "label_value_or_threshold": "1", "facets": {"age": [group]}}
    found = list(emitted.bias(ORIGIN, {"pre_training_bias_metrics": report}))
    assert [each.value for each in found] == ([] if published is None else [published])
    assert all(dict(each.key.dimensions)["BiasStage"] == "Pre-training" for each in found)


def test_a_column_without_values_has_none_to_sum_up() -> None:
    """It says that nothing is there; what is half there says so by its average."""
    half: Json = {"common": {"num_present": 2, "num_missing": 2}, "sum": 3.0, "min": 1.0, "max": 2.0}
    statistics = {
        "dataset": {"item_count": 4},
        "features": [{"name": "none", "inferred_type": "Unknown"}, {"name": "half", "numerical_statistics": half}],
    }
    assert list(emitted.features(ORIGIN, statistics, {"none", "half"}, {})) == [
        Point(ORIGIN.feature("feature_non_null_none"), StatisticSet(4, 0, 0.0, 0.0)),
        Point(ORIGIN.feature("feature_data_half"), StatisticSet(2, 3.0, 1.0, 2.0)),
        Point(ORIGIN.feature("feature_non_null_half"), StatisticSet(4, 2, 0.0, 1.0)),
    ]
