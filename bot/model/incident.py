"""An incident: an append-only log and what follows from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.observation import Observation, Reading, Row, Subject, Window
from bot.model.place import Place, Service


class Act(StrEnum):
    """What people do to an incident."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Click:
    """A person's act, by button, form or words."""

    id: str
    """The trigger's or the view's id: a second delivery of the same click is the same entry."""
    act: Act
    at: datetime
    person_id: str
    rows: tuple[Row, ...] = ()
    """The rows that it takes: those bad when it was made."""
    until: datetime | None = None
    reason: str = ""


Entry = Observation | Click


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Reason(StrEnum):
    """Why the card is posted or changed: the name that `due` gives."""

    FIRST = "first"
    NEW_ROW = "new row"
    WORSE = "worse"
    RUN_OUT = "run out"
    RETURNED = "returned"
    """Bad again: within the episode on the same card, after it on a new one."""
    ACKNOWLEDGED = "acknowledged"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    COUNT = "count"
    """Only numbers changed: the card is edited, nobody is told."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class RowState:
    """A row within the current episode."""

    row: Row
    number: int
    """As in `ack 12.3`: by first appearance in the episode, from 1."""
    bad: bool
    since: datetime
    """When it first was bad in this episode (`at` of the observation)."""
    runs: int
    """Observations that called it bad in this episode."""
    fired: Reading
    """What it was when it first was bad in this episode: kept after it resolves."""
    worst: Reading
    """The reading farthest beyond the limit in this episode."""
    last: Reading
    """The newest reading, bad or good."""
    note: str
    """The source's sentence of the newest bad finding, untrusted."""
    taken: bool
    """Covered by the running acknowledgement."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who has it, why and until when."""

    person_id: str
    at: datetime
    until: datetime
    reason: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the log says at a moment; `lifecycle.fold` is the only maker."""

    status: Status
    episode: int
    """From 1; 0 when nothing was ever bad."""
    started_at: datetime | None
    """When the episode's first row was bad."""
    rows: tuple[RowState, ...]
    """Every row of the episode, worst first: bad before good, then by distance from the limit."""
    acknowledgement: Acknowledgement | None
    """The one that runs now."""
    ran_out: Acknowledgement | None
    """The one that ran out last in this episode while rows were bad, until it is taken again."""
    resolved_at: datetime | None
    resolved_by: str
    """A person's id when resolved by hand, else empty."""
    reason: str
    """Of the last resolve or re-open by hand, or of the running acknowledgement."""
    owner_id: str
    """Who acknowledged last in this episode, kept after it resolves; empty when nobody did."""
    runs: int
    """Observations with a bad row in this episode."""
    worse_at: datetime | None
    """When a row last became worse beyond noise in this episode."""
    worse_rows: tuple[Row, ...]
    returned_at: datetime | None
    """When it last came back after having been resolved within this episode."""
    subjects: tuple[Subject, ...]
    """Who spoke in this episode, newest last."""
    window: Window | None
    """The data window of the newest observation that had one."""
    samples: int | None
    observed_at: datetime | None
    """`at` of the newest observation."""
    cadence: timedelta | None
    """Of the slowest live subject."""
    detail: str
    count: int | None
    """The newest observation's own count of violations."""
    earlier_resolved_at: datetime | None = None
    """When the episode before this one was resolved."""
    lapses_at: datetime | None = None
    """When rows of a deleted subject close by themselves, unless a successor speaks before."""

    @property
    def bad_rows(self) -> tuple[RowState, ...]:
        """The rows that are bad now, worst first."""
        return tuple(r for r in self.rows if r.bad)


@dataclass(frozen=True, slots=True)
class Queued:
    """What was last queued for the card: `due` compares it with the state."""

    episode: int = 0
    status: Status = Status.RESOLVED
    rows: tuple[Row, ...] = ()
    """Rows that people were told of in this episode."""
    worse_at: datetime | None = None
    returned_at: datetime | None = None
    acknowledged_until: datetime | None = None
    acknowledged_by: str = ""
    ran_out_at: datetime | None = None
    """`until` of the acknowledgement whose end was said."""
    revision: int = 0
    new_row_at: datetime | None = None
    """`at` of the observation whose new rows were said last: on an owned card that is said once a cadence."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as the store keeps it. `revision` counts its log's entries."""

    number: int
    place: Place
    service: Service
    log: tuple[Entry, ...]
    queued: Queued
    state: State
    """The fold of `log` at the moment of reading."""

    @property
    def revision(self) -> int:
        """How many entries the log has: a card drawn from it is at this revision."""
        return len(self.log)
