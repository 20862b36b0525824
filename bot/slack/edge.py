"""Socket Mode on one aiohttp loop: takes envelopes, has them answered in the fast pool, acknowledges them."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from slack_bolt import App
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, ChatError
from bot.ports import Seen
from bot.slack.handling import Handling
from bot.slack.loop import LoopThread
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
        self._pools = pools
        self._handling = Handling(app, seen, wall)
        self._app_token = app_token
        self._base_url = base_url
        self._loop = LoopThread("slack-edge")
        self._client: SocketModeClient | None = None

    def start(self) -> None:
        """Connect; returns once the line is up. Raises BotError when Slack refuses the token or there is no line."""
        url = self._first_line()
        self._loop.start()
        try:
            self._loop.do(self._connect(url))
        except TimeoutError:
            raise BotError("Slack's socket did not open within 30 s.", "Look at the log and the network.") from None

    def stop(self) -> None:
        """Close the connection and the loop."""
        if self._client is not None and self._loop.is_alive():
            self._loop.do(self._client.close())  # type: ignore[no-untyped-call]
        self._loop.stop()

    async def connected(self) -> bool:
        """Whether the line is up now."""
        return self._client is not None and await self._client.is_connected()

    def is_connected(self) -> bool:
        """The same, from any thread."""
        return self._loop.do(self.connected())

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

    async def _listen(self, client: Any, request: SocketModeRequest) -> None:
        loop = asyncio.get_running_loop()
        payload = await loop.run_in_executor(
            self._pools.fast, self._handling.acknowledgement, request.type, request.payload
        )
        if payload is not None:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload=payload or None))
