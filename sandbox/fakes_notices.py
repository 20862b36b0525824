"""`Notices` and `NoticeQueue` in memory, with the real store's semantics."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from threading import RLock

from bot.errors import Conflict, NotFound
from bot.model.post import CardKey, NoticeRow
from bot.model.reply import Reply


class FakeNotices:
    """`said` keeps every message ever queued, by its key: (channel, message)."""

    def __init__(self) -> None:
        self.said: dict[str, tuple[str, Reply]] = {}
        self._rows: dict[int, NoticeRow] = {}
        self._stood: dict[int, NoticeRow] = {}
        self._causes: dict[int, str] = {}
        self._lock = RLock()

    def put(self, key: str, channel: str, reply: Reply, now: datetime, card: CardKey | None = None) -> bool:
        """Once for each key."""
        del now
        with self._lock:
            if key in self.said:
                return False
            self.said[key] = (channel, reply)
            self._rows[len(self.said)] = NoticeRow(len(self.said), key, channel, "waiting", card=card)
            return True

    def known(self, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys were queued before."""
        with self._lock:
            return frozenset(key for key in keys if key in self.said)

    def channels(self) -> tuple[str, ...]:
        """Those with something to send."""
        with self._lock:
            return tuple(sorted({r.channel for r in self._rows.values() if r.state != "parked"}))

    def rows(self, channel: str) -> tuple[NoticeRow, ...]:
        """What a channel waits for, oldest first."""
        with self._lock:
            return tuple(r for _, r in sorted(self._rows.items()) if r.channel == channel and r.state != "parked")

    def reply(self, row: NoticeRow) -> Reply:
        """What it says."""
        if row.key not in self.said:
            raise NotFound(f"The message `{row.key}` cannot be read.")
        return self.said[row.key][1]

    def begin(self, row: NoticeRow, now: datetime) -> None:
        """Mark as sending; the first attempt's time stays."""
        with self._lock:
            kept = self._rows.get(row.id)
            if kept is None or kept.attempts != row.attempts or kept.state == "parked":
                raise Conflict(f"Another worker took the message {row.key}.")
            claimed = kept.claimed_at or now
            self._rows[row.id] = replace(kept, state="sending", claimed_at=claimed, attempts=kept.attempts + 1)

    def show(self, key: str, channel: str, reply: Reply, now: datetime) -> None:
        """As the store does within another change's transaction."""
        with self._lock:
            if self.put(key, channel, reply, now):
                return
            self.said[key] = (channel, reply)
            row = next(r for r in (*self._rows.values(), *self._stood.values()) if r.key == key)
            rests = row.id in self._stood or row.state == "parked"
            state, claimed = ("waiting", None) if rests else (row.state, row.claimed_at)
            self._stood.pop(row.id, None)
            self._rows[row.id] = replace(row, revision=row.revision + 1, state=state, claimed_at=claimed)

    def done(self, row: NoticeRow, stands: tuple[str, str] = ("", "")) -> None:
        """It stands in Slack."""
        with self._lock:
            kept = self._rows.pop(row.id, None)
            if kept is None:
                return
            at = stands if stands[1] else (kept.channel_id, kept.ts)
            kept = replace(kept, channel_id=at[0], ts=at[1])
            if kept.revision == row.revision:
                self._stood[row.id] = kept
            else:
                self._rows[row.id] = replace(kept, state="waiting")

    def again(self, row: NoticeRow, *, ambiguous: bool) -> None:
        """Not done."""
        with self._lock:
            self._rows[row.id] = replace(self._rows[row.id], state="ambiguous" if ambiguous else "waiting")

    def park(self, row: NoticeRow, cause: str) -> None:
        """Give up and keep the cause."""
        with self._lock:
            self._rows[row.id] = replace(self._rows[row.id], state="parked")
            self._causes[row.id] = cause

    def redirect(self, row: NoticeRow, channel: str) -> None:
        """To wait in another channel."""
        with self._lock:
            self._rows[row.id] = replace(
                self._rows[row.id], channel=channel, state="waiting", claimed_at=None, channel_id="", ts=""
            )

    def parked(self) -> tuple[tuple[NoticeRow, str], ...]:
        """What could not be sent."""
        with self._lock:
            return tuple((r, self._causes[r.id]) for r in self._rows.values() if r.state == "parked")

    def counts(self) -> Mapping[str, int]:
        """Rows by state."""
        with self._lock:
            states = [r.state for r in self._rows.values()]
        return {state: states.count(state) for state in ("waiting", "sending", "ambiguous", "parked")}
