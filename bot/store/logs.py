"""Logs of incidents, read from where this process knows them to have ended."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from sqlalchemy import JSON, Connection, func, select

from bot.model.incident import Entry
from bot.store.codec import entry_of
from bot.store.prepared import Among
from bot.store.tables import incidents, log
from bot.store.texts import Texts

Log = tuple[Entry, ...]

entries = Texts(entry_of, 8192)
"""Entries never change: a text read once is not parsed again, also where another process made its log grow.

So many entries are about 90 days of four broken hourly monitors; of eight rows each they take some 50 MB.
"""
MOST_ENTRIES = 8192
"""In all logs that are known."""
_AGGREGATES = {"sqlite": ("json_group_array", "json_array"), "postgresql": ("json_agg", "json_build_array")}
"""What makes one JSON of many rows, and of some columns; neither promises an order."""


class Logs:
    """One database's logs, for all threads. None shrinks: one that ends as it did when it was known is the same."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[int, Log] = OrderedDict()
        self._entries = 0

    def of(self, conn: Connection, numbers: Sequence[int]) -> Mapping[int, Log]:
        """Of each incident that has one; its bodies are read only where it ends otherwise than as it is known."""
        if not numbers:
            return {}
        ends = _ends(conn, numbers)
        with self._lock:
            found = {number: kept for number, end in ends.items() if _ends_so(kept := self._known.get(number, ()), end)}
            for number in found:
                self._known.move_to_end(number)
        if grown := [number for number in ends if number not in found]:
            for number, whole in _whole(conn, grown).items():
                found[number] = whole
                self.note(number, whole)
        return found

    def note(self, number: int, whole: Log) -> None:
        """This log was read, or committed."""
        with self._lock:
            self._entries += len(whole) - len(self._known.pop(number, ()))
            self._known[number] = whole
            while self._entries > self._most:
                _, gone = self._known.popitem(last=False)
                self._entries -= len(gone)


_End = tuple[int, str]
"""Of the last entry: its place in the log, from 1, and its id."""


def _ends_so(kept: Log, end: _End) -> bool:
    return len(kept) == end[0] and kept[-1].id == end[1]


def _ends(conn: Connection, numbers: Sequence[int]) -> dict[int, _End]:
    told = _last(conn.dialect.name).rows(conn, [(number,) for number in numbers])
    return {number: (seq, entry_id) for part in told for number, seq, entry_id in _list(part[0])}


def _whole(conn: Connection, numbers: Sequence[int]) -> dict[int, Log]:
    found = _told(conn.dialect.name).rows(conn, [(number,) for number in numbers])
    return {number: tuple(entries.value(body) for _, body in sorted(_list(told))) for number, told in found}


@cache
def _last(dialect: str) -> Among:
    """All in one row: SQLite lets all other threads in at every row, which cost more than the reading."""
    together, row = (getattr(func, name) for name in _AGGREGATES[dialect])
    older = log.alias()
    end = select(func.max(older.c.seq)).where(older.c.incident == incidents.c.number).correlate(incidents)
    told = select(together(row(log.c.incident, log.c.seq, log.c.entry_id), type_=JSON)).select_from(incidents)
    joined = told.join(log, (log.c.incident == incidents.c.number) & (log.c.seq == end.scalar_subquery()))
    return Among([incidents.c.number], joined.where)


@cache
def _told(dialect: str) -> Among:
    """Each log in one row."""
    together, pair = (getattr(func, name) for name in _AGGREGATES[dialect])
    told = together(pair(log.c.seq, log.c.body), type_=JSON)
    return Among([log.c.incident], lambda these: select(log.c.incident, told).where(these).group_by(log.c.incident))


def _list(told: Any) -> list[Any]:
    """PostgreSQL's driver reads JSON by itself; of no rows it makes none."""
    read: list[Any] = json.loads(told) if isinstance(told, str) else told or []
    return read
