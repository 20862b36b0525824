"""What Model Monitor keeps: job definitions, schedules and executions, as immutable records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.aws.jobs import ProcessingJob

RESOURCE = {
    "DataQuality": "data-quality-job-definition",
    "ModelQuality": "model-quality-job-definition",
    "ModelBias": "model-bias-job-definition",
    "ModelExplainability": "model-explainability-job-definition",
}
"""Monitoring type to the resource type in ARNs (Service Authorization Reference)."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A job definition; `body` is what was given at its creation, without the tags."""

    name: str
    arn: str
    monitoring_type: str
    created_at: datetime
    body: Mapping[str, Any]

    @property
    def described(self) -> dict[str, Any]:
        """The answer of Describe…JobDefinition."""
        return {**self.body, "JobDefinitionArn": self.arn, "CreationTime": self.created_at}

    @property
    def endpoint_name(self) -> str | None:
        """The endpoint that it watches; None for batch transform."""
        return endpoint_of(self.body)


def endpoint_of(body: Mapping[str, Any]) -> str | None:
    """The endpoint that a definition's input reads from (ModelQualityJobInput, or an inline MonitoringInputs)."""
    inputs = [value for key, value in body.items() if key.endswith("JobInput")]
    inputs += body.get("MonitoringInputs") or []
    names = (each.get("EndpointInput", {}).get("EndpointName") for each in inputs)
    return next((str(name) for name in names if name), None)


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """A monitoring schedule; `definition` is the job definition as the Describe…JobDefinition operations give it."""

    name: str
    arn: str
    monitoring_type: str
    """DataQuality, ModelQuality, ModelBias or ModelExplainability."""
    endpoint_name: str | None
    """None for a monitor of batch transform."""
    definition_name: str | None
    """None when the schedule carries its definition inline."""
    cron: str
    """`cron(…)` or `NOW`."""
    status: str
    """Pending, Scheduled, Stopped or Failed."""
    created_at: datetime
    modified_at: datetime
    definition: Mapping[str, Any]
    config: Mapping[str, Any]
    """MonitoringScheduleConfig as it was given."""


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    """One run of a schedule; `job` is the job that the execution names: the merge while merging, then the analysis."""

    schedule_name: str
    scheduled_at: datetime
    created_at: datetime
    modified_at: datetime
    status: str
    monitoring_type: str
    endpoint_name: str | None
    definition_name: str | None
    failure_reason: str | None
    jobs: tuple[ProcessingJob, ...]

    summary: Mapping[str, Any] = field(init=False, repr=False, compare=False)
    """MonitoringExecutionSummary, made once: listings look at every run."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "summary", _summary(self))

    @property
    def id(self) -> str:
        """Unique in the store: a schedule runs once for a scheduled time."""
        return f"{self.schedule_name}@{self.scheduled_at.isoformat()}"

    @property
    def job(self) -> ProcessingJob | None:
        """The last job; a run that is pending has none."""
        return self.jobs[-1] if self.jobs else None


def _summary(run: ExecutionRecord) -> dict[str, Any]:
    """MonitoringExecutionSummary without the members that a run does not have."""
    members = {
        "MonitoringScheduleName": run.schedule_name,
        "ScheduledTime": run.scheduled_at,
        "CreationTime": run.created_at,
        "LastModifiedTime": run.modified_at,
        "MonitoringExecutionStatus": run.status,
        "ProcessingJobArn": run.job.arn if run.job else None,
        "EndpointName": run.endpoint_name,
        "FailureReason": run.failure_reason,
        "MonitoringJobDefinitionName": run.definition_name,
        "MonitoringType": run.monitoring_type,
    }
    return {name: value for name, value in members.items() if value is not None}
