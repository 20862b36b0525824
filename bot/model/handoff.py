"""What goes out to a pager or a webhook, as rows written with the change that asks for it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.model.handed import Action
from bot.model.incident import Reason, Status
from bot.model.place import About, Place, Severity
from bot.model.post import CardKey

Kind = Literal["pagerduty", "webhook"]


@dataclass(frozen=True, slots=True)
class Worst:
    """The row farthest beyond its limit. All of it is untrusted text."""

    metric: str
    check: str
    seen: float | None
    """The newest value while it is bad, else the worst of the episode."""
    limit: float | None
    note: str
    """The source's own sentence."""


@dataclass(frozen=True, slots=True)
class Told:
    """Where an incident stood when it was handed off: frozen then, so that what is sent again is the same."""

    place: Place
    service: str
    """As its owners call it."""
    about: About
    severity: Severity
    """The service's, `medium` where nobody said one; `low` while nothing is known to be bad."""
    status: Status
    summary: str
    """One line: what is wrong, the worst row in brackets."""
    bad: int
    """Rows that are bad now."""
    worst: Worst | None
    started_at: datetime | None
    resolved_at: datetime | None
    person_id: str
    """Who has it, or resolved it by hand: a Slack id; empty for nobody."""
    until: datetime | None
    """The end of the acknowledgement or of the snooze."""
    why: str
    """The reason that this person gave."""
    console: str
    """A page of AWS' console about the newest that spoke; empty where none is known."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """One word to one destination about one episode."""

    destination: str
    card: CardKey
    revision: int
    action: Action
    reason: Reason
    """Why now: the name that `due` gave."""
    at: datetime
    told: Told
    fresh: bool = False
    """A trigger to somebody who knows nothing of the episode, or that it is over."""


@dataclass(frozen=True, slots=True)
class Together:
    """Incidents that a pager is told of as one: its key, how many it stands for now, how severe the worst is."""

    key: str
    """When it began, and the id of its first row."""
    incidents: int
    severity: Severity


RowState = Literal["waiting", "sending", "dead", "held"]
"""`held`: told as part of a storm, or will be, kept until its episode ends.

`sending`: a call is under way; after a crash it is sent again, as its key makes a double harmless.
"""


@dataclass(frozen=True, slots=True)
class HandOffRow:
    """A `HandOff` as stored."""

    id: int
    out: HandOff
    state: RowState
    attempts: int = 0
    next_at: datetime | None = None
    """Not before then, by the machine's clock."""
    cause: str = ""
    """Why the last attempt failed."""
    together: Together | None = None
    """It speaks for all of these."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a destination's rows add up to."""

    destination: str
    waiting: int
    """Rows to be sent, one under way included."""
    oldest_at: datetime | None
    """When the oldest of them was asked for, by the machine's clock."""
    cause: str
    """Why the oldest of them was not taken yet; empty when it was not tried or is under way."""


@dataclass(frozen=True, slots=True)
class Dead:
    """Rows that a destination refused for good, alike."""

    destination: str
    cause: str
    rows: int
    incidents: tuple[int, ...]
    """Their numbers, the one refused last first."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where hand-offs go; what is secret of it shows up in no repr."""

    name: str
    kind: Kind
    url: str = field(repr=False)
    """A webhook's address may hold a token."""
    secret: str = field(repr=False)
    """PagerDuty's routing key, or what a webhook is signed with."""
    private: bool = False
    """Whether its address may be of a private network."""
    deadline_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Recipient:
    """A destination as routes name it, and as people may see it."""

    name: str
    shown: str
    """Kind and host, nothing secret."""
