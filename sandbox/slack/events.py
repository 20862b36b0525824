"""The Events API: one delivery at once, up to three more when nobody acknowledged."""

import asyncio
from typing import Protocol

from sandbox.slack import payloads
from sandbox.slack.records import Channel, Json
from sandbox.slack.socket_mode import Ack, EnvelopeType
from sandbox.slack.workspace import Workspace

RETRIES_S = (0.0, 60.0, 300.0)
"""Waits before each redelivery: at once, a minute, five minutes (docs.slack.dev, "Events API": error handling)."""

_REASONS = {"timeout": "timeout", "no_connection": "connection_failed", "http_error": "http_error"}


class Deliver(Protocol):
    """Brings the app a payload over the transport that is in use."""

    async def __call__(
        self, kind: EnvelopeType, payload: Json, *, takes_payload: bool, retry: Json | None = None
    ) -> Ack:
        """`retry`: which redelivery it is, `retry_attempt`, and why, `retry_reason`."""
        ...


class Events:
    """Sends what the app is subscribed to; keeps trying in the background."""

    def __init__(self, workspace: Workspace, deliver: Deliver, retries_s: tuple[float, ...] = RETRIES_S) -> None:
        self._workspace = workspace
        self._transport = deliver
        self.retries_s = retries_s
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, subscription: str, inner: Json, channel: Channel | None = None) -> Ack | None:
        """Deliver an event; returns how the first try ended, None when the app does not listen to it."""
        if subscription not in self._workspace.app.events:
            return None
        is_ext_shared = channel is not None and channel.is_ext_shared
        event_id = self._workspace.next_id("Ev")
        payload = payloads.event(self._workspace, event_id, inner, is_ext_shared=is_ext_shared)
        first = await self._deliver(payload, 0, "")
        if first.how != "acked":
            task = asyncio.create_task(self._again(payload, _REASONS[first.how]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return first

    async def close(self) -> None:
        """Give up what is still to be redelivered."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _again(self, payload: Json, reason: str) -> None:
        for attempt, wait_s in enumerate(self.retries_s, start=1):
            await asyncio.sleep(wait_s)
            ack = await self._deliver(payload, attempt, reason)
            if ack.how == "acked":
                return
            reason = _REASONS[ack.how]

    async def _deliver(self, payload: Json, attempt: int, reason: str) -> Ack:
        retry = {"retry_attempt": attempt, "retry_reason": reason}
        return await self._transport("events_api", payload, takes_payload=False, retry=retry)
