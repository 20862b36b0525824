"""What CloudTrail recorded, and what reading it cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.observation import Window
from bot.model.question import Value

Place = tuple[str, str]
"""Account id and Region."""


class KnownBy(StrEnum):
    """How the person behind a call is known, the surest first."""

    THIS_BOT = "Slack, through this bot"
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
    """Who called. Of a shared role `name` is the role: the person cannot be told. Of this bot it is an id in Slack."""

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
class Remark:
    """A sentence that is to be known of the table; `line` is the SQL that mends it, empty where none does."""

    said: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What an answer cost, what it is of and how fresh it is."""

    window: Window
    scanned_bytes: int = 0
    usd: float = 0.0
    reused: bool = False
    """Athena had answered the same within the last minutes."""
    newest: Mapping[Place, datetime] = field(default_factory=dict)
    """When the newest log file of each account and Region was delivered, of those that have any."""
    silent: tuple[Place, ...] = ()
    """Accounts and Regions of which no log file was delivered within two days."""
    remarks: tuple[Remark, ...] = ()


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
class Wanted:
    """Which calls: of an event's name (empty: any), about a resource (empty: any), done changes alone or all."""

    event: str = ""
    resource: str = ""
    changes: bool = False
    limit: int = 100


Shown = str | float | None


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query gave. `more`: there were rows beyond the limit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Shown, ...], ...]
    more: bool
    scan: Scan


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a question would read, from the sizes of the log files. `sampled`: not all were looked at."""

    log_bytes: int
    usd: float
    sampled: bool = False
    dear: bool = False
    """It costs more than the settings let pass unasked."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event as CloudTrail wrote it; whoever shows it takes the secrets out."""

    call: Call
    body: Mapping[str, object]
