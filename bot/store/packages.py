"""Model packages on their way to a decision, on SQL: a change and its card are one transaction."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from bot.model.package import Ticket
from bot.model.reply import Reply
from bot.store.codec import body_json, body_of
from bot.store.notices import shown
from bot.store.tables import insert, packages
from bot.store.transaction import reading, serialise, writing

_DECIDING = 7_243_008
"""Any number of our own: decisions are few, so one transaction changes them at a time, also of one that is new."""


_AT_ONCE = 500
"""Names in one question: databases bound how many parameters it may have."""


class SqlApprovals:
    """`Approvals` on SQL."""

    def __init__(self, engine: Engine, nudge: Callable[[], None] = lambda: None) -> None:
        """`nudge` wakes whoever shows cards."""
        self._engine = engine
        self._nudge = nudge

    def of(self, arns: Collection[str]) -> tuple[Ticket, ...]:
        """Those of them that are known."""
        asked, bodies = list(arns), list[str]()
        with reading(self._engine) as conn:
            for start in range(0, len(asked), _AT_ONCE):
                some = packages.c.arn.in_(asked[start : start + _AT_ONCE])
                bodies += conn.scalars(select(packages.c.body).where(some)).all()
        return tuple(body_of(Ticket, body) for body in bodies)

    def open(self) -> tuple[Ticket, ...]:
        """Those that wait, oldest package first."""
        with reading(self._engine) as conn:
            bodies = conn.scalars(select(packages.c.body).where(packages.c.waits)).all()
        found = (body_of(Ticket, body) for body in bodies)
        return tuple(sorted(found, key=lambda ticket: (ticket.ref.created_at, ticket.ref.arn)))

    def change(
        self,
        arn: str,
        step: Callable[[Ticket | None], Ticket | None],
        draw: Callable[[Ticket], Reply],
        now: datetime,
    ) -> Ticket | None:
        """Nobody else's change comes between what is read and what is written."""
        with writing(self._engine) as conn:
            serialise(conn, _DECIDING)
            before = _one(conn, arn)
            after = step(before)
            if after is None or after == before:
                return before
            row = {"waits": after.waits, "body": body_json(after), "changed_at": now}
            added = insert(conn, packages).values(arn=arn, **row)
            conn.execute(added.on_conflict_do_update(index_elements=["arn"], set_=row))
            shown(conn, after.key, after.channel, draw(after), now)
        self._nudge()
        return after


def _one(conn: Connection, arn: str) -> Ticket | None:
    body = conn.scalar(select(packages.c.body).where(packages.c.arn == arn))
    return body_of(Ticket, body) if body else None
