"""Two accounts with endpoints, schedules and runs of them: what tests of the AWS sandbox ask with plain boto3."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws import AwsSandbox, CloudAccount, ExecutionRecord
from sandbox.clock import WorldClock

PROD, SPARE, REGION = "222222222222", "333333333333", "us-west-2"
ROLE = f"arn:aws:iam::{PROD}:role/monitor"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
VIOLATED = "CompletedWithViolations"
HOUR = timedelta(hours=1)
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}


@contextmanager
def monitored() -> Iterator[AwsSandbox]:
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
