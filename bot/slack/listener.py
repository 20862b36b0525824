"""An HTTP server on the edge's loop."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from aiohttp import web

from bot.errors import BotError
from bot.log import LOG

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_DRAIN_S = 5.0
"""For requests that run at the stop; Slack itself waits 3 s."""
_UNREAD = logging.getLogger("slack.http.unread")
"""aiohttp logs a trace and pieces of the request for whatever strangers send that is no HTTP; nobody needs them."""
_UNREAD.disabled = True


class Listener:
    """Serves routes on one address. `port` 0 takes any free one; `settings` names what to change when it is taken."""

    def __init__(
        self, host: str, port: int, routes: Sequence[web.RouteDef], *, settings: str, most_bytes: int = 2**14
    ) -> None:
        self._address = (host, port)
        self._routes = routes
        self._settings = settings
        self._most_bytes = most_bytes
        self._runner: web.AppRunner | None = None
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
            # The signature is over the bytes as they came, and a small body must not unfold into a large one.
            auto_decompress=False,
        )
        await self._runner.setup()
        host, port = self._address
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            step = f"Stop what uses it, or change {self._settings}."
            raise BotError(f"Nothing can listen on {host}:{port}: {error.strerror}.", step) from error
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def close(self) -> None:
        """Take no more requests and let those that run end."""
        if self._runner is not None:
            await self._runner.cleanup()
        self.url = ""

    async def is_up(self) -> bool:
        """Whether it listens."""
        return bool(self.url)


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
