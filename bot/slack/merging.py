"""Notes that say the same of one card become one while they wait, as its edits do."""

from collections.abc import Sequence

from bot.errors import Conflict
from bot.model.incident import Reason
from bot.model.post import OutboxRow
from bot.ports import Outbox, StormQueue


def merged(channel: str, rows: Sequence[OutboxRow], queue: StormQueue, outbox: Outbox) -> Sequence[OutboxRow]:
    """The channel's rows, where the oldest note of new rows of a card speaks for those that wait behind it.

    It is drawn when it is sent: whatever became bad since it was asked for is in it.
    """
    alike: dict[object, list[OutboxRow]] = {}
    for row in rows:
        if row.out.kind == "note" and row.out.reason is Reason.NEW_ROW and row.state == "waiting":
            alike.setdefault((row.out.card, row.quiet), []).append(row)
    many = [of_card for of_card in alike.values() if len(of_card) > 1]
    for of_card in many:
        try:
            queue.merge(of_card)
        except Conflict:
            continue
    return _as_far_as_read(rows, outbox.rows(channel)) if many else rows


def _as_far_as_read(read: Sequence[OutboxRow], now: Sequence[OutboxRow]) -> Sequence[OutboxRow]:
    """What came in between may be of a storm: the next turn asks."""
    known = {row.id for row in read}
    return [row for row in now if row.id in known]
