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
    SNOOZED = "snoozed"
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
    """Covered by a running acknowledgement."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who has which rows, why and until when."""

    person_id: str
    at: datetime
    until: datetime
    reason: str
    rows: tuple[Row, ...]
    """Nobody else's while it runs; none when it was taken while nothing was bad."""


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
    acknowledgements: tuple[Acknowledgement, ...]
    """Those that run now, the one with most of the bad rows first."""
    ran_out: tuple[Acknowledgement, ...]
    """Those of this episode that ran out while a row of theirs was bad, until it is taken again; last ended last."""
    resolved_at: datetime | None
    resolved_by: str
    """A person's id when resolved by hand, else empty."""
    reason: str
    """Of the last resolve or re-open by hand, or of the acknowledgement with most rows."""
    owner_id: str
    """Whose acknowledgement has or last had most rows in this episode, kept after it resolves; empty for nobody's."""
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
    cool_down: timedelta
    """What the fold took for it: whoever folds this log again takes the same."""
    earlier_resolved_at: datetime | None = None
    """When the episode before this one was resolved."""
    lapses_at: datetime | None = None
    """When rows of a deleted subject close by themselves, unless a successor speaks before."""
    changes_at: datetime | None = None
    """When the clock alone changes it next; until then it is the same at every moment."""

    @property
    def acknowledgement(self) -> Acknowledgement | None:
        """The running one with most of the bad rows."""
        return self.acknowledgements[0] if self.acknowledgements else None

    @property
    def bad_rows(self) -> tuple[RowState, ...]:
        """The rows that are bad now, worst first."""
        return tuple(r for r in self.rows if r.bad)

    def unsaid_ends(self, said_at: datetime | None) -> tuple[Acknowledgement, ...]:
        """Those that ran out after the end that was said last."""
        return tuple(a for a in self.ran_out if said_at is None or a.until > said_at)


@dataclass(frozen=True, slots=True)
class Queued:
    """What was last queued for the card: `due` compares it with the state."""

    episode: int = 0
    status: Status = Status.RESOLVED
    rows: tuple[Row, ...] = ()
    """Rows that people were told of in this episode."""
    worse_at: datetime | None = None
    returned_at: datetime | None = None
    acknowledged: tuple[Acknowledgement, ...] = ()
    """The running ones that people were told of."""
    ran_out_at: datetime | None = None
    """`until` of the acknowledgement whose end was said last."""
    ran_out_before: datetime | None = None
    """`ran_out_at` before that: the note names those that ended in between."""
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
