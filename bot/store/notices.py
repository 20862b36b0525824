"""Messages of their own on SQL: queued once for each key, and kept by their key when they were shown."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, RowMapping, and_, delete, func, select, update

from bot.errors import Conflict, NotFound
from bot.model.post import NoticeRow
from bot.model.reply import Reply
from bot.store.outbox import LIVE
from bot.store.reply_codec import Unreadable, reply_json, reply_of
from bot.store.tables import insert, notices
from bot.store.transaction import reading, writing

DONE_LIVE = timedelta(days=400)
"""Keys name a day or a change: after so long nobody asks for the same one again."""
_DONE = "done"


class SqlNotices:
    """`Notices` and `NoticeQueue` on SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, key: str, channel: str, reply: Reply, now: datetime) -> bool:
        """Queue it; False when that key was queued before: the table's constraint decides who was first."""
        row = {"key": key, "channel": channel, "body": reply_json(reply), "queued_at": now}
        with writing(self._engine) as conn:
            conn.execute(delete(notices).where(notices.c.state == _DONE, notices.c.queued_at < now - DONE_LIVE))
            added = insert(conn, notices).values(**row, state="waiting", attempts=0, cause="")
            # Not `rowcount`: psycopg's is lost for an INSERT.
            return conn.scalar(added.on_conflict_do_nothing().returning(notices.c.id)) is not None

    def channels(self) -> tuple[str, ...]:
        """Those with something to send."""
        live = select(notices.c.channel).where(notices.c.state.in_(LIVE)).distinct()
        with reading(self._engine) as conn:
            return tuple(sorted(conn.scalars(live)))

    def rows(self, channel: str) -> tuple[NoticeRow, ...]:
        """Waiting, sending and ambiguous ones of a channel, oldest first."""
        live = _SHORT.where(notices.c.channel == channel, notices.c.state.in_(LIVE)).order_by(notices.c.id)
        with reading(self._engine) as conn:
            return tuple(_row(row) for row in conn.execute(live).mappings())

    def reply(self, row: NoticeRow) -> Reply:
        """What it says. Raises NotFound when this version cannot read it."""
        with reading(self._engine) as conn:
            body = conn.scalar(select(notices.c.body).where(notices.c.id == row.id))
        try:
            return reply_of(body or "")
        except Unreadable as error:
            step = "Bring this process up to the newest version that runs on the database."
            raise NotFound(f"The message `{row.key}` cannot be read: {error}.", step) from error

    def begin(self, row: NoticeRow, now: datetime) -> None:
        """Mark as `sending`; the first claim stays. Raises Conflict as the outbox does."""
        as_read = and_(notices.c.id == row.id, notices.c.attempts == row.attempts, notices.c.state.in_(LIVE))
        begun = {
            "state": "sending",
            "attempts": notices.c.attempts + 1,
            "claimed_at": func.coalesce(notices.c.claimed_at, now),
        }
        with writing(self._engine) as conn:
            if not conn.execute(update(notices).where(as_read).values(begun)).rowcount:
                raise Conflict(f"Another worker took the message {row.key}.")

    def done(self, row: NoticeRow) -> None:
        """It stands in Slack. Its key stays, its words go."""
        self._set(row, state=_DONE, body="")

    def again(self, row: NoticeRow, *, ambiguous: bool) -> None:
        """Not done: back to `waiting`, or `ambiguous`."""
        self._set(row, state="ambiguous" if ambiguous else "waiting")

    def park(self, row: NoticeRow, cause: str) -> None:
        """Give up on it and keep it with its cause."""
        self._set(row, state="parked", cause=cause)

    def redirect(self, row: NoticeRow, channel: str) -> None:
        """Show it in another channel; where it was tried, nothing can be looked for any more."""
        self._set(row, channel=channel, state="waiting", claimed_at=None)

    def parked(self) -> tuple[tuple[NoticeRow, str], ...]:
        """What could not be sent, with causes, oldest first."""
        given_up = _SHORT.where(notices.c.state == "parked").order_by(notices.c.id)
        with reading(self._engine) as conn:
            return tuple((_row(row), row["cause"]) for row in conn.execute(given_up).mappings())

    def counts(self) -> Mapping[str, int]:
        """Those not done, by state, every state named."""
        by_state = select(notices.c.state, func.count()).where(notices.c.state != _DONE).group_by(notices.c.state)
        with reading(self._engine) as conn:
            found = {str(state): int(rows) for state, rows in conn.execute(by_state)}
        return {state: found.get(state, 0) for state in (*LIVE, "parked")}

    def _set(self, row: NoticeRow, **values: Any) -> None:
        """A row done or parked meanwhile stays so."""
        live = and_(notices.c.id == row.id, notices.c.state.in_(LIVE))
        with writing(self._engine) as conn:
            conn.execute(update(notices).where(live).values(values))


_SHORT = select(*(column for column in notices.c if column.name != "body"))


def _row(row: RowMapping) -> NoticeRow:
    return NoticeRow(row["id"], row["key"], row["channel"], row["state"], row["claimed_at"], row["attempts"])
