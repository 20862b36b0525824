"""Shows in Slack what waits to be shown: each row once, in order, at Slack's pace, whatever breaks in between."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain
from threading import Event, Lock

from bot.errors import BotError, ChatError, Conflict, NotFound
from bot.log import LOG, traced
from bot.model.post import NoticeRow
from bot.ports import Chat, Clock, Incidents, Inventory, NoticeQueue, Outbox, StormQueue, Storms
from bot.slack.aftermath import ALL, EDITS, Aftermath
from bot.slack.card_task import Cards
from bot.slack.drawing import Drawing
from bot.slack.notice_task import notice_tasks
from bot.slack.pauses import Pauses
from bot.slack.storming import Storming
from bot.slack.task import Task, Voice
from bot.telemetry import SHOWN

EDITS_PER_MINUTE = 45
"""`chat.update` is Tier 3: 50 and more a minute for an app in a workspace, whatever the channel."""
LEASE_S = 60.0
"""Longer than any call to Slack takes: who is silent for so long has none under way."""
STORM_OVER = 10
"""First posts that may wait in a channel before they become one card: it takes one a second."""
CALLS = 8
"""To Slack at once, one for each channel: what one channel waits for, the others do not."""
_GIVE_UP = 3
"""Times that one row may break the poster itself before it is parked and no longer delays the others."""
_Key = tuple[str, int]
"""A row of whichever queue."""


class Poster:
    """One worker. `wall` is the machine's clock (aware, UTC); a lost channel's cards go to `default_channel`.

    `turn` by itself makes its calls one after the other; `run` makes those of different channels at once.
    """

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
        self._pauses = Pauses()
        self._after = Aftermath(self._voice, self._pauses, wall, default_channel)
        self._held: tuple[str, ...] = ()
        self._held_since = wall()
        self._broke: Counter[_Key] = Counter()
        self._calls: Executor | None = None
        self._busy: set[str] = set()
        self._ended = Event()
        self._lock = Lock()
        """Holds `_busy`, for a moment; settling a failure may take a call to Slack."""
        self._settling = Lock()

    @property
    def token_dead(self) -> bool:
        """Whether Slack refused the token at the last call: nothing is shown until it is a good one."""
        return self._after.token_dead

    def run(self, stop: Event, nudge: Event) -> None:
        """Turn after turn until `stop`; `nudge` after a commit makes the next one come at once."""
        self._ended = nudge
        with ThreadPoolExecutor(CALLS, thread_name_prefix="post") as self._calls:
            while not stop.is_set():
                if not self._guarded_turn():
                    nudge.wait(0.2 if self._held else 1.0)
                    nudge.clear()
        self._calls = None
        try:
            self._outbox.release(self._worker)
        except BotError as error:
            LOG.warning("leases run out by themselves", cause=error.cause)

    def turn(self) -> bool:
        """One round over the channels that this worker holds; True if anything was begun."""
        if self._pauses.holds(ALL, self._wall()):
            return False
        self._lease()
        self._after.moved.clear()
        for say in self._voice.due():
            self._calls.submit(say) if self._calls else say()
        begun = [self._attempt(task) for task in self._tasks()]
        return any(begun)

    def _guarded_turn(self) -> bool:
        """The consumer's edge: no failure ends the loop."""
        try:
            return self.turn()
        except Exception as error:  # noqa: BLE001  # the consumer's edge
            self._broken(error)
        return False

    def _lease(self) -> None:
        self._held_since = self._wall()
        self._held = self._outbox.lease(self._worker, self._held_since, self._lease_s, also=self._notices.channels())

    def _tasks(self) -> list[Task]:
        """Those of channels that have no call under way, the most urgent first: they share the budget of edits."""
        now = self._wall()
        with self._lock:
            busy = set(self._busy)
        free = [channel for channel in self._held if channel not in busy and not self._pauses.holds(channel, now)]
        apart = notice_tasks(self._notices, self._voice, free, self._outbox, self._storming)
        found: Iterator[Task] = chain(self._cards.tasks(free), apart)
        return sorted(found, key=lambda task: (task.urgency, task.row.id))

    def _attempt(self, task: Task) -> bool:
        """Begin one unless pace, budget or lease forbid it; True if it was begun."""
        if self._broke[_key(task)] >= _GIVE_UP:
            task.park("Showing it broke the poster; the log says why.")
            return True
        if not self._is_free(task) or not self._holds(task.channel) or not self._may(task, self._wall()):
            return False
        try:
            task.begin(self._wall())
        except Conflict:
            return False
        if self._calls is None:
            self._do(task)
            return True
        places = self._places(task)
        with self._lock:
            self._busy |= places
        self._calls.submit(self._call, task, places)
        return True

    def _places(self, task: Task) -> set[str]:
        """Its queue, and where it is said: of two queues that lead into one channel one has its turn."""
        return {task.channel, self._voice.place(task.lands)}

    def _is_free(self, task: Task) -> bool:
        """Whether its channel has no call under way, and its message was not moved in this turn."""
        with self._lock:
            return self._busy.isdisjoint(self._places(task)) and task.subject not in self._after.moved

    def _call(self, task: Task, places: set[str]) -> None:
        """On a thread of its own; the loop goes on when it has ended."""
        try:
            self._do(task)
        except Exception as error:  # noqa: BLE001  # nobody waits for this thread's exception
            self._broken(error)
        with self._lock:
            self._busy -= places
        self._ended.set()

    def _do(self, task: Task) -> None:
        """Raises what is no answer of Slack's; a row that does so again and again is parked in the end."""
        try:
            with traced(row=str(task.row.id)):
                task.do()
        except (ChatError, NotFound) as error:
            SHOWN.labels(task.does, type(error).__name__).inc()
            with self._settling:
                self._after.failed(task, error)
        except BotError:
            raise
        except Exception:
            self._broke[_key(task)] += 1
            LOG.warning("this row broke the poster", row=task.row.id)
            raise
        else:
            SHOWN.labels(task.does, "ok").inc()
            with self._settling:
                self._after.done(task)

    def _broken(self, error: Exception) -> None:
        """Nothing is tried for a while: the database does not answer, or something is wrong here."""
        if isinstance(error, BotError):
            LOG.warning("outbox not reached", cause=error.cause)
        else:
            LOG.error("poster broke", exc_info=error)
        self._pauses.hold(ALL, self._wall() + timedelta(seconds=2))

    def _holds(self, channel: str) -> bool:
        """Whether the lease lasts: renewed when half of it is gone, for a call may take long."""
        if self._wall() - self._held_since > timedelta(seconds=self._lease_s / 2):
            self._lease()
        return channel in self._held

    def _may(self, task: Task, now: datetime) -> bool:
        if any(self._pauses.holds(what, now) for what in (ALL, task.channel, task.subject)):
            return False
        if task.does == "edit":
            return not self._pauses.holds(EDITS, now) and self._outbox.take_update(now, EDITS_PER_MINUTE)
        next_at = self._voice.next_post_at(task.lands)
        return next_at is None or next_at <= now


def _key(task: Task) -> _Key:
    return ("notice" if isinstance(task.row, NoticeRow) else "outbox", task.row.id)
