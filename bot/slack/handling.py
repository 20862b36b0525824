"""From one of Slack's deliveries to its acknowledgement, the same on both transports."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from slack_bolt import App
from slack_bolt.request import BoltRequest

from bot.log import LOG, traced
from bot.ports import Seen
from bot.slack.deliveries import Deliveries, Payload, Replayed
from bot.slack.intake import Intake
from bot.slack.payload import delivery_id
from bot.slack.pools import Pools
from bot.telemetry import delivered


class Handling:
    """Used on the edge's loop; the work is done in the fast pool. `wall` is the machine's clock."""

    def __init__(self, app: App, pools: Pools, seen: Seen, wall: Callable[[], datetime]) -> None:
        self._app = app
        self._deliveries = Deliveries(Intake(seen, pools, wall))

    async def acknowledgement(
        self, kind: str, payload: Mapping[str, Any], headers: Mapping[str, str] | None = None, stamp: str = ""
    ) -> Payload | None:
        """Its payload (empty for none), or None when there must be none, so that Slack sends the delivery again.

        `kind` is Socket Mode's word for the envelope: `events_api`, `interactive`, `slash_commands`. Raises Replayed
        when the request of this `stamp` was there before.
        """
        began = time.monotonic()
        with traced():
            answer = await self._once(kind, payload, headers or {}, stamp)
        delivered(kind, time.monotonic() - began, acknowledged=answer is not None)
        return answer

    async def _once(
        self, kind: str, payload: Mapping[str, Any], headers: Mapping[str, str], stamp: str
    ) -> Payload | None:
        try:
            handle = partial(self._dispatched, kind, dict(payload), headers)
            # Signed requests that are no events come once: a new stamp is a new delivery, and its id says no more.
            id_ = "" if stamp and kind != "events_api" else delivery_id(kind, payload)
            return await self._deliveries.once(id_, handle, stamp)
        except Replayed:
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
