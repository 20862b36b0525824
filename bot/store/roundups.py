"""Roundups on SQL: which notes one message tells of, and what becomes of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, tuple_, update

from bot.errors import Conflict
from bot.model.post import OutboxRow
from bot.store.sending import LIVE
from bot.store.storms import chunks
from bot.store.tables import outbox
from bot.store.transaction import writing


class SqlRoundups:
    """`Roundups` on SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def round_up(self, rows: Sequence[OutboxRow], number: int, now: datetime) -> None:
        """All or none; the first claim of each stays."""
        with writing(self._engine) as conn:
            begin_all(conn, rows, now, roundup=number)

    def told(self, rows: Sequence[OutboxRow]) -> None:
        """Their own messages were never tried."""
        self._wait(rows, quiet=True)

    def merge(self, rows: Sequence[OutboxRow]) -> None:
        """All or none."""
        first, *others = rows
        loud = any(row.out.broadcast for row in rows)
        with writing(self._engine) as conn:
            said = update(outbox).where(_as_read(rows[:1])).values(broadcast=loud, attempts=outbox.c.attempts + 1)
            changed = conn.execute(said).rowcount
            for some in chunks(others):
                changed += conn.execute(delete(outbox).where(_as_read(some))).rowcount
            if changed != len(rows):
                raise Conflict(f"Another worker took one of the notes that row {first.id} speaks for.")

    def let_go(self, rows: Sequence[OutboxRow]) -> None:
        """Of no roundup."""
        self._wait(rows, roundup=0)

    def _wait(self, rows: Sequence[OutboxRow], **values: Any) -> None:
        afresh = {"state": "waiting", "claimed_at": None, "attempts": outbox.c.attempts + 1, **values}
        with writing(self._engine) as conn:
            for some in chunks([row.id for row in rows]):
                live = outbox.c.id.in_(some) & outbox.c.state.in_(LIVE)
                conn.execute(update(outbox).where(live).values(afresh))


def _as_read(rows: Sequence[OutboxRow]) -> ColumnElement[bool]:
    """Nobody began, parked or did them since."""
    unchanged = tuple_(outbox.c.id, outbox.c.attempts).in_([(row.id, row.attempts) for row in rows])
    return unchanged & outbox.c.state.in_(LIVE)


def begin_all(conn: Connection, rows: Sequence[OutboxRow], now: datetime, **values: Any) -> None:
    """Within a transaction: all are `sending`. Raises Conflict when one was begun, parked or done since it was read."""
    begun = {
        "state": "sending",
        "attempts": outbox.c.attempts + 1,
        "claimed_at": func.coalesce(outbox.c.claimed_at, now),
        **values,
    }
    for some in chunks(rows):
        done = conn.execute(update(outbox).where(_as_read(some)).values(begun))
        if done.rowcount != len(some):
            raise Conflict(f"Another worker took one of {len(rows)} rows of the outbox.")
