"""The processes on SQL: heartbeats, and leases on what one does for all."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, or_, select, update

from bot.model.worker import Lease, Worker
from bot.store.tables import insert, leases, workers
from bot.store.transaction import reading, writing

FORGOTTEN = timedelta(days=1)
"""A process that died without leaving is listed for so long."""


class SqlWorkers:
    """`Workers` on SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def beat(self, worker: Worker, lasts: timedelta) -> None:
        """Tell that it lives, and hold on to the leases that it has."""
        row = asdict(worker)
        held = leases.c.owner == worker.id
        with writing(self._engine) as conn:
            new = insert(conn, workers).values(row)
            conn.execute(new.on_conflict_do_update(index_elements=[workers.c.id], set_=row))
            conn.execute(update(leases).where(held).values(held_until=worker.seen_at + lasts))
            conn.execute(delete(workers).where(workers.c.seen_at < worker.seen_at - FORGOTTEN))

    def leave(self, worker_id: str) -> None:
        """It ends: its leases are free."""
        with writing(self._engine) as conn:
            conn.execute(delete(workers).where(workers.c.id == worker_id))
            conn.execute(delete(leases).where(leases.c.owner == worker_id))

    def lead(self, name: str, worker_id: str, now: datetime, lasts: timedelta) -> bool:
        """Compare-and-set: free, run out or its own."""
        mine = {"owner": worker_id, "held_until": now + lasts}
        free = or_(leases.c.owner == worker_id, leases.c.held_until <= now)
        with writing(self._engine) as conn:
            new = insert(conn, leases).values(name=name, **mine)
            took = new.on_conflict_do_update(index_elements=[leases.c.name], set_=mine, where=free)
            return conn.scalar(took.returning(leases.c.name)) is not None

    def workers(self) -> tuple[Worker, ...]:
        """By kind, then id."""
        with reading(self._engine) as conn:
            found = conn.execute(select(workers).order_by(workers.c.kind, workers.c.id)).mappings()
            return tuple(Worker(**row) for row in found)

    def leases(self) -> tuple[Lease, ...]:
        """By name."""
        with reading(self._engine) as conn:
            return tuple(Lease(**row) for row in conn.execute(select(leases).order_by(leases.c.name)).mappings())
