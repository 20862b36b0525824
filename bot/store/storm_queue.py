"""What the worker that holds a channel does with its storms, on SQL."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, ScalarSelect, delete, func, insert, select, tuple_, update

from bot.model.post import CardKey, OutboxRow
from bot.model.storm import Storm, storm_key
from bot.store.roundups import SqlRoundups, begin_all
from bot.store.sending import LIVE
from bot.store.storms import chunks, of_cards, storm_of
from bot.store.tables import cards as standing
from bot.store.tables import outbox, storm_drawings, storm_members, storms
from bot.store.transaction import reading, serialise, writing

MOST = 1_000
"""Cards of one storm: acknowledging so many takes about a second, and Slack waits for three."""
WINDOW = timedelta(minutes=1)
DRAWINGS = 30
"""Kept of each storm: what somebody may still have on their screen."""
_GATHER = 7_243_004
"""Any number of our own: who holds it numbers storms and puts cards into them."""


class SqlStormQueue(SqlRoundups):
    """`StormQueue` on SQL."""

    def gathering(self, channel: str, now: datetime, over: int) -> Storm | None:
        """The newest one with room, while it is not posted or cards come fast."""
        c = storm_members.c
        with reading(self._engine) as conn:
            newest = select(storms).where(storms.c.channel == channel).order_by(storms.c.number.desc()).limit(1)
            row = conn.execute(newest).mappings().first()
            if row is None:
                return None
            mine = select(func.count()).select_from(storm_members).where(c.storm == row["number"])
            lately = conn.scalar(mine.where(c.joined_at > now - WINDOW)) or 0
            has_room = (conn.scalar(mine) or 0) < MOST
        storm = storm_of(row)
        return storm if has_room and (not storm.stands or lately > over) else None

    def gather(
        self, channel: str, cards: Sequence[CardKey], now: datetime, *, started_at: datetime, into: Storm | None = None
    ) -> frozenset[CardKey]:
        """Of those that may be in Slack already none is taken."""
        with writing(self._engine) as conn:
            serialise(conn, _GATHER)
            free = [key for some in chunks(sorted(set(cards))) for key in _free(conn, some)]
            if not free:
                return frozenset()
            number = into.number if into else _new(conn, channel, started_at)
            room = MOST - (conn.scalar(select(_count(number))) or 0)
            taken = free[: max(0, room)]
            rows = [{"incident": k.incident, "episode": k.episode, "storm": number, "joined_at": now} for k in taken]
            if rows:
                conn.execute(insert(storm_members), rows)
        return frozenset(taken)

    def begin(self, rows: Sequence[OutboxRow], now: datetime) -> None:
        """All or none; the first claim of each stays."""
        with writing(self._engine) as conn:
            begin_all(conn, rows, now)

    def draw(self, number: int, shown: Mapping[int, int]) -> int:
        """The drawing's number; the oldest ones are forgotten."""
        c = storm_drawings.c
        with writing(self._engine) as conn:
            more = update(storms).where(storms.c.number == number).values(revision=storms.c.revision + 1)
            revision = int(conn.execute(more.returning(storms.c.revision)).scalar_one())
            body = json.dumps(dict(shown), separators=(",", ":"))
            conn.execute(insert(storm_drawings).values(storm=number, revision=revision, body=body))
            conn.execute(delete(storm_drawings).where(c.storm == number, c.revision <= revision - DRAWINGS))
        return revision

    def drawn(self, number: int, rows: Sequence[OutboxRow], at: tuple[str, str], now: datetime) -> None:
        """It stands there, and what was asked for is done."""
        with writing(self._engine) as conn:
            where = {"channel_id": at[0], "ts": at[1], "drawn_at": now}
            conn.execute(update(storms).where(storms.c.number == number).values(where))
            _done(conn, rows)

    def said(self, number: int, rows: Sequence[OutboxRow], now: datetime) -> None:
        """They are done."""
        with writing(self._engine) as conn:
            conn.execute(update(storms).where(storms.c.number == number).values(said_at=now))
            _done(conn, rows)

    def again(self, rows: Sequence[OutboxRow], *, ambiguous: bool) -> None:
        """All of them alike."""
        self._set(rows, state="ambiguous" if ambiguous else "waiting")

    def park(self, rows: Sequence[OutboxRow], cause: str) -> None:
        """Kept with the cause."""
        self._set(rows, state="parked", cause=cause)

    def move(self, storm: Storm, channel: str) -> None:
        """Where rows were tried, nothing can be looked for any more."""
        mine = select(storm_members.c.incident, storm_members.c.episode).where(storm_members.c.storm == storm.number)
        of_mine = tuple_(outbox.c.incident, outbox.c.episode).in_(mine)
        afresh = {"channel": channel, "state": "waiting", "claimed_at": None, "attempts": outbox.c.attempts + 1}
        as_read = (storms.c.number == storm.number, storms.c.channel == storm.channel, storms.c.ts == storm.ts)
        nowhere = {"channel": channel, "channel_id": "", "ts": "", "drawn_at": None}
        with writing(self._engine) as conn:
            if conn.execute(update(storms).where(*as_read).values(nowhere)).rowcount == 0:
                return  # somebody moved it before: it may stand in its new channel already
            conn.execute(update(outbox).where(of_mine, outbox.c.state.in_(LIVE)).values(afresh))

    def _set(self, rows: Sequence[OutboxRow], **values: str) -> None:
        with writing(self._engine) as conn:
            for some in chunks([row.id for row in rows]):
                live = outbox.c.id.in_(some) & outbox.c.state.in_(LIVE)
                conn.execute(update(outbox).where(live).values(values))


def _free(conn: Connection, some: Sequence[CardKey]) -> Iterator[CardKey]:
    """Those that cannot be in Slack; whoever read a row of theirs cannot begin it any more."""
    waiting = (of_cards(outbox, some), outbox.c.state == "waiting")
    conn.execute(update(outbox).where(*waiting).values(attempts=outbox.c.attempts + 1))
    # After that update nobody can begin a row of these; whoever did before is seen here.
    begun = select(outbox.c.incident, outbox.c.episode).where(
        of_cards(outbox, some), outbox.c.state.in_(("sending", "ambiguous"))
    )
    stand = select(standing.c.incident, standing.c.episode).where(of_cards(standing, some))
    member = select(storm_members.c.incident, storm_members.c.episode).where(of_cards(storm_members, some))
    taken = {CardKey(*row) for which in (begun, stand, member) for row in conn.execute(which)}
    return (key for key in some if key not in taken)


def _new(conn: Connection, channel: str, started_at: datetime) -> int:
    last = conn.scalar(select(func.max(storms.c.started_at)).where(storms.c.channel == channel))
    if last is not None and last >= started_at:
        started_at = last + timedelta(microseconds=1)  # a clock that stood still, or was set back
    fresh = {"key": storm_key(channel, started_at), "channel": channel, "started_at": started_at}
    made = insert(storms).values(**fresh, revision=0, channel_id="", ts="").returning(storms.c.number)
    return int(conn.execute(made).scalar_one())


def _count(number: int) -> ScalarSelect[int]:
    mine = select(func.count()).select_from(storm_members).where(storm_members.c.storm == number)
    return mine.scalar_subquery()


def _done(conn: Connection, rows: Sequence[OutboxRow]) -> None:
    for some in chunks([row.id for row in rows]):
        conn.execute(delete(outbox).where(outbox.c.id.in_(some)))
