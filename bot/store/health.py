"""The database as `doctor` looks at it."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, Table, func, select, union_all

from bot.model.checkup import ClockReading, Database, Queue
from bot.store.migrate import check
from bot.store.sending import LIVE
from bot.store.tables import channels, insert, meta, notices, outbox
from bot.store.transaction import reading, writing

_LOOKED = "doctor looked"
"""The row that is written to see that writing works, and how long it takes."""


class SqlHealth:
    """`StoreHealth` on SQL. `wall` is the machine's clock."""

    def __init__(self, engine: Engine, wall: Callable[[], datetime]) -> None:
        self._engine = engine
        self._wall = wall

    def database(self) -> Database:
        """Migrates nothing. Raises StoreDown, also for tables that this program may not use, and Unsaved."""
        revision = check(self._engine)
        began = time.monotonic()
        with writing(self._engine) as conn:
            now = self._wall()
            new = insert(conn, meta).values(key=_LOOKED, at=now)
            conn.execute(new.on_conflict_do_update(index_elements=[meta.c.key], set_={"at": now}))
        wrote_s = time.monotonic() - began
        if self._engine.dialect.name == "sqlite":
            free = shutil.disk_usage(str(self._engine.url.database)).free
            return Database("SQLite", revision, wrote_s, free_bytes=free)
        with reading(self._engine) as conn:
            return Database("PostgreSQL", revision, wrote_s, clock=self._clock(conn))

    def queues(self) -> tuple[Queue, ...]:
        """By channel, with its lease if it ever had one."""
        held = channels.c
        c = union_all(*(_live(table) for table in (outbox, notices))).subquery().c
        live = (
            select(c.channel, func.count(), func.min(c.id), func.min(c.claimed_at), func.max(c.attempts))
            .group_by(c.channel)
            .order_by(c.channel)
        )
        with reading(self._engine) as conn:
            named = conn.execute(select(held.channel, held.owner, held.held_until)).mappings()
            leases = {row["channel"]: row for row in named}
            found = [Queue(*row) for row in conn.execute(live)]
        return tuple(_held(queue, leases.get(queue.channel)) for queue in found)

    def _clock(self, conn: Connection) -> ClockReading:
        before = self._wall()
        said: datetime = conn.execute(select(func.clock_timestamp())).scalar_one()
        return ClockReading("PostgreSQL", said.astimezone(UTC), before + (self._wall() - before) / 2)


def _live(table: Table) -> Select[Any]:
    """The rows of a queue that still must be shown."""
    c = table.c
    return select(c.channel, c.id, c.claimed_at, c.attempts).where(c.state.in_(LIVE))


def _held(queue: Queue, lease: RowMapping | None) -> Queue:
    if lease is None:
        return queue
    return replace(queue, owner=lease["owner"], held_until=lease["held_until"])
