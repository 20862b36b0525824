"""What a run found: from its processing job, and the report files that the job wrote."""

from dataclasses import dataclass

from bot.aws import findings
from bot.aws.errors import lasting
from bot.aws.findings import Document, Listed
from bot.aws.hub import Hub, Target
from bot.aws.jobs import JobFacts, Location, facts_of, job_name
from bot.aws.kept import Kept
from bot.aws.objects import Objects
from bot.aws.readers import READERS, Reader
from bot.errors import AccessDenied, Malformed, Missing, SourceError
from bot.model.monitor import Execution, Report, RunStatus
from bot.model.observation import UNREAD, Finding, Reading, Verdict

KEPT_FINDINGS = 100_000
"""Of all reports that are kept, some 30 MB: a report of data quality may hold two thousand."""


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report, and what kept it from being read in full, unless that is the report's own fault."""

    report: Report
    refused: SourceError | None = None


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What a run measured and what it was held to, and why one of them lacks."""

    measured: Document | None = None
    limits: Document | None = None
    lack: SourceError | None = None


class Reports:
    """Reads reports; those read in full never change and are kept.

    What stays so when asked again (missing, malformed, refused) is told in the report's detail; other errors are
    raised.
    """

    def __init__(self, hub: Hub, cap_bytes: int) -> None:
        """`cap_bytes` is the largest file that is read."""
        self._hub = hub
        self._objects = Objects(hub, cap_bytes)
        self._kept: Kept[str, Report] = Kept(KEPT_FINDINGS, lambda report: 1 + len(report.findings))

    def read(self, execution: Execution) -> ReadReport:
        """The report of a finished run. Raises SourceError, always `retryable`, when the account does not answer."""
        if execution.status not in {RunStatus.VIOLATED, RunStatus.CLEAN}:
            return ReadReport(Report((), None, None, None, f"the run is {execution.status.value}", readable=False))
        kept = self._kept.get(execution.id)
        if kept:
            return ReadReport(kept)
        read = self._clean(execution) if execution.status is RunStatus.CLEAN else self._violated(execution)
        if read.report.readable and read.refused is None:
            self._kept.put(execution.id, read.report)
        return read

    def _clean(self, execution: Execution) -> ReadReport:
        """Its status is its verdict: files that lack take numbers away, never the verdict.

        Monitors of bias and explainability write no list of violations then.
        """
        job, lack = self._job(execution)
        return ReadReport(_report(job, (), _Numbers(lack=lack)), _refusal(lack)) if lack else self._full(execution, job)

    def _violated(self, execution: Execution) -> ReadReport:
        job, lack = self._job(execution)
        if lack:
            return _unread(job, lack)
        try:
            listed = self._listed(execution, job)
        except SourceError as error:
            return _unread(job, lasting(error))
        return self._full(execution, job, listed)

    def _full(self, execution: Execution, job: JobFacts, listed: tuple[Listed, ...] = ()) -> ReadReport:
        """The findings with their numbers."""
        reader = READERS[execution.family]
        numbers = self._numbers(execution, job, reader)
        found = reader.read(listed, numbers.measured, numbers.limits)
        return ReadReport(_report(job, found, numbers), _refusal(numbers.lack))

    def _job(self, execution: Execution) -> tuple[JobFacts, SourceError | None]:
        """What the job says, and why it says nothing of use."""
        target = Target(execution.account, execution.region)
        try:
            name = job_name(execution.job_arn)
            job = facts_of(self._hub.call(target, "sagemaker", "DescribeProcessingJob", ProcessingJobName=name))
        except SourceError as error:
            return JobFacts(), lasting(error)
        return job, None if job.output else Malformed("the job names no usable place for its report")

    def _listed(self, execution: Execution, job: JobFacts) -> tuple[Listed, ...]:
        at = job.file("constraint_violations.json")
        listed = findings.violations(self._objects.read(Target(execution.account, execution.region), at))
        if not listed:
            raise Malformed("constraint_violations.json lists none, and the run says that there are some")
        return listed

    def _numbers(self, execution: Execution, job: JobFacts, reader: Reader) -> _Numbers:
        target = Target(execution.account, execution.region)
        measured, lack = self._optional(target, job.file(reader.file))
        limits: Document | None = None
        without: SourceError | None = Missing("the job was given no constraints")
        for at in filter(None, reader.limits(job)):
            limits, without = self._optional(target, at)
            if limits is not None:
                break
        refused = next((e for e in (lack, without) if isinstance(e, AccessDenied)), None)
        return _Numbers(measured, limits, refused or lack or without)

    def _optional(self, target: Target, at: Location) -> tuple[Document | None, SourceError | None]:
        try:
            return self._objects.read(target, at), None
        except SourceError as error:
            return None, lasting(error)


def _report(job: JobFacts, found: tuple[Finding, ...], numbers: _Numbers) -> Report:
    place, lack = f"{job.output}" if job.output else "", numbers.lack
    detail = f"{place}; without all numbers: {lack.cause}".removeprefix("; ") if lack else place
    return Report(found, job.window, findings.samples_of(numbers.measured or {}), job.count, detail, readable=True)


def _unread(job: JobFacts, lack: SourceError) -> ReadReport:
    """The count alone, and why."""
    seen = None if job.count is None else float(job.count)
    finding = Finding(UNREAD, Verdict.BAD, Reading(seen=seen), job.exit_message)
    detail = " ".join(filter(None, (f"{lack.cause}.", lack.next_step)))
    report = Report((finding,), job.window, None, job.count, detail, readable=False)
    return ReadReport(report, _refusal(lack))


def _refusal(lack: SourceError | None) -> SourceError | None:
    return None if isinstance(lack, Missing | Malformed) else lack
