"""One account and Region, tried right by right on its newest finished run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from bot.aws.actions import needs
from bot.aws.hub import Hub, Target
from bot.aws.jobs import JobFacts, facts_of, job_name
from bot.aws.objects import Objects
from bot.aws.schedules import execution_of
from bot.aws.violations import judged
from bot.errors import Malformed, Missing, SourceError, TimedOut
from bot.model.monitor import Execution
from bot.ports.ask import Ask

T = TypeVar("T")
PAGE = 100
FILES = ("constraint_violations.json", "statistics.json", "constraints.json")
ON_A_RUN = frozenset(
    {
        "sagemaker:DescribeMonitoringSchedule",
        "sagemaker:ListTags",
        "sagemaker:DescribeProcessingJob",
        "s3:GetObject",
    }
)
"""What can only be tried where a run has finished."""


@dataclass(slots=True)
class Visit:
    """What was refused, and which rights there was nothing to try on."""

    refused: list[SourceError] = field(default_factory=list)
    untried: set[str] = field(default_factory=lambda: set(ON_A_RUN))

    def tried(self, action: str, call: Callable[[], T]) -> T | None:
        """Its answer, if there is one. What is missing or malformed was looked for, so the right is there.

        Raises TimedOut: who is silent once would be waited for at each right again.
        """
        self.untried.discard(action)
        try:
            return call()
        except TimedOut:
            raise
        except (Missing, Malformed):
            return None
        except SourceError as error:
            self.refused.append(error)
            return None


class Visitor:
    """Asks as the adapters of the monitors do, and remembers nothing: a right may have gone since."""

    def __init__(self, hub: Hub, cap_bytes: int) -> None:
        """`cap_bytes` is the largest report file that is read."""
        self._hub = hub
        self._objects = Objects(hub, cap_bytes)

    @needs(
        "sagemaker:ListMonitoringExecutions",
        "sagemaker:DescribeMonitoringSchedule",
        "sagemaker:ListTags",
        "sagemaker:DescribeProcessingJob",
        "s3:GetObject",
    )
    def visit(self, ask: Ask, target: Target) -> Visit:
        """Every refusal is in the visit. Raises TimedOut for a target that does not answer."""
        visit = Visit()
        runs = visit.tried("sagemaker:ListMonitoringExecutions", partial(self._newest, target))
        run = next((r for r in runs or () if judged(r)), None)
        if run is not None:
            self._read(ask, target, run, visit)
        return visit

    def _newest(self, target: Target) -> tuple[Execution, ...]:
        order = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": PAGE}
        said = self._hub.call(target, "sagemaker", "ListMonitoringExecutions", **order)
        return tuple(execution_of(row, target) for row in said["MonitoringExecutionSummaries"])

    def _read(self, ask: Ask, target: Target, run: Execution, visit: Visit) -> None:
        named = {"MonitoringScheduleName": run.schedule_name}
        describe = partial(self._hub.call, target, "sagemaker", "DescribeMonitoringSchedule", **named)
        visit.tried("sagemaker:DescribeMonitoringSchedule", describe)
        resources = [f"monitoring-schedule/{run.schedule_name.lower()}"]
        resources += [f"endpoint/{run.endpoint.lower()}"] if run.endpoint else []
        for resource in resources:
            arn = self._hub.arn(target, "sagemaker", resource)
            tags = partial(self._hub.call, target, "sagemaker", "ListTags", ResourceArn=arn, MaxResults=PAGE)
            visit.tried("sagemaker:ListTags", tags)
        job = visit.tried("sagemaker:DescribeProcessingJob", partial(self._job, target, run))
        if job is not None and not ask.cancelled():
            self._files(target, job, visit)

    def _job(self, target: Target, run: Execution) -> JobFacts:
        name = job_name(run.job_arn)
        return facts_of(self._hub.call(target, "sagemaker", "DescribeProcessingJob", ProcessingJobName=name))

    def _files(self, target: Target, job: JobFacts, visit: Visit) -> None:
        """The run's report, and its baseline's constraints where the report has none of its own."""
        for name in FILES if job.output else ():
            at = job.output.file(name) if job.output else None
            found = visit.tried("s3:GetObject", partial(self._objects.read, target, at)) if at else None
        if job.constraints and (not job.output or found is None):
            visit.tried("s3:GetObject", partial(self._objects.read, target, job.constraints))
