"""How soon an alarm's card stands: a hundred alarms, each in an idle channel, from its receipt to Slack's answer.

`python -m benchmarks.first_card`; the inbox's loop, the store on SQLite, the poster and the sandbox's Slack at the
limits that it documents.
"""

import io
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from benchmarks.storm import CHANNELS, Counting, poster, route, workspace
from bot.alerts.listening import Listening, Wanted
from bot.alerts.sources import cloudwatch_alarm
from bot.log import configure
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.event import Message
from bot.model.route import RouteBook
from bot.outside import WallClock
from bot.ports import Incidents, Inventory, Notices, Routes, Tally
from bot.slack.chat import SlackChat, client
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.inventory import SqlInventory
from bot.store.migrate import migrate
from bot.store.notices import SqlNotices
from bot.store.tally import SqlTally
from sandbox.slack.records import App
from sandbox.slack.server import SlackServer

ALARMS, APART_S, AIM_S = 100, 0.5, 2.0
"""Every other channel is posted to in between, so each is idle for longer than its one post a second."""
ACCOUNT = Account("111111111111", "hub", ("us-west-2",), own=True)


class Queue:
    """`Inbox` that gives one message when it is told to, and notes when it was received."""

    def __init__(self) -> None:
        self._next: Message | None = None
        self._ready = threading.Condition()
        self.received: list[float] = []

    def put(self, message: Message) -> None:
        """For whoever waits."""
        with self._ready:
            self._next = message
            self._ready.notify()

    def receive(self, *, wait: bool = True) -> tuple[Message, ...]:
        """A long poll; there is never a second message to receive at once."""
        if not wait:
            return ()
        with self._ready:
            self._ready.wait_for(lambda: self._next is not None, timeout=1.0)
            found, self._next = self._next, None
        if found is None:
            return ()
        self.received.append(time.monotonic())
        return (found,)

    def extend(self, messages: Sequence[Message], seconds: int) -> None:
        """Never long enough."""

    def delete(self, messages: Sequence[Message]) -> None:
        """They are gone already."""

    def has_dead_letters(self) -> bool:
        """It has none."""
        return False

    def lets_topics_in(self) -> bool:
        """EventBridge alone."""
        return False


class ThirdEach:
    """`Routes`: a third of the services to each channel."""

    route = staticmethod(route)

    def book(self) -> RouteBook:
        """None is written down."""
        return RouteBook(())


class Answered(Counting):
    """The chat that notes when Slack answered to a post."""

    def post(self, channel: str, *asked: Any, **more: Any) -> tuple[str, str]:
        """As Slack's."""
        found = super().post(channel, *asked, **more)
        self.posts[-1] = (channel, time.monotonic())
        return found


def alarm(n: int) -> Message:
    """Of a service of its own, just now."""
    event = json.loads(json.dumps(cloudwatch_alarm.SAMPLE).replace("bank-marketing", f"service-{n:04d}"))
    event["detail"]["state"]["timestamp"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000+0000"
    return Message(str(n), str(n), json.dumps(event), 1)


def waits_s(engine: Engine, chat: Answered) -> list[float]:
    """Of each alarm, sorted."""
    store, inventory = SqlIncidents(engine, fold), SqlInventory(engine)
    inventory.remember((ACCOUNT, Account("222222222222", "prod", ("us-west-2",))), datetime.now(UTC))
    stores: dict[type, Any] = {
        Incidents: store,
        Inventory: inventory,
        Routes: ThirdEach(),
        Notices: SqlNotices(engine),
        Tally: SqlTally(engine),
    }
    queue, stop, nudge = Queue(), threading.Event(), threading.Event()
    listening = Listening(
        queue,
        stores,
        lambda _: {},
        WallClock(),
        Wanted(),
        runs=lambda _: 0,
        packages=lambda _: 0,
        changed=nudge.set,
        stopped=stop.is_set,
    )
    posting = poster(engine, store, chat)
    works = (*listening.threads(stop), threading.Thread(target=posting.run, args=(stop, nudge), daemon=True))
    for thread in works:
        thread.start()
    for n in range(ALARMS):
        queue.put(alarm(n))
        time.sleep(APART_S)
    stop.set()
    nudge.set()
    for thread in works:
        thread.join()
    if len(chat.posts) != ALARMS:
        raise RuntimeError(f"{len(chat.posts)} of {ALARMS} alarms were posted")
    return sorted(posted - received for (_, posted), received in zip(chat.posts, queue.received, strict=True))


def main() -> int:
    """0 when the 95th percentile is within the aim."""
    configure(io.StringIO())
    bot = App()
    server = SlackServer(workspace(bot))
    chat = Answered(SlackChat(client(bot.bot_token, f"{server.start()}/api/")))
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{folder}/card.db", statement_timeout_s=20)
        migrate(engine)
        waits = waits_s(engine, chat)
        engine.dispose()
    server.stop()
    p95_s = waits[int(len(waits) * 0.95)]
    print(f"| {len(CHANNELS)} channels, {ALARMS} alarms | p50 s | p95 s | longest s | aim s |\n|---|--:|--:|--:|--:|")
    print(f"| receipt to card | {statistics.median(waits):.2f} | {p95_s:.2f} | {waits[-1]:.2f} | {AIM_S} |")
    return int(p95_s > AIM_S)


if __name__ == "__main__":
    sys.exit(main())
