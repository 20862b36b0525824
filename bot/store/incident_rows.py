"""Incidents read back from their rows."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from threading import Lock
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, func, select

from bot.model.incident import Entry, Incident, State
from bot.model.place import Family, Place, Service
from bot.store.codec import about_of, entry_of, queued_of
from bot.store.prepared import Among
from bot.store.tables import incidents, log
from bot.store.texts import Texts

Fold = Callable[[tuple[Entry, ...], datetime], State]
"""A log (in append order) and a moment to the state at that moment."""

entries = Texts(entry_of, 8192)
"""A press reads the same log three times, and entries never change: a text read once is not parsed again.

So many entries are about 90 days of four broken hourly monitors; of eight rows each they take some 50 MB.
"""
queues = Texts(queued_of, 1024)
"""What was last queued for each of as many incidents."""

_KNOWN = 2_048
"""Logs whose state is known: a storm's card is drawn again and again from up to a thousand."""

MOST_VALUES = 500
"""In one statement; SQLite of before 3.32 takes 999."""
MOST_STATES = 1024
"""As many incidents may change in turn without being folded twice at each change."""
_AGGREGATES = {"sqlite": ("json_group_array", "json_array"), "postgresql": ("json_agg", "json_build_array")}
"""What makes one JSON of many rows, and of two columns; neither promises an order."""


@dataclass(frozen=True, slots=True)
class _Log:
    """What a fold is asked; equal ones mostly hold the same objects, so comparing them is cheap."""

    entries: tuple[Entry, ...]

    def __hash__(self) -> int:
        return hash((len(self.entries), self.entries[-1].id if self.entries else ""))


@dataclass(slots=True)
class _Known:
    """A log's state, and from when on it is known."""

    since: datetime | None = None
    state: State | None = None

    def at(self, now: datetime) -> State | None:
        """The state, if it is the same at that moment."""
        since, state = self.since, self.state
        if since is None or state is None or now < since:
            return None
        return state if state.changes_at is None or now < state.changes_at else None


class remembering:  # noqa: N801  # used as a function is
    """The same fold, which knows its last answers: a log's state is the same until a clock changes it."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._lock = Lock()
        self._known = lru_cache(MOST_STATES)(lambda _: _Known())

    def __call__(self, entries: tuple[Entry, ...], now: datetime) -> State:
        """The state at that moment."""
        kept = self._known(_Log(entries))
        with self._lock:
            found = kept.at(now)
        if found is None:
            found = self._fold(entries, now)
            self._note(kept, now, found)
        return found

    def note(self, entries: tuple[Entry, ...], now: datetime, state: State) -> None:
        """Somebody else folded this log at that moment."""
        self._note(self._known(_Log(entries)), now, state)

    def _note(self, kept: _Known, now: datetime, state: State) -> None:
        with self._lock:
            kept.since, kept.state = now, state


_C = incidents.c
PLACE = (_C.account_id, _C.region, _C.service, _C.family)
"""The columns that are unique together."""
_IN_ORDER = select(_C.number, *PLACE, _C.service_name, _C.service_by, _C.about, _C.queued).order_by(*PLACE)
_AT = Among(PLACE, _IN_ORDER.where)
_LOCKED = Among(PLACE, lambda among: _IN_ORDER.where(among).with_for_update())
_COUNTED = Among(PLACE, select(func.count()).select_from(incidents).where)


def load(conn: Connection, where: ColumnElement[bool], fold: Fold, now: datetime) -> tuple[Incident, ...]:
    """Incidents with their logs in key order; two statements, however many there are."""
    return _with_logs(conn, conn.execute(_IN_ORDER.where(where)).all(), fold, now)


def load_at(
    conn: Connection, places: Sequence[Place], fold: Fold, now: datetime, *, lock: bool = False
) -> tuple[Incident, ...]:
    """Those of these places, which are in key order; `lock` keeps their rows for this transaction.

    SQLite knows no such lock: its writers hold the whole database already.
    """
    return _with_logs(conn, (_LOCKED if lock else _AT).rows(conn, _keys(places)), fold, now)


def count_at(conn: Connection, places: Sequence[Place]) -> int:
    """How many of these places have an incident."""
    return sum(count for (count,) in _COUNTED.rows(conn, _keys(places)))


def _keys(places: Sequence[Place]) -> list[tuple[str, ...]]:
    return [tuple(key_of(place).values()) for place in places]


def _with_logs(conn: Connection, rows: Sequence[Sequence[Any]], fold: Fold, now: datetime) -> tuple[Incident, ...]:
    logs = _logs(conn, [number for number, *_ in rows])
    return tuple(_incident(row, logs.get(row[0], ()), fold, now) for row in rows)


def key_of(place: Place) -> dict[str, str]:
    """A place as the columns that are unique together."""
    return {
        "account_id": place.account_id,
        "region": place.region,
        "service": place.service,
        "family": place.family.value,
    }


def place_of(row: Sequence[Any]) -> Place:
    """The place in the columns that are unique together."""
    account_id, region, service, family = row
    return Place(account_id, region, service, Family(family))


@cache
def _told(dialect: str) -> Among:
    """Each log in one row: SQLite lets all other threads in at every row, which cost more than the reading."""
    together, pair = _AGGREGATES[dialect]
    told = getattr(func, together)(getattr(func, pair)(log.c.seq, log.c.body), type_=JSON)
    return Among([log.c.incident], lambda these: select(log.c.incident, told).where(these).group_by(log.c.incident))


def _logs(conn: Connection, numbers: Sequence[int]) -> dict[int, tuple[Entry, ...]]:
    found = _told(conn.dialect.name).rows(conn, [(number,) for number in numbers])
    return {number: tuple(entries.value(body) for _, body in sorted(_list(told))) for number, told in found}


def _list(told: str | list[list[Any]]) -> list[list[Any]]:
    """PostgreSQL's driver reads JSON by itself."""
    read: list[list[Any]] = json.loads(told) if isinstance(told, str) else told
    return read


def _incident(row: Sequence[Any], log_: tuple[Entry, ...], fold: Fold, now: datetime) -> Incident:
    number, *place, name, by, about, queued = row
    return Incident(
        number=number,
        place=place_of(place),
        service=Service(name, by, about_of(about)),
        log=log_,
        queued=queues.value(queued),
        state=fold(log_, now),
    )
