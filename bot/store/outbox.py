"""The outbox on SQL: rows by channel, leases on channels, pace and budget."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, and_, case, delete, func, or_, select, update
from sqlalchemy import insert as plain_insert

from bot.errors import Conflict
from bot.model.incident import Reason
from bot.model.post import CardKey, OutboxRow, Outgoing, Posted
from bot.store.sending import LIVE, Sending
from bot.store.storms import chunks, of_cards
from bot.store.tables import budget, cards, channels, insert, outbox
from bot.store.transaction import reading, serialise, writing

_BUDGET = 7_243_003
"""Any number of our own: who holds it counts the workspace's edits."""

MINUTE = timedelta(minutes=1)


class SqlOutbox:
    """`Outbox` on SQL. Rows are removed when they are done; their ids are never given again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sending = Sending(engine, outbox)

    def lease(self, worker: str, now: datetime, ttl_s: float, *, also: Iterable[str] = ()) -> tuple[str, ...]:
        """Channels with something to send that this worker now holds until `now + ttl_s`; with none, no write."""
        names = sorted({*self._sending.channels(), *also})
        if not names:
            return ()
        until = now + timedelta(seconds=ttl_s)
        with writing(self._engine) as conn:
            return tuple(name for name in names if _hold(conn, name, worker, now, until))

    def release(self, worker: str) -> None:
        """Give every channel back."""
        with writing(self._engine) as conn:
            conn.execute(update(channels).where(channels.c.owner == worker).values(owner="", held_until=None))

    def rows(self, channel: str) -> tuple[OutboxRow, ...]:
        """Waiting, sending and ambiguous rows of a channel, oldest first."""
        return tuple(map(_row, self._sending.rows(channel)))

    def begin(self, row: OutboxRow, now: datetime) -> None:
        """Mark as `sending`. Raises Conflict when it was begun, parked or done since `row` was read."""
        if not self._sending.begin(row.id, row.attempts, now):
            raise Conflict(f"Another worker took row {row.id} of the outbox.")

    def posted(self, row: OutboxRow, at: Posted | None, *, upto: int | None = None) -> None:
        """The row is done; with `at`, the card stands there and its waiting rows up to that id are done too."""
        with writing(self._engine) as conn:
            conn.execute(delete(outbox).where(outbox.c.id == row.id))
            if at is not None:
                _stands(conn, at, row.id if upto is None else upto)

    def again(self, row: OutboxRow, *, ambiguous: bool) -> None:
        """Not done: back to `waiting`, or `ambiguous`. A row done or parked meanwhile stays so."""
        self._sending.again(row.id, ambiguous=ambiguous)

    def park(self, row: OutboxRow, cause: str) -> None:
        """Give up on this row and keep it with its cause."""
        self._sending.park(row.id, cause)

    def elsewhere(self, channel: str, cards: Iterable[CardKey]) -> tuple[OutboxRow, ...]:
        """Live rows of these cards in other channels, oldest first."""
        found: list[RowMapping] = []
        with reading(self._engine) as conn:
            for some in chunks(sorted(set(cards))):
                live = (of_cards(outbox, some), outbox.c.channel != channel, outbox.c.state.in_(LIVE))
                found += conn.execute(select(outbox).where(*live)).mappings()
        return tuple(map(_row, sorted(found, key=lambda row: int(row["id"]))))

    def bring(self, rows: Iterable[OutboxRow], channel: str) -> None:
        """Those that wait; a worker that read one in its old queue would post it there."""
        taken = {"channel": channel, "attempts": outbox.c.attempts + 1}
        with writing(self._engine) as conn:
            for some in chunks([row.id for row in rows]):
                waiting = and_(outbox.c.id.in_(some), outbox.c.state == "waiting")
                conn.execute(update(outbox).where(waiting).values(taken))

    def reroute(self, card: CardKey, channel: str, *, lost: str, stood: Posted | None) -> None:
        """To another channel, from a place that is compared with what is stored.

        Rows under way or ambiguous come along as waiting: where they were tried, nothing can be looked for any more.
        """
        mine = and_(_of(card), outbox.c.state.in_(LIVE))
        tried = {"state": "waiting", "claimed_at": None, "roundup": 0}
        afresh = {"channel": channel, "attempts": outbox.c.attempts + 1, **tried}
        with writing(self._engine) as conn:
            if stood is None:
                mine = and_(mine, outbox.c.channel == lost)
            elif conn.execute(delete(cards).where(_at(stood))).rowcount == 0:
                return  # somebody moved it before: it may stand in its new channel already
            conn.execute(update(outbox).where(mine).values(afresh))

    def card(self, key: CardKey) -> Posted | None:
        """Where a card stands, if it was posted."""
        return self.cards([key]).get(key)

    def cards(self, keys: Iterable[CardKey]) -> Mapping[CardKey, Posted]:
        """Where these stand, those that do."""
        found: list[Posted] = []
        with reading(self._engine) as conn:
            for some in chunks(sorted(set(keys))):
                rows = conn.execute(select(cards).where(of_cards(cards, some))).mappings()
                found += [_posted(row) for row in rows]
        return {posted.card: posted for posted in found}

    def next_post_at(self, channel: str) -> datetime | None:
        """When the channel may take its next post, if one was noted."""
        with reading(self._engine) as conn:
            return conn.scalar(select(channels.c.next_post_at).where(channels.c.channel == channel))

    def take_post(self, channel: str, now: datetime, every: timedelta) -> datetime | None:
        """Compare-and-set."""
        free = or_(channels.c.next_post_at.is_(None), channels.c.next_post_at <= now)
        with writing(self._engine) as conn:
            new = insert(conn, channels).values(channel=channel, owner="", next_post_at=now + every)
            set_ = {"next_post_at": now + every}
            taken = new.on_conflict_do_update(index_elements=[channels.c.channel], set_=set_, where=free)
            if conn.execute(taken.returning(channels.c.channel)).first() is not None:
                return None
            return conn.scalar(select(channels.c.next_post_at).where(channels.c.channel == channel))

    def book_post(self, channel: str, now: datetime, every: timedelta) -> datetime:
        """Read and written under the row's lock."""
        with writing(self._engine) as conn:
            conn.execute(insert(conn, channels).values(channel=channel, owner="").on_conflict_do_nothing())
            mine = channels.c.channel == channel
            noted = conn.scalar(select(channels.c.next_post_at).where(mine).with_for_update())
            turn = now if noted is None else max(now, noted)
            conn.execute(update(channels).where(mine).values(next_post_at=turn + every))
        return turn

    def pace(self, channel: str, next_at: datetime) -> None:
        """No post before `next_at`; of two such notes the later time holds, so no pace undercuts a Retry-After."""
        noted = channels.c.next_post_at
        later = case((and_(noted.is_not(None), noted > next_at), noted), else_=next_at)
        with writing(self._engine) as conn:
            new = insert(conn, channels).values(channel=channel, owner="", next_post_at=next_at)
            conn.execute(new.on_conflict_do_update(index_elements=[channels.c.channel], set_={"next_post_at": later}))

    def take_update(self, now: datetime, per_minute: int) -> bool:
        """Take one edit; no 60 seconds ever hold more than `per_minute`, however many workers ask."""
        with writing(self._engine) as conn:
            serialise(conn, _BUDGET)
            # Those of the future are of a clock that was set back: they must not block until it gets there.
            conn.execute(delete(budget).where(or_(budget.c.at <= now - MINUTE, budget.c.at > now + MINUTE)))
            if (conn.scalar(select(func.count()).select_from(budget)) or 0) >= per_minute:
                return False
            conn.execute(plain_insert(budget).values(at=now))
            return True

    def parked(self) -> tuple[tuple[OutboxRow, str], ...]:
        """What could not be sent, with causes, oldest first."""
        return tuple((_row(row), row["cause"]) for row in self._sending.parked())

    def counts(self) -> Mapping[str, int]:
        """Rows by state, every state named."""
        return self._sending.counts()


def _hold(conn: Connection, channel: str, worker: str, now: datetime, until: datetime) -> bool:
    """Compare-and-set: free, expired or already this worker's."""
    conn.execute(insert(conn, channels).values(channel=channel, owner="").on_conflict_do_nothing())
    free = or_(channels.c.owner.in_(("", worker)), channels.c.held_until <= now)
    held = update(channels).where(channels.c.channel == channel, free).values(owner=worker, held_until=until)
    return conn.execute(held).rowcount == 1


def _stands(conn: Connection, at: Posted, upto: int) -> None:
    where = {"channel_id": at.channel_id, "ts": at.ts, "revision": at.revision}
    new = insert(conn, cards).values(incident=at.card.incident, episode=at.card.episode, **where)
    conn.execute(new.on_conflict_do_update(index_elements=[cards.c.incident, cards.c.episode], set_=where))
    waiting = and_(outbox.c.kind == "card", outbox.c.state == "waiting")
    shown = and_(outbox.c.revision <= at.revision, outbox.c.id <= upto)
    conn.execute(delete(outbox).where(_of(at.card), waiting, shown))


def _of(card: CardKey) -> ColumnElement[bool]:
    return and_(outbox.c.incident == card.incident, outbox.c.episode == card.episode)


def _at(stood: Posted) -> ColumnElement[bool]:
    of_card = and_(cards.c.incident == stood.card.incident, cards.c.episode == stood.card.episode)
    return and_(of_card, cards.c.channel_id == stood.channel_id, cards.c.ts == stood.ts)


def _posted(row: RowMapping) -> Posted:
    return Posted(CardKey(row["incident"], row["episode"]), row["channel_id"], row["ts"], row["revision"])


def _row(row: RowMapping) -> OutboxRow:
    key = CardKey(row["incident"], row["episode"])
    out = Outgoing(row["kind"], key, row["revision"], Reason(row["reason"]), row["channel"], row["broadcast"])
    return OutboxRow(row["id"], out, row["state"], row["claimed_at"], row["attempts"], row["roundup"], row["quiet"])
