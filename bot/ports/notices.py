"""Messages that are no card and no card's thread: how they are queued, and how whoever posts takes them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from bot.model.post import CardKey, NoticeRow
from bot.model.reply import Reply


class Notices(Protocol):
    """Digests, a governance change, a chart in a card's thread. Shown once for each key."""

    def put(self, key: str, channel: str, reply: Reply, now: datetime, card: CardKey | None = None) -> bool:
        """Queue it; False when that key was queued before, by whatever process. Raises StoreDown or Unsaved.

        With a `card` it is said in its thread, as soon as the card stands.
        """
        ...

    def known(self, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys were queued before."""
        ...


class NoticeQueue(Protocol):
    """Those that wait to be shown. The channels' leases and pace are the outbox's; times are the wall clock's."""

    def channels(self) -> tuple[str, ...]:
        """Those with something to send."""
        ...

    def rows(self, channel: str) -> tuple[NoticeRow, ...]:
        """Waiting, sending and ambiguous ones of a channel, oldest first."""
        ...

    def reply(self, row: NoticeRow) -> Reply:
        """What it says. Raises NotFound when this version cannot read it."""
        ...

    def begin(self, row: NoticeRow, now: datetime) -> None:
        """As the outbox's: raises Conflict when it was begun, parked or done since it was read."""
        ...

    def done(self, row: NoticeRow, stands: tuple[str, str] = ("", "")) -> None:
        """It stands in Slack, at (channel id, ts). Its key stays, its words go; what was replaced meanwhile waits."""
        ...

    def again(self, row: NoticeRow, *, ambiguous: bool) -> None:
        """Not done: back to `waiting`, or `ambiguous` (it may stand there)."""
        ...

    def park(self, row: NoticeRow, cause: str) -> None:
        """Give up on it and keep it with its cause."""
        ...

    def redirect(self, row: NoticeRow, channel: str) -> None:
        """Show it in another channel: it waits there, tried nowhere yet and standing nowhere."""
        ...

    def parked(self) -> tuple[tuple[NoticeRow, str], ...]:
        """What could not be sent, with causes."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Those not done, by state, every state named."""
        ...
