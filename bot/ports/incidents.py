"""The store's ports: incidents, the outbox, the audit, what was seen."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.audit import AuditEntry
from bot.model.handoff import HandOff
from bot.model.incident import Entry, Incident, Queued, State
from bot.model.place import Place, Service
from bot.model.post import CardKey, OutboxRow, Outgoing, Posted


@dataclass(frozen=True, slots=True)
class Change:
    """What a step decided for one incident: appended, queued and committed together."""

    number: int
    service: Service
    entries: tuple[Entry, ...]
    """Only new ones; an entry whose id the log already holds is an error of the step."""
    queued: Queued
    out: tuple[Outgoing, ...] = ()
    state: State | None = None
    """What the log says then, where the step folded it already; else the store folds it."""
    wakes_at: datetime | None = None
    """When the clock alone may have something said next, where the step knows; else it follows from the state."""
    handed: tuple[HandOff, ...] = ()
    """What goes out beside Slack."""


Step = Callable[[tuple[Incident, ...]], Sequence[Change]]
"""Pure: from the locked incidents to what changes. It may be called again if the transaction is retried."""


class Incidents(Protocol):
    """Incidents by place and by number. `now` is the moment that states are folded at."""

    def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
        """Lock the incidents of these places in key order, run the step, commit all of it or nothing.

        For a place without an incident the step gets a blank one (empty log, the number that it would have);
        it exists once a Change with entries names it. `seen` ids are remembered in the same transaction.
        Raises StoreDown (nothing changed) or Unsaved (the commit was not confirmed).
        """
        ...

    def get(self, number: int, now: datetime) -> Incident:
        """Raises NotFound."""
        ...

    def many(self, numbers: Iterable[int], now: datetime) -> tuple[Incident, ...]:
        """Those of these numbers that there are, by number."""
        ...

    def at(self, place: Place, now: datetime) -> Incident | None:
        """The incident of a place, if there ever was one."""
        ...

    def places_of(self, subject_arns: Iterable[str]) -> Mapping[str, Place]:
        """Where the incidents are that heard these subjects last, as far as they are not resolved."""
        ...

    def list(self, now: datetime, *, resolved_since: datetime | None = None) -> tuple[Incident, ...]:
        """Those not resolved, and those resolved since then; newest start first."""
        ...

    def unseen(self, ids: Iterable[str]) -> frozenset[str]:
        """Which of these ids no committed change has remembered."""
        ...

    def due_before(self, now: datetime) -> tuple[Place, ...]:
        """Places of which the clock may have something said by `now`, since nothing changed after it."""
        ...


class Seen(Protocol):
    """Deliveries that were taken before (Slack sends some twice)."""

    def firsts(self, ids: Sequence[str], now: datetime) -> Sequence[bool]:
        """For each, True for exactly one caller per id, in every process on this store. Ids live for a day."""
        ...

    def forget(self, id: str) -> None:  # noqa: A002  # the word of the field
        """Its handling failed: the next delivery of it is the first again."""
        ...


class Outbox(Protocol):
    """What waits to be shown. Leases, pacing and claims use the wall clock."""

    def lease(self, worker: str, now: datetime, ttl_s: float, *, also: Iterable[str] = ()) -> tuple[str, ...]:
        """Channels with rows to send that this worker now holds until `now + ttl_s`; renewing is the same call.

        `also`: channels in which something else waits, whose lease is the same.
        """
        ...

    def release(self, worker: str) -> None:
        """Give every channel back."""
        ...

    def rows(self, channel: str) -> tuple[OutboxRow, ...]:
        """Waiting, sending and ambiguous rows of a channel, oldest first. Parked ones are left out."""
        ...

    def begin(self, row: OutboxRow, now: datetime) -> None:
        """Mark as `sending` before Slack is called; `claimed_at` is set on the first attempt only.

        Raises Conflict when the row was begun, parked or done since it was read.
        """
        ...

    def posted(self, row: OutboxRow, at: Posted | None, *, upto: int | None = None) -> None:
        """The row is done.

        With `at`, the card stands there, and every waiting card row of the same card is done too whose revision is
        not above `at.revision` and whose id is not above `upto`: the newest card row read before the card was drawn,
        by default `row` itself. A clock asks for another drawing at the same revision.
        """
        ...

    def again(self, row: OutboxRow, *, ambiguous: bool) -> None:
        """Not done: back to `waiting` (Slack refused it before acting), or `ambiguous` (it may stand there)."""
        ...

    def park(self, row: OutboxRow, cause: str) -> None:
        """Give up on this row and keep it with its cause."""
        ...

    def elsewhere(self, channel: str, cards: Iterable[CardKey]) -> tuple[OutboxRow, ...]:
        """Rows of these cards that wait, are sent or ambiguous in any other channel, oldest first."""
        ...

    def bring(self, rows: Iterable[OutboxRow], channel: str) -> None:
        """Let these wait in that channel's queue, as far as nobody began them; nobody begins them as read any more."""
        ...

    def reroute(self, card: CardKey, channel: str, *, lost: str, stood: Posted | None) -> None:
        """Move what waits for a card in a lost channel to another one.

        With `stood`, where the card was read to stand and stands no more, all its rows move and that place is
        forgotten; nothing changes when it stands elsewhere by now, or nowhere. Without, the rows of the queue `lost`
        move. Whoever read one of them before cannot begin it any more.
        """
        ...

    def card(self, key: CardKey) -> Posted | None:
        """Where a card stands, if it was posted."""
        ...

    def cards(self, keys: Iterable[CardKey]) -> Mapping[CardKey, Posted]:
        """Where these stand, those that do."""
        ...

    def next_post_at(self, channel: str) -> datetime | None:
        """When the channel may take its next post, if one was noted. `channel`: its id, where it is known."""
        ...

    def take_post(self, channel: str, now: datetime, every: timedelta) -> datetime | None:
        """Take the channel's turn, so that the next one is `every` later; of two that ask one gets it.

        None: it was had. Else nothing was noted, and this is when the next turn is.
        """
        ...

    def book_post(self, channel: str, now: datetime, every: timedelta) -> datetime:
        """Take the channel's next turn, now or later: when it is. Nobody else has it."""
        ...

    def pace(self, channel: str, next_at: datetime) -> None:
        """Note that the channel takes no post before `next_at` (pace, or Slack's Retry-After)."""
        ...

    def take_update(self, now: datetime, per_minute: int) -> bool:
        """Take one edit from the workspace's budget of the running minute; False when it is spent."""
        ...

    def parked(self) -> tuple[tuple[OutboxRow, str], ...]:
        """What could not be sent, with causes."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Rows by state, every state named."""
        ...


class Audit(Protocol):
    """Append-only."""

    def write(self, entry: AuditEntry) -> None:
        """Keep one act; an id that is kept already changes nothing."""
        ...

    def tail(self, limit: int) -> tuple[AuditEntry, ...]:
        """The newest first."""
        ...


__all__ = ["Audit", "Change", "Incidents", "Outbox", "Outgoing", "Seen", "Step"]
