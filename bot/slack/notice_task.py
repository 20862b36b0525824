"""Messages of their own (digests, a chart in a card's thread) as tasks of a poster."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.model.post import NoticeRow, Posted
from bot.ports import NoticeQueue, Outbox, Tag
from bot.slack.storming import Storming
from bot.slack.task import Voice


@dataclass(frozen=True, slots=True)
class NoticeTask:
    """One message, posted once."""

    row: NoticeRow
    queue: NoticeQueue
    voice: Voice
    stands: Posted | None = None
    """Where the card stands in whose thread it belongs."""
    does: str = "notice"
    urgency: int = 1

    @property
    def channel(self) -> str:
        """Where it belongs."""
        return self.row.channel

    @property
    def subject(self) -> str:
        """The key, as the message's mark has it: no card's key begins so."""
        return f"notice:{self.row.key}"

    def begin(self, now: datetime) -> None:
        """Raises Conflict."""
        self.queue.begin(self.row, now)

    def do(self) -> None:
        """Raises ChatError, and NotFound when this version cannot read what it says."""
        tag = Tag(self.subject, 0, self.row.id)
        channel, thread_ts = (self.stands.channel_id, self.stands.ts) if self.stands else (self.row.channel, None)
        if self.voice.lost(self.row, channel, tag, thread_ts) is None:
            self.voice.post(self.row.channel, channel, self.queue.reply(self.row), tag, thread_ts=thread_ts)
        self.queue.done(self.row)

    def again(self, *, ambiguous: bool) -> None:
        """It comes again."""
        self.queue.again(self.row, ambiguous=ambiguous)

    def park(self, cause: str) -> None:
        """Give up."""
        self.queue.park(self.row, cause)

    def move(self, channel: str) -> None:
        """To wait there."""
        self.queue.redirect(self.row, channel)

    def gone(self) -> bool:
        """It is nobody's reply and never edited."""
        return False


def notice_tasks(
    queue: NoticeQueue, voice: Voice, channels: Iterable[str], outbox: Outbox, storming: Storming
) -> Iterator[NoticeTask]:
    """What may be said in these channels; what belongs to a card's thread waits until the card stands.

    A card that a storm stands for has no thread: what was for it is dropped.
    """
    rows = [row for channel in channels for row in queue.rows(channel)]
    cards = {row.card for row in rows if row.card}
    stands = outbox.cards(cards) if cards else {}
    stormy = storming.of(cards - stands.keys()) if cards - stands.keys() else {}
    for row in rows:
        if row.card is None or row.card in stands:
            yield NoticeTask(row, queue, voice, stands[row.card] if row.card else None)
        elif row.card in stormy:
            queue.done(row)
