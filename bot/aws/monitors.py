"""Model Monitor across accounts: runs, their schedules and reports, and the rows that were bad."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.aws.actions import needs
from bot.aws.drift import Drift
from bot.aws.fanout import Fanout, Job, failures_of, gather, once
from bot.aws.hub import Hub, Target
from bot.aws.reports import ReadReport, Reports
from bot.aws.schedules import ReadSchedule, Schedules, execution_of
from bot.aws.violations import Monitor, Run, fold, judged, monitor_of, newest
from bot.errors import SourceError
from bot.model.monitor import Execution, Report, RunStatus, Schedule, Violation
from bot.model.place import Service
from bot.ports.ask import Ask, Failure, Found

PAGE = 100
"""The most that ListMonitoringExecutions gives at once; its default is 10 (SageMaker API reference)."""

MOST = 0.9
"""The share that the reports may take: numbers that are wanted beside them come last."""
STEP = 0.5
"""The share of the time left that a step may wait for a silent account when another step follows."""


class AwsMonitors:
    """`bot.ports.fleet.Monitors` over SageMaker and S3."""

    def __init__(
        self, hub: Hub, fanout: Fanout, schedules: Schedules, reports: Reports, drift: Drift, ask: Ask
    ) -> None:
        """Bound to one ask; what it reads of schedules, reports and drift is shared by all."""
        self._hub = hub
        self._fanout = fanout
        self._schedules = schedules
        self._reports = reports
        self._drift = drift
        self._ask = ask

    @needs("sagemaker:ListMonitoringExecutions")
    def executions(self, since: datetime) -> Found[Execution]:
        """Every run created after `since`, oldest end first; an account whose list breaks off gives none."""
        return self._listed(since)

    def _listed(self, since: datetime, *, share: float = 1.0) -> Found[Execution]:
        began = time.monotonic()
        targets = self._ask.scope.targets()
        jobs = [Job(a, region, partial(self._list, Target(a, region), since)) for a, region in targets]
        answers = self._fanout.answers(self._ask, jobs, share=share)
        found = gather(jobs, answers, began)
        runs = sorted((run for runs in found.items for run in runs), key=_oldest_end_first)
        return Found(tuple(runs), found.failures, found.asked, found.took_s)

    @needs("sagemaker:DescribeMonitoringSchedule", "sagemaker:ListTags")
    def schedule(self, execution: Execution) -> Schedule:
        """The schedule of a run, by its names where it was deleted or the role may not read it. Raises SourceError."""
        return self._fanout.one(self._ask, self._schedule_job(execution)).schedule

    @needs("sagemaker:DescribeProcessingJob", "s3:GetObject", "cloudwatch:GetMetricData")
    def report(self, execution: Execution) -> Report:
        """What a run found; unreadable when a file is missing, malformed or refused, with the reason in `detail`."""
        report = self._fanout.one(self._ask, self._report_job(execution)).report
        return self._drift.filled(self._ask, [(execution, report)])[0]

    @needs(
        "sagemaker:ListMonitoringExecutions",
        "sagemaker:DescribeMonitoringSchedule",
        "sagemaker:ListTags",
        "sagemaker:DescribeProcessingJob",
        "s3:GetObject",
        "cloudwatch:GetMetricData",
    )
    def violations(self, service: str | None, since: timedelta) -> Found[Violation]:
        """Rows that were bad; `service` is a service's, endpoint's or schedule's name, in any case."""
        began = time.monotonic()
        found = self._listed(self._ask.now - since, share=STEP)
        finished = [run for run in found.items if judged(run)]
        services, unnamed = self._services(_monitors_violated(finished))
        wanted = [run for run in finished if _wanted(run, services, service)]
        runs, unread = self._runs(wanted)
        failures = once((*found.failures, *unnamed, *unread))
        folded = fold(self._measured(runs), services.__getitem__)
        return Found(folded, failures, found.asked, time.monotonic() - began)

    def _measured(self, runs: list[Run]) -> list[Run]:
        """With the numbers of drift, of those runs alone that will stand for a row."""
        shown = newest(runs)
        reports = self._drift.filled(self._ask, [(run.execution, run.report) for run in shown if run.report])
        measured = dict(zip((run.execution.id for run in shown if run.report), reports, strict=True))
        return [replace(run, report=measured.get(run.execution.id, run.report)) for run in runs]

    def _list(self, target: Target, since: datetime) -> tuple[Execution, ...]:
        pages = self._hub.pages(
            self._ask,
            target,
            "sagemaker",
            "ListMonitoringExecutions",
            CreationTimeAfter=since,
            SortBy="CreationTime",
            SortOrder="Ascending",
            MaxResults=PAGE,
        )
        return tuple(execution_of(row, target) for page in pages for row in page["MonitoringExecutionSummaries"])

    def _schedule_job(self, execution: Execution) -> Job[ReadSchedule]:
        return Job(execution.account, execution.region, partial(self._schedules.read, self._ask, execution))

    def _report_job(self, execution: Execution) -> Job[ReadReport]:
        return Job(execution.account, execution.region, partial(self._reports.read, execution))

    def _services(self, latest: Sequence[Execution]) -> tuple[dict[Monitor, Service], tuple[Failure, ...]]:
        """The service of each monitor; by name where its tags cannot be read, which is no failure if it is gone."""
        jobs = [self._schedule_job(run) for run in latest]
        answers = self._fanout.answers(self._ask, jobs, share=STEP)
        services = {
            monitor_of(run): self._schedules.service_by_name(run) if isinstance(a, SourceError) else a.schedule.service
            for run, a in zip(latest, answers, strict=True)
        }
        refused = [a.refused if isinstance(a, ReadSchedule) and a.refused else a for a in answers]
        return services, failures_of(jobs, refused)

    def _runs(self, wanted: Sequence[Execution]) -> tuple[list[Run], tuple[Failure, ...]]:
        violated = [run for run in wanted if run.status is RunStatus.VIOLATED]
        if violated:
            self._ask.progress(f"reading {len(violated)} reports…")
        jobs = [self._report_job(run) for run in violated]
        answers = self._fanout.answers(self._ask, jobs, share=MOST)
        read = {r.id: a.report for r, a in zip(violated, answers, strict=True) if not isinstance(a, SourceError)}
        refused = [a.refused if isinstance(a, ReadReport) and a.refused else a for a in answers]
        return [Run(run, read.get(run.id)) for run in wanted], failures_of(jobs, refused)


def _oldest_end_first(run: Execution) -> tuple[datetime, str, str, str, datetime]:
    return (run.ended_at, run.account.id, run.region, run.schedule_name, run.scheduled_at)


def _monitors_violated(finished: Sequence[Execution]) -> tuple[Execution, ...]:
    """The newest violated run of each monitor that has one: only these monitors are looked up."""
    return tuple({monitor_of(run): run for run in finished if run.status is RunStatus.VIOLATED}.values())


def _wanted(run: Execution, services: dict[Monitor, Service], service: str | None) -> bool:
    named = services.get(monitor_of(run))
    if named is None:
        return False
    names = (named.name, run.endpoint, run.schedule_name)
    return service is None or service.casefold() in {name.casefold() for name in names}
