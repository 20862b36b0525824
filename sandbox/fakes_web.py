"""The bot's Web API adapters on a served workspace of two, and servers that are silent or always say the same."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer

from aiohttp import web
from slack_sdk import WebClient

from bot.slack.chat import SlackChat, client
from bot.slack.people import SlackPeople
from sandbox.slack.records import Channel, UserGroup
from sandbox.slack.records import User as Someone
from sandbox.slack.routes import ROUTES
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack
from sandbox.slack.workspace import Workspace

BOT = "U0SAGEWATCH"
TEAM = "T0SAGEWATCH"


@dataclass
class Office:
    """A workspace that is being served, the bot's client for it and the ports on that."""

    slack: Slack
    web: WebClient
    url: str

    @property
    def chat(self) -> SlackChat:
        """The port."""
        return SlackChat(self.web, hooks=(self.url + "/",))

    def people(self, clock: Callable[[], float] = lambda: 0.0) -> SlackPeople:
        """The port, on a clock that stands still."""
        return SlackPeople(self.web, TEAM, clock=clock)

    def said(self, channel: str = "C0ALERTS00") -> list[dict[str, object]]:
        """The bodies of a channel's messages, oldest first."""
        kept = self.slack.workspace.messages.get(channel, {})
        return [one.body for one in sorted(kept.values(), key=lambda one: one.ts)]


@contextmanager
def served() -> Iterator[Office]:
    """Two people, a guest, a stranger, a group and three channels."""
    workspace = Workspace(
        users=[
            Someone("U0ANA00000", "ana", "Ana Costa", TEAM, tz="Europe/Lisbon"),
            Someone("U0GUEST000", "guest", "Gus Guest", TEAM, is_restricted=True),
            Someone("U0PARTNER0", "pat", "Pat Partner", "T0OTHER000"),
        ],
        channels=[
            Channel("C0ALERTS00", "ml-alerts", [BOT, "U0ANA00000"]),
            Channel("C0SHARED00", "shared", [BOT], is_ext_shared=True),
            Channel("C0OLD00000", "old", [BOT], is_archived=True),
            Channel("C0ALONE000", "alone", ["U0ANA00000"]),
        ],
        groups=[UserGroup("S0ONCALL00", "ml-oncall", "On call", ["U0ANA00000"])],
    )
    app = web.Application()
    app[SLACK] = slack = Slack(workspace)
    app.add_routes(ROUTES)
    server = SlackServer(app)
    url = server.start()
    slack.base_url = url
    try:
        yield Office(slack, client(workspace.app.bot_token, f"{url}/api/"), url)
    finally:
        server.stop()


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


class canned:  # noqa: N801  # read as a word in `with`
    """A server that always answers the same."""

    def __init__(self, status: int, body: str, location: str = "") -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's word
                """Quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
