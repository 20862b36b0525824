"""Incidents read back from their rows."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from bot.model.alarm_series import former_arn
from bot.model.incident import Entry, Incident, Queued, State
from bot.model.place import Family, Place, Service
from bot.store.codec import about_of, queued_of
from bot.store.logs import Logs
from bot.store.prepared import Among
from bot.store.tables import incidents
from bot.store.texts import Texts

Fold = Callable[[tuple[Entry, ...], datetime], State]
"""A log (in append order) and a moment to the state at that moment."""

queues = Texts(queued_of, 1024)
"""What was last queued for each of as many incidents."""

MOST_VALUES = 500
"""In one statement; SQLite of before 3.32 takes 999."""
MOST_STATES = 1024
"""As many incidents may change in turn without being folded twice at each change."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A log's state, and from when on it is known."""

    entries: tuple[Entry, ...]
    since: datetime
    state: State

    def of(self, entries: tuple[Entry, ...], now: datetime) -> State | None:
        """The state, if it is this log's and the same at that moment."""
        ends = self.state.changes_at
        if now < self.since or (ends is not None and now >= ends):
            return None
        return self.state if self.entries == entries else None  # mostly the same objects


class remembering:  # noqa: N801  # used as a function is
    """The same fold, which knows its last answers: a log's state is the same until a clock changes it."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._lock = Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        """By the first entry's id: what a log was before it grew is not kept."""

    def __call__(self, entries: tuple[Entry, ...], now: datetime) -> State:
        """The state at that moment."""
        begins = _begins(entries)
        with self._lock:
            kept = self._known.get(begins)
            if kept is not None:
                self._known.move_to_end(begins)
        found = kept.of(entries, now) if kept else None
        if found is None:
            found = self._fold(entries, now)
            self.note(entries, now, found)
        return found

    def note(self, entries: tuple[Entry, ...], now: datetime, state: State) -> None:
        """Somebody else folded this log at that moment."""
        begins = _begins(entries)
        with self._lock:
            self._known[begins] = _Known(entries, now, state)
            self._known.move_to_end(begins)
            if len(self._known) > MOST_STATES:
                self._known.popitem(last=False)


def _begins(log_: tuple[Entry, ...]) -> str:
    """Where to look for it; two logs may begin alike, since two reports of one run share their id."""
    return log_[0].id if log_ else ""


_C = incidents.c
PLACE = (_C.account_id, _C.region, _C.service, _C.family)
"""The columns that are unique together."""
_IN_ORDER = select(_C.number, *PLACE, _C.service_name, _C.service_by, _C.about, _C.queued).order_by(*PLACE)
_AT = Among(PLACE, _IN_ORDER.where)
_LOCKED = Among(PLACE, lambda among: _IN_ORDER.where(among).with_for_update())
_COUNTED = Among(PLACE, select(func.count()).select_from(incidents).where)


class Rows:
    """Incidents of one database: their rows, their logs, and what `fold` makes of these."""

    def __init__(self, fold: Fold) -> None:
        self.fold = remembering(fold)
        self.logs = Logs()

    def load(self, conn: Connection, where: ColumnElement[bool], now: datetime) -> tuple[Incident, ...]:
        """With their logs in key order; two or three statements, however many there are."""
        return self._with_logs(conn, conn.execute(_IN_ORDER.where(where)).all(), now)

    def load_at(
        self, conn: Connection, places: Sequence[Place], now: datetime, *, lock: bool = False
    ) -> tuple[Incident, ...]:
        """Those of these places, which are in key order; `lock` keeps their rows for this transaction.

        SQLite knows no such lock: its writers hold the whole database already.
        """
        return self._with_logs(conn, (_LOCKED if lock else _AT).rows(conn, _keys(places)), now)

    def _with_logs(self, conn: Connection, rows: Sequence[Sequence[Any]], now: datetime) -> tuple[Incident, ...]:
        logs = self.logs.of(conn, [number for number, *_ in rows])
        return tuple(_incident(row, logs.get(row[0], ()), self.fold, now) for row in rows)


def count_at(conn: Connection, places: Sequence[Place]) -> int:
    """How many of these places have an incident."""
    return sum(count for (count,) in _COUNTED.rows(conn, _keys(places)))


def _keys(places: Sequence[Place]) -> list[tuple[str, ...]]:
    return [tuple(key_of(place).values()) for place in places]


def key_of(place: Place) -> dict[str, str]:
    """A place as the columns that are unique together."""
    return {
        "account_id": place.account_id,
        "region": place.region,
        "service": place.service,
        "family": str(place.family),
    }


def place_of(row: Sequence[Any]) -> Place:
    """The place in the columns that are unique together."""
    account_id, region, service, family = row
    return Place(account_id, region, service, Family(family))


def _incident(row: Sequence[Any], log_: tuple[Entry, ...], fold: Fold, now: datetime) -> Incident:
    number, *place, name, by, about, queued = row
    state = fold(log_, now)
    return Incident(
        number=number,
        place=place_of(place),
        service=Service(name, by, about_of(about)),
        log=log_,
        queued=_renewed(queues.value(queued), state),
        state=state,
    )


def _renewed(queued: Queued, state: State) -> Queued:
    """With the blind as the state names them, where an earlier version kept it."""
    if not queued.blind:
        return queued
    named = {former_arn(spell.subject.arn): spell.subject.arn for spell in state.blinds}
    return replace(queued, blind=tuple(named.get(arn, arn) for arn in queued.blind))
