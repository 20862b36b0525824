"""Storms of hand-offs on SQL: a storm is its members' fresh triggers, kept `held` until their episodes end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, insert, or_, select, update

from bot.model.handed import Action
from bot.model.handoff import Together, Told
from bot.model.place import Severity
from bot.store.codec import body_of
from bot.store.tables import handoffs

FAST: Final = timedelta(minutes=1)
"""Within so long more than `over` must have joined for others to join too."""
_C = handoffs.c
_MEMBER = and_(_C.fresh, _C.state.in_(("held", "waiting", "sending")))
_UNTOLD = and_(_C.fresh, _C.state.in_(("held", "waiting")), _C.attempts == 0)
"""Members that no word which was taken counted: `counted` marks the others."""


class Members:
    """Whom one destination's storms stand for, within a transaction."""

    def __init__(self, conn: Connection, destination: str) -> None:
        self._conn = conn
        self.mine = _C.destination == destination

    def rows(self, where: ColumnElement[bool]) -> Sequence[RowMapping]:
        """Of this destination, the oldest first."""
        wanted = select(handoffs).where(self.mine, where).order_by(_C.id)
        return self._conn.execute(wanted).mappings().all()

    def held(self, row: RowMapping) -> RowMapping | None:
        """The member of the same episode."""
        same = and_(_C.incident == row["incident"], _C.episode == row["episode"], _C.state == "held")
        return next(iter(self.rows(same)), None)

    def follow(self, row: RowMapping, member: RowMapping) -> None:
        """It speaks for the storm where that changes as a whole, else it is not sent."""
        storm = member["storm"]
        if row["action"] == Action.RESOLVE:
            self._conn.execute(delete(handoffs).where(_C.id == member["id"]))
        else:
            self._conn.execute(update(handoffs).where(_C.id == member["id"]).values(action=row["action"]))
        left = [one["action"] for one in self.rows(and_(_C.storm == storm, _MEMBER))]
        says = {
            Action.RESOLVE: not left or (Action.TRIGGER not in left and member["action"] == Action.TRIGGER),
            Action.ACKNOWLEDGE: Action.TRIGGER not in left,
            Action.TRIGGER: True,
        }[Action(row["action"])]
        if not says:
            self._conn.execute(delete(handoffs).where(_C.id == row["id"]))
            return
        action = Action.ACKNOWLEDGE if row["action"] == Action.RESOLVE and left else row["action"]
        self._conn.execute(update(handoffs).where(_C.id == row["id"]).values(storm=storm, action=action))

    def speaker_over(self, speaker: RowMapping, resolve: RowMapping) -> None:
        """Its episode ended before its word was taken: another speaks in its place; without one the storm is over.

        The row stays, with its attempts and its time: a pager may have taken it, the key is the same.
        """
        storm = _C.storm == speaker["storm"]
        heirs = sorted(self.rows(and_(storm, _UNTOLD, _C.state == "held")), key=lambda row: row["action"] != "trigger")
        gone = [resolve["id"]]
        if heirs:
            names = ("incident", "episode", "revision", "action", "reason", "at", "told")
            told = {name: heirs[0][name] for name in names}
            self._conn.execute(update(handoffs).where(_C.id == speaker["id"]).values(told))
            gone.append(heirs[0]["id"])
        elif self.rows(and_(storm, _MEMBER, _C.id != speaker["id"])):
            self.follow(resolve, speaker)
            return
        elif speaker["attempts"] or not _is_first(speaker["id"], speaker["storm"]):
            gone = [row["id"] for row in self.rows(and_(storm, _C.state == "waiting")) if row["id"] != speaker["id"]]
            self.follow(resolve, speaker)
        else:
            gone += [row["id"] for row in self.rows(and_(storm, _C.state == "waiting"))]
        self._conn.execute(delete(handoffs).where(_C.id.in_(gone)))


class Gathering:
    """For one destination, within a transaction."""

    def __init__(self, conn: Connection, destination: str, over: int, now: datetime) -> None:
        self._conn = conn
        self._members = Members(conn, destination)
        self._over = over
        self._now = now

    def run(self) -> None:
        """What follows of members first: a resolve makes room for a trigger of its own."""
        new = and_(_C.state == "waiting", _C.attempts == 0, _C.storm.is_(None))
        for row in self._members.rows(and_(new, _C.fresh.is_(False))):
            if (held := self._members.held(row)) is not None:
                self._members.follow(row, held)
        # A cause without an attempt: its storm was refused, so it is told on its own.
        fresh = self._members.rows(and_(new, _C.cause == "", _C.fresh))
        if fresh and (storm := self._storm(fresh)):
            ids = [row["id"] for row in fresh]
            self._conn.execute(update(handoffs).where(_C.id.in_(ids)).values(storm=storm))
            self._conn.execute(update(handoffs).where(_C.id.in_(ids[1:])).values(state="held"))

    def _storm(self, fresh: Sequence[RowMapping]) -> str | None:
        """The one that goes on, or a new one, if they are so many."""
        newest = self._conn.scalar(select(func.max(_C.storm)).where(self._members.mine, _MEMBER))
        if newest is not None:
            late = and_(_C.storm == newest, _MEMBER, _C.asked_at > self._now - FAST)
            if len(self._members.rows(late)) > self._over:
                return str(newest)
        return f"{self._now:%Y%m%dT%H%M%SZ}-{fresh[0]['id']}" if len(fresh) > self._over else None


def together(conn: Connection, storm: str | None) -> Together | None:
    """What a row of a storm speaks for, as it is now."""
    if storm is None:
        return None
    members = conn.scalars(select(_C.told).where(_C.storm == storm, _MEMBER)).all()
    severities = [body_of(Told, told).severity for told in members]
    return Together(storm, len(members), max(severities, key=lambda one: one.rank, default=Severity.LOW))


def counted(conn: Connection, storm: str) -> None:
    """A word for all of them was taken."""
    conn.execute(update(handoffs).where(_C.storm == storm, _UNTOLD, _C.state == "held").values(attempts=1))


def fall_apart(conn: Connection, speaker_id: int, storm: str, cause: str) -> None:
    """A storm's word was refused: whom nobody was told of by another is told, or refused, on its own.

    What somebody took meanwhile wakes nobody any more. Without its first word there is no storm; with it the alert
    stands, and gets its end when those that it told of are all over already.
    """
    untold = and_(_C.storm == storm, _UNTOLD)
    conn.execute(delete(handoffs).where(untold, _C.action == Action.ACKNOWLEDGE))
    freed = {"state": "waiting", "storm": None, "next_at": None, "cause": cause}
    conn.execute(update(handoffs).where(untold).values(freed))
    if _is_first(speaker_id, storm):
        following = and_(_C.storm == storm, or_(_C.state == "waiting", _C.state == "sending"))
        conn.execute(update(handoffs).where(following).values(storm=None))
        return
    left = conn.scalars(select(_C.action).where(_C.storm == storm, _MEMBER)).all()
    if Action.TRIGGER not in left:
        refused = conn.execute(select(handoffs).where(_C.id == speaker_id)).mappings().one()
        says = {"action": Action.ACKNOWLEDGE if left else Action.RESOLVE, "fresh": False, "state": "waiting"}
        row = {**refused, **says, "attempts": 0, "cause": "", "next_at": None}
        del row["id"]
        conn.execute(insert(handoffs).values(row))


def _is_first(speaker_id: int, storm: str) -> bool:
    """Whether it is the word that makes the alert: the storm is named for it."""
    return storm.endswith(f"-{speaker_id}")
