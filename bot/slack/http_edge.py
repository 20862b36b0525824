"""Signed HTTP on one aiohttp loop: refuses what Slack did not just sign, has the rest answered in the fast pool."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt import App

from bot.errors import BotError
from bot.log import LOG
from bot.ports import Seen
from bot.slack.deliveries import Payload
from bot.slack.handling import Handling
from bot.slack.loop import LoopThread
from bot.slack.payload import parsed
from bot.slack.pools import Pools
from bot.slack.signature import Replays, Signatures, Stamp, stamp

PATH = "/slack/events"
"""Commands, interactions and events come here; Bolt's own path, which Slack's guides name."""
HEALTH = "/healthz"
MOST_BYTES = 2**20
"""Slack's payloads stay far below (a form's fields: 3,000 characters each)."""
_BODY_S = 10.0
_PROBE_S = 3.0
_DRAIN_S = 5.0
"""For requests that run at the stop; Slack itself waits 3 s."""
_RETRY = {"X-Slack-Retry-Num": re.compile(r"[0-9]{1,3}"), "X-Slack-Retry-Reason": re.compile(r"[a-z_]{1,40}")}

_UNREAD = logging.getLogger("slack.http.unread")
"""aiohttp logs a trace and pieces of the request for whatever strangers send that is no HTTP; nobody needs them."""
_UNREAD.disabled = True


@dataclass(frozen=True, slots=True)
class _Signed:
    """A request that Slack made; nobody looked into its body yet."""

    stamp: Stamp
    body: bytes
    is_json: bool
    retry: Mapping[str, str]
    """Slack's retry headers. They are not signed: who replays a request can add them."""


class HttpEdge:
    """A server for Slack's requests and for health probes. `port` 0 takes any free one."""

    def __init__(
        self,
        app: App,
        pools: Pools,
        seen: Seen,
        wall: Callable[[], datetime],
        *,
        signing_secret: str,
        host: str,
        port: int,
        ready: Callable[[], bool],
    ) -> None:
        """Raises BotError without a signing secret. `ready` is asked in the fast pool, by one probe at a time."""
        self._signatures = Signatures(signing_secret, wall)
        self._replays = Replays(seen, wall)
        self._pools = pools
        self._handling = Handling(app, seen, wall)
        self._address = (host, port)
        self._ready = ready
        self._probe: asyncio.Future[bool] | None = None
        self._loop = LoopThread("slack-http")
        self._runner: web.AppRunner | None = None
        self.url = ""
        """Where it listens, once started; no slash at its end."""

    def start(self) -> None:
        """Listen. Raises BotError when the address cannot be had."""
        self._loop.start()
        try:
            self._loop.do(self._listen())
        except OSError as error:
            self.stop()
            host, port = self._address
            step = "Stop what uses it, or change slack.host and slack.port."
            raise BotError(f"Nothing can listen on {host}:{port}: {error.strerror}.", step) from error

    def stop(self) -> None:
        """Take no more requests, let those that run end, close the loop."""
        if self._runner is not None and self._loop.is_alive():
            self._loop.do(self._runner.cleanup())
        self._loop.stop()

    def is_connected(self) -> bool:
        """Whether it listens."""
        return bool(self.url) and self._loop.is_alive()

    async def _listen(self) -> None:
        served = web.Application(middlewares=[_untraced], client_max_size=MOST_BYTES)
        served.add_routes([web.post(PATH, self._events), web.get(HEALTH, self._health)])
        self._runner = web.AppRunner(
            served,
            access_log=None,
            logger=_UNREAD,
            shutdown_timeout=_DRAIN_S,
            # The signature is over the bytes as they came, and a small body must not unfold into a large one.
            auto_decompress=False,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, *self._address).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def _events(self, request: web.Request) -> web.Response:
        signed = await self._signed(request)
        loop = asyncio.get_running_loop()
        status, payload = await loop.run_in_executor(self._pools.fast, self._handled, signed)
        return web.json_response(payload) if payload else web.Response(status=status)

    async def _signed(self, request: web.Request) -> _Signed:
        """Raises 401 and 4xx for all that Slack did not sign within the last five minutes; costs no thread."""
        if (request.content_length or 0) > MOST_BYTES:
            raise _refused(web.HTTPRequestEntityTooLarge(MOST_BYTES), "too large")
        headers = request.headers
        given = stamp(headers.getall("X-Slack-Request-Timestamp", ()), headers.getall("X-Slack-Signature", ()))
        if given is None:
            raise _refused(web.HTTPUnauthorized(), "not signed")
        if not self._signatures.timely(given):
            raise _refused(web.HTTPUnauthorized(), "signed more than five minutes from now")
        body = await _body(request)
        if not self._signatures.genuine(given, body):
            raise _refused(web.HTTPUnauthorized(), "wrong signature")
        retry = {n: headers[n] for n, form in _RETRY.items() if form.fullmatch(headers.get(n, ""))}
        return _Signed(given, body, request.content_type == "application/json", retry)

    def _handled(self, signed: _Signed) -> tuple[HTTPStatus, Payload]:
        """The answer's status and payload; in the fast pool, since the store is asked."""
        first = self._replays.first(signed.stamp)
        try:
            kind, payload = parsed(signed.body, is_json=signed.is_json)
        except ValueError:
            LOG.warning("request refused", why="signed, and no payload of Slack's")
            return HTTPStatus.BAD_REQUEST, {}
        # Slack repeats nothing but events, perhaps within the second; those are handled once by their own id.
        is_retry = payload.get("type") == "event_callback" and "X-Slack-Retry-Num" in signed.retry
        if not first and not is_retry:
            LOG.warning("request refused", why="replayed", type=kind)
            return HTTPStatus.UNAUTHORIZED, {}
        answer = self._handling.acknowledgement(kind, payload, signed.retry)
        return (HTTPStatus.INTERNAL_SERVER_ERROR, {}) if answer is None else (HTTPStatus.OK, answer)

    async def _health(self, _: web.Request) -> web.Response:
        """200 when ready; 503 when not, or when a full fast pool keeps the question from being answered."""
        if self._probe is None or self._probe.done():
            self._probe = asyncio.get_running_loop().run_in_executor(self._pools.fast, self._ready)
        try:
            async with asyncio.timeout(_PROBE_S):
                ready = await asyncio.shield(self._probe)
        except (TimeoutError, BotError):
            ready = False
        return web.Response(text="ready") if ready else web.Response(status=503, text="not ready")


async def _body(request: web.Request) -> bytes:
    """The bytes as they came. Raises 4xx for too many, too slow, or broken off."""
    try:
        async with asyncio.timeout(_BODY_S):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as large:
        raise _refused(large, "too large") from None
    except TimeoutError:
        raise _refused(web.HTTPRequestTimeout(), "too slow") from None
    except (web.RequestPayloadError, HttpProcessingError, OSError):
        raise _refused(web.HTTPBadRequest(), "broken off") from None


def _refused(answer: web.HTTPException, why: str) -> web.HTTPException:
    LOG.warning("request refused", why=why)
    return answer


@web.middleware
async def _untraced(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """The listener's edge: what nobody foresaw is a bare 500, so that Slack sends an event again."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:  # noqa: BLE001
        LOG.exception("request failed")
        return web.Response(status=500)
