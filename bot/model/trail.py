"""What CloudTrail recorded, and what reading it cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.question import Value

Place = tuple[str, str]
"""Account id and Region."""


class KnownBy(StrEnum):
    """How the person behind a call is known, the surest first."""

    SOURCE_IDENTITY = "source identity"
    IDENTITY_CENTER = "Identity Center user"
    SESSION_NAME = "session name"
    IAM_USER = "IAM user"
    ROOT = "root"
    SERVICE = "service"
    ACCOUNT = "another account"
    SHARED_ROLE = "shared role"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who called. Of a shared role `name` is the role: the person cannot be told."""

    name: str
    known_by: KnownBy
    role: str = ""
    """The role that the session has, empty where none is assumed."""
    session: str = ""
    """The session's name."""


@dataclass(frozen=True, slots=True)
class Call:
    """One recorded call. `account_id` and `region` are where it was recorded; `at` is UTC."""

    id: str
    at: datetime
    event: str
    source: str
    """The service, as `sagemaker.amazonaws.com`."""
    account_id: str
    region: str
    actor: Actor
    resource: str
    result: str
    """`done`, `denied` or `failed`."""
    error: str = ""
    """CloudTrail's error code."""
    change: bool = True
    """False of a call that only reads."""
    provisional: bool = False
    """Seen by LookupEvents: the log file that has it has not been delivered."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What an answer cost and how fresh it is."""

    scanned_bytes: int = 0
    reused: bool = False
    """Athena had answered the same within the last minutes."""
    newest: Mapping[Place, datetime] = field(default_factory=dict)
    """When the newest log file of each account and Region was delivered, of those that have any."""
    silent: tuple[Place, ...] = ()
    """Accounts and Regions of which no log file was delivered within two days."""
    notes: tuple[str, ...] = ()
    """What is to be known of the table: columns that it lacks, accounts that it does not have."""


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """A SELECT that reads `events`, the values of its placeholders, and how many rows are wanted.

    `reads` is how often `events` is read.
    """

    select: str
    values: tuple[Value, ...]
    limit: int
    reads: int = 1


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query gave: texts, numbers, or None. `more`: there were rows beyond the limit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]
    more: bool
    scan: Scan


@dataclass(frozen=True, slots=True)
class Calls:
    """Recorded calls, newest first."""

    items: tuple[Call, ...]
    more: bool
    scan: Scan


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a question would read, from the sizes of the log files. `sampled`: not all were looked at."""

    log_bytes: int
    sampled: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One event as CloudTrail wrote it; JSON. Whoever shows it takes the secrets out."""

    call: Call
    body: Mapping[str, object]
