"""From one of Slack's deliveries to its acknowledgement, the same on both transports."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import copy_context
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from slack_bolt import App
from slack_bolt.request import BoltRequest

from bot.log import LOG, traced
from bot.ports import Seen
from bot.slack.deliveries import Deliveries, Payload, Unwanted
from bot.slack.firsts import Firsts
from bot.slack.payload import delivery_id
from bot.slack.pools import Pools
from bot.telemetry import delivered


class Handling:
    """Used on the edge's loop; the work is done in the fast pool. `wall` is the machine's clock."""

    def __init__(self, app: App, pools: Pools, seen: Seen, wall: Callable[[], datetime]) -> None:
        self._app = app
        self._pool = pools.fast
        self.firsts = Firsts(seen, pools.store, wall)
        self._deliveries = Deliveries(self.firsts)

    async def acknowledgement(
        self,
        kind: str,
        payload: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        wanted: Awaitable[bool] | None = None,
    ) -> Payload | None:
        """Its payload (empty for none), or None when there must be none, so that Slack sends the delivery again.

        `kind` is Socket Mode's word for the envelope: `events_api`, `interactive`, `slash_commands`. Where `wanted`
        says no, nothing is handled: raises Unwanted.
        """
        began = time.monotonic()
        with traced():
            answer = await self._once(kind, payload, headers, wanted)
        delivered(kind, time.monotonic() - began, acknowledged=answer is not None)
        return answer

    async def _once(
        self,
        kind: str,
        payload: Mapping[str, Any],
        headers: Mapping[str, str] | None,
        wanted: Awaitable[bool] | None,
    ) -> Payload | None:
        async def handle() -> Payload | None:
            work = partial(copy_context().run, self._dispatched, kind, dict(payload), headers or {})
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)

        try:
            return await self._deliveries.once(delivery_id(kind, payload), handle, wanted)
        except Unwanted:
            raise
        except Exception:  # noqa: BLE001  # the listener's edge, before Bolt
            LOG.exception("delivery failed", type=kind)
            return None

    def _dispatched(self, kind: str, payload: Payload, headers: Mapping[str, str]) -> Payload | None:
        """As `acknowledgement`, without looking whether it was there before."""
        try:
            # Parsed by us on both transports: Bolt's own parser loses every command whose text has the word "payload".
            answered = self._app.dispatch(BoltRequest(mode="socket_mode", body=payload, headers=dict(headers)))
        except Exception:  # noqa: BLE001  # the listener's edge, before Bolt
            LOG.exception("delivery failed", type=kind)
            return None
        if answered.status == HTTPStatus.OK:
            return json.loads(answered.body) if answered.body.startswith("{") else {}
        LOG.warning("delivery not handled", type=kind, status=answered.status)
        # An event that nobody listens to need not come again.
        return {} if kind == "events_api" and answered.status == HTTPStatus.NOT_FOUND else None
