"""Logs of incidents: of one that this process knows, only what came after is read."""

import json
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from sqlalchemy import JSON, Connection, func, select

from bot.model.incident import Entry
from bot.store.codec import entry_of
from bot.store.prepared import Among
from bot.store.tables import incidents, log

Log = tuple[Entry, ...]

MOST_ENTRIES = 8192
"""In all logs that are known: about 90 days of four broken hourly monitors; of eight rows each they take some 50 MB."""
MOST_AFTER = 500
"""Entries read one by one: more than others append between two looks."""
_AGGREGATES = {"sqlite": ("json_group_array", "json_array"), "postgresql": ("json_agg", "json_build_array")}
"""What makes one JSON of many rows, and of some columns; neither promises an order."""


class Logs:
    """One database's logs, for all threads. They are only appended to: what was read once is not read again."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[int, Log] = OrderedDict()
        self._entries = 0

    def of(self, conn: Connection, numbers: Sequence[int]) -> Mapping[int, Log]:
        """Of each incident that has one; bodies are read only beyond what is known."""
        if not numbers:
            return {}
        ends = _ends(conn, numbers)
        with self._lock:
            known = {number: self._known[number] for number in ends if number in self._known}
            for number in known:
                self._known.move_to_end(number)
        found = {number: kept for number, kept in known.items() if _ends_so(kept, ends[number])}
        found |= _gone_on(conn, {number: kept for number, kept in known.items() if number not in found}, ends)
        found |= _whole(conn, [number for number in ends if number not in found])
        for number, log_ in found.items():
            if known.get(number) is not log_:
                self.note(number, log_)
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


def _gone_on(conn: Connection, known: Mapping[int, Log], ends: Mapping[int, _End]) -> dict[int, Log]:
    """These logs and what came after; none that is another than that at its known end, and none where all is much."""
    wanted = [(number, seq) for number, kept in known.items() for seq in range(len(kept), ends[number][0] + 1)]
    if len(wanted) > MOST_AFTER:
        return {}
    told: dict[int, list[tuple[int, Entry]]] = defaultdict(list)
    for number, seq, body in sorted(_some().rows(conn, wanted), key=tuple):
        told[number].append((seq, entry_of(body)))
    return {
        number: (*known[number], *(entry for _, entry in after))
        for number, (first, *after) in told.items()
        if first == (len(known[number]), known[number][-1])
    }


def _whole(conn: Connection, numbers: Sequence[int]) -> dict[int, Log]:
    found = _told(conn.dialect.name).rows(conn, [(number,) for number in numbers])
    return {number: tuple(entry_of(body) for _, body in sorted(_list(told))) for number, told in found}


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
def _some() -> Among:
    return Among([log.c.incident, log.c.seq], select(log.c.incident, log.c.seq, log.c.body).where)


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
