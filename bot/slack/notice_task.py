"""Messages of their own (digests) as tasks of a poster."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.model.post import NoticeRow
from bot.ports import NoticeQueue, Tag
from bot.slack.task import Voice


@dataclass(frozen=True, slots=True)
class NoticeTask:
    """One message, posted once."""

    row: NoticeRow
    queue: NoticeQueue
    voice: Voice
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
        if self.voice.lost(self.row, self.row.channel, tag) is None:
            self.voice.post(self.row.channel, self.row.channel, self.queue.reply(self.row), tag)
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


def notice_tasks(queue: NoticeQueue, voice: Voice, channels: Iterable[str]) -> Iterator[NoticeTask]:
    """What waits in these channels."""
    for channel in channels:
        yield from (NoticeTask(row, queue, voice) for row in queue.rows(channel))
