"""Model Monitor's schedules and job definitions, asked with plain boto3."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.stage import HOUR, PROD, REGION, SPARE, START, define, listed, monitored, run, schedule


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """What all tests share."""
    with monitored() as sandbox:
        yield sandbox


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


def test_accounts_and_regions_are_apart(aws: AwsSandbox) -> None:
    elsewhere = aws.client("sagemaker", PROD, "eu-west-1")
    assert elsewhere.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
    assert aws.monitoring(PROD, "eu-west-1").schedules() == ()
    with pytest.raises(KeyError):
        aws.monitoring("999999999999")
