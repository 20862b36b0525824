"""Slack's server side in one object: what the Web API, the sockets and the page share."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from sandbox.slack.delivered import LATE, UNUSABLE, delivered
from sandbox.slack.events import RETRIES_S, Events
from sandbox.slack.exchanges import Exchanges
from sandbox.slack.faults import Faults
from sandbox.slack.masks import Masks
from sandbox.slack.rates import Rates
from sandbox.slack.records import Json
from sandbox.slack.responses import Responses
from sandbox.slack.signed_http import SignedHttp
from sandbox.slack.socket_mode import Ack, EnvelopeType, SocketMode
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views
from sandbox.slack.workspace import Workspace


@dataclass(slots=True)
class Timing:
    """How patient Slack is; tests shorten it. Sources: docs.slack.dev, "Events API" and "Slash commands"."""

    ack_s: float = 3.0
    retries_s: tuple[float, ...] = RETRIES_S


@dataclass(slots=True)
class Slack:
    """A workspace being served; `base_url` (no slash at its end) is set once the address is known."""

    workspace: Workspace
    timing: Timing = field(default_factory=Timing)
    base_url: str = ""
    faults: Faults = field(default_factory=Faults)
    rates: Rates = field(init=False)
    triggers: Triggers = field(init=False)
    responses: Responses = field(init=False)
    views: Views = field(init=False)
    sockets: SocketMode = field(init=False)
    http: SignedHttp = field(init=False)
    events: Events = field(init=False)
    exchanges: Exchanges = field(init=False)
    choices: dict[tuple[str, str], dict[str, dict[str, Json]]] = field(default_factory=dict)
    """What people chose on messages and views, by (person, ts or view id), block_id, action_id."""

    def __post_init__(self) -> None:
        workspace = self.workspace
        self.rates = Rates(workspace.now)
        self.triggers = Triggers(workspace.now)
        self.responses = Responses(workspace, self.faults)
        self.views = Views(workspace)
        self.sockets = SocketMode(workspace.app.id, workspace.bus, self.faults, self.timing.ack_s)
        self.http = SignedHttp(workspace.app.signing_secret, workspace, self.faults, self.timing.ack_s)
        app = workspace.app
        self.exchanges = Exchanges(workspace.bus, Masks(app.bot_token, app.app_token, app.signing_secret))
        self.events = Events(workspace, self.deliver, self.timing.retries_s)

    async def deliver(
        self, kind: EnvelopeType, payload: Json, *, takes_payload: bool, retry: Json | None = None
    ) -> Ack:
        """Bring the app a payload: by signed HTTP once it named a request URL, else through a socket."""
        by_http, at_s = bool(self.http.url), self.workspace.now()
        transport = self.http if by_http else self.sockets
        ack = await transport.deliver(kind, payload, takes_payload=takes_payload, retry=retry)
        way = "HTTP" if by_http else "Socket Mode"
        number = self.exchanges.add(delivered(self.workspace, kind, payload, retry, way, ack, at_s))
        if ack.late is not None:
            ack.late.add_done_callback(lambda late: self._came_late(number, late))
        return replace(ack, exchange=number)

    def refused(self, ack: Ack, code: str) -> None:
        """An acknowledgement came in time, and Slack cannot take what it says."""
        self.exchanges.amend(ack.exchange, outcome=code, failed=True, ended=UNUSABLE)

    def _came_late(self, number: int, late: asyncio.Future[tuple[Any, float]]) -> None:
        if not late.cancelled():
            said, ms = late.result()
            self.exchanges.amend(number, outcome="late", ms=ms, answer=said, ended=LATE)

    def bot_state(self) -> Json:
        """For the page: whether the bot is there, over how many connections, how fast it acknowledged last."""
        return self.http.state() if self.http.url else self.sockets.state()

    async def close(self) -> None:
        """End every connection and every watcher."""
        self.workspace.bus.close()
        await self.events.close()
        await self.http.close()
        await self.sockets.close()


SLACK = web.AppKey("slack", Slack)
"""Where an application keeps what it serves."""
