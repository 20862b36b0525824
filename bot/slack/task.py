"""One call to Slack that a poster makes, whichever queue it comes from, and how messages are spoken."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.errors import ChatError, TooEarly
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
        self._ids: dict[str, str] = {}
        self._turns: dict[str, datetime] = {}
        self._later: list[tuple[datetime, str, Callable[[], None]]] = []

    def post(
        self, channel: str, reply: Reply, tag: Tag, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> tuple[str, str]:
        """Post, at most once a second in a channel, whichever queues lead there and by whatever name.

        The turn is taken before the call: a crash must not let the next worker post at once. Raises TooEarly too.
        """
        now = self._wall()
        until = self._outbox.take_post(self._resolved(channel), now, POST_EVERY)
        if until is not None:
            raise TooEarly((until - now).total_seconds())
        return self._chat.post(channel, reply, tag, thread_ts=thread_ts, broadcast=broadcast)

    def place(self, channel: str) -> str:
        """The channel's id as it was last resolved, else as it is called; Slack is not asked."""
        return self._ids.get(channel, channel)

    def next_post_at(self, channel: str) -> datetime | None:
        """When something may be said there, as far as is known without asking Slack."""
        return self._outbox.next_post_at(self.place(channel))

    def hold(self, channel: str, until: datetime) -> None:
        """Nothing is said there until then: Slack said so."""
        self._outbox.pace(self.place(channel), until)

    def _resolved(self, channel: str) -> str:
        """The channel's id. Raises ChatError."""
        self._ids[channel] = self._chat.id_of(channel)
        return self._ids[channel]

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
            return self._resolved(one) == self._resolved(other)
        except ChatError:
            return None

    def update(self, channel_id: str, ts: str, reply: Reply, tag: Tag) -> None:
        """Edit in place."""
        self._chat.update(channel_id, ts, reply, tag)

    def say(self, channel: str, reply: Reply, tag: Tag) -> bool:
        """Once, without a row of its own: what it tells is also in the log.

        Raises TooEarly where the channel's turn is another's: the next one is kept for this message.
        """
        now = self._wall()
        try:
            self._take_booked(channel, tag.card, now)
            self._chat.post(channel, reply, tag)
        except TooEarly:
            raise
        except ChatError as error:
            LOG.warning("not said", channel=channel, cause=error.cause)
            return False
        return True

    def _take_booked(self, channel: str, what: str, now: datetime) -> None:
        """Raises TooEarly until its turn has come, and ChatError."""
        turn = self._turns.pop(what, None)
        if turn is None or turn + POST_EVERY <= now:
            turn = self._outbox.book_post(self._resolved(channel), now, POST_EVERY)
        if turn > now:
            self._turns[what] = turn
            raise TooEarly((turn - now).total_seconds())
        self.hold(channel, now + POST_EVERY)

    def later(self, channel_id: str, reply: Reply, tag: Tag, thread_ts: str) -> None:
        """In the channel's next turn, as far as this process lives until then: it is no news."""
        turn = self._outbox.book_post(channel_id, self._wall(), POST_EVERY)
        self._later.append((turn, channel_id, partial(self._add, channel_id, reply, tag, thread_ts)))

    def due(self) -> list[Callable[[], None]]:
        """What was kept for later and may be said now."""
        now, found = self._wall(), []
        for one in [one for one in self._later if one[0] <= now]:
            self._later.remove(one)
            turn, channel_id, say = one
            if turn + POST_EVERY <= now:  # it passed while nobody looked: the next one, which may be now
                turn = self._outbox.book_post(channel_id, now, POST_EVERY)
            if turn <= now:
                found.append(say)
            else:
                self._later.append((turn, channel_id, say))
        return found

    def _add(self, channel_id: str, reply: Reply, tag: Tag, thread_ts: str) -> None:
        self.hold(channel_id, self._wall() + POST_EVERY)
        try:
            self._chat.post(channel_id, reply, tag, thread_ts=thread_ts)
        except ChatError as error:
            LOG.warning("not said", channel=channel_id, cause=error.cause)
