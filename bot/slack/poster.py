"""Shows in Slack what waits to be shown: each row once, in order, at Slack's pace, whatever breaks in between."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from threading import Event

from bot.errors import (
    BotError,
    ChannelLost,
    ChatError,
    Conflict,
    MessageGone,
    NotFound,
    RateLimited,
    Refused,
    TokenDead,
    Unconfirmed,
)
from bot.log import LOG, traced
from bot.ports import Chat, Clock, Incidents, Inventory, NoticeQueue, Outbox, StormQueue, Storms, Tag
from bot.slack.card_task import Cards
from bot.slack.drawing import Drawing, moved
from bot.slack.notice_task import notice_tasks
from bot.slack.pauses import Pauses
from bot.slack.storming import Storming
from bot.slack.task import Task, Voice
from bot.slack.web import BlocksRefused
from bot.telemetry import SHOWN

EDITS_PER_MINUTE = 45
"""`chat.update` is Tier 3: 50 and more a minute for an app in a workspace, whatever the channel."""
LEASE_S = 60.0
"""Longer than any call to Slack takes: who is silent for so long has none under way."""
STORM_OVER = 10
"""First posts that may wait in a channel before they become one card: it takes one a second."""
_TELL_AGAIN = timedelta(hours=1)
_GIVE_UP = 3
"""Times that one row may break the poster itself before it is parked and no longer delays the others."""
_EDITS, _ALL = "edits", "all"
_Key = tuple[str, int]
"""A row of whichever queue."""


class Poster:
    """One worker. `wall` is the machine's clock (aware, UTC); a lost channel's cards go to `default_channel`."""

    def __init__(
        self,
        outbox: Outbox,
        notices: NoticeQueue,
        incidents: Incidents,
        inventory: Inventory,
        chat: Chat,
        clock: Clock,
        *,
        worker: str,
        wall: Callable[[], datetime],
        storms: Storms,
        storm_queue: StormQueue,
        default_channel: str,
        storm_over: int = STORM_OVER,
        lease_s: float = LEASE_S,
    ) -> None:
        self._lease_s = lease_s
        self._outbox = outbox
        self._notices = notices
        self._voice = Voice(chat, outbox, wall)
        drawing = Drawing(incidents, inventory, clock)
        self._storming = Storming(storms, storm_queue, outbox, drawing, self._voice, clock, wall, storm_over)
        self._cards = Cards(outbox, drawing, self._voice, self._storming)
        self._worker = worker
        self._wall = wall
        self._default = default_channel.lstrip("#")
        self._pauses = Pauses()
        self._held: tuple[str, ...] = ()
        self._held_since = wall()
        self._moved: set[str] = set()
        self._told: dict[str, datetime] = {}
        self.token_dead = False
        """Slack refused the token at the last call: nothing is shown until it is a good one."""
        self._at: _Key | None = None
        self._broke: Counter[_Key] = Counter()

    def run(self, stop: Event, nudge: Event) -> None:
        """Turn after turn until `stop`; `nudge` after a commit makes the next one come at once."""
        while not stop.is_set():
            if not self._guarded_turn():
                nudge.wait(0.2 if self._held else 1.0)
                nudge.clear()
        try:
            self._outbox.release(self._worker)
        except BotError as error:
            LOG.warning("leases run out by themselves", cause=error.cause)

    def turn(self) -> bool:
        """One round over the channels that this worker holds; True if anything was done."""
        if self._pauses.holds(_ALL, self._wall()):
            return False
        self._lease()
        self._moved.clear()
        begun = [self._attempt(task) for task in self._tasks()]
        return any(begun)

    def _guarded_turn(self) -> bool:
        """The consumer's edge: no failure ends the loop, and a row that breaks it is parked in the end."""
        try:
            return self.turn()
        except BotError as error:
            LOG.warning("outbox not reached", cause=error.cause)
        except Exception:  # noqa: BLE001  # the consumer's edge
            LOG.exception("poster broke", row=self._at)
            if self._at is not None:
                self._broke[self._at] += 1
        self._at = None
        self._pauses.hold(_ALL, self._wall() + timedelta(seconds=2))
        return False

    def _lease(self) -> None:
        self._held_since = self._wall()
        self._held = self._outbox.lease(self._worker, self._held_since, self._lease_s, also=self._notices.channels())

    def _tasks(self) -> list[Task]:
        """Those of all channels, the most urgent first, since they share the budget of edits."""
        now = self._wall()
        free = [channel for channel in self._held if not self._pauses.holds(channel, now)]
        apart = notice_tasks(self._notices, self._voice, free, self._outbox, self._storming)
        found: Iterator[Task] = chain(self._cards.tasks(free), apart)
        return sorted(found, key=lambda task: (task.urgency, task.row.id))

    def _attempt(self, task: Task) -> bool:
        """Do one unless pace, budget or lease forbid it; True if it was begun."""
        key = _key(task)
        if self._broke[key] >= _GIVE_UP:
            task.park("Showing it broke the poster; the log says why.")
            return True
        if task.subject in self._moved or not self._holds(task.channel) or not self._may(task, self._wall()):
            return False
        try:
            task.begin(self._wall())
        except Conflict:
            return False
        self._at = key
        try:
            with traced(row=str(task.row.id)):
                task.do()
        except (ChatError, NotFound) as error:
            SHOWN.labels(task.does, type(error).__name__).inc()
            self._failed(task, error)
        else:
            SHOWN.labels(task.does, "ok").inc()
            self.token_dead = False
            for what in (_ALL, task.channel, task.subject):
                self._pauses.clear(what)
        self._at = None
        return True

    def _holds(self, channel: str) -> bool:
        """Whether the lease lasts: renewed when half of it is gone, for a call may take long."""
        if self._wall() - self._held_since > timedelta(seconds=self._lease_s / 2):
            self._lease()
        return channel in self._held

    def _may(self, task: Task, now: datetime) -> bool:
        if any(self._pauses.holds(what, now) for what in (_ALL, task.channel, task.subject)):
            return False
        if task.does == "edit":
            return not self._pauses.holds(_EDITS, now) and self._outbox.take_update(now, EDITS_PER_MINUTE)
        next_at = self._outbox.next_post_at(task.channel)
        return next_at is None or next_at <= now

    def _failed(self, task: Task, error: BotError) -> None:
        now = self._wall()
        # What Slack refuses stays unseen until a person reads this.
        log = LOG.error if isinstance(error, Refused | NotFound) else LOG.warning
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
                self._pauses.grow(_ALL, now, first_s=60, most_s=600)
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
            self._pauses.hold(_EDITS, until)
        else:
            self._outbox.pace(task.channel, until)
            self._pauses.hold(task.channel, until)

    def _reroute(self, task: Task, cause: str, now: datetime) -> None:
        """To the default channel, and said there; when that is lost too, everything stays where it is."""
        channel = task.channel.lstrip("#")
        if channel == self._default:
            LOG.error("default channel lost", channel=channel, cause=cause)
        if channel == self._default or not self._told_of(channel, cause, task, now):
            self._pauses.grow(task.channel, now, first_s=5, most_s=300)
            return
        self._move(task, self._default)

    def _move(self, task: Task, channel: str) -> None:
        """Its message stands nowhere from now on; what else this turn had for it is read anew in the next."""
        task.move(channel)
        self._moved.add(task.subject)

    def _told_of(self, channel: str, cause: str, task: Task, now: datetime) -> bool:
        """Whether people in the default channel know of the lost one; told at most once an hour."""
        if channel in self._told and now - self._told[channel] < _TELL_AGAIN:
            return True
        if not self._voice.say(self._default, moved(channel, cause), Tag(f"lost:{channel}", 0, task.row.id)):
            return False
        self._told[channel] = now
        return True


def _key(task: Task) -> _Key:
    return ("notice" if task.does == "notice" else "outbox", task.row.id)
