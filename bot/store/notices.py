"""Messages of their own on SQL: queued once for each key, and kept by their key when they were shown."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, RowMapping, case, delete, select

from bot.errors import Conflict, NotFound
from bot.model.post import CardKey, NoticeRow
from bot.model.reply import Reply
from bot.store.reply_codec import Unreadable, reply_json, reply_of
from bot.store.sending import Sending
from bot.store.tables import insert, notices
from bot.store.transaction import reading, writing

DONE_LIVE = timedelta(days=400)
"""Keys name a day or a change: after so long nobody asks for the same one again."""
_DONE = "done"


class SqlNotices:
    """`Notices` and `NoticeQueue` on SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sending = Sending(engine, notices, without="body")

    def put(self, key: str, channel: str, reply: Reply, now: datetime, card: CardKey | None = None) -> bool:
        """Queue it; False when that key was queued before: the table's constraint decides who was first."""
        row = {"key": key, "channel": channel, "body": reply_json(reply), "queued_at": now, "card": f"{card or ''}"}
        with writing(self._engine) as conn:
            conn.execute(delete(notices).where(notices.c.state == _DONE, notices.c.queued_at < now - DONE_LIVE))
            added = insert(conn, notices).values(**row, state="waiting", attempts=0, cause="")
            # Not `rowcount`: psycopg's is lost for an INSERT.
            return conn.scalar(added.on_conflict_do_nothing().returning(notices.c.id)) is not None

    def known(self, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys were queued before."""
        with reading(self._engine) as conn:
            return frozenset(conn.scalars(select(notices.c.key).where(notices.c.key.in_(list(keys)))))

    def channels(self) -> tuple[str, ...]:
        """Those with something to send."""
        return self._sending.channels()

    def rows(self, channel: str) -> tuple[NoticeRow, ...]:
        """Waiting, sending and ambiguous ones of a channel, oldest first."""
        return tuple(map(_row, self._sending.rows(channel)))

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
        if not self._sending.begin(row.id, row.attempts, now):
            raise Conflict(f"Another worker took the message {row.key}.")

    def done(self, row: NoticeRow, stands: tuple[str, str] = ("", "")) -> None:
        """It stands in Slack. Its key stays, its words go, unless they were replaced since the row was read."""
        as_read = notices.c.revision == row.revision
        ended = {
            "state": case((as_read, _DONE), else_="waiting"),
            "body": case((as_read, ""), else_=notices.c.body),
            **(dict(zip(("channel_id", "ts"), stands, strict=True)) if stands[1] else {}),
        }
        self._sending.set(row.id, **ended)

    def again(self, row: NoticeRow, *, ambiguous: bool) -> None:
        """Not done: back to `waiting`, or `ambiguous`."""
        self._sending.again(row.id, ambiguous=ambiguous)

    def park(self, row: NoticeRow, cause: str) -> None:
        """Give up on it and keep it with its cause."""
        self._sending.park(row.id, cause)

    def redirect(self, row: NoticeRow, channel: str) -> None:
        """Show it in another channel; where it was tried, nothing can be looked for any more."""
        self._sending.set(row.id, channel=channel, state="waiting", claimed_at=None, channel_id="", ts="")

    def parked(self) -> tuple[tuple[NoticeRow, str], ...]:
        """What could not be sent, with causes, oldest first."""
        return tuple((_row(row), row["cause"]) for row in self._sending.parked())

    def counts(self) -> Mapping[str, int]:
        """Those not done, by state, every state named."""
        return self._sending.counts()


def _row(row: RowMapping) -> NoticeRow:
    card = CardKey.of(row["card"])
    said = (row["id"], row["key"], row["channel"], row["state"], row["claimed_at"], row["attempts"])
    return NoticeRow(*said, card, row["revision"], row["channel_id"], row["ts"])


def shown(conn: Connection, key: str, channel: str, reply: Reply, now: datetime) -> None:
    """Within a transaction: queue it, or its newer words where it was queued before: it is edited where it stands.

    One that nobody could show is tried again with them.
    """
    row = {"key": key, "channel": channel, "body": reply_json(reply), "queued_at": now, "card": ""}
    added = insert(conn, notices).values(**row, state="waiting", attempts=0, cause="")
    rests = notices.c.state.in_((_DONE, "parked"))
    newer = {
        "body": added.excluded.body,
        "revision": notices.c.revision + 1,
        "state": case((rests, "waiting"), else_=notices.c.state),
        "queued_at": now,
        "claimed_at": case((rests, None), else_=notices.c.claimed_at),
    }
    conn.execute(added.on_conflict_do_update(index_elements=["key"], set_=newer))
