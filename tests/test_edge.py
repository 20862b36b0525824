"""The Slack edge under slow questions: everything is acknowledged at once, and a click never waits behind a query."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import StringIO
from threading import Event
from typing import Any

import pytest

from bot.dispatch import Dispatch
from bot.kit import ATTRIBUTE, Rest, command
from bot.model.account import Account
from bot.model.reply import Reply
from bot.ports import Ask, Directory
from bot.registry import Registry
from bot.slack.answers import Answers
from bot.slack.bolt import build
from bot.slack.chat import SlackChat, client
from bot.slack.desk import Desk
from bot.slack.edge import Edge
from bot.slack.handling import Handling
from bot.slack.identity import who_am_i
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.slack.socket_line import SocketLine
from sandbox.control import create_app
from sandbox.driver import Driver, text_of, until
from sandbox.fakes import FakeAudit, FakeSeen
from sandbox.northbank import workspace
from sandbox.slack.server import SlackServer

GATE = Event()
STARTED: list[str] = []


@command("wait", role="viewer")
def wait_(directory: Directory, *, note: Rest = "") -> Reply:
    """Blocks until the test lets go."""
    STARTED.append(note)
    assert GATE.wait(60)
    return Reply((f"waited {note}",))


@command("quick", role="viewer")
def quick(ask: Ask) -> Reply:
    """Answers from memory."""
    return Reply((f"quick for {ask.person.name}",))


@command("broken", role="viewer")
def broken(ask: Ask) -> Reply:
    """Has a bug."""
    raise ZeroDivisionError(ask.person.name)


class Nowhere:
    """A world and an AWS that the edge never asks."""

    endpoint_url, region = "http://127.0.0.1:9", "us-west-2"

    def do(self, verb: str, account: str | None = None, person: str | None = None) -> Mapping[str, Any]:
        """Nothing happens."""
        return {}

    def state(self) -> list[dict[str, str]]:
        """No accounts."""
        return []

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)

    def fault(self, kind: str, account_id: str, operation: str, times: int = 1) -> None:
        """None to order."""

    def on_call(self, callback: Callable[[Any], None]) -> None:
        """None to hear."""

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Never sleeps."""

    def accounts(self) -> tuple[Account, ...]:
        """One account."""
        return (Account("222222222222", "ml-production", ("us-west-2",)),)


@pytest.fixture(scope="module")
def drive() -> Iterator[Driver]:
    """An edge with three commands, on the strict sandbox."""
    nowhere = Nowhere()
    server = SlackServer(create_app(workspace(), nowhere, nowhere))
    url = server.start()
    app = workspace().app
    slack = client(app.bot_token, f"{url}/api/")
    people, pools = SlackPeople(slack, "T0SAGEWAT1"), Pools(slow=16, waiting=4)
    commands = {d.name: d for d in (getattr(f, ATTRIBUTE) for f in (wait_, quick, broken))}
    dispatch = Dispatch(
        Registry(commands, {}),
        lambda _: {Directory: nowhere},
        people,
        FakeAudit(),
        nowhere,  # type: ignore[arg-type]
        nowhere,
        (),
    )
    desk = Desk(dispatch, pools, people, Answers(SlackChat(slack, hooks=(f"{url}/",))))
    bolt = build(slack, desk, "/ml", who_am_i(slack))
    handling = Handling(bolt, pools, FakeSeen(), nowhere.now)
    edge = Edge(SocketLine(handling, app_token=app.app_token, base_url=f"{url}/api/"))
    edge.start()
    yield Driver(url)
    GATE.set()
    edge.stop()
    pools.close()
    server.stop()


def test_twelve_blocked_commands_are_all_acknowledged(drive: Driver) -> None:
    """While they block; a quick one is answered meanwhile, one too many is told that the bot is busy."""
    maya, channel = drive.user("maya"), drive.channel("general")

    def type_(n: int) -> dict[str, Any]:
        return drive.post("/_sandbox/say", user=maya, channel=channel, text=f"/ml wait {n}")

    with ThreadPoolExecutor(12) as typing:
        said = list(typing.map(type_, range(12)))
    until(lambda: len(STARTED) == 12, "all twelve run")
    assert [s["ok"] for s in said] == [True] * 12
    assert max(s["ack_ms"] for s in said) < 3000

    drive.say("diego", "/ml quick", channel="general")
    until(lambda: any("quick for Diego" in text_of(m) for m in drive.messages("diego", channel="general")), "an answer")

    for n in range(12, 20):
        type_(n)
    drive.say("diego", "/ml wait one too many", channel="general")
    until(lambda: any("Too many" in text_of(m) for m in drive.messages("diego", channel="general")), "busy is said")

    GATE.set()
    until(
        lambda: sum("waited" in text_of(m) for m in drive.messages("maya", channel="general")) == 20,
        "every question is answered",
        within_s=30,
    )


def test_a_bug_is_told_with_an_id_and_no_trace(drive: Driver, log: StringIO) -> None:
    """The same id stands in the log."""
    drive.say("kenji", "/ml broken", channel="general")

    def look() -> str:
        found = [text_of(m) for m in drive.messages("kenji", channel="general")]
        return next((t for t in found if "Something broke, id" in t), "")

    told = until(look, "the bug is told")
    assert "ZeroDivisionError" not in told
    assert "Traceback" not in told
    broken_id = told.split("id ")[1][:8]
    assert broken_id in log.getvalue()
