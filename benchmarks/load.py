"""Commands for an edge, so many in flight at once: signed HTTP requests, or envelopes over a socket."""

import asyncio
import hashlib
import hmac
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

IN_FLIGHT = 16


@dataclass(frozen=True, slots=True)
class Measured:
    """One round: acknowledgements a second, and how long they took, in ms."""

    per_s: float
    p50_ms: float
    p99_ms: float
    most_ms: float


def measured(took_s: list[float], wall_s: float) -> Measured:
    """Of each acknowledgement's time and of the whole."""
    cuts = statistics.quantiles(took_s, n=100)
    return Measured(len(took_s) / wall_s, cuts[49] * 1e3, cuts[98] * 1e3, max(took_s) * 1e3)


def command(n: int) -> dict[str, str]:
    """A slash command's payload, each with a trigger of its own."""
    return {
        "command": "/ml",
        "text": f"help {n}",
        "user_id": "U1",
        "team_id": "T1",
        "channel_id": "C1",
        "trigger_id": f"{n}.{secrets.token_hex(8)}",
        "response_url": "https://hooks.slack.com/commands/T1/1/x",
    }


async def _flying(count: int, one: Callable[[int], Awaitable[None]], in_flight: int = IN_FLIGHT) -> Measured:
    """`count` of them, so many at once."""
    numbers = iter(range(count))
    took_s: list[float] = []

    async def fly() -> None:
        for n in numbers:
            began = time.perf_counter()
            await one(n)
            took_s.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(fly() for _ in range(in_flight)))
    return measured(took_s, time.perf_counter() - began)


async def by_http(url: str, secret: str, count: int, *, in_flight: int = IN_FLIGHT, **fields: str) -> Measured:
    """Signed requests over kept connections; `fields` stand over the command's own.

    Raises RuntimeError for an answer that is not 200.
    """
    asked = [_signed(secret, urlencode({**command(n), **fields}).encode()) for n in range(count)]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:

        async def one(n: int) -> None:
            body, headers = asked[n]
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{answer.status} for command {n}")

        return await _flying(count, one, in_flight)


def _signed(secret: str, body: bytes) -> tuple[bytes, dict[str, str]]:
    seconds = str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + seconds.encode() + b":" + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": seconds,
        "X-Slack-Signature": f"v0={digest}",
    }


class SocketServer:
    """Slack's side of Socket Mode: one ticket, one line, acknowledgements matched by envelope."""

    def __init__(self) -> None:
        self._line: web.WebSocketResponse | None = None
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._up = asyncio.Event()
        self.url = ""

    async def start(self) -> None:
        """Listen on loopback."""
        served = web.Application()
        served.add_routes([web.post("/api/apps.connections.open", self._open), web.get("/line", self._serve)])
        self._runner = web.AppRunner(served, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the line."""
        await self._runner.cleanup()

    async def load(self, count: int) -> Measured:
        """So many commands, once the app is connected."""
        await self._up.wait()
        return await _flying(count, self._one)

    async def _one(self, n: int) -> None:
        line = self._line
        if line is None:
            raise RuntimeError("no app is connected")
        envelope_id = secrets.token_hex(16)
        self._waiting[envelope_id] = acknowledged = asyncio.get_running_loop().create_future()
        envelope = {"envelope_id": envelope_id, "type": "slash_commands", "payload": command(n)}
        await line.send_json({**envelope, "accepts_response_payload": True})
        await acknowledged

    async def _open(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"{self.url.replace('http', 'ws')}/line"})

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        await line.send_json({"type": "hello"})
        self._line = line
        self._up.set()
        async for message in line:
            said: Any = message.json() if message.type is aiohttp.WSMsgType.TEXT else {}
            if waiting := self._waiting.pop(said.get("envelope_id", ""), None):
                waiting.set_result(None)
        return line
