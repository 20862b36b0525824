"""Model Monitor's schedules, executions and jobs, asked with plain boto3."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox, CloudAccount, ExecutionRecord
from sandbox.clock import WorldClock

PROD, SPARE, REGION = "222222222222", "333333333333", "us-west-2"
ROLE = f"arn:aws:iam::{PROD}:role/monitor"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
VIOLATED = "CompletedWithViolations"
HOUR = timedelta(hours=1)
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Production with one endpoint, two hourly schedules and thirty runs, a day ahead of the wall; and a spare one."""
    accounts = [CloudAccount(PROD, "prod", "AKIAPROD000000000001", "secret")]
    accounts.append(CloudAccount(SPARE, "spare", "AKIASPARE00000000001", "secret"))
    with AwsSandbox(WorldClock(timedelta(days=1)), accounts) as sandbox:
        sandbox.start()
        deploy(sandbox, "bank-1")
        deploy(sandbox, "bank-1", account=SPARE)
        schedule(sandbox, "Bank-Quality")
        schedule(sandbox, "bank-data", kind="DataQuality")
        for hour in range(25):
            run(sandbox, "Bank-Quality", hour, VIOLATED if hour % 5 == 0 else "Completed")
        for hour in range(5):
            run(sandbox, "bank-data", hour, "Completed")
        yield sandbox


def deploy(aws: AwsSandbox, name: str, percentage: int = 100, *, capture: bool = True, account: str = PROD) -> None:
    """A model behind an endpoint."""
    sagemaker = aws.client("sagemaker", account)
    sagemaker.create_model(ModelName=name, PrimaryContainer={"Image": "image"}, ExecutionRoleArn=ROLE)
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        ],
        DataCaptureConfig={
            "EnableCapture": capture,
            "InitialSamplingPercentage": percentage,
            "DestinationS3Uri": "s3://bucket/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        },
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=[{"Key": "team", "Value": "ml"}])


def define(
    aws: AwsSandbox, name: str, kind: str = "ModelQuality", account: str = PROD, *, endpoint: str = "bank-1"
) -> dict[str, Any]:
    """A job definition; returns what it was made with."""
    spec: dict[str, Any] = {"ImageUri": "analyzer"}
    given: dict[str, Any] = {"EndpointInput": {"EndpointName": endpoint, "LocalPath": "/opt/ml/processing/input"}}
    if kind == "ModelQuality":
        spec["ProblemType"] = "BinaryClassification"
        given["EndpointInput"] |= {"ProbabilityAttribute": "0", "ProbabilityThresholdAttribute": 0.5}
        given["GroundTruthS3Input"] = {"S3Uri": "s3://bucket/truth"}
    output = {"S3Output": {"S3Uri": "s3://bucket/reports", "LocalPath": "/opt/ml/processing/output"}}
    body = {
        "JobDefinitionName": name,
        f"{kind}AppSpecification": spec,
        f"{kind}JobInput": given,
        f"{kind}JobOutputConfig": {"MonitoringOutputs": [output]},
        "JobResources": {"ClusterConfig": CLUSTER},
        "RoleArn": ROLE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
    }
    client = aws.client("sagemaker", account)
    make = (
        client.create_model_quality_job_definition
        if kind == "ModelQuality"
        else client.create_data_quality_job_definition
    )
    make(**body, Tags=[{"Key": "team", "Value": "ml"}])
    return body


def schedule(
    aws: AwsSandbox, name: str, cron: str = "cron(0 * ? * * *)", kind: str = "ModelQuality", account: str = PROD
) -> str:
    """A schedule with a definition of its own; returns its ARN."""
    define(aws, f"{name}-definition", kind, account)
    made = aws.client("sagemaker", account).create_monitoring_schedule(
        MonitoringScheduleName=name,
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": cron},
            "MonitoringJobDefinitionName": f"{name}-definition",
            "MonitoringType": kind,
        },
        Tags=[{"Key": "sagewatch:service", "Value": "bank"}],
    )
    return str(made["MonitoringScheduleArn"])


def run(aws: AwsSandbox, name: str, hour: int, status: str, account: str = PROD, **changed: Any) -> ExecutionRecord:
    """A run as the world records it."""
    at = START + hour * HOUR
    message = {VIOLATED: f"{VIOLATED}: Job completed successfully with 8 violations."}
    given: dict[str, Any] = {
        "scheduled_at": at,
        "created_at": at + timedelta(minutes=2),
        "ended_at": at + timedelta(minutes=12),
        "status": status,
        "exit_message": message.get(status, "Completed: Job completed successfully with no violations."),
        "output_uri": f"s3://bucket/reports/bank-1/{name}/{at:%Y/%m/%d/%H}",
        "inputs": {"endpoint_input_1": "s3://bucket/merged", "constraints": "s3://bucket/constraints.json"},
        "environment": {"start_time": f"{at - HOUR:%Y-%m-%dT%H:%M:%SZ}", "end_time": f"{at:%Y-%m-%dT%H:%M:%SZ}"},
        "merge_uri": "s3://bucket/merged" if name == "Bank-Quality" else None,
    }
    return aws.monitoring(account, REGION).record_run(name, **(given | changed))


def listed(aws: AwsSandbox, account: str = PROD, **params: Any) -> list[dict[str, Any]]:
    """One page of executions."""
    found = aws.client("sagemaker", account).list_monitoring_executions(**params)["MonitoringExecutionSummaries"]
    return list(found)


def test_a_schedule_is_described_as_it_was_made(aws: AwsSandbox) -> None:
    """The ARN is in lower case, times are the world's, the last execution is there."""
    found = aws.client("sagemaker", PROD).describe_monitoring_schedule(MonitoringScheduleName="Bank-Quality")
    assert found["MonitoringScheduleArn"] == f"arn:aws:sagemaker:{REGION}:{PROD}:monitoring-schedule/bank-quality"
    assert (found["MonitoringScheduleStatus"], found["EndpointName"]) == ("Scheduled", "bank-1")
    assert found["MonitoringScheduleConfig"]["ScheduleConfig"] == {"ScheduleExpression": "cron(0 * ? * * *)"}
    assert found["LastMonitoringExecutionSummary"]["ScheduledTime"] == START + 24 * HOUR
    assert abs(found["CreationTime"] - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=5)


def test_the_world_sees_schedules_with_their_definitions(aws: AwsSandbox) -> None:
    """What a run needs: definition, endpoint, type and cadence."""
    found = {each.name: each for each in aws.monitoring(PROD).schedules()}
    quality = found["Bank-Quality"]
    assert (quality.monitoring_type, quality.cron, quality.status) == ("ModelQuality", "cron(0 * ? * * *)", "Scheduled")
    assert quality.definition["ModelQualityJobInput"]["GroundTruthS3Input"] == {"S3Uri": "s3://bucket/truth"}
    assert quality.endpoint_name == "bank-1"


def test_an_unknown_schedule_is_not_found(aws: AwsSandbox) -> None:
    client = aws.client("sagemaker", PROD)
    for call in (client.describe_monitoring_schedule, client.list_monitoring_alerts, client.stop_monitoring_schedule):
        with pytest.raises(client.exceptions.ResourceNotFound):
            call(MonitoringScheduleName="nobody")


def test_schedules_stop_start_change_and_go(aws: AwsSandbox) -> None:
    """A whole life; its executions and their jobs outlive it, and one that was under way is told to its end."""
    client, name = aws.client("sagemaker", SPARE), {"MonitoringScheduleName": "short-lived"}
    schedule(aws, "short-lived", account=SPARE)
    job = run(aws, "short-lived", 0, "Completed", SPARE, merge_uri="s3://bucket/merged").job
    assert job is not None
    client.stop_monitoring_schedule(**name)
    assert client.describe_monitoring_schedule(**name)["MonitoringScheduleStatus"] == "Stopped"
    client.start_monitoring_schedule(**name)
    assert client.describe_monitoring_schedule(**name)["MonitoringScheduleStatus"] == "Scheduled"
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 6 ? * * *)"},
        "MonitoringJobDefinitionName": "short-lived-definition",
        "MonitoringType": "ModelQuality",
    }
    client.update_monitoring_schedule(**name, MonitoringScheduleConfig=config)
    assert client.describe_monitoring_schedule(**name)["MonitoringScheduleConfig"] == config
    client.delete_monitoring_schedule(**name)
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.describe_monitoring_schedule(**name)
    run(aws, "short-lived", 1, "Completed", SPARE, merge_uri="s3://bucket/merged")
    left = listed(aws, SPARE, MonitoringScheduleName="short-lived")
    assert [each["MonitoringExecutionStatus"] for each in left] == ["Completed"] * 2
    assert client.list_monitoring_schedules(NameContains="short-lived")["MonitoringScheduleSummaries"] == []
    assert client.describe_processing_job(ProcessingJobName=job.name)["ProcessingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    "cron", ["cron(0 * ? * * *)", "cron(0 6 ? * * *)", "cron(0 2/6 ? * * *)", "cron(0 17/1 ? * * *)"]
)
def test_cadences_that_sagemaker_runs(aws: AwsSandbox, cron: str) -> None:
    """Hourly, daily, every N hours."""
    name = "ok-" + "".join(letter for letter in cron if letter.isalnum())
    assert schedule(aws, name, cron).endswith(name.lower())
    aws.client("sagemaker", PROD).delete_monitoring_schedule(MonitoringScheduleName=name)


@pytest.mark.parametrize(
    "cron", ["cron(5 * ? * * *)", "cron(0 24 ? * * *)", "cron(0 * * * *)", "rate(1 hour)", "NOW", "*"]
)
def test_cadences_that_it_does_not(aws: AwsSandbox, cron: str) -> None:
    """NOW needs a span of data to look at."""
    with pytest.raises(ClientError, match="ValidationException"):
        aws.client("sagemaker", PROD).create_monitoring_schedule(
            MonitoringScheduleName="bad",
            MonitoringScheduleConfig={
                "ScheduleConfig": {"ScheduleExpression": cron},
                "MonitoringJobDefinitionName": "bank-data-definition",
                "MonitoringType": "DataQuality",
            },
        )


def test_a_run_now_names_the_span_it_looks_at(aws: AwsSandbox) -> None:
    client = aws.client("sagemaker", PROD)
    span = {"ScheduleExpression": "NOW", "DataAnalysisStartTime": "-PT2H", "DataAnalysisEndTime": "-PT1H"}
    config = {
        "ScheduleConfig": span,
        "MonitoringJobDefinitionName": "bank-data-definition",
        "MonitoringType": "DataQuality",
    }
    client.create_monitoring_schedule(MonitoringScheduleName="once", MonitoringScheduleConfig=config)
    assert client.describe_monitoring_schedule(MonitoringScheduleName="once")["MonitoringScheduleConfig"] == config
    client.delete_monitoring_schedule(MonitoringScheduleName="once")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MonitoringScheduleName": "bank-data"}, "ResourceInUse"),
        ({"MonitoringScheduleName": "no blanks"}, "ValidationException"),
        ({"MonitoringScheduleName": "x" * 64}, "ValidationException"),
        ({"definition": "not-there"}, "ResourceNotFound"),
        ({"definition": None}, "ValidationException"),
        ({"kind": "ModelBias"}, "ResourceNotFound"),
        ({"kind": "Quality"}, "ValidationException"),
    ],
)
def test_schedules_that_cannot_be_made(aws: AwsSandbox, change: dict[str, Any], code: str) -> None:
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringType": change.pop("kind", "DataQuality"),
    }
    if definition := change.pop("definition", "bank-data-definition"):
        config["MonitoringJobDefinitionName"] = definition
    params = {"MonitoringScheduleName": "fresh", "MonitoringScheduleConfig": config} | change
    with pytest.raises(ClientError) as error:
        aws.client("sagemaker", PROD).create_monitoring_schedule(**params)
    assert error.value.response["Error"]["Code"] == code


def test_the_endpoint_must_exist(aws: AwsSandbox) -> None:
    define(aws, "of-a-ghost", endpoint="ghost")
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinitionName": "of-a-ghost",
        "MonitoringType": "ModelQuality",
    }
    with pytest.raises(ClientError, match='Could not find endpoint "ghost"'):
        aws.client("sagemaker", PROD).create_monitoring_schedule(
            MonitoringScheduleName="ghost", MonitoringScheduleConfig=config
        )


def test_schedules_are_listed_by_type_name_and_endpoint(aws: AwsSandbox) -> None:
    client = aws.client("sagemaker", PROD)

    def names(**params: Any) -> list[str]:
        found = client.list_monitoring_schedules(**params)["MonitoringScheduleSummaries"]
        return [each["MonitoringScheduleName"] for each in found]

    assert names(SortBy="Name", SortOrder="Ascending") == ["Bank-Quality", "bank-data"]
    assert names(MonitoringTypeEquals="DataQuality") == ["bank-data"]
    assert names(NameContains="quality") == ["Bank-Quality"]
    assert names(EndpointName="nobody") == names(StatusEquals="Stopped") == []
    assert names(MonitoringJobDefinitionName="Bank-Quality-definition") == ["Bank-Quality"]


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


def test_job_definitions_come_back_as_they_were_given(aws: AwsSandbox) -> None:
    """Created, described, listed, deleted; the stopping condition under its own name."""
    client = aws.client("sagemaker", PROD)
    body = define(aws, "Kept-Definition")
    found = client.describe_model_quality_job_definition(JobDefinitionName="Kept-Definition")
    assert {key: found[key] for key in body} == body
    assert found["JobDefinitionArn"].endswith(f"{PROD}:model-quality-job-definition/kept-definition")
    listed_names = [
        each["MonitoringJobDefinitionName"]
        for each in client.list_model_quality_job_definitions(NameContains="kept")["JobDefinitionSummaries"]
    ]
    assert listed_names == ["Kept-Definition"]
    with pytest.raises(client.exceptions.ResourceInUse):
        define(aws, "Kept-Definition")
    client.delete_model_quality_job_definition(JobDefinitionName="Kept-Definition")
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.describe_model_quality_job_definition(JobDefinitionName="Kept-Definition")


def test_tags_of_schedules_definitions_and_endpoints(aws: AwsSandbox) -> None:
    """Ours and moto's under one operation."""
    client, start = aws.client("sagemaker", PROD), f"arn:aws:sagemaker:{REGION}:{PROD}"
    arn = f"{start}:monitoring-schedule/bank-data"
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "ml"}])
    assert {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]} == {
        "sagewatch:service": "bank",
        "team": "ml",
    }
    client.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert len(client.list_tags(ResourceArn=arn)["Tags"]) == 1
    for kind in ("data-quality-job-definition/bank-data-definition", "endpoint/bank-1"):
        assert client.list_tags(ResourceArn=f"{start}:{kind}")["Tags"] == [{"Key": "team", "Value": "ml"}]
    for gone in ("monitoring-schedule/nobody", "endpoint/nobody", "thing/nobody"):
        with pytest.raises(ClientError, match="ValidationException"):
            client.list_tags(ResourceArn=f"{start}:{gone}")


def test_an_endpoint_shows_what_is_captured(aws: AwsSandbox) -> None:
    """Whether capture runs, how much it takes, where it goes; dated by the world."""
    deploy(aws, "half", 50)
    deploy(aws, "off", capture=False)
    client = aws.client("sagemaker", PROD)
    half, off = (client.describe_endpoint(EndpointName=name) for name in ("half", "off"))
    capture = half["DataCaptureConfig"]
    assert (capture["CaptureStatus"], capture["CurrentSamplingPercentage"]) == ("Started", 50)
    assert capture["DestinationS3Uri"] == "s3://bucket/capture"
    assert off["DataCaptureConfig"]["CaptureStatus"] == "Stopped"
    assert half["EndpointStatus"] == "InService"
    assert half["ProductionVariants"][0]["CurrentWeight"] == 1.0
    assert abs(half["CreationTime"] - aws.clock.now()) < timedelta(minutes=1)
    with pytest.raises(ClientError, match="Could not find endpoint"):
        client.describe_endpoint(EndpointName="nobody")
    names = {each["EndpointName"] for each in client.list_endpoints()["Endpoints"]}
    assert {"bank-1", "half", "off"} <= names


def test_capture_that_halts_by_itself_is_told_as_stopped(aws: AwsSandbox) -> None:
    """It stays enabled; the configuration says what was wished."""
    deploy(aws, "full-disk", account=SPARE)
    client = aws.client("sagemaker", SPARE)
    seen = []
    for works in (False, True):
        aws.monitoring(SPARE).capture("full-disk", works=works)
        capture = client.describe_endpoint(EndpointName="full-disk")["DataCaptureConfig"]
        seen.append((capture["EnableCapture"], capture["CaptureStatus"]))
    assert seen == [(True, "Stopped"), (True, "Started")]
    config = client.describe_endpoint_config(EndpointConfigName="full-disk")
    assert config["DataCaptureConfig"]["InitialSamplingPercentage"] == 100
    assert (config["ProductionVariants"][0]["InstanceType"], config["ProductionVariants"][0]["ModelName"]) == (
        "ml.m5.large",
        "full-disk",
    )
    assert abs(config["CreationTime"] - aws.clock.now()) < timedelta(minutes=1)
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        client.describe_endpoint_config(EndpointConfigName="nobody")


def test_endpoints_are_listed_newest_first_in_pages_by_name_and_by_time(aws: AwsSandbox) -> None:
    """Made hours ago, an hour apart."""
    client, made = (
        aws.client("sagemaker", PROD, "eu-central-1"),
        (aws.clock.now() - timedelta(days=30)).replace(microsecond=0),
    )
    client.create_model(ModelName="m", PrimaryContainer={"Image": "image"}, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    for number in range(12):
        with aws.at(made + number * HOUR):
            client.create_endpoint(EndpointName=f"churn-{number:02}", EndpointConfigName="c")

    def names(**params: Any) -> list[str]:
        pages = client.get_paginator("list_endpoints").paginate(**params)
        return [each["EndpointName"] for page in pages for each in page["Endpoints"]]

    assert len(client.list_endpoints()["Endpoints"]) == 10
    assert names() == [f"churn-{number:02}" for number in reversed(range(12))]
    assert names(SortBy="Name", SortOrder="Ascending", MaxResults=5) == sorted(names())
    assert names(NameContains="N-1") == ["churn-11", "churn-10"]
    assert names(CreationTimeAfter=made + 10 * HOUR) == ["churn-11"]
    assert names(StatusEquals="Failed") == []
    assert client.describe_endpoint(EndpointName="churn-03")["CreationTime"] == made + 3 * HOUR


def test_an_endpoint_goes_after_the_schedules_that_watch_it(aws: AwsSandbox) -> None:
    """Refused by the schedule's name; then it is gone."""
    client = aws.client("sagemaker", SPARE, "eu-central-1")
    client.create_model(ModelName="m", PrimaryContainer={"Image": "image"}, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    client.create_endpoint(EndpointName="watched", EndpointConfigName="c")
    body = define(aws, "watching", "DataQuality", SPARE)
    source = {"EndpointName": "watched", "LocalPath": "/opt/ml/processing/input"}
    client.create_data_quality_job_definition(**{**body, "DataQualityJobInput": {"EndpointInput": source}})
    client.create_monitoring_schedule(
        MonitoringScheduleName="watch",
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": "watching",
            "MonitoringType": "DataQuality",
        },
    )
    with pytest.raises(ClientError, match="still has monitoring schedule watch"):
        client.delete_endpoint(EndpointName="watched")
    client.delete_monitoring_schedule(MonitoringScheduleName="watch")
    client.delete_endpoint(EndpointName="watched")
    for call in (client.describe_endpoint, client.delete_endpoint):
        with pytest.raises(ClientError, match="Could not find endpoint"):
            call(EndpointName="watched")


def test_accounts_and_regions_are_apart(aws: AwsSandbox) -> None:
    elsewhere = aws.client("sagemaker", PROD, "eu-west-1")
    assert elsewhere.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
    assert aws.monitoring(PROD, "eu-west-1").schedules() == ()
    with pytest.raises(KeyError):
        aws.monitoring("999999999999")
