"""Socket Mode: tickets, connections, envelopes and their acknowledgements.

docs.slack.dev, "Using Socket Mode": at most ten connections, each envelope goes to one of them, `hello` first,
`disconnect` with `refresh_requested` before Slack closes a connection.
"""

import asyncio
import json
import random
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import WSMsgType, web

from sandbox.slack.bus import Bus
from sandbox.slack.errors import SlackError
from sandbox.slack.faults import Faults
from sandbox.slack.records import Json

CONNECTIONS = 10
TICKET_LIFE_S = 30.0
REFRESH_GRACE_S = 0.5
"""How long an old connection still lives after the warning; Slack gives some seconds, strictness gives fewer."""

LATE_S = 60.0
"""How long an acknowledgement that is overdue is still known as one; Slack tells nobody."""

EnvelopeType = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, slots=True)
class Ack:
    """How a delivery ended; the payload is the app's answer. `http_error`: answered by HTTP, and not with 2xx.

    `said` is what the app sent where Slack takes no payload too, `status` HTTP's, `id` the app's own of its work,
    `late` becomes what it sends after all and when, `exchange` the number under which it is kept.
    """

    how: Literal["acked", "timeout", "no_connection", "http_error"]
    payload: Any = None
    ms: float = 0.0
    said: Any = None
    status: int | None = None
    id: str = ""
    late: "asyncio.Future[tuple[Any, float]] | None" = None
    exchange: int = 0


class SocketMode:
    """The app's connections."""

    def __init__(self, app_id: str, bus: Bus, faults: Faults, ack_timeout_s: float = 3.0) -> None:
        self._app_id = app_id
        self._bus = bus
        self._faults = faults
        self.ack_timeout_s = ack_timeout_s
        self.last_ack_ms: float | None = None
        self._tickets: dict[str, float] = {}
        self._live: dict[int, tuple[web.WebSocketResponse, web.Request]] = {}
        self._pending: dict[str, asyncio.Future[Any]] = {}
        self._overdue: dict[str, tuple[asyncio.Future[tuple[Any, float]], float]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._numbers = 0

    @property
    def connections(self) -> int:
        """Connections that take envelopes."""
        return len(self._live)

    def state(self) -> Json:
        """For the page: whether the bot is there, and how fast it acknowledged last."""
        return {"connected": bool(self._live), "connections": len(self._live), "last_ack_ms": self.last_ack_ms}

    def ticket(self) -> str:
        """What `apps.connections.open` puts into the URL: one use, thirty seconds."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = time.monotonic()
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection from its handshake to its end."""
        made_s = self._tickets.pop(request.query.get("ticket", ""), None)
        if made_s is None or time.monotonic() - made_s > TICKET_LIFE_S:
            return web.Response(status=403, text="invalid ticket")
        line = web.WebSocketResponse(heartbeat=30, timeout=1.0)
        await line.prepare(request)
        if len(self._live) >= CONNECTIONS:
            await line.send_json(self._disconnect("too_many_websockets"))
            await line.close()
            return line
        await self._run(line, request)
        return line

    async def deliver(
        self, kind: EnvelopeType, payload: Json, *, takes_payload: bool, retry: Json | None = None
    ) -> Ack:
        """Send an envelope to one random connection and wait for its acknowledgement."""
        if not self._live:
            return Ack("no_connection")
        started = time.perf_counter()
        envelope_id = secrets.token_hex(16)
        envelope: Json = {"envelope_id": envelope_id, "type": kind, "payload": payload}
        envelope |= {"accepts_response_payload": takes_payload, **(retry or {})}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._pending[envelope_id] = answer
        line, _ = random.choice(list(self._live.values()))
        try:
            with suppress(ConnectionError):
                await line.send_json(envelope)
            async with asyncio.timeout(self.ack_timeout_s):
                given = await answer
        except TimeoutError:
            return Ack("timeout", ms=_ms_since(started), late=self._await_late(envelope_id, started))
        finally:
            self._pending.pop(envelope_id, None)
        self.last_ack_ms = _ms_since(started)
        self._tell()
        return Ack("acked", given if takes_payload else None, self.last_ack_ms, said=given)

    async def misbehave(self) -> None:
        """Carry out the line faults that are due: a warning to refresh, a cut. They need a live connection."""
        if self._live and self._faults.take("refresh", "socket"):
            for number, (line, _) in tuple(self._live.items()):
                await line.send_json(self._disconnect("refresh_requested"))
                del self._live[number]
                self._close_soon(line)
        if self._live and self._faults.take("cut", "socket"):
            for _, request in tuple(self._live.values()):
                if request.transport is not None:
                    request.transport.abort()

    async def close(self) -> None:
        """Close every connection."""
        for line, _ in tuple(self._live.values()):
            await line.close()
        for task in tuple(self._closing):
            task.cancel()

    async def _run(self, line: web.WebSocketResponse, request: web.Request) -> None:
        self._numbers += 1
        number = self._numbers
        await line.send_json(self._hello())
        self._live[number] = (line, request)
        self._tell()
        await self.misbehave()
        try:
            async for message in line:
                if message.type is WSMsgType.TEXT:
                    self._received(message.data)
        finally:
            self._live.pop(number, None)
            self._tell()

    def _received(self, text: str) -> None:
        """An acknowledgement; anything else is ignored as Slack does."""
        try:
            frame = json.loads(text)
        except ValueError:
            return
        envelope_id = frame.get("envelope_id", "") if isinstance(frame, dict) else ""
        if envelope_id in self._overdue:
            late, started = self._overdue.pop(envelope_id)
            late.set_result((frame.get("payload"), _ms_since(started)))
            return
        waiting = self._pending.get(envelope_id)
        if waiting is None or waiting.done() or self._faults.take("lose_ack", "socket"):
            return
        waiting.set_result(frame.get("payload"))

    def _await_late(self, envelope_id: str, started: float) -> asyncio.Future[tuple[Any, float]]:
        loop = asyncio.get_running_loop()
        late: asyncio.Future[tuple[Any, float]] = loop.create_future()
        self._overdue[envelope_id] = (late, started)
        loop.call_later(LATE_S, self._overdue.pop, envelope_id, None)
        return late

    def _close_soon(self, line: web.WebSocketResponse) -> None:
        async def later() -> None:
            await asyncio.sleep(REFRESH_GRACE_S)
            await line.close()

        task = asyncio.create_task(later())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._live) + 1,
            "debug_info": {"host": "sandbox", "approximate_connection_time": 3600},
            "connection_info": {"app_id": self._app_id},
        }

    def _disconnect(self, reason: str) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}

    def _tell(self) -> None:
        self._bus.publish({"kind": "bot", **self.state()})


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def ticket_url(base_url: str, ticket: str, app_id: str) -> str:
    """The WebSocket's URL; raises SlackError before the sandbox knows its own address."""
    if not base_url:
        raise SlackError("internal_error")
    return f"{base_url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={app_id}"
