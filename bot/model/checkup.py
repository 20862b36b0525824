"""What `doctor` finds: one line for each thing that it looked at, and the facts that lines are judged from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Status = Literal["good", "warn", "bad", "unknown"]
"""`unknown`: it was not looked at, and the line says why; that is never taken for good."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: `subject` is what it is about, `next_step` what somebody should do."""

    area: str
    subject: str
    status: Status
    said: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What another's clock said, and what this machine's said in the middle of the question."""

    whose: str
    said_at: datetime
    here_at: datetime


@dataclass(frozen=True, slots=True)
class Database:
    """The database as it answered just now."""

    kind: Literal["SQLite", "PostgreSQL"]
    revision: str
    wrote_s: float
    """How long a small write took until it was confirmed."""
    clock: ClockReading | None = None
    """None where the database is a file of this machine."""
    free_bytes: int | None = None
    """Room left on the disk of a database that is a file."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The messages of one channel that are not shown yet, and who holds the channel."""

    channel: str
    rows: int
    oldest_id: int
    tried_at: datetime | None
    """When the one that is tried for longest was first tried; None when none was."""
    attempts: int
    """The most that one of them had."""
    owner: str = ""
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A link of CloudWatch's cross-account observability, as its source account describes it."""

    account: str
    """As people read it: label and id."""
    region: str
    resource_types: tuple[str, ...]
    metric_filter: str = ""
    """Which metric namespaces are shared; empty: all."""
