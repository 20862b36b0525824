"""The store's outbox in memory, with the real one's semantics, for unit tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock

from bot.errors import Conflict
from bot.model.post import CardKey, OutboxRow, Outgoing, Posted, RowState


class FakeOutbox:
    """`Outbox` in memory. `asked` keeps every wish ever queued, in order."""

    def __init__(self) -> None:
        self.asked: list[Outgoing] = []
        self._rows: dict[int, OutboxRow] = {}
        self._causes: dict[int, str] = {}
        self._cards: dict[CardKey, Posted] = {}
        self._leases: dict[str, tuple[str, datetime]] = {}
        self._next_post: dict[str, datetime] = {}
        self._spent: tuple[datetime, int] = (datetime.min, 0)  # noqa: DTZ901  # before any minute
        self._lock = RLock()

    def add(self, out: Iterable[Outgoing]) -> None:
        """Queue wishes, as a committed change does."""
        with self._lock:
            for wish in out:
                self.asked.append(wish)
                self._rows[len(self.asked)] = OutboxRow(len(self.asked), wish, "waiting")

    def lease(self, worker: str, now: datetime, ttl_s: float, *, also: Iterable[str] = ()) -> tuple[str, ...]:
        """Channels with something to send that nobody else holds."""
        with self._lock:
            wanted = {r.out.channel for r in self._rows.values() if r.state != "parked"} | set(also)
            for channel in wanted:
                holder, until = self._leases.get(channel, (worker, now))
                if holder == worker or until <= now:
                    self._leases[channel] = (worker, now + timedelta(seconds=ttl_s))
            return tuple(sorted(c for c in wanted if self._leases[c][0] == worker))

    def release(self, worker: str) -> None:
        """Give every channel back."""
        with self._lock:
            self._leases = {c: held for c, held in self._leases.items() if held[0] != worker}

    def rows(self, channel: str) -> tuple[OutboxRow, ...]:
        """What a channel waits for, oldest first."""
        with self._lock:
            return tuple(r for _, r in sorted(self._rows.items()) if r.out.channel == channel and r.state != "parked")

    def hold_back(self, card: CardKey) -> bool:
        """Whether the card can be nowhere in Slack; whoever read a row of it cannot begin that any more."""
        with self._lock:
            mine = [r for r in self._rows.values() if r.out.card == card and r.state != "parked"]
            if card in self._cards or any(r.state != "waiting" for r in mine):
                return False
            self._rows.update({r.id: replace(r, attempts=r.attempts + 1) for r in mine})
            return True

    def bring(self, rows: Iterable[OutboxRow], channel: str) -> None:
        """Let those that wait do so in that channel's queue."""
        with self._lock:
            kept = [self._rows[row.id] for row in rows if row.id in self._rows]
            for row in [r for r in kept if r.state == "waiting"]:
                self._rows[row.id] = replace(row, out=replace(row.out, channel=channel), attempts=row.attempts + 1)

    def elsewhere(self, channel: str, cards: Iterable[CardKey]) -> tuple[OutboxRow, ...]:
        """What waits for these in other channels, oldest first."""
        with self._lock:
            live = [r for _, r in sorted(self._rows.items()) if r.state != "parked" and r.out.channel != channel]
            wanted = set(cards)
            return tuple(r for r in live if r.out.card in wanted)

    def mark(
        self,
        rows: Iterable[OutboxRow],
        *,
        state: RowState | None = None,
        roundup: int | None = None,
        quiet: bool = False,
    ) -> None:
        """Of a roundup or none; what waits again was never tried."""
        with self._lock:
            for kept in [self._rows[row.id] for row in rows if row.id in self._rows]:
                said = replace(kept, quiet=kept.quiet or quiet, roundup=kept.roundup if roundup is None else roundup)
                if state is not None and kept.state != "parked":
                    said = replace(said, state=state, claimed_at=None, attempts=kept.attempts + 1)
                self._rows[kept.id] = said

    def merge(self, rows: Sequence[OutboxRow]) -> None:
        """The first speaks for all."""
        with self._lock:
            kept, loud = self._rows[rows[0].id], any(row.out.broadcast for row in rows)
            said = replace(kept, out=replace(kept.out, broadcast=loud), attempts=kept.attempts + 1)
            self._rows[kept.id] = said
            for row in rows[1:]:
                del self._rows[row.id]

    def is_as_read(self, row: OutboxRow) -> bool:
        """Whether nobody began, parked or did it since."""
        kept = self._rows.get(row.id)
        return kept is not None and kept.attempts == row.attempts and kept.state != "parked"

    def begin(self, row: OutboxRow, now: datetime) -> None:
        """Mark as sending; the first attempt's time stays."""
        with self._lock:
            if not self.is_as_read(row):
                raise Conflict(f"Another worker took row {row.id}.")
            kept = self._rows[row.id]
            claimed = kept.claimed_at or now
            self._rows[row.id] = replace(kept, state="sending", claimed_at=claimed, attempts=kept.attempts + 1)

    def posted(self, row: OutboxRow, at: Posted | None, *, upto: int | None = None) -> None:
        """Done, and with it every wish up to that id to draw the same card."""
        with self._lock:
            self._rows.pop(row.id, None)
            if at is None:
                return
            self._cards[at.card] = at
            for other in list(self._rows.values()):
                out = other.out
                drawn = out.kind == "card" and out.card == at.card and out.revision <= at.revision
                if drawn and other.state == "waiting" and other.id <= (row.id if upto is None else upto):
                    del self._rows[other.id]

    def again(self, row: OutboxRow, *, ambiguous: bool) -> None:
        """Not done."""
        with self._lock:
            if row.id in self._rows:
                self._rows[row.id] = replace(self._rows[row.id], state="ambiguous" if ambiguous else "waiting")

    def park(self, row: OutboxRow, cause: str) -> None:
        """Give up and keep the cause."""
        with self._lock:
            self._rows[row.id] = replace(self._rows[row.id], state="parked")
            self._causes[row.id] = cause

    def reroute(self, card: CardKey, channel: str, *, lost: str, stood: Posted | None) -> None:
        """From where it was read to stand, or from the queue."""
        with self._lock:
            now = self._cards.get(card)
            if stood is None:
                self.afresh(card, channel, lost)
            elif now is not None and (now.channel_id, now.ts) == (stood.channel_id, stood.ts):
                del self._cards[card]
                self.afresh(card, channel)

    def afresh(self, card: CardKey, channel: str, only: str = "") -> None:
        """Let its rows, all or those of one queue, wait there as if nobody had begun them."""
        with self._lock:
            for row in list(self._rows.values()):
                if row.out.card == card and row.state != "parked" and only in {"", row.out.channel}:
                    afresh = replace(row, state="waiting", claimed_at=None, attempts=row.attempts + 1, roundup=0)
                    self._rows[row.id] = replace(afresh, out=replace(row.out, channel=channel))

    def card(self, key: CardKey) -> Posted | None:
        """Where a card stands."""
        return self._cards.get(key)

    def cards(self, keys: Iterable[CardKey]) -> Mapping[CardKey, Posted]:
        """Where these stand."""
        return {key: self._cards[key] for key in keys if key in self._cards}

    def next_post_at(self, channel: str) -> datetime | None:
        """When the channel takes its next post."""
        return self._next_post.get(channel)

    def take_post(self, channel: str, now: datetime, every: timedelta) -> datetime | None:
        """The turn, if it is free."""
        with self._lock:
            noted = self._next_post.get(channel)
            if noted is not None and noted > now:
                return noted
            self._next_post[channel] = now + every
            return None

    def book_post(self, channel: str, now: datetime, every: timedelta) -> datetime:
        """The next turn."""
        with self._lock:
            turn = max(now, self._next_post.get(channel, now))
            self._next_post[channel] = turn + every
            return turn

    def pace(self, channel: str, next_at: datetime) -> None:
        """No post before then."""
        with self._lock:
            self._next_post[channel] = max(next_at, self._next_post.get(channel, next_at))

    def take_update(self, now: datetime, per_minute: int) -> bool:
        """One edit of the running minute's budget."""
        with self._lock:
            minute = now.replace(second=0, microsecond=0)
            spent = self._spent[1] if self._spent[0] == minute else 0
            if spent >= per_minute:
                return False
            self._spent = (minute, spent + 1)
            return True

    def parked(self) -> tuple[tuple[OutboxRow, str], ...]:
        """What could not be sent."""
        with self._lock:
            return tuple((r, self._causes[r.id]) for r in self._rows.values() if r.state == "parked")

    def counts(self) -> Mapping[str, int]:
        """Rows by state."""
        with self._lock:
            states = [r.state for r in self._rows.values()]
        return {state: states.count(state) for state in ("waiting", "sending", "ambiguous", "parked")}
