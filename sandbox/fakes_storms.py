"""Storms in memory, with the real store's semantics, for unit tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock

from bot.errors import Conflict, NotFound
from bot.model.post import CardKey, OutboxRow
from bot.model.storm import Storm, storm_key
from sandbox.fakes_outbox import FakeOutbox

MOST = 1_000
WINDOW = timedelta(minutes=1)
DRAWINGS = 30


class FakeStorms:
    """`Storms` and `StormQueue` beside a FakeOutbox."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self._outbox = outbox
        self._kept: dict[int, Storm] = {}
        self._joined: dict[CardKey, tuple[int, datetime]] = {}
        self._drawings: dict[tuple[int, int], Mapping[int, int]] = {}
        self._lock = RLock()

    def of(self, cards: Iterable[CardKey]) -> Mapping[CardKey, Storm]:
        """Which storm stands for which."""
        with self._lock:
            return {key: self._kept[self._joined[key][0]] for key in cards if key in self._joined}

    def get(self, number: int) -> Storm:
        """Raises NotFound."""
        if number not in self._kept:
            raise NotFound(f"There is no storm {number}.")
        return self._kept[number]

    def members(self, number: int) -> tuple[CardKey, ...]:
        """By incident and episode."""
        with self._lock:
            return tuple(sorted(key for key, (storm, _) in self._joined.items() if storm == number))

    def drawing(self, number: int, revision: int) -> Mapping[int, int]:
        """Raises NotFound."""
        if (number, revision) not in self._drawings:
            raise NotFound(f"That drawing of storm {number} is not known any more.")
        return self._drawings[number, revision]

    def gathering(self, channel: str, now: datetime, over: int) -> Storm | None:
        """The newest one with room, while it is not posted or cards come fast."""
        with self._lock:
            newest = max((s for s in self._kept.values() if s.channel == channel), key=lambda s: s.number, default=None)
            if newest is None:
                return None
            joined = [at for storm, at in self._joined.values() if storm == newest.number]
        lately = sum(at > now - WINDOW for at in joined)
        return newest if len(joined) < MOST and (not newest.stands or lately > over) else None

    def gather(
        self, channel: str, cards: Sequence[CardKey], now: datetime, *, started_at: datetime, into: Storm | None = None
    ) -> frozenset[CardKey]:
        """Of those that may be in Slack already none is taken."""
        with self._lock:
            free = [key for key in sorted(set(cards)) if key not in self._joined and self._outbox.hold_back(key)]
            if not free:
                return frozenset()
            number = into.number if into else self._new(channel, started_at)
            room = MOST - sum(storm == number for storm, _ in self._joined.values())
            taken = free[: max(0, room)]
            self._joined.update(dict.fromkeys(taken, (number, now)))
            return frozenset(taken)

    def begin(self, rows: Sequence[OutboxRow], now: datetime) -> None:
        """All or none."""
        with self._lock:
            if any(not self._outbox.is_as_read(row) for row in rows):
                raise Conflict("Another worker took one of these rows.")
            for row in rows:
                self._outbox.begin(row, now)

    def round_up(self, rows: Sequence[OutboxRow], number: int, now: datetime) -> None:
        """All or none."""
        with self._lock:
            self.begin(rows, now)
            self._outbox.mark(rows, roundup=number)

    def told(self, rows: Sequence[OutboxRow]) -> None:
        """They wait, quiet."""
        self._outbox.mark(rows, state="waiting", quiet=True)

    def merge(self, rows: Sequence[OutboxRow]) -> None:
        """All or none."""
        with self._lock:
            if any(not self._outbox.is_as_read(row) for row in rows):
                raise Conflict("Another worker took one of these rows.")
            self._outbox.merge(rows)

    def let_go(self, rows: Sequence[OutboxRow]) -> None:
        """They wait."""
        self._outbox.mark(rows, state="waiting", roundup=0)

    def draw(self, number: int, shown: Mapping[int, int]) -> int:
        """The drawing's number."""
        with self._lock:
            storm = replace(self._kept[number], revision=self._kept[number].revision + 1)
            self._kept[number] = storm
            self._drawings[number, storm.revision] = dict(shown)
            self._drawings.pop((number, storm.revision - DRAWINGS), None)
            return storm.revision

    def drawn(self, number: int, rows: Sequence[OutboxRow], at: tuple[str, str], now: datetime) -> None:
        """It stands there."""
        with self._lock:
            self._kept[number] = replace(self._kept[number], channel_id=at[0], ts=at[1], drawn_at=now)
            self._done(rows)

    def said(self, number: int, rows: Sequence[OutboxRow], now: datetime) -> None:
        """They are done."""
        with self._lock:
            self._kept[number] = replace(self._kept[number], said_at=now)
            self._done(rows)

    def again(self, rows: Sequence[OutboxRow], *, ambiguous: bool) -> None:
        """All of them alike."""
        for row in rows:
            self._outbox.again(row, ambiguous=ambiguous)

    def park(self, rows: Sequence[OutboxRow], cause: str) -> None:
        """Kept with the cause."""
        for row in rows:
            self._outbox.park(row, cause)

    def move(self, storm: Storm, channel: str) -> None:
        """It stands nowhere; its rows go along and wait."""
        with self._lock:
            kept = self._kept[storm.number]
            if (kept.channel, kept.ts) != (storm.channel, storm.ts):
                return
            self._kept[storm.number] = replace(kept, channel=channel, channel_id="", ts="", drawn_at=None)
            for key in self.members(storm.number):
                self._outbox.afresh(key, channel)

    def _done(self, rows: Sequence[OutboxRow]) -> None:
        for row in rows:
            self._outbox.posted(row, None)

    def _new(self, channel: str, started_at: datetime) -> int:
        last = max((s.started_at for s in self._kept.values() if s.channel == channel), default=None)
        if last is not None and last >= started_at:
            started_at = last + timedelta(microseconds=1)
        number = len(self._kept) + 1
        self._kept[number] = Storm(number, storm_key(channel, started_at), channel, started_at)
        return number
