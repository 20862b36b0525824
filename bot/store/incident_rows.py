"""Incidents read back from their rows."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from bot.model.incident import Entry, Incident, State
from bot.model.place import Family, Place, Service
from bot.store.codec import entry_of, queued_of
from bot.store.tables import incidents, log

Fold = Callable[[tuple[Entry, ...], datetime], State]
"""A log (in append order) and a moment to the state at that moment."""


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


def _logs(conn: Connection, where: ColumnElement[bool]) -> dict[int, tuple[Entry, ...]]:
    numbers = select(incidents.c.number).where(where)
    entries = select(log.c.incident, log.c.body).where(log.c.incident.in_(numbers)).order_by(log.c.incident, log.c.seq)
    found: dict[int, list[Entry]] = defaultdict(list)
    for number, body in conn.execute(entries):
        found[number].append(entry_of(body))
    return {number: tuple(entries) for number, entries in found.items()}


def _incident(row: RowMapping, entries: tuple[Entry, ...], fold: Fold, now: datetime) -> Incident:
    return Incident(
        number=row["number"],
        place=Place(row["account_id"], row["region"], row["service"], Family(row["family"])),
        service=Service(row["service_name"], row["service_by"]),
        log=entries,
        queued=queued_of(row["queued"]),
        state=fold(entries, now),
    )
