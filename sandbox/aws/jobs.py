"""The processing jobs of a monitoring run: ground-truth merge, then analysis, as DescribeProcessingJob shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PREFIX = {
    "DataQuality": "data-quality-monitoring",
    "ModelQuality": "model-quality-monitoring",
    "ModelBias": "model-bias-monitoring",
    "ModelExplainability": "model-explainability-monitoring",
}
"""ModelQuality's is seen in real listings; the others follow it."""

_ANALYZER = "159807026194.dkr.ecr.{region}.amazonaws.com/sagemaker-model-monitor-analyzer"
_MERGER = "159807026194.dkr.ecr.{region}.amazonaws.com/sagemaker-model-monitor-groundtruth-merger"
_NAME_LENGTH = 63
"""Longest processing-job name (SageMaker API: ProcessingJobName)."""
_MERGE_SHARE = 0.4
"""Part of a run's time that the merge takes; the article's run took four of ten minutes."""


@dataclass(frozen=True, slots=True)
class ProcessingJob:
    """A monitor's job. `status` is `Completed` also when it found violations: only `exit_message` tells."""

    name: str
    arn: str
    schedule_arn: str
    status: str
    created_at: datetime
    started_at: datetime
    ended_at: datetime | None
    exit_message: str | None
    failure_reason: str | None
    inputs: Mapping[str, str]
    output_uri: str
    environment: Mapping[str, str]
    image_uri: str
    role_arn: str
    cluster: Mapping[str, Any]
    stopping: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunJobs:
    """What a run's jobs are made from; `suffix` is `YYYYMMDDHHMM-<24 hex>` and shared by both."""

    account_id: str
    region: str
    schedule_name: str
    schedule_arn: str
    monitoring_type: str
    suffix: str
    created_at: datetime
    ended_at: datetime | None
    status: str
    exit_message: str | None
    failure_reason: str | None
    output_uri: str
    merge_uri: str | None
    inputs: Mapping[str, str]
    environment: Mapping[str, str]

    @property
    def merge_failed(self) -> bool:
        """A model-quality run fails in its merge when captures or ground truth are missing."""
        return self.monitoring_type == "ModelQuality" and self.status == "Failed" and self.merge_uri is None

    @property
    def job_status(self) -> str:
        """The last job's status for the execution's."""
        return "Completed" if self.status == "CompletedWithViolations" else self.status


def jobs_of(definition: Mapping[str, Any], run: RunJobs) -> tuple[ProcessingJob, ...]:
    """The jobs that a run has by now, in their order; none while it is pending."""
    if run.status == "Pending":
        return ()
    merge = _job(definition, run, "groundtruth-merge") if run.merge_uri or run.merge_failed else None
    if merge and run.merge_failed:
        return (merge,)
    analysis = _job(definition, run, PREFIX[run.monitoring_type])
    return (merge, analysis) if merge else (analysis,)


def _job(definition: Mapping[str, Any], run: RunJobs, prefix: str) -> ProcessingJob:
    """One job; a merge that is not where the run failed is complete before the analysis begins."""
    name = f"{prefix}-{run.suffix}"[:_NAME_LENGTH]
    merging = prefix == "groundtruth-merge"
    last = not merging or run.merge_failed
    half = run.created_at + ((run.ended_at or run.created_at) - run.created_at) * _MERGE_SHARE
    two_jobs = run.merge_uri is not None
    application = _application(definition)
    return ProcessingJob(
        name=name,
        arn=f"arn:aws:sagemaker:{run.region}:{run.account_id}:processing-job/{name.lower()}",
        schedule_arn=run.schedule_arn,
        status=run.job_status if last else "Completed",
        created_at=half if last and two_jobs else run.created_at,
        started_at=half if last and two_jobs else run.created_at,
        ended_at=run.ended_at if last else half,
        exit_message=run.exit_message if last else None,
        failure_reason=run.failure_reason if last else None,
        inputs=run.inputs,
        output_uri=run.merge_uri or run.output_uri if merging else run.output_uri,
        environment=_environment(run, application),
        image_uri=_MERGER.format(region=run.region)
        if merging
        else str(application.get("ImageUri") or _ANALYZER.format(region=run.region)),
        role_arn=str(definition.get("RoleArn", "")),
        cluster=_cluster(definition),
        stopping=definition.get("StoppingCondition") or {"MaxRuntimeInSeconds": 3600},
    )


def _application(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    found = next((value for key, value in definition.items() if key.endswith("AppSpecification")), None)
    return found or {}


def _cluster(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    resources = definition.get("JobResources") or definition.get("MonitoringResources") or {}
    default = {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
    cluster: Mapping[str, Any] = resources.get("ClusterConfig") or default
    return cluster


def _environment(run: RunJobs, application: Mapping[str, Any]) -> Mapping[str, str]:
    """What Model Monitor adds, the definition's own variables, then what the run says."""
    own = {str(key): str(value) for key, value in (application.get("Environment") or {}).items()}
    added = {
        "dataset_source": "/opt/ml/processing/input_data",
        "output_path": "/opt/ml/processing/output",
        "publish_cloudwatch_metrics": "Enabled",
        "sagemaker_monitoring_schedule_name": run.schedule_name,
    }
    if run.monitoring_type == "ModelQuality":
        added["analysis_type"] = "MODEL_QUALITY"
    if problem := application.get("ProblemType"):
        added["problem_type"] = str(problem)
    return {**added, **own, **run.environment}
