"""An incident: an append-only log and what follows from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.handed import Handed
from bot.model.observation import Observation, Reading, Row, Subject, Window
from bot.model.place import Place, Service
from bot.model.spells import Blind, Departure, Muted, Snooze


class Act(StrEnum):
    """What people do to an incident."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    SNOOZE = "snooze"
    ASSIGN = "assign"
    NOTE = "note"
    MUTE = "mute"
    """An alarm of it was muted in CloudWatch: of whoever did so and until when its card tells."""
    UNMUTE = "unmute"


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
    """Why; of a note, its text."""
    to: str = ""
    """Whom it is assigned to, by id."""
    alarm: str = ""
    """The ARN of the alarm that is muted, or no more."""


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
    """Bad again beyond noise: within the episode on the same card, after it on a new one."""
    BACK = "back"
    """Bad again within noise: the card and its thread say so, the channel does not."""
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    WOKE = "woke"
    """A snooze ended and something is still bad."""
    NOTED = "noted"
    MUTED = "muted"
    HEARD = "heard"
    """A mute in CloudWatch ended."""
    BLIND = "blind"
    SEES = "sees"
    """What was blind can judge again."""
    GONE = "gone"
    CONTINUES = "continues"
    """What was deleted has a successor."""
    FLAPPING = "flapping"
    SETTLED = "settled"
    ESCALATED = "escalated"
    ESCALATED_AGAIN = "escalated again"
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
    measured: str = ""
    """What the numbers are of, where the row's name does not say it; untrusted."""
    hint: str = ""
    """What is wrong with the check itself, as it was told with the newest bad finding."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who has which rows, why and until when."""

    person_id: str
    at: datetime
    until: datetime
    reason: str
    rows: tuple[Row, ...]
    """Nobody else's while it runs; none when it was taken while nothing was bad."""
    by: str = ""
    """Who assigned it, by id; empty where its person took it."""


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
    """When it last came back after having been resolved within this episode, within noise or beyond it."""
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
    snooze: Snooze | None = None
    """The one that runs."""
    woke: Snooze | None = None
    """The last one that ended while it was not resolved, until somebody acts."""
    noted: Click | None = None
    """The newest note of this episode."""
    blinds: tuple[Blind, ...] = ()
    """Who cannot judge, or could not for a time in this episode."""
    departures: tuple[Departure, ...] = ()
    """Who was deleted or replaced in this episode, oldest first."""
    flapping: bool = False
    """It changed between resolved and open more than three times within six cadences and did not settle yet."""
    loud_at: datetime | None = None
    """When it last came back beyond noise, after it had clearly been good."""
    free_since: datetime | None = None
    """Since when a bad row is open and nobody's, so that somebody may be waited for; None while it is not."""
    deleted: bool = False
    """Resolved because what it watched was deleted."""
    mutes: tuple[Muted, ...] = ()
    """The running ones that were made here, which ends last first; one for each alarm."""
    unsure_until: datetime | None = None
    """Resolved, but by numbers within noise of what fired: until then a clean run's are wanted too."""

    @property
    def acknowledgement(self) -> Acknowledgement | None:
        """The running one with most of the bad rows."""
        return self.acknowledgements[0] if self.acknowledgements else None

    @property
    def bad_rows(self) -> tuple[RowState, ...]:
        """The rows that are bad now, worst first."""
        return tuple(r for r in self.rows if r.bad)

    @property
    def blind(self) -> tuple[Blind, ...]:
        """Who cannot judge now."""
        return tuple(b for b in self.blinds if b.ended_at is None)

    @property
    def is_blind_only(self) -> bool:
        """Whether nothing ever was bad in this episode: somebody could not judge."""
        return self.episode > 0 and not self.rows

    @property
    def is_hushed(self) -> bool:
        """Whether it came back within noise, so that only its thread was told."""
        return self.returned_at is not None and (self.loud_at is None or self.loud_at < self.returned_at)

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
    snooze: Snooze | None = None
    """The running one that people were told of."""
    woke_at: datetime | None = None
    """`until` of the snooze whose end was said last."""
    mutes: tuple[Muted, ...] = ()
    """The running ones that people were told of."""
    noted_id: str = ""
    """Of the note that was said last."""
    blind: tuple[str, ...] = ()
    """The ARNs of whom was said that they cannot judge."""
    blind_at: datetime | None = None
    """`since` of the spell that was said last: another is said after the cool-down."""
    departed_at: datetime | None = None
    continued_at: datetime | None = None
    flapping: bool = False
    escalations: int = 0
    """How often the group was told of what is open: in the thread, then in the channel."""
    escalated_at: datetime | None = None
    escalated_to: str = ""
    """The group that was told last, by id."""
    shown_at: datetime | None = None
    """When the channel was last told that it is bad, anew or again: a poll can come late."""
    handed: tuple[Handed, ...] = ()
    """What destinations outside Slack were told last of this episode."""


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
