"""Model Monitor's executions and their jobs, asked with plain boto3."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.stage import CLUSTER, HOUR, PROD, ROLE, SPARE, START, VIOLATED, listed, monitored, run, schedule


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """What all tests share."""
    with monitored() as sandbox:
        yield sandbox


def test_executions_come_newest_first_in_pages_of_ten(aws: AwsSandbox) -> None:
    """All schedules of the account, through boto3's own paginator too."""
    first = listed(aws)
    assert len(first) == 10
    assert first == sorted(first, key=lambda each: each["CreationTime"], reverse=True)
    assert len(listed(aws, MaxResults=100)) == 30
    pages = aws.client("sagemaker", PROD).get_paginator("list_monitoring_executions").paginate()
    found = [
        (each["MonitoringScheduleName"], each["ScheduledTime"])
        for page in pages
        for each in page["MonitoringExecutionSummaries"]
    ]
    assert len(found) == len(set(found)) == 30


def test_a_page_goes_on_where_it_ended_when_new_runs_arrive(aws: AwsSandbox) -> None:
    """Nothing twice, nothing left out; a token is good for its own question only."""
    client = aws.client("sagemaker", SPARE)
    schedule(aws, "paged", kind="DataQuality", account=SPARE)
    whole = {run(aws, "paged", hour, "Completed", SPARE).scheduled_at for hour in range(5)}
    asked: dict[str, Any] = {"MonitoringScheduleName": "paged", "MaxResults": 2}
    first = client.list_monitoring_executions(**asked)
    run(aws, "paged", 200, "Completed", SPARE, merge_uri=None)
    second = client.list_monitoring_executions(**asked, NextToken=first["NextToken"])
    third = client.list_monitoring_executions(**asked, NextToken=second["NextToken"])
    seen = [each["ScheduledTime"] for page in (first, second, third) for each in page["MonitoringExecutionSummaries"]]
    assert len(seen) == len(set(seen))
    assert set(seen) == whole
    assert "NextToken" not in third
    for token in ("garbage", first["NextToken"]):
        with pytest.raises(ClientError, match="ValidationException"):
            client.list_monitoring_executions(MonitoringScheduleName="Bank-Quality", NextToken=token)


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"StatusEquals": VIOLATED}, 5),
        ({"MonitoringTypeEquals": "DataQuality"}, 5),
        ({"MonitoringScheduleName": "Bank-Quality"}, 25),
        ({"MonitoringJobDefinitionName": "bank-data-definition"}, 5),
        ({"EndpointName": "bank-1"}, 30),
        ({"EndpointName": "bank-2"}, 0),
        ({"ScheduledTimeAfter": START + 20 * HOUR}, 4),
        ({"ScheduledTimeBefore": START + HOUR}, 2),
        ({"CreationTimeAfter": START + 20 * HOUR}, 5),
        ({"CreationTimeBefore": START}, 0),
        ({"LastModifiedTimeAfter": START + 24 * HOUR}, 1),
        ({"LastModifiedTimeBefore": START + HOUR}, 2),
        ({"StatusEquals": VIOLATED, "ScheduledTimeAfter": START + 9 * HOUR}, 3),
    ],
)
def test_each_filter_of_executions(aws: AwsSandbox, params: dict[str, Any], count: int) -> None:
    """After and before leave the moment itself out."""
    assert len(listed(aws, MaxResults=100, **params)) == count


def test_executions_sort_by_scheduled_time_and_status(aws: AwsSandbox) -> None:
    rising = listed(aws, SortBy="ScheduledTime", SortOrder="Ascending", MonitoringScheduleName="Bank-Quality")
    assert [each["ScheduledTime"] for each in rising] == [START + hour * HOUR for hour in range(10)]
    by_status = listed(aws, SortBy="Status", MaxResults=100)
    assert [each["MonitoringExecutionStatus"] for each in by_status[:6]] == [VIOLATED] * 5 + ["Completed"]


@pytest.mark.parametrize(
    "params", [{"MaxResults": 101}, {"MaxResults": 0}, {"StatusEquals": "Done"}, {"SortBy": "Name"}]
)
def test_parameters_outside_the_model_are_refused(aws: AwsSandbox, params: dict[str, Any]) -> None:
    """Limits and enumerations that botocore itself leaves to the service."""
    with pytest.raises(Exception, match=r"ValidationException|Parameter validation failed"):
        listed(aws, **params)


def test_a_model_quality_run_has_a_merge_and_an_analysis(aws: AwsSandbox) -> None:
    """Names share their digits; the execution names the analysis; Completed also when there were violations."""
    client = aws.client("sagemaker", PROD)
    summary = listed(aws, StatusEquals=VIOLATED, MonitoringScheduleName="Bank-Quality", SortBy="ScheduledTime")[0]
    name = summary["ProcessingJobArn"].rpartition("/")[2]
    assert name.startswith("model-quality-monitoring-202611210500-")
    job = client.describe_processing_job(ProcessingJobName=name)
    merge = client.describe_processing_job(
        ProcessingJobName=name.replace("model-quality-monitoring", "groundtruth-merge")
    )
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == (
        "Completed",
        "CompletedWithViolations: Job completed successfully with 8 violations.",
    )
    assert job["MonitoringScheduleArn"].endswith(":monitoring-schedule/bank-quality")
    assert job["Environment"]["start_time"] == "2026-11-21T04:00:00Z"
    assert job["Environment"]["problem_type"] == "BinaryClassification"
    uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert uri == "s3://bucket/reports/bank-1/Bank-Quality/2026/11/21/05"
    assert [each["InputName"] for each in job["ProcessingInputs"]] == ["endpoint_input_1", "constraints"]
    assert merge["ProcessingEndTime"] <= job["ProcessingStartTime"]
    assert "ExitMessage" not in merge
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 1800}


def test_other_types_have_the_analysis_only(aws: AwsSandbox) -> None:
    job = run(aws, "bank-data", 4, "Completed")
    assert [each.name.rpartition("-")[0] for each in job.jobs] == ["data-quality-monitoring-202611201300"]


def test_a_run_that_could_not_merge_fails_in_its_merge(aws: AwsSandbox) -> None:
    """No captured data or no ground truth: there never was an analysis."""
    schedule(aws, "failing", account=SPARE)
    reason = "Job inputs had no data"
    failed = run(aws, "failing", 100, "Failed", SPARE, exit_message=None, failure_reason=reason, merge_uri=None)
    assert [job.name.rpartition("-")[0] for job in failed.jobs] == ["groundtruth-merge-202611241300"]
    summary = listed(aws, SPARE, StatusEquals="Failed")[0]
    assert summary["FailureReason"] == reason
    name = summary["ProcessingJobArn"].rpartition("/")[2]
    job = aws.client("sagemaker", SPARE).describe_processing_job(ProcessingJobName=name)
    assert (job["ProcessingJobStatus"], job["FailureReason"]) == ("Failed", reason)
    alerts = aws.client("sagemaker", SPARE).list_monitoring_alerts(MonitoringScheduleName="failing")
    assert alerts["MonitoringAlertSummaries"][0]["AlertStatus"] == "InAlert"


def test_a_run_goes_on_under_the_same_name_until_it_ends(aws: AwsSandbox) -> None:
    """Pending, in progress, done: one execution, the same job names."""
    schedule(aws, "going-on", kind="DataQuality", account=SPARE)
    pending = run(aws, "going-on", 50, "Pending", SPARE, ended_at=None, exit_message=None)
    running = run(aws, "going-on", 50, "InProgress", SPARE, ended_at=None, exit_message=None)
    done = run(aws, "going-on", 50, "Completed", SPARE)
    assert pending.jobs == ()
    assert [job.name for job in running.jobs] == [job.name for job in done.jobs]
    assert (running.jobs[0].status, done.jobs[0].status) == ("InProgress", "Completed")
    assert len(listed(aws, SPARE, MonitoringScheduleName="going-on")) == 1


def test_what_cannot_be_recorded_is_an_error(aws: AwsSandbox) -> None:
    with pytest.raises(ValueError, match="no MonitoringExecutionStatus"):
        run(aws, "bank-data", 0, "Done")
    with pytest.raises(KeyError):
        run(aws, "nobody", 0, "Completed")


def test_processing_jobs_of_monitors_and_others_are_listed_together(aws: AwsSandbox) -> None:
    """A job that no monitor ran is moto's, and is described by it."""
    client = aws.client("sagemaker", PROD)
    client.create_processing_job(
        ProcessingJobName="by-hand",
        ProcessingResources={"ClusterConfig": CLUSTER},
        AppSpecification={"ImageUri": "image"},
        RoleArn=ROLE,
    )
    found = client.list_processing_jobs(MaxResults=100)["ProcessingJobSummaries"]
    names = [each["ProcessingJobName"] for each in found]
    assert "by-hand" in names
    assert sum(name.startswith("groundtruth-merge-") for name in names) >= 25
    by_hand = client.list_processing_jobs(NameContains="hand")["ProcessingJobSummaries"]
    assert [each["ProcessingJobName"] for each in by_hand] == ["by-hand"]
    assert client.describe_processing_job(ProcessingJobName="by-hand")["ProcessingJobStatus"] == "Completed"
