"""A storm against the sandbox's Slack: a thousand incidents in a minute over three channels.

`python -m benchmarks.storm`; the product's store on SQLite and its poster, at the limits that Slack documents.
"""

import io
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from aiohttp import web
from sqlalchemy import Engine

from bot.incidents import record
from bot.log import configure
from bot.logic.lifecycle import fold
from bot.model.observation import Finding, Observation, Reading, Row, Subject, Verdict
from bot.model.place import About, Family, Place, Service
from bot.model.post import CardKey
from bot.model.route import Route
from bot.outside import WallClock
from bot.slack.chat import SlackChat, client
from bot.slack.poster import Poster
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.inventory import SqlInventory
from bot.store.migrate import migrate
from bot.store.notices import SqlNotices
from bot.store.outbox import SqlOutbox
from bot.store.storm_queue import SqlStormQueue
from bot.store.storms import SqlStorms
from sandbox.control import create_app
from sandbox.slack.records import App, Channel, User
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack
from sandbox.slack.tiny import StillAws, StillWorld
from sandbox.slack.workspace import Workspace

COUNT, OVER_S, WITHIN_S = 1_000, 60.0, 120.0
CHANNELS = ("C0A", "C0B", "C0C")
MOST_EDITS = 50
FAMILIES = tuple(Family)


class Counting:
    """The chat that notes when it was called, for what, and what was refused."""

    def __init__(self, inner: SlackChat) -> None:
        self._inner = inner
        self.posts: list[tuple[str, float]] = []
        self.edits: list[float] = []

    def post(self, channel: str, *asked: Any, **more: Any) -> tuple[str, str]:
        """As Slack's."""
        self.posts.append((channel, time.monotonic()))
        return self._inner.post(channel, *asked, **more)

    def id_of(self, channel: str) -> str:
        """As Slack's."""
        return self._inner.id_of(channel)

    def update(self, *asked: Any) -> None:
        """As Slack's."""
        self.edits.append(time.monotonic())
        self._inner.update(*asked)

    def find(self, *asked: Any, **more: Any) -> tuple[str, str] | None:
        """As Slack's."""
        return self._inner.find(*asked, **more)


def route(place: Place, about: About) -> Route:
    """A third of the services to each channel."""
    del about
    return Route(CHANNELS[int(place.service[-4:]) % 3])


def begins(store: SqlIncidents, n: int) -> None:
    """A monitor of a service of its own finds a metric bad."""
    now = datetime.now(UTC)
    place = Place(f"{n % 40:012d}", "us-west-2", f"service-{n:04d}", FAMILIES[n % 4])
    bad = Finding(Row("accuracy", "LessThanThreshold"), Verdict.BAD, Reading(0.5, 0.9, 0.001, 1_000))
    run = Observation(f"run:{n}", Subject(f"arn:{n}", f"monitor-{n}"), now, (bad,), complete=True)
    record(store, [(place, Service(place.service), run)], route, now)


def most_within(times: list[float], span_s: float) -> int:
    """The most of them in any such span."""
    return max((sum(at <= t < at + span_s for t in times) for at in times), default=0)


def shown(slack: Slack, storms: SqlStorms) -> Counter[str]:
    """On how many messages in Slack each incident is accounted for."""
    messages = [m.body for c in CHANNELS for m in slack.workspace.history(c) if not m.is_reply]
    keys = Counter(str(m["metadata"]["event_payload"]["card"]) for m in messages)
    members = storms.of([CardKey(n, 1) for n in range(1, COUNT + 1)])
    return Counter([*(k for k in keys if ":1" in k and "storm" not in k), *map(str, members)])


def workspace(bot: App) -> web.Application:
    """The sandbox's Slack with three channels, at the limits that Slack documents."""
    channels = [Channel(c, c.lower(), ["U0MAYA", bot.user_id]) for c in CHANNELS]
    people = [User("U0MAYA", "maya", "Maya Okafor", "T0SAGEWATCH")]
    return create_app(Workspace(users=people, channels=channels, app=bot), StillWorld(), StillAws())


def poster(engine: Engine, store: SqlIncidents, chat: Counting) -> Poster:
    """The product's."""
    return Poster(
        SqlOutbox(engine),
        SqlNotices(engine),
        store,
        SqlInventory(engine),
        chat,
        WallClock(),
        worker="bench",
        wall=lambda: datetime.now(UTC),
        storms=SqlStorms(engine),
        storm_queue=SqlStormQueue(engine),
        default_channel=CHANNELS[0],
    )


def main() -> int:
    """0 when all is within its limit."""
    configure(io.StringIO())
    bot = App()
    served = workspace(bot)
    server = SlackServer(served)
    chat = Counting(SlackChat(client(bot.bot_token, f"{server.start()}/api/")))
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{folder}/storm.db", statement_timeout_s=20)
        migrate(engine)
        store, outbox, storms = SqlIncidents(engine, fold), SqlOutbox(engine), SqlStorms(engine)
        stop, nudge = threading.Event(), threading.Event()
        loop = threading.Thread(target=poster(engine, store, chat).run, args=(stop, nudge))
        loop.start()
        began = time.monotonic()
        for n in range(COUNT):
            time.sleep(max(0.0, began + n * OVER_S / COUNT - time.monotonic()))
            begins(store, n)
            nudge.set()
        while any(outbox.rows(c) for c in CHANNELS) and time.monotonic() - began < WITHIN_S + 60:
            time.sleep(0.2)
        took_s = time.monotonic() - began
        accounted = shown(served[SLACK], storms)
        stop.set()
        nudge.set()
        loop.join()
        engine.dispose()
    server.stop()
    return told(chat, accounted, took_s)


def told(chat: Counting, accounted: Counter[str], took_s: float) -> int:
    """The table, and whether each line is within its limit."""
    by_channel = {c: [at for channel, at in chat.posts if channel == c] for c in CHANNELS}
    gap_s = min((b - a for times in by_channel.values() for a, b in pairwise(times)), default=1.0)
    edits = most_within(chat.edits, timedelta(minutes=1).total_seconds())
    doubled = sum(times > 1 for times in accounted.values())
    lines = (
        (f"of {COUNT} incidents on a message in Slack", len(accounted), COUNT, len(accounted) == COUNT),
        ("on more than one", doubled, 0, doubled == 0),
        ("all there after s", round(took_s, 1), WITHIN_S, took_s <= WITHIN_S),
        ("messages posted", len(chat.posts), "", True),
        ("shortest time between two posts in a channel, s", round(gap_s, 2), 1.0, gap_s >= 0.99),
        ("most edits in a minute", edits, MOST_EDITS, edits <= MOST_EDITS),
    )
    print("| a storm | measured | wanted |\n|---|--:|--:|")
    print("\n".join(f"| {name} | {found} | {limit} |" for name, found, limit, _ in lines))
    return int(not all(fine for *_, fine in lines))


if __name__ == "__main__":
    sys.exit(main())
