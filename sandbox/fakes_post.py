"""The signed HTTP edge with one command on the strict sandbox, and requests to it as Slack or a stranger sends them."""

import json
import socket
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.client import HTTPConnection
from threading import Event
from typing import Any
from urllib.parse import urlencode, urlsplit

from slack_bolt import App
from slack_sdk import WebClient

from bot.dispatch import Dispatch
from bot.kit import ATTRIBUTE, Rest, command, form
from bot.model.account import Account
from bot.model.reply import Actions, Form, Press, Reply, TextField
from bot.ports import Ask
from bot.registry import Registry
from bot.slack.answers import Answers
from bot.slack.bolt import build
from bot.slack.chat import SlackChat, client
from bot.slack.desk import Desk
from bot.slack.edge import Edge
from bot.slack.handling import Handling
from bot.slack.health import Health
from bot.slack.listener import Listener
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.slack.signed_requests import MOST_BYTES, PATH, SignedRequests
from sandbox.control import create_app
from sandbox.driver import Driver
from sandbox.fakes import FakeAudit, FakeSeen
from sandbox.northbank import workspace
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack, Timing
from sandbox.slack.signed_http import headers
from sandbox.slack.tiny import StillAws, StillWorld

SECRET = workspace().app.signing_secret
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
NOTED: list[str] = []
"""All that was kept."""


@command("keep", role="viewer")
def keep(ask: Ask, *, text: Rest = "") -> Reply:
    """Keeps a text, and says so with buttons."""
    NOTED.append(text)
    buttons = (Press("Again", f"keep again {text}"), Press("In a Form", "keep-with", does="form"))
    return Reply((f"{ask.person.name} kept {text}",), (Actions(buttons),))


@form("keep-with", role="viewer", submits="keep")
def keep_with(ask: Ask) -> Form:
    """Asks for the text."""
    del ask
    return Form("Keep", "keep", (TextField("text", "Text"),), "Keep")


class Fleet:
    """A clock and an inventory."""

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Never sleeps."""

    def accounts(self) -> tuple[Account, ...]:
        """One account."""
        return (Account("222222222222", "ml-production", ("us-west-2",)),)


async def _up() -> bool:
    return True


class HttpEdge:
    """The edge with its one line, as the app puts it together."""

    def __init__(
        self, app: App, pools: Pools, seen: FakeSeen, *, ready: Callable[[], str], host: str, port: int, secret: str
    ) -> None:
        now = Fleet().now
        requests = SignedRequests(Handling(app, pools, seen, now), now, signing_secret=secret)
        health = Health(pools, ready, _up, lambda: None)
        routes = [*requests.routes(), *health.probes()]
        self.line = Listener(host, port, routes, settings="http.host and http.port", most_bytes=MOST_BYTES)
        self._edge = Edge(self.line)
        self.start, self.stop, self.is_connected = self._edge.start, self._edge.stop, self._edge.is_connected

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.line.url


class Post:
    """The edge, on the strict sandbox, and raw requests to it."""

    def __init__(self) -> None:
        sandbox = create_app(workspace(), StillWorld(), StillAws(), timing=Timing(1.0, (0.0, 0.1, 0.1)))
        self.slack: Slack = sandbox[SLACK]
        self.server = SlackServer(sandbox)
        self.drive = Driver(self.server.start())
        self.pools = Pools()
        self.blocked = ""
        fleet = Fleet()
        slack = client(self.slack.workspace.app.bot_token, f"{self.drive.url}/api/")
        self.edge = HttpEdge(
            build(slack, self.desk(slack, fleet), "/ml", {}),
            self.pools,
            FakeSeen(),
            secret=SECRET,
            host="127.0.0.1",
            port=0,
            ready=lambda: self.blocked,
        )
        self.edge.start()
        self.host = urlsplit(self.edge.url).netloc

    def desk(self, slack: WebClient, fleet: Fleet) -> Desk:
        """Of one command with its form."""
        people = SlackPeople(slack, self.slack.workspace.team_id)
        registry = Registry({"keep": getattr(keep, ATTRIBUTE)}, {"keep-with": getattr(keep_with, ATTRIBUTE)})
        dispatch = Dispatch(registry, lambda _: {}, people, FakeAudit(), fleet, fleet, ())  # type: ignore[arg-type]
        return Desk(dispatch, self.pools, people, Answers(SlackChat(slack, hooks=(f"{self.drive.url}/",))))

    def stop(self) -> None:
        """In the order of the product."""
        self.edge.stop()
        self.pools.close()
        self.server.stop()

    def send(
        self, body: bytes, given: Mapping[str, str], *, method: str = "POST", path: str = PATH
    ) -> tuple[int, bytes]:
        """(status, body) of the answer."""
        line = HTTPConnection(self.host, timeout=20)
        try:
            line.request(method, path, body, dict(given))
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def raw(self, request: bytes) -> bytes:
        """Everything that comes back for these bytes until the edge closes the line."""
        host, _, port = self.host.partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(request)
            return b"".join(iter(lambda: line.recv(65_536), b""))


def signed(body: bytes, *, kind: str = FORM, ago_s: float = 0, retry: int = 0) -> dict[str, str]:
    """Headers as Slack makes them, so many seconds ago."""
    again = {"retry_attempt": retry, "retry_reason": "timeout"}
    return headers(SECRET, body, time.time() - ago_s, kind=kind, retry=again)


def typed(text: str, trigger: str) -> bytes:
    """A slash command."""
    maya = next(u for u in workspace().users.values() if u.name == "maya")
    fields = {"command": "/ml", "text": text, "user_id": maya.id, "team_id": maya.team_id, "trigger_id": trigger}
    return urlencode({**fields, "channel_id": "C1", "response_url": "http://127.0.0.1:9/none"}).encode()


def event(event_id: str, inner: Mapping[str, Any]) -> bytes:
    """An event's envelope."""
    return json.dumps({"type": "event_callback", "team_id": "T1", "event_id": event_id, "event": inner}).encode()


def without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    """The headers less one."""
    return lambda given: {k: v for k, v in given.items() if k != name}


def edge(post: Post, app: App | None = None, seen: FakeSeen | None = None, **other: Any) -> HttpEdge:
    """Another one, on the same pools."""
    given_: dict[str, Any] = {"secret": SECRET, "host": "127.0.0.1", "port": 0, **other}
    app = app or build(WebClient("xoxb-1"), None, "/ml", {})  # type: ignore[arg-type]  # it answers nobody here
    return HttpEdge(app, post.pools, seen or FakeSeen(), ready=str, **given_)
