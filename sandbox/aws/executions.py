"""SageMaker's operations on monitoring executions and on the processing jobs that they ran."""

from collections.abc import Mapping
from typing import Any

from sandbox.aws import behind
from sandbox.aws.endpoints import moment
from sandbox.aws.jobs import ProcessingJob
from sandbox.aws.listing import chosen, ordered
from sandbox.aws.monitoring import Stores
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page


class Executions:
    """Reads what the world recorded; jobs that no monitor ran are moto's."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @operation("sagemaker", "ListMonitoringExecutions")
    def executions(self, request: Request) -> Values:
        """All schedules of the account unless one is named; ten to a page, newest first (SageMaker API)."""
        runs = self._stores(request.account, request.region).executions()
        kept = chosen((run.summary for run in runs), request.params, "MonitoringExecution")
        kept = ordered(kept, request.params, "MonitoringExecution")
        items, token = page(kept, request.params, _execution_id, default=10)
        return {"MonitoringExecutionSummaries": items, "NextToken": token}

    @operation("sagemaker", "DescribeProcessingJob")
    def describe(self, request: Request) -> Values | None:
        """A monitor's job with its exit message, variables and S3 URIs."""
        job = self._stores(request.account, request.region).job(request.params["ProcessingJobName"])
        return _described(job) if job else None

    @operation("sagemaker", "ListProcessingJobs")
    def jobs(self, request: Request) -> Values:
        """Monitors' jobs and all others together."""
        own = [_summary(job) for job in self._stores(request.account, request.region).jobs()]
        with behind.LOCK:
            others = behind.sagemaker(request.account, request.region).processing_jobs.values()
            both = own + [_moto_summary(job) for job in others]
        kept = ordered(chosen(both, request.params, "ProcessingJob"), request.params, "ProcessingJob")
        items, token = page(kept, request.params, lambda item: str(item["ProcessingJobName"]), default=10)
        return {"ProcessingJobSummaries": items, "NextToken": token}


def _execution_id(summary: Mapping[str, Any]) -> str:
    return f"{summary['MonitoringScheduleName']}@{summary['ScheduledTime'].isoformat()}"


def _summary(job: ProcessingJob) -> Values:
    return {
        "ProcessingJobName": job.name,
        "ProcessingJobArn": job.arn,
        "CreationTime": job.created_at,
        "ProcessingEndTime": job.ended_at,
        "LastModifiedTime": job.ended_at or job.started_at,
        "ProcessingJobStatus": job.status,
        "FailureReason": job.failure_reason,
        "ExitMessage": job.exit_message,
    }


def _moto_summary(job: Any) -> Values:
    return {
        "ProcessingJobName": job.processing_job_name,
        "ProcessingJobArn": job.arn,
        "CreationTime": moment(job.creation_time),
        "ProcessingEndTime": moment(job.processing_end_time),
        "LastModifiedTime": moment(job.last_modified_time),
        "ProcessingJobStatus": job.processing_job_status,
    }


def _described(job: ProcessingJob) -> Values:
    return {
        **_summary(job),
        "ProcessingStartTime": job.started_at,
        "ProcessingInputs": [_input(name, uri) for name, uri in job.inputs.items()],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "monitoring_output",
                    "S3Output": {
                        "S3Uri": job.output_uri,
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                    "AppManaged": False,
                }
            ]
        },
        "ProcessingResources": {"ClusterConfig": dict(job.cluster)},
        "StoppingCondition": dict(job.stopping),
        "AppSpecification": {"ImageUri": job.image_uri},
        "Environment": dict(job.environment),
        "RoleArn": job.role_arn,
        "MonitoringScheduleArn": job.schedule_arn,
    }


def _input(name: str, uri: str) -> Values:
    """Where Model Monitor mounts it: constraints and statistics under baseline, the rest under input_data."""
    folder = f"baseline/{name}" if name in {"constraints", "baseline", "statistics"} else f"input_data/{name}"
    return {
        "InputName": name,
        "AppManaged": False,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"/opt/ml/processing/{folder}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }
