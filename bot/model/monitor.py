"""Model Monitor as the product sees it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.account import Account
from bot.model.observation import Finding, Row, Verdict, Window
from bot.model.place import Family, Service

MonitorKey = tuple[str, str, str]
"""Account id, Region and name of a schedule: lists of runs name no ARN."""


class RunStatus(StrEnum):
    """How an execution ended, or that it has not."""

    RUNNING = "running"
    CLEAN = "clean"
    VIOLATED = "violated"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A monitoring schedule, with what its tags say."""

    arn: str
    name: str
    account_id: str
    region: str
    family: Family
    endpoint: str
    """Empty for a batch-transform monitor."""
    cadence: timedelta | None
    service: Service
    tags: tuple[tuple[str, str], ...] = ()
    status: str = "Scheduled"
    """SageMaker's word: Scheduled, Stopped, Pending or Failed."""
    created_at: datetime | None = None
    definition: str = ""
    """The job definition's name; empty for one that stands in the schedule itself."""
    changed_at: datetime | None = None
    """Its LastModifiedTime; None where its description could not be read."""
    failure: str = ""
    """Why the schedule itself failed; untrusted."""

    @property
    def monitor(self) -> MonitorKey:
        """What it and its runs are known by in lists."""
        return (self.account_id, self.region, self.name)


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a schedule, from the list alone."""

    account: Account
    region: str
    schedule_name: str
    endpoint: str
    family: Family
    scheduled_at: datetime
    ended_at: datetime
    """The list's LastModifiedTime; the end once the status is final."""
    status: RunStatus
    job_arn: str = ""
    """The processing job's ARN; the merge job's while merging."""
    failure: str = ""

    @property
    def id(self) -> str:
        """Same for every sight of this run: (account, Region, schedule, scheduled time)."""
        when = self.scheduled_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"run:{self.account.id}:{self.region}:{self.schedule_name}:{when}"

    @property
    def monitor(self) -> MonitorKey:
        """The schedule that it is a run of."""
        return (self.account.id, self.region, self.schedule_name)


@dataclass(frozen=True, slots=True)
class Report:
    """What an execution found: one finding per constraint that it checked, bad and good."""

    findings: tuple[Finding, ...]
    window: Window | None
    samples: int | None
    count: int | None
    """From the exit message."""
    detail: str
    """Where the report is, or why details lack."""
    readable: bool
    """False when the report was missing or malformed: `findings` then holds the count alone."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A line of `/ml violations`: a row that was bad, folded over its runs in the time asked for."""

    account: Account
    region: str
    service: Service
    family: Family
    schedule_name: str
    finding: Finding
    window: Window | None
    first_at: datetime
    last_at: datetime
    runs: int
    now: Verdict
    """BAD while the newest run of its schedule still says so, else GOOD."""

    @property
    def row(self) -> Row:
        """The metric and check."""
        return self.finding.row
