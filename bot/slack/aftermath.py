"""What becomes of a task that Slack did not take: tried again later, elsewhere, or given up."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.errors import (
    BotError,
    ChannelLost,
    MessageGone,
    NotFound,
    RateLimited,
    Refused,
    TokenDead,
    TooEarly,
    Unconfirmed,
)
from bot.log import LOG
from bot.ports import Tag
from bot.slack.drawing import moved
from bot.slack.pauses import Pauses
from bot.slack.task import Task, Voice
from bot.slack.web import BlocksRefused

EDITS, ALL = "edits", "all"
"""What may rest beside channels and cards."""
_TELL_AGAIN = timedelta(hours=1)


class Aftermath:
    """Whose turn it is decides the pauses; `moved` are the messages of this turn that stand nowhere any more."""

    def __init__(self, voice: Voice, pauses: Pauses, wall: Callable[[], datetime], default_channel: str) -> None:
        self._voice = voice
        self._pauses = pauses
        self._wall = wall
        self._default = default_channel.lstrip("#")
        self._told: dict[str, datetime] = {}
        self.moved: set[str] = set()
        self.token_dead = False
        """Slack refused the token at the last call: nothing is shown until it is a good one."""

    def done(self, task: Task) -> None:
        """It stands: the next failure begins small again."""
        self.token_dead = False
        for what in (ALL, task.channel, task.subject):
            self._pauses.clear(what)

    def failed(self, task: Task, error: BotError) -> None:
        """Note what came of it, and for how long to leave whom alone."""
        now = self._wall()
        # What Slack refuses stays unseen until a person reads this.
        log = LOG.error if isinstance(error, Refused | NotFound) else LOG.warning
        if not isinstance(error, TooEarly):
            log("not shown", row=task.row.id, subject=task.subject, channel=task.channel, cause=error.cause)
        if isinstance(error, BlocksRefused | NotFound):
            task.park(error.cause)
            return
        # A post that was begun before is looked for until one reply arrives.
        task.again(ambiguous=isinstance(error, Unconfirmed) or task.row.state != "waiting")
        match error:
            case RateLimited():
                self._wait(task, now + timedelta(seconds=error.retry_after_s))
            case TokenDead():
                self.token_dead = True
                self._pauses.grow(ALL, now, first_s=60, most_s=600)
            case MessageGone() if task.gone():
                self._move(task, task.channel)
            case Refused():
                self._pauses.grow(task.subject, now, first_s=5, most_s=300)
            case ChannelLost():
                self._reroute(task, error.cause, now)
            case _:
                self._pauses.grow(task.channel, now, first_s=1, most_s=60)

    def _wait(self, task: Task, until: datetime) -> None:
        """Retry-After holds for the channel's posts; for edits, whose limit is the workspace's, for all of them."""
        if task.does == "edit":
            self._pauses.hold(EDITS, until)
        else:
            self._voice.hold(task.lands, until)
            self._pauses.hold(task.channel, until)

    def _reroute(self, task: Task, cause: str, now: datetime) -> None:
        """To the default channel, and said there; when that is lost too, everything stays where it is."""
        queue, lands = task.channel.lstrip("#"), task.lands.lstrip("#")
        # A route may have led elsewhere when the message was posted; people know channels by their names.
        channel = lands if self._voice.same(queue, lands) is False else queue
        is_default = self._voice.same(lands, self._default) is True
        if is_default:
            LOG.error("default channel lost", channel=channel, cause=cause)
        try:
            if is_default or not self._told_of(channel, cause, task, now):
                self._pauses.grow(task.channel, now, first_s=5, most_s=300)
                return
        except TooEarly as error:
            self._pauses.hold(task.channel, now + timedelta(seconds=error.retry_after_s))
            return
        if queue == self._default:
            # What only belongs to a thread there comes again and again until its card was moved.
            self._pauses.grow(task.subject, now, first_s=5, most_s=300)
        self._move(task, self._default)

    def _move(self, task: Task, channel: str) -> None:
        """Its message stands nowhere from now on; what else this turn had for it is read anew in the next."""
        task.move(channel)
        self.moved.add(task.subject)

    def _told_of(self, channel: str, cause: str, task: Task, now: datetime) -> bool:
        """Whether people in the default channel know of the lost one; told at most once an hour. Raises TooEarly."""
        if channel in self._told and now - self._told[channel] < _TELL_AGAIN:
            return True
        if not self._voice.say(self._default, moved(channel, cause), Tag(f"lost:{channel}", 0, task.row.id)):
            return False
        self._told[channel] = now
        return True
