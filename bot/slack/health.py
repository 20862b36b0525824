"""Whether a process lives, whether it is ready, and what it counts: for whatever starts, watches and scrapes it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from bot.errors import BotError
from bot.log import LOG
from bot.slack.pools import Pools
from bot.telemetry import TYPE, exposition

LIVE = "/healthz"
READY = "/readyz"
METRICS = "/metrics"
_PROBE_S = 3.0


class Health:
    """The routes. `blocked` says why the process is not ready (empty when it is) in the fast pool, `up` on the loop."""

    def __init__(
        self, pools: Pools, blocked: Callable[[], str], up: Callable[[], Awaitable[bool]], sample: Callable[[], None]
    ) -> None:
        """`sample` brings the gauges up to date before they are shown; it may ask the store."""
        self._pools = pools
        self._blocked = blocked
        self._up = up
        self._sample = sample
        self._probe: asyncio.Future[str] | None = None
        self._said = ""

    def probes(self, *, why: bool = False) -> list[web.RouteDef]:
        """For load balancers and orchestrators. `why` tells the reason too: not for the address that Slack reaches."""
        return [web.get(LIVE, self._live), web.get(READY, self._ready_or_why if why else self._ready)]

    def metrics(self) -> list[web.RouteDef]:
        """For Prometheus; not for the address that Slack reaches."""
        return [web.get(METRICS, self._metrics)]

    async def _live(self, _: web.Request) -> web.Response:
        """The loop turns."""
        return web.Response(text="alive")

    async def _ready(self, _: web.Request) -> web.Response:
        """200 when ready, else 503; strangers ask here, too."""
        return web.Response(status=503, text="not ready") if await self._why() else web.Response(text="ready")

    async def _ready_or_why(self, _: web.Request) -> web.Response:
        """200 when ready, 503 with the reason when not."""
        why = await self._why()
        return web.Response(status=503, text=f"not ready: {why}") if why else web.Response(text="ready")

    async def _why(self) -> str:
        """Why it is not ready; each reason is logged once, however often it is asked."""
        why = await self._asked()
        if why != self._said:
            self._said = why
            if why:
                LOG.warning("not ready", cause=why)
            else:
                LOG.info("ready again")
        return why

    async def _asked(self) -> str:
        """As above; also when a full fast pool keeps the question unanswered."""
        if not await self._up():
            return "not connected to Slack"
        # One probe at a time: a store that hangs must not take every thread.
        if self._probe is None or self._probe.done():
            self._probe = asyncio.get_running_loop().run_in_executor(self._pools.fast, self._blocked)
        try:
            async with asyncio.timeout(_PROBE_S):
                return await asyncio.shield(self._probe)
        except TimeoutError:
            return "no answer in time"
        except BotError as error:
            return error.cause

    async def _metrics(self, _: web.Request) -> web.Response:
        """In the exposition format; a gauge that cannot be sampled keeps its last value."""
        body = await asyncio.get_running_loop().run_in_executor(self._pools.fast, self._sampled)
        return web.Response(body=body, headers={"Content-Type": TYPE})

    def _sampled(self) -> bytes:
        with suppress(BotError):
            self._sample()
        return exposition()
