"""What of an outbox may be sent now, and in which order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.model.incident import Reason
from bot.model.post import CardKey, OutboxRow, Posted

_MOST = 300
"""Rows looked at in one turn: a channel takes one post a second, the rest can wait unread."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call to Slack. `stands` is where the card is, for an edit or a note in its thread."""

    does: Literal["post", "edit", "note"]
    row: OutboxRow
    urgency: int
    """0: what people must see first, 1: what changed, 2: counters."""
    stands: Posted | None = None
    upto: int = 0
    """The newest wish for the card that was read: what this job draws shows them all."""


def jobs(rows: Iterable[OutboxRow], where: Callable[[CardKey], Posted | None]) -> list[Job]:
    """One drawing for each card, from its newest wish, and the notes whose card stands; the most urgent first."""
    chosen = sorted(rows, key=lambda r: (_is_count(r), r.id))[:_MOST]
    found: list[Job] = []
    for key in dict.fromkeys(row.out.card for row in chosen):
        of_card = [row for row in chosen if row.out.card == key]
        found += _of(of_card, where(key))
    return sorted(found, key=lambda job: (job.urgency, job.row.id))


def _of(rows: Sequence[OutboxRow], stands: Posted | None) -> list[Job]:
    """The jobs of one card: drawn first if it stands nowhere, its notes only when it stands."""
    wishes = [row for row in rows if row.out.kind == "card"]
    notes = [row for row in rows if row.out.kind == "note"]
    upto = max((row.id for row in wishes), default=0)
    if stands is None:
        # A note whose card was lost with its channel and has no wish of its own: the new card says it all.
        return [Job("post", _first(rows), 0, upto=upto)]
    drawn = [Job("edit", _newest(wishes), 2 if all(map(_is_count, wishes)) else 1, stands, upto)] if wishes else []
    return [*drawn, *[Job("note", row, 0 if row.is_broadcast else 1, stands) for row in notes]]


def _first(rows: Sequence[OutboxRow]) -> OutboxRow:
    """The one that was begun, as a note may be too, for the card may stand there already; else the oldest wish."""
    return min(rows, key=lambda row: (row.state == "waiting", row.out.kind == "note", row.id))


def _newest(rows: Sequence[OutboxRow]) -> OutboxRow:
    """The one that was begun, since no other's success ends it; else the newest."""
    return max(rows, key=lambda row: (row.state != "waiting", row.out.revision, row.id))


def _is_count(row: OutboxRow) -> bool:
    return row.out.kind == "card" and row.out.reason is Reason.COUNT
