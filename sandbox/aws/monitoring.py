"""Model Monitor's memory of one account and Region: schedules, their executions, and the jobs these ran.

The world records runs here; the SageMaker operations read them.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from threading import RLock

from sandbox.aws.jobs import ProcessingJob, RunJobs, jobs_of
from sandbox.aws.records import Definition, ExecutionRecord, ScheduleRecord

__all__ = ["Definition", "ExecutionRecord", "MonitoringStore", "ScheduleRecord", "Stores"]

TERMINAL = frozenset({"Completed", "CompletedWithViolations", "Failed", "Stopped"})
STATUSES = TERMINAL | {"Pending", "InProgress", "Stopping"}


class MonitoringStore:
    """Schedules and runs of one account and Region. Safe for threads; records are immutable and replaced whole."""

    def __init__(
        self,
        account_id: str,
        region: str,
        told: Callable[[ProcessingJob], None] = lambda _: None,
        scheduled: Callable[[ScheduleRecord, str], None] = lambda *_: None,
    ) -> None:
        """`told` hears of every job of a run that is recorded, `scheduled` of a schedule and what became of it."""
        self.account_id = account_id
        self.region = region
        self._told = told
        self._scheduled = scheduled
        self._lock = RLock()
        self._schedules: dict[str, ScheduleRecord] = {}
        self._gone: dict[str, ScheduleRecord] = {}
        self._executions: dict[str, ExecutionRecord] = {}
        self._jobs: dict[str, ProcessingJob] = {}
        self._definitions: dict[tuple[str, str], Definition] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._halted: set[str] = set()
        self._deleted: dict[str, datetime] = {}

    def schedules(self) -> tuple[ScheduleRecord, ...]:
        """Every schedule, by name."""
        with self._lock:
            return tuple(sorted(self._schedules.values(), key=lambda schedule: schedule.name))

    def schedule(self, name: str) -> ScheduleRecord | None:
        """One schedule by its name as created; names are compared without case, as in ARNs."""
        with self._lock:
            return self._schedules.get(name.lower())

    def keep(self, schedule: ScheduleRecord) -> None:
        """Add a schedule, or put a changed one in its place."""
        with self._lock:
            self._schedules[schedule.name.lower()] = schedule
            self._gone.pop(schedule.name.lower(), None)
        self._scheduled(schedule, schedule.status)

    def forget(self, name: str, at: datetime) -> None:
        """Delete a schedule; its executions, jobs and reports stay (SageMaker API: DeleteMonitoringSchedule)."""
        with self._lock:
            gone = self._schedules.pop(name.lower(), None)
            if gone:
                self._tags.pop(gone.arn, None)
                self._gone[name.lower()] = replace(gone, status="Stopped", modified_at=at)
        if gone:
            self._scheduled(replace(gone, modified_at=at), "Deleted")

    def gone(self) -> tuple[ScheduleRecord, ...]:
        """Deleted schedules, last modified when they were deleted: what ran before may still be told."""
        with self._lock:
            return tuple(self._gone.values())

    def capturing(self, endpoint: str) -> bool:
        """Whether the capture of an endpoint works, where it is enabled."""
        with self._lock:
            return endpoint not in self._halted

    def capture(self, endpoint: str, *, works: bool) -> None:
        """Let an endpoint's capture halt by itself, as at a full disk (Developer Guide: data capture), or go on."""
        with self._lock:
            (self._halted.discard if works else self._halted.add)(endpoint)

    def delete_endpoint(self, endpoint: str, at: datetime) -> None:
        """Remember when an endpoint was deleted: it serves nobody from then on."""
        with self._lock:
            self._deleted[endpoint] = at

    def deleted(self, endpoint: str) -> datetime | None:
        """When an endpoint was deleted; None for one that was not."""
        with self._lock:
            return self._deleted.get(endpoint)

    def definitions(self, monitoring_type: str) -> tuple[Definition, ...]:
        """The job definitions of one type, in the order of creation."""
        with self._lock:
            return tuple(each for each in self._definitions.values() if each.monitoring_type == monitoring_type)

    def definition(self, monitoring_type: str, name: str) -> Definition | None:
        """One job definition by name."""
        with self._lock:
            return self._definitions.get((monitoring_type, name.lower()))

    def define(self, definition: Definition) -> None:
        """Add a job definition."""
        with self._lock:
            self._definitions[definition.monitoring_type, definition.name.lower()] = definition

    def undefine(self, definition: Definition) -> None:
        """Delete a job definition; schedules keep what they were made with."""
        with self._lock:
            self._definitions.pop((definition.monitoring_type, definition.name.lower()), None)
            self._tags.pop(definition.arn, None)

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a schedule or job definition."""
        with self._lock:
            return dict(self._tags.get(arn, {}))

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Give a schedule or job definition these tags instead of its own."""
        with self._lock:
            self._tags[arn] = dict(tags)

    def holds(self, arn: str) -> bool:
        """Whether there is a schedule or job definition of this ARN."""
        with self._lock:
            arns = {each.arn for each in self._schedules.values()} | {each.arn for each in self._definitions.values()}
            return arn in arns

    def executions(self) -> tuple[ExecutionRecord, ...]:
        """Every run in the order of recording."""
        with self._lock:
            return tuple(self._executions.values())

    def last_execution(self, schedule_name: str) -> ExecutionRecord | None:
        """The run of a schedule that was scheduled last."""
        runs = [run for run in self.executions() if run.schedule_name == schedule_name]
        return max(runs, key=lambda run: run.scheduled_at, default=None)

    def jobs(self) -> tuple[ProcessingJob, ...]:
        """The processing jobs of all runs."""
        with self._lock:
            return tuple(self._jobs.values())

    def job(self, name: str) -> ProcessingJob | None:
        """A monitor's processing job by name."""
        with self._lock:
            return self._jobs.get(name.lower())

    def record_run(
        self,
        schedule_name: str,
        *,
        scheduled_at: datetime,
        created_at: datetime,
        ended_at: datetime | None,
        status: str,
        exit_message: str | None = None,
        failure_reason: str | None = None,
        output_uri: str,
        inputs: Mapping[str, str],
        environment: Mapping[str, str],
        merge_uri: str | None = None,
    ) -> ExecutionRecord:
        """Record a run with its processing jobs, or put its later state in its place (same scheduled time).

        `inputs` maps an input's name (`endpoint_input_1`, `constraints`, `ground_truth_input_1` …) to its S3 URI,
        `environment` holds at least `start_time` and `end_time` (ISO with Z). `exit_message` is, in AWS's words,
        `CompletedWithViolations: Job completed successfully with 8 violations.` or
        `Completed: Job completed successfully with no violations.` `merge_uri` is where a model-quality run merged
        captures and ground truth to; without one, a model-quality run that failed has failed in merging. `ended_at`
        is None while it runs. Raises KeyError for an unknown schedule, ValueError for an unknown status.
        """
        if status not in STATUSES:
            raise ValueError(f"{status} is no MonitoringExecutionStatus; one of {', '.join(sorted(STATUSES))}")
        with self._lock:
            schedule = self._schedules.get(schedule_name.lower()) or self._gone[schedule_name.lower()]
            jobs = jobs_of(
                schedule.definition,
                RunJobs(
                    account_id=self.account_id,
                    region=self.region,
                    schedule_name=schedule.name,
                    schedule_arn=schedule.arn,
                    monitoring_type=schedule.monitoring_type,
                    suffix=f"{scheduled_at:%Y%m%d%H%M}-{_hex24(schedule.arn, scheduled_at)}",
                    created_at=created_at,
                    ended_at=ended_at,
                    status=status,
                    exit_message=exit_message,
                    failure_reason=failure_reason,
                    output_uri=output_uri,
                    merge_uri=merge_uri,
                    inputs=inputs,
                    environment=environment,
                ),
            )
            run = ExecutionRecord(
                schedule_name=schedule.name,
                scheduled_at=scheduled_at,
                created_at=created_at,
                modified_at=ended_at or created_at,
                status=status,
                monitoring_type=schedule.monitoring_type,
                endpoint_name=schedule.endpoint_name,
                definition_name=schedule.definition_name,
                failure_reason=failure_reason,
                jobs=jobs,
            )
            self._executions[run.id] = run
            self._jobs.update({job.name.lower(): job for job in jobs})
        for job in jobs:
            self._told(job)
        return run


Stores = Callable[[str, str], MonitoringStore]
"""From account id and Region to what Model Monitor keeps there."""


def _hex24(schedule_arn: str, scheduled_at: datetime) -> str:
    """24 hex digits that are the same for the same schedule and hour in every world built from one seed."""
    return hashlib.sha256(f"{schedule_arn}@{scheduled_at.isoformat()}".encode()).hexdigest()[:24]
