"""Ids that were taken before: Slack's deliveries for a day, observations for sixty."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Table, delete, select

from bot.store.kept import KeptConnection
from bot.store.prepared import Among, Prepared
from bot.store.tables import UtcTime, deliveries, insert, observed
from bot.store.transaction import writing

DELIVERIES_LIVE = timedelta(days=1)
OBSERVED_LIVE = timedelta(days=60)
"""Longer than any window that a poll looks back over, so that an old run is never taken for a new one."""

PRUNE_EVERY = timedelta(hours=1)


class Ids:
    """One table of ids with the time they were first seen; old ones are dropped once an hour, by the caller's clock."""

    def __init__(self, table: Table, live: timedelta) -> None:
        self._table = table
        self._live = live
        self._these = Among([table.c.id], select(table.c.id).where)
        self._keep = Prepared(lambda conn: insert(conn, table).on_conflict_do_nothing())
        self._prune_at: datetime | None = None

    def add(self, conn: Connection, ids: Iterable[str], now: datetime) -> frozenset[str]:
        """Those of these that are new; they are kept from now on."""
        self._prune(conn, now)
        # Sorted: two transactions that add the same ids must not wait for each other crosswise.
        rows = [{"id": id_, "at": now} for id_ in sorted(set(ids))]
        new = insert(conn, self._table).on_conflict_do_nothing().returning(self._table.c.id)
        # Not `rowcount`: psycopg's is lost for an INSERT.
        return frozenset(conn.scalars(new, rows)) if rows else frozenset()

    def keep(self, conn: Connection, ids: Iterable[str], now: datetime) -> None:
        """The same, where nobody asks which are new."""
        self._prune(conn, now)
        self._keep.many(conn, [{"id": id_, "at": now} for id_ in sorted(set(ids))])

    def known(self, conn: Connection, ids: Iterable[str]) -> frozenset[str]:
        """Those of these that are kept."""
        return frozenset(id_ for (id_,) in self._these.rows(conn, [(id_,) for id_ in sorted(set(ids))]))

    def prunes(self, now: datetime) -> bool:
        """Whether the next `add` drops old ones."""
        return self._prune_at is None or now >= self._prune_at

    def _prune(self, conn: Connection, now: datetime) -> None:
        if self.prunes(now):
            self._prune_at = now + PRUNE_EVERY
            conn.execute(delete(self._table).where(self._table.c.at < now - self._live))


def observations() -> Ids:
    """The ids that `Incidents.change` remembers; no delivery's id ever meets them."""
    return Ids(observed, OBSERVED_LIVE)


_INSERT = "INSERT INTO deliveries (id, at) SELECT value, ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING"
_KNOWN = "SELECT json_group_array(id) FROM deliveries WHERE id IN (SELECT value FROM json_each(?))"


class SqlSeen:
    """`Seen` on SQL: the primary key decides who was first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ids = Ids(deliveries, DELIVERIES_LIVE)
        self._kept = KeptConnection(engine) if engine.dialect.name == "sqlite" else None

    def firsts(self, ids: Sequence[str], now: datetime) -> tuple[bool, ...]:
        """True for exactly one caller per id, in every process on this database; one transaction for all of them."""
        if self._kept is None or self._ids.prunes(now):
            with writing(self._engine) as conn:
                new = set(self._ids.add(conn, ids, now))
        else:
            new = self._quickly(self._kept, sorted(set(ids)), now)
        answers = []
        for id_ in ids:
            answers.append(id_ in new)
            new.discard(id_)
        return tuple(answers)

    def forget(self, id: str) -> None:  # noqa: A002  # the port's word
        """The id is new again."""
        with writing(self._engine) as conn:
            conn.execute(delete(deliveries).where(deliveries.c.id == id))

    @staticmethod
    def _quickly(kept: KeptConnection, ids: Sequence[str], now: datetime) -> set[str]:
        """Those that are new. As few statements as can be: at each, all other threads may come first."""
        listed, at = json.dumps(ids), UtcTime.text(now)
        known: list[str] = []
        with kept.writing() as raw:
            if raw.execute(_INSERT, (at, listed)).rowcount < len(ids):
                raw.execute("ROLLBACK")
                raw.execute("BEGIN IMMEDIATE")
                known = json.loads(raw.execute(_KNOWN, (listed,)).fetchone()[0])
                raw.execute(_INSERT, (at, listed))
        return set(ids) - set(known)
