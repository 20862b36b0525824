"""Incidents read back from their rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock

from sqlalchemy import JSON, ColumnElement, Connection, RowMapping, func, select

from bot.model.incident import Entry, Incident, State
from bot.model.place import Family, Place, Service
from bot.store.codec import about_of, entry_of, queued_of
from bot.store.tables import incidents, log

Fold = Callable[[tuple[Entry, ...], datetime], State]
"""A log (in append order) and a moment to the state at that moment."""

_entry = lru_cache(8192)(entry_of)
"""A press reads the same log three times, and entries never change: a text read once is not parsed again.

So many entries are about 90 days of four broken hourly monitors; of eight rows each they take some 50 MB.
"""

_KNOWN = 2_048
"""Logs whose state is known: a storm's card is drawn again and again from up to a thousand."""

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


def remembering(fold: Fold) -> Fold:
    """The same fold, which knows its last answers: a log's state is the same until a clock changes it."""
    known = lru_cache(_KNOWN)(lambda _: _Known())

    def remembered(entries: tuple[Entry, ...], now: datetime) -> State:
        kept = known(_Log(entries))
        with lock:
            found = kept.at(now)
        if found is None:
            found = fold(entries, now)
            with lock:
                kept.since, kept.state = now, found
        return found

    lock = Lock()
    return remembered


def load(
    conn: Connection, where: ColumnElement[bool], fold: Fold, now: datetime, *, lock: bool = False
) -> tuple[Incident, ...]:
    """Incidents with their logs in key order; two statements, however many there are.

    `lock` keeps the rows for this transaction (SQLite's writers hold the whole database already).
    """
    c = incidents.c
    wanted = select(incidents).where(where).order_by(c.account_id, c.region, c.service, c.family)
    rows = conn.execute(wanted.with_for_update() if lock else wanted).mappings().all()
    logs = _logs(conn, where) if rows else {}
    return tuple(_incident(row, logs.get(row["number"], ()), fold, now) for row in rows)


def key_of(place: Place) -> dict[str, str]:
    """A place as the columns that are unique together."""
    return {
        "account_id": place.account_id,
        "region": place.region,
        "service": place.service,
        "family": place.family.value,
    }


def place_of(row: RowMapping) -> Place:
    """The place in these columns."""
    return Place(row["account_id"], row["region"], row["service"], Family(row["family"]))


def _logs(conn: Connection, where: ColumnElement[bool]) -> dict[int, tuple[Entry, ...]]:
    """Each log in one row: SQLite lets all other threads in at every row, which cost more than the reading."""
    numbers = select(incidents.c.number).where(where)
    together, pair = _AGGREGATES[conn.dialect.name]
    told = getattr(func, together)(getattr(func, pair)(log.c.seq, log.c.body), type_=JSON)
    logs = select(log.c.incident, told).where(log.c.incident.in_(numbers)).group_by(log.c.incident)
    return {number: tuple(_entry(body) for _, body in sorted(entries)) for number, entries in conn.execute(logs)}


def _incident(row: RowMapping, entries: tuple[Entry, ...], fold: Fold, now: datetime) -> Incident:
    return Incident(
        number=row["number"],
        place=place_of(row),
        service=Service(row["service_name"], row["service_by"], about_of(row["about"])),
        log=entries,
        queued=queued_of(row["queued"]),
        state=fold(entries, now),
    )
