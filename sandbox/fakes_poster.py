"""A poster, what it shows and a Slack that breaks as told, for tests of what reaches people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event

from bot.errors import MessageGone, Unconfirmed
from bot.logic.lifecycle import fold
from bot.model.incident import Incident, Queued, Reason
from bot.model.place import Service
from bot.model.post import CardKey, OutboxRow, Outgoing
from bot.model.reply import Actions, Press, Reply
from bot.ports import Chat, Clock, Inventory, Tag
from bot.ports.incidents import Change
from bot.render import plain_text
from bot.slack.poster import Poster
from sandbox.fakes import PLACE, FakeIncidents, at, run
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_notices import FakeNotices
from sandbox.fakes_outbox import FakeOutbox
from sandbox.fakes_storms import FakeStorms

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
THIRD_HOUR = at(3)


@dataclass
class Post:
    """A message in the channel."""

    channel: str
    ts: str
    said: str
    tag: Tag
    thread_ts: str | None
    broadcast: bool
    at: datetime
    edits: int = 0
    reply: Reply | None = None

    @property
    def presses(self) -> dict[str, str]:
        """Its buttons, outside of tables: label to command line."""
        actions = [part for part in (self.reply.parts if self.reply else ()) if isinstance(part, Actions)]
        return {item.label: item.line for part in actions for item in part.items if isinstance(item, Press)}


class Slack:
    """The Chat port on a list. `faults`: what the next calls raise; `lost`: they work and their reply does not come.

    Each call takes `takes_s` of the tests' time, and in a channel of `hangs` so many real seconds.
    """

    def __init__(self, time: "Time") -> None:
        self.posts: list[Post] = []
        self.faults: list[Exception | None] = []
        self.lost: list[bool] = []
        self.gone: dict[str, Exception] = {}
        self.ids: dict[str, str] = {}
        self.searched = 0
        self.calls = 0
        self.takes_s = 0.0
        self.hangs: dict[str, float] = {}
        self.meanwhile: Callable[[], None] | None = None
        self._time = time
        self._stamps = count(1)

    def post(
        self, channel: str, reply: Reply, tag: Tag, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> tuple[str, str]:
        """Stands at the list's end."""
        self._break(channel)
        channel, ts = self.id_of(channel), f"{next(self._stamps)}"
        self.posts.append(Post(channel, ts, plain_text(reply), tag, thread_ts, broadcast, self._time.wall(), 0, reply))
        if self.lost and self.lost.pop(0):
            raise Unconfirmed("the line was cut")
        return channel, ts

    def id_of(self, channel: str) -> str:
        """The name, unless told otherwise."""
        return self.ids.get(channel, channel)

    def update(self, channel_id: str, ts: str, reply: Reply, tag: Tag) -> None:
        """In place."""
        self._break(channel_id)
        if (meanwhile := self.meanwhile) is not None:
            self.meanwhile = None
            meanwhile()
        found = next((p for p in self.posts if (p.channel, p.ts) == (channel_id, ts)), None)
        if found is None:
            raise MessageGone("message_not_found")
        found.said, found.tag, found.edits, found.reply = plain_text(reply), tag, found.edits + 1, reply

    def find(self, channel: str, tag: Tag, since: datetime, *, thread_ts: str | None = None) -> tuple[str, str] | None:
        """By card in the channel, by row in the thread."""
        channel = self.id_of(channel)
        self.searched += 1
        self._break(channel)
        for p in self.posts:
            mine = p.tag.card == tag.card if thread_ts is None else p.tag.row == tag.row
            if p.channel == channel and p.thread_ts == thread_ts and mine and p.at >= since:
                return p.channel, p.ts
        return None

    def _break(self, channel: str) -> None:
        self.calls += 1
        self._time.pass_s(self.takes_s)
        Event().wait(self.hangs.get(channel, self.hangs.get("", 0.0)))
        if channel in self.gone:
            raise self.gone[channel]
        if self.faults and (error := self.faults.pop(0)):
            raise error

    @property
    def cards(self) -> list[Post]:
        """What is no reply."""
        return [p for p in self.posts if p.thread_ts is None]

    @property
    def notes(self) -> list[Post]:
        """The replies."""
        return [p for p in self.posts if p.thread_ts is not None]


@dataclass
class Time:
    """Both clocks: the wall's moves when told, the product's stands, unless told, at the incident's third hour."""

    wall_now: datetime = START
    stands_at: datetime = THIRD_HOUR

    def wall(self) -> datetime:
        """The machine's."""
        return self.wall_now

    def now(self) -> datetime:
        """The product's."""
        return self.stands_at

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Nothing here sleeps on it."""
        del when
        stop.wait(0)

    def pass_s(self, seconds: float) -> None:
        """Let the wall's time pass."""
        self.wall_now += timedelta(seconds=seconds)


@dataclass
class Desk:
    """An incident at revision 1, an outbox, a Slack and a way to make posters."""

    time: Time = field(default_factory=Time)
    kept: FakeIncidents = field(default_factory=lambda: FakeIncidents(fold))
    notices: FakeNotices = field(default_factory=FakeNotices)

    def __post_init__(self) -> None:
        self.storms = FakeStorms(self.kept.outbox)
        self.slack = Slack(self.time)
        self.observe(1)
        self.poster = self.worker("w1")

    @property
    def outbox(self) -> FakeOutbox:
        """The store's."""
        return self.kept.outbox

    def observe(self, hour: float) -> None:
        """A bad run more, nothing queued."""

        def step(locked: tuple[Incident, ...]) -> list[Change]:
            entry = run(hour, {"accuracy": 0.7})
            return [Change(locked[0].number, Service("bank-marketing"), (entry,), Queued())]

        self.kept.change([PLACE], step, now=at(hour))

    def worker(self, name: str) -> Poster:
        """One more process."""
        inventory: Inventory = FakeInventory()
        clock: Clock = self.time
        chat: Chat = self.slack
        return Poster(
            self.outbox,
            self.notices,
            self.kept,
            inventory,
            chat,
            clock,
            worker=name,
            wall=self.time.wall,
            storms=self.storms,
            storm_queue=self.storms,
            default_channel="ml-alerts",
        )

    def want(
        self,
        kind: str = "card",
        reason: Reason = Reason.FIRST,
        *,
        revision: int = 1,
        episode: int = 1,
        channel: str = "ml-alerts",
        broadcast: bool = False,
    ) -> None:
        """Queue one wish."""
        key = CardKey(1, episode)
        self.outbox.add([Outgoing("note" if kind == "note" else "card", key, revision, reason, channel, broadcast)])

    def settle(self, turns: int = 40, step_s: float = 1.0) -> None:
        """Turn after turn, a second apart."""
        for _ in range(turns):
            self.poster.turn()
            self.time.pass_s(step_s)

    def left(self) -> list[OutboxRow]:
        """What still waits, anywhere."""
        return [row for channel in ("ml-alerts", "other") for row in self.outbox.rows(channel)]
