"""Socket Mode on one aiohttp loop: takes envelopes, has them answered in the fast pool, acknowledges them."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from slack_bolt import App
from slack_bolt.request import BoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError
from bot.log import LOG
from bot.ports import Seen
from bot.slack.payload import delivery_id
from bot.slack.pools import Pools


class SocketEdge:
    """One connection to Slack that survives refreshes and cut lines.

    slack_sdk's aiohttp client is used because the built-in one acknowledges 3 s late at each refresh and needs 53 s
    to notice a dead line (measured).
    """

    def __init__(
        self, app: App, pools: Pools, seen: Seen, wall: Callable[[], datetime], *, app_token: str, base_url: str
    ) -> None:
        self._app = app
        self._pools = pools
        self._seen = seen
        self._wall = wall
        self._app_token = app_token
        self._base_url = base_url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slack-edge", daemon=True)
        self._client: SocketModeClient | None = None

    def start(self) -> None:
        """Connect; returns once Slack said hello. Raises what the first connection raises."""
        self._thread.start()
        self._wait(self._connect())

    def stop(self) -> None:
        """Close the connection and the loop."""
        if self._client is not None:
            self._wait(self._client.close())  # type: ignore[no-untyped-call]
        self._wait(self._settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def connected(self) -> bool:
        """Whether the line is up now."""
        return self._client is not None and await self._client.is_connected()

    def is_connected(self) -> bool:
        """The same, from any thread."""
        return bool(self._wait(self.connected()))

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _connect(self) -> None:
        web = AsyncWebClient(token=self._app_token, base_url=self._base_url)
        self._client = SocketModeClient(
            app_token=self._app_token, web_client=web, logger=logging.getLogger("slack.socket"), ping_interval=5
        )
        self._client.socket_mode_request_listeners.append(self._listen)
        await self._client.connect()  # type: ignore[no-untyped-call]

    async def _settle(self) -> None:
        rest = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _listen(self, client: Any, request: SocketModeRequest) -> None:
        payload = await self._loop.run_in_executor(self._pools.fast, self._handle, request)
        if payload is not None:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload=payload or None))

    def _handle(self, request: SocketModeRequest) -> dict[str, Any] | None:
        """The acknowledgement's payload (empty for none), or None when it must not be acknowledged."""
        try:
            if not self._first(request):
                return {}
            answered = self._app.dispatch(BoltRequest(mode="socket_mode", body=request.payload))
        except Exception:  # noqa: BLE001  # the listener's edge, before Bolt
            LOG.exception("envelope failed", type=request.type)
            return None
        if answered.status != 200:  # HTTP OK
            LOG.warning("envelope not handled", type=request.type, status=answered.status)
            return {} if request.type == "events_api" else None
        return json.loads(answered.body) if answered.body.startswith("{") else {}

    def _first(self, request: SocketModeRequest) -> bool:
        """A store that is down must not silence the bot: then the request runs, and says what is down."""
        try:
            return self._seen.first(delivery_id(request.type, request.payload), self._wall())
        except BotError:
            return True
