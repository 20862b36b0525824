"""One call to Slack that a poster makes, whichever queue it comes from, and how messages are spoken."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.errors import ChatError
from bot.log import LOG
from bot.model.post import NoticeRow, OutboxRow
from bot.model.reply import Reply
from bot.ports import Chat, Outbox, Tag

POST_EVERY = timedelta(seconds=1)
"""A channel takes about one message a second (docs.slack.dev, Rate limits)."""
_SEARCH = timedelta(seconds=60)
"""A lost message is looked for from this long before its first attempt: Slack's clock is not ours."""


class Task(Protocol):
    """A row and what is to be done for it."""

    @property
    def does(self) -> str:
        """`post`, `edit`, `note` or `notice`: a metric's label."""
        ...

    @property
    def row(self) -> OutboxRow | NoticeRow:
        """As it was read."""
        ...

    @property
    def channel(self) -> str:
        """Whose lease it needs, as the queue names it."""
        ...

    @property
    def lands(self) -> str:
        """The channel that it is said in: by its id where a message stands, else as the queue names it."""
        ...

    @property
    def subject(self) -> str:
        """The message that it is about, as its mark in Slack names it."""
        ...

    @property
    def urgency(self) -> int:
        """0 comes first."""
        ...

    def begin(self, now: datetime) -> None:
        """Note that it is under way. Raises Conflict when another worker took the row."""
        ...

    def do(self) -> None:
        """Call Slack and note what came of it. Raises ChatError and NotFound."""
        ...

    def again(self, *, ambiguous: bool) -> None:
        """Not done; `ambiguous`: it may stand there."""
        ...

    def park(self, cause: str) -> None:
        """Give up."""
        ...

    def move(self, channel: str) -> None:
        """Show it, and all that is about the same message, in another channel."""
        ...

    def gone(self) -> bool:
        """Note that its message was deleted; False where it has none that could be."""
        ...


class Voice:
    """Speaks at the channels' pace, and looks for what an earlier attempt may have said."""

    def __init__(self, chat: Chat, outbox: Outbox, wall: Callable[[], datetime]) -> None:
        self._chat = chat
        self._outbox = outbox
        self._wall = wall

    def post(
        self, queue: str, channel: str, reply: Reply, tag: Tag, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> tuple[str, str]:
        """Post. The pace of `queue` is noted before the call: a crash must not let the next worker post at once."""
        self._outbox.pace(queue, self._wall() + POST_EVERY)
        return self._chat.post(channel, reply, tag, thread_ts=thread_ts, broadcast=broadcast)

    def lost(
        self, row: OutboxRow | NoticeRow, channel: str, tag: Tag, thread_ts: str | None = None
    ) -> tuple[str, str] | None:
        """The message of an earlier attempt whose end nobody knows, if it stands there."""
        if row.state == "waiting" or row.claimed_at is None:
            return None
        found = self._chat.find(channel, tag, row.claimed_at - _SEARCH, thread_ts=thread_ts)
        LOG.info("looked for a message", card=tag.card, row=row.id, found=found is not None)
        return found

    def same(self, one: str, other: str) -> bool | None:
        """Whether these are one channel: each may be an id or a name. None where Slack does not say."""
        if one == other:
            return True
        try:
            return self._chat.id_of(one) == self._chat.id_of(other)
        except ChatError:
            return None

    def update(self, channel_id: str, ts: str, reply: Reply, tag: Tag) -> None:
        """Edit in place."""
        self._chat.update(channel_id, ts, reply, tag)

    def say(self, channel: str, reply: Reply, tag: Tag, thread_ts: str | None = None) -> bool:
        """Once, without a row of its own: what it tells is also in the log."""
        try:
            self._chat.post(channel, reply, tag, thread_ts=thread_ts)
        except ChatError as error:
            LOG.warning("not said", channel=channel, cause=error.cause)
            return False
        return True
