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
from bot.slack.deliveries import Deliveries, Payload
from bot.slack.payload import delivery_id
from bot.telemetry import ACKNOWLEDGED, DELIVERIES

_KINDS = frozenset({"events_api", "interactive", "slash_commands"})


class Handling:
    """Runs in the fast pool. `wall` is the machine's clock."""

    def __init__(self, app: App, seen: Seen, wall: Callable[[], datetime]) -> None:
        self._app = app
        self._deliveries = Deliveries(seen, wall)

    def acknowledgement(
        self, kind: str, payload: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Payload | None:
        """Its payload (empty for none), or None when there must be none, so that Slack sends the delivery again.

        `kind` is Socket Mode's word for the envelope: `events_api`, `interactive`, `slash_commands`.
        """
        began = time.monotonic()
        with traced():
            answer = self._once(kind, payload, headers)
        label = kind if kind in _KINDS else "other"
        DELIVERIES.labels(label, "unacknowledged" if answer is None else "acknowledged").inc()
        ACKNOWLEDGED.labels(label).observe(time.monotonic() - began)
        return answer

    def _once(self, kind: str, payload: Mapping[str, Any], headers: Mapping[str, str] | None) -> Payload | None:
        try:
            return self._deliveries.once(
                delivery_id(kind, payload), partial(self._dispatched, kind, dict(payload), dict(headers or {}))
            )
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
