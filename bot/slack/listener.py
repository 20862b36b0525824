"""An HTTP server on the edge's loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final, cast

from aiohttp import hdrs, web
from aiohttp.http import StreamWriter

from bot.errors import BotError
from bot.log import LOG
from bot.slack.header_deadline import HEADER_S, HeaderDeadline

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_BACKLOG = 128
"""Connections that wait to be accepted, as aiohttp's own sites have it."""
_DRAIN_S = 5.0
"""For requests that run at the stop; Slack itself waits 3 s."""
IDLE_S: Final = 100.0
"""How long a connection may wait for its next request: longer than load balancers keep one.

They would hand a request to a connection that is just being closed, and answer 502. ALB keeps one for 60 s ("Edit
attributes for your Application Load Balancer"), Heroku's router for 90 s ("HTTP Routing", Keepalives).
"""
_UNREAD = logging.getLogger("slack.http.unread")
"""aiohttp logs a trace and pieces of the request for whatever strangers send that is no HTTP; nobody needs them."""
_UNREAD.disabled = True


class Listener:
    """Serves routes on one address. `port` 0 takes any free one; `settings` names what to change when it is taken."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: Sequence[web.RouteDef],
        *,
        settings: str,
        most_bytes: int = 2**14,
        header_s: float = HEADER_S,
    ) -> None:
        self._address = (host, port)
        self._routes = routes
        self._settings = settings
        self._most_bytes = most_bytes
        self._header_s = header_s
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self._lines: dict[web.RequestHandler, HeaderDeadline] = {}
        self.url = ""
        """Where it listens, once opened; no slash at its end."""

    async def open(self) -> None:
        """Listen. Raises BotError when the address cannot be had."""
        served = web.Application(client_max_size=self._most_bytes)
        served.add_routes(map(_untraced, self._routes))
        self._runner = web.AppRunner(
            served,
            access_log=None,
            logger=_UNREAD,
            shutdown_timeout=_DRAIN_S,
            keepalive_timeout=IDLE_S,
            # The signature is over the bytes as they came, and a small body must not unfold into a large one.
            auto_decompress=False,
        )
        await self._runner.setup()
        connections = self._connections(self._runner.server)
        host, port = self._address
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(connections, host, port, backlog=_BACKLOG)
        except OSError as error:
            step = f"Stop what uses it, or change {self._settings}."
            raise BotError(f"Nothing can listen on {host}:{port}: {error.strerror}.", step) from error
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def close(self) -> None:
        """Take no more requests and let those that run end."""
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.url = ""

    async def is_up(self) -> bool:
        """Whether it listens."""
        return bool(self.url)

    def _connections(self, server: web.Server | None) -> Callable[[], asyncio.Protocol]:
        """What makes a connection's protocol, and a request of each header."""
        if server is None:
            raise RuntimeError("the runner is not set up")
        make, loop = server.request_factory, asyncio.get_running_loop()

        def request(message: Any, payload: Any, line: web.RequestHandler, writer: Any, task: Any) -> web.BaseRequest:
            del writer
            deadline = self._lines[line]
            deadline.begun()

            async def answered(headers: MutableMapping[str, str]) -> None:
                # Strangers are not told which software of which version answers; a signal of the application would
                # not see what aiohttp answers by itself to what is no HTTP.
                headers.pop(hdrs.SERVER, None)
                deadline.answered()

            return make(message, payload, line, StreamWriter(line, loop, on_headers_sent=answered), task)

        server.request_factory = request
        return lambda: HeaderDeadline(server(), self._header_s, self._lines)


def _untraced(route: web.RouteDef) -> web.RouteDef:
    """The listener's edge: what nobody foresaw is a bare 500, so that Slack sends an event again.

    Around the handler itself: a middleware costs every request as much as its signature.
    """
    handle = cast("Handler", route.handler)

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except web.HTTPException:
            raise
        except Exception:  # noqa: BLE001
            LOG.exception("request failed")
            return web.Response(status=500)

    return web.RouteDef(route.method, route.path, guarded, route.kwargs)
