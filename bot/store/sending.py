"""The life of a row that must be shown in Slack: the same for the cards' outbox and for messages of their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Engine, RowMapping, Table, and_, func, select, update

from bot.store.transaction import reading, writing

LIVE = ("waiting", "sending", "ambiguous")
"""States of rows that still must be shown."""


class Sending:
    """The rows of one table. One that is done or parked stays so, whoever comes late with it."""

    def __init__(self, engine: Engine, table: Table, *, without: str = "") -> None:
        """The table has `id`, `channel`, `state`, `claimed_at`, `attempts`, `cause`; `without` is a column not read."""
        self._engine = engine
        self._table = table
        self._read: tuple[Column[Any], ...] = tuple(c for c in table.c if c.name != without)

    def channels(self) -> tuple[str, ...]:
        """Those with something to send, sorted."""
        waiting = select(self._table.c.channel).where(self._live()).distinct()
        with reading(self._engine) as conn:
            return tuple(sorted(conn.scalars(waiting)))

    def rows(self, channel: str) -> Sequence[RowMapping]:
        """Those of a channel that still must be shown, oldest first."""
        return self._rows(and_(self._table.c.channel == channel, self._live()))

    def parked(self) -> Sequence[RowMapping]:
        """Those given up, oldest first."""
        return self._rows(self._table.c.state == "parked")

    def begin(self, id_: int, attempts: int, now: datetime) -> bool:
        """Mark as `sending`; the first claim stays. False when it was begun, parked or done since it was read."""
        as_read = and_(self._table.c.id == id_, self._table.c.attempts == attempts, self._live())
        begun = {
            "state": "sending",
            "attempts": self._table.c.attempts + 1,
            "claimed_at": func.coalesce(self._table.c.claimed_at, now),
        }
        with writing(self._engine) as conn:
            return conn.execute(update(self._table).where(as_read).values(begun)).rowcount == 1

    def again(self, id_: int, *, ambiguous: bool) -> None:
        """Not done: back to `waiting`, or `ambiguous`."""
        self.set(id_, state="ambiguous" if ambiguous else "waiting")

    def park(self, id_: int, cause: str) -> None:
        """Give up on it and keep it with its cause."""
        self.set(id_, state="parked", cause=cause)

    def set(self, id_: int, **values: Any) -> None:
        """Change it while it still must be shown."""
        with writing(self._engine) as conn:
            conn.execute(update(self._table).where(self._table.c.id == id_, self._live()).values(values))

    def counts(self) -> Mapping[str, int]:
        """Rows by state, every state named but that of those done."""
        states = (*LIVE, "parked")
        state = self._table.c.state
        by_state = select(state, func.count()).where(state.in_(states)).group_by(state)
        with reading(self._engine) as conn:
            found = {str(name): int(rows) for name, rows in conn.execute(by_state)}
        return {name: found.get(name, 0) for name in states}

    def _live(self) -> ColumnElement[bool]:
        return self._table.c.state.in_(LIVE)

    def _rows(self, where: ColumnElement[bool]) -> Sequence[RowMapping]:
        wanted = select(*self._read).where(where).order_by(self._table.c.id)
        with reading(self._engine) as conn:
            return conn.execute(wanted).mappings().all()
