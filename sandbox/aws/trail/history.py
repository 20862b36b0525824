"""Event history: the last 90 days of management events of an account and Region, trail or no trail.

Source: CloudTrail User Guide, "Working with CloudTrail event history".
"""

import bisect
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any, Final

from sandbox.aws.trail.deliveries import LATEST, Place, seen_at
from sandbox.aws.trail.files import Kept, LogFile, unpacked

REACH: Final = timedelta(days=90)

Record = dict[str, Any]
Waiting = Callable[[Place], list[Kept]]
"""What has not come into a file yet."""


class History:
    """What was recorded, packed as it was delivered. Safe for threads."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._packed: dict[Place, list[tuple[datetime, int, bytes]]] = {}
        self._lock = Lock()
        self._count = 0
        self.seen_at = seen_at
        """From when on an event can be looked up, by its time and id."""
        self.earlier: Callable[[datetime], None] = _nothing_earlier
        """Has what happened since a moment told, where that is not told yet."""

    def keep(self, file: LogFile) -> None:
        """Remember a file's records."""
        self.keep_packed(file.place, file.delivered_at, file.whole)

    def keep_packed(self, place: Place, delivered_at: datetime, body: bytes) -> None:
        """Remember records that are packed already; forget those that are past keeping."""
        with self._lock:
            self._count += 1
            held = self._packed.setdefault(place, [])
            bisect.insort(held, (delivered_at, self._count, body))
            old = bisect.bisect_left(held, (held[-1][0] - REACH - LATEST,))
            del held[:old]

    def forget(self) -> None:
        """As if nothing had been recorded."""
        with self._lock:
            self._packed.clear()

    def newest_first(self, place: Place, start: datetime, end: datetime, now: datetime) -> Iterator[Record]:
        """Records from `start` to `end`, both included, that can be seen by `now`."""
        start = max(start, now - REACH)
        told: set[str] = set()
        for record in self._down(place, start, now):
            at, id_ = datetime.fromisoformat(record["eventTime"]), record["eventID"]
            if start <= at <= end and self.seen_at(at, id_) <= now and id_ not in told:
                told.add(id_)  # what came into its file meanwhile is there twice
                yield record

    def _down(self, place: Place, start: datetime, now: datetime) -> Iterator[Record]:
        """By event time, the newest first: a file has nothing that is newer than its own delivery."""
        ready = [json.loads(kept.text) for kept in self._waiting(place)]
        for delivered_at, body in self._files(place, start, now):
            ready.sort(key=_when)
            while ready and datetime.fromisoformat(ready[-1]["eventTime"]) >= delivered_at:
                yield ready.pop()
            ready += _records(body)
        yield from sorted(ready, key=_when, reverse=True)

    def _files(self, place: Place, start: datetime, now: datetime) -> Iterator[tuple[datetime, bytes]]:
        """The files that may have records since `start`, the newest first; the past is told as far as it is asked."""
        before = now + LATEST + timedelta(days=1)
        for day in range(REACH.days + 2):
            since = max(start, now - timedelta(days=day + 1))
            self.earlier(since)
            with self._lock:
                held = self._packed.get(place, [])
                part = held[bisect.bisect_left(held, (since,)) : bisect.bisect_left(held, (before,))]
            yield from ((at, body) for at, _, body in reversed(part))
            if since <= start:
                return
            before = since


@lru_cache(maxsize=512)
def _records(body: bytes) -> tuple[Record, ...]:
    return tuple(unpacked(body))


def _when(record: Record) -> tuple[str, str]:
    return record["eventTime"], record["eventID"]


def _nothing_earlier(_: datetime) -> None:
    """There is nothing but what was recorded."""
