"""Hand-offs on SQL: a queue for each destination, in order for each incident."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, RowMapping, and_, delete, exists, func, inspect, not_, or_, select, update

from bot.model.handed import Action
from bot.model.handoff import Dead, HandOff, HandOffRow, Together, Told, Waiting
from bot.model.incident import Reason
from bot.model.post import CardKey
from bot.store.codec import body_of
from bot.store.handoff_moot import moot
from bot.store.handoff_storms import Gathering, counted, fall_apart, together
from bot.store.tables import handoffs
from bot.store.transaction import reading, writing

DEAD_LIVE: Final = timedelta(days=14)
"""What was refused is shown for so long."""
_C = handoffs.c
_LIVE = _C.state.in_(("waiting", "sending"))


class SqlHandOffs:
    """`HandOffs` on SQL. Rows are removed when they are done; their ids are never given again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def destinations(self) -> tuple[str, ...]:
        """Sorted."""
        with reading(self._engine) as conn:
            return tuple(sorted(conn.scalars(select(_C.destination).where(_LIVE).distinct())))

    def next(self, destination: str, now: datetime) -> HandOffRow | None:
        """One that a dead worker left `sending` is taken up again: whoever asks holds the destination."""
        older = handoffs.alias()
        before = exists().where(
            older.c.destination == _C.destination,
            or_(older.c.incident == _C.incident, older.c.storm == _C.storm),
            older.c.state.in_(("waiting", "sending")),
            older.c.id < _C.id,
        )
        ready = or_(_C.next_at.is_(None), _C.next_at <= now)
        wanted = select(handoffs).where(_C.destination == destination, _LIVE, ready, not_(before))
        with reading(self._engine) as conn:
            found = conn.execute(wanted.order_by(_C.id).limit(1)).mappings().first()
            return _row(found, together(conn, found["storm"])) if found is not None else None

    def begin(self, row: HandOffRow) -> bool:
        """Compare-and-set on the attempts."""
        begun = {"state": "sending", "attempts": _C.attempts + 1}
        with writing(self._engine) as conn:
            as_read = and_(_C.id == row.id, _C.attempts == row.attempts, _LIVE)
            return conn.execute(update(handoffs).where(as_read).values(begun)).rowcount == 1

    def done(self, row: HandOffRow) -> None:
        """Gone, unless its storm goes on counting it."""
        with writing(self._engine) as conn:
            if row.together is not None and row.out.fresh:
                conn.execute(update(handoffs).where(_C.id == row.id).values(state="held"))
                counted(conn, row.together.key)
            else:
                conn.execute(delete(handoffs).where(_C.id == row.id))

    def gather(self, destination: str, over: int, now: datetime) -> None:
        """In one transaction."""
        with writing(self._engine) as conn:
            Gathering(conn, destination, over, now).run()

    def again(self, row: HandOffRow, cause: str, next_at: datetime) -> None:
        """Unless it was done or buried meanwhile."""
        later = {"state": "waiting", "cause": cause, "next_at": next_at}
        with writing(self._engine) as conn:
            conn.execute(update(handoffs).where(_C.id == row.id, _LIVE).values(later))

    def bury(self, row: HandOffRow, cause: str) -> None:
        """Kept, and what was refused long ago forgotten."""
        dead = update(handoffs).where(_C.id == row.id, _LIVE).values(state="dead", cause=cause, next_at=None)
        long_ago = and_(_C.state == "dead", _C.asked_at < datetime.now(UTC) - DEAD_LIVE)
        with writing(self._engine) as conn:
            if conn.execute(dead).rowcount and row.together is not None and row.out.fresh:
                fall_apart(conn, row.id, row.together.key, cause)
            conn.execute(delete(handoffs).where(long_ago))

    def moot(self, destination: str) -> int:
        """In one transaction."""
        with writing(self._engine) as conn:
            return moot(conn, destination)

    def waiting(self) -> Sequence[Waiting]:
        """Sorted by name."""
        counted = select(_C.destination, func.count(), func.min(_C.asked_at), func.min(_C.id)).where(_LIVE)
        with reading(self._engine) as conn:
            if not inspect(conn).has_table(handoffs.name):  # doctor looks at older databases, too
                return ()
            found = conn.execute(counted.group_by(_C.destination).order_by(_C.destination)).all()
            causes = select(_C.id, _C.cause).where(_C.id.in_([row[3] for row in found]))
            said = {row["id"]: row["cause"] for row in conn.execute(causes).mappings()}
        return tuple(Waiting(name, int(rows), at, said.get(first, "")) for name, rows, at, first in found)

    def dead(self) -> Sequence[Dead]:
        """The newest first."""
        refused = select(_C.destination, _C.cause, _C.incident).where(_C.state == "dead").order_by(_C.id.desc())
        with reading(self._engine) as conn:
            if not inspect(conn).has_table(handoffs.name):
                return ()
            alike: dict[tuple[str, str], list[int]] = {}
            for name, cause, incident in conn.execute(refused):
                alike.setdefault((name, cause), []).append(incident)
        return tuple(Dead(*both, len(found), tuple(dict.fromkeys(found))) for both, found in alike.items())


def _row(row: RowMapping, all_of_it: Together | None) -> HandOffRow:
    card = CardKey(row["incident"], row["episode"])
    action, reason, told = Action(row["action"]), Reason(row["reason"]), body_of(Told, row["told"])
    out = HandOff(row["destination"], card, row["revision"], action, reason, row["at"], told, fresh=row["fresh"])
    return HandOffRow(row["id"], out, row["state"], row["attempts"], row["next_at"], row["cause"], all_of_it)
