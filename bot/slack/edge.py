"""Socket Mode on one aiohttp loop: takes envelopes, has them answered in the fast pool, acknowledges them."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from slack_bolt import App
from slack_bolt.request import BoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, ChatError
from bot.log import LOG
from bot.ports import Seen
from bot.slack.deliveries import Deliveries, Payload
from bot.slack.payload import delivery_id
from bot.slack.pools import Pools
from bot.slack.web import client, translated


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
        self._deliveries = Deliveries(seen, wall)
        self._app_token = app_token
        self._base_url = base_url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slack-edge", daemon=True)
        self._client: SocketModeClient | None = None

    def start(self) -> None:
        """Connect; returns once the line is up. Raises BotError when Slack refuses the token or there is no line."""
        url = self._first_line()
        self._thread.start()
        try:
            self._wait(self._connect(url))
        except TimeoutError:
            raise BotError("Slack's socket did not open within 30 s.", "Look at the log and the network.") from None

    def stop(self) -> None:
        """Close the connection and the loop."""
        if not self._thread.is_alive():
            self._loop.close()
            return
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

    def _first_line(self) -> str:
        """Where the first connection goes; slack_sdk's own client would try a wrong token for ever."""
        try:
            with translated():
                return str(
                    client(self._app_token, self._base_url).apps_connections_open(app_token=self._app_token)["url"]
                )
        except ChatError as error:
            step = "Check SLACK_APP_TOKEN: an app-level token with `connections:write`, `xapp-…`."
            raise BotError(f"Slack opens no socket. {error.cause}", step) from error

    async def _connect(self, url: str) -> None:
        web = AsyncWebClient(token=self._app_token, base_url=self._base_url)
        self._client = SocketModeClient(
            app_token=self._app_token, web_client=web, logger=logging.getLogger("slack.socket"), ping_interval=5
        )
        self._client.socket_mode_request_listeners.append(self._listen)
        self._client.wss_uri = url
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

    def _handle(self, request: SocketModeRequest) -> Payload | None:
        """The acknowledgement's payload (empty for none), or None when it must not be acknowledged."""
        try:
            delivery = delivery_id(request.type, request.payload)
            return self._deliveries.once(delivery, partial(self._dispatched, request))
        except Exception:  # noqa: BLE001  # the listener's edge, before Bolt
            LOG.exception("envelope failed", type=request.type)
            return None

    def _dispatched(self, request: SocketModeRequest) -> Payload | None:
        """As `_handle`, without looking whether it was there before."""
        try:
            answered = self._app.dispatch(BoltRequest(mode="socket_mode", body=request.payload))
        except Exception:  # noqa: BLE001  # the listener's edge, before Bolt
            LOG.exception("envelope failed", type=request.type)
            return None
        if answered.status == HTTPStatus.OK:
            return json.loads(answered.body) if answered.body.startswith("{") else {}
        LOG.warning("envelope not handled", type=request.type, status=answered.status)
        # An event that nobody listens to need not come again.
        return {} if request.type == "events_api" and answered.status == HTTPStatus.NOT_FOUND else None
