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
    """One message, posted once, and edited where its words were replaced since."""

    row: NoticeRow
    queue: NoticeQueue
    voice: Voice
    stands: Posted | None = None
    """Where the card stands in whose thread it belongs."""
    urgency: int = 1

    @property
    def does(self) -> str:
        """What stands already is edited."""
        return "edit" if self.row.ts else "notice"

    @property
    def channel(self) -> str:
        """Where it belongs."""
        return self.row.channel

    @property
    def lands(self) -> str:
        """Where it stands, or the card that it belongs to, or where it waits."""
        return self.row.channel_id or (self.stands.channel_id if self.stands else self.channel)

    @property
    def subject(self) -> str:
        """The key, as the message's mark has it: no card's key begins so."""
        return f"notice:{self.row.key}"

    def begin(self, now: datetime) -> None:
        """Raises Conflict."""
        self.queue.begin(self.row, now)

    def do(self) -> None:
        """Raises ChatError, and NotFound when this version cannot read what it says."""
        row, tag = self.row, Tag(self.subject, self.row.revision, self.row.id)
        if row.ts:
            self.voice.update(row.channel_id, row.ts, self.queue.reply(row), tag)
            self.queue.done(row)
            return
        channel, thread_ts = (self.stands.channel_id, self.stands.ts) if self.stands else (self.row.channel, None)
        at = self.voice.lost(row, channel, tag, thread_ts)
        if at is None:
            at = self.voice.post(channel, self.queue.reply(row), tag, thread_ts=thread_ts)
        elif row.revision:
            # What an earlier attempt said may be older.
            self.voice.update(*at, self.queue.reply(row), tag)
        self.queue.done(row, at)

    def again(self, *, ambiguous: bool) -> None:
        """It comes again; an edit may be repeated, so it is never in doubt."""
        self.queue.again(self.row, ambiguous=ambiguous and not self.row.ts)

    def park(self, cause: str) -> None:
        """Give up."""
        self.queue.park(self.row, cause)

    def move(self, channel: str) -> None:
        """To wait there."""
        self.queue.redirect(self.row, channel)

    def gone(self) -> bool:
        """One that was to be edited is posted anew."""
        return bool(self.row.ts)


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
