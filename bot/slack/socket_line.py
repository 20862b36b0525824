"""Socket Mode: takes envelopes, has them answered in the fast pool, acknowledges them."""

import asyncio
import logging
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, ChatError
from bot.slack.handling import Handling
from bot.slack.web import client, translated


class SocketLine:
    """One connection to Slack that survives refreshes and cut lines.

    slack_sdk's aiohttp client is used because the built-in one acknowledges 3 s late at each refresh and needs 53 s
    to notice a dead line (measured).
    """

    def __init__(self, handling: Handling, *, app_token: str, base_url: str) -> None:
        self._handling = handling
        self._app_token = app_token
        self._base_url = base_url
        self._client: SocketModeClient | None = None

    async def open(self) -> None:
        """Connect. Raises BotError when Slack refuses the token."""
        url = await asyncio.to_thread(self._first_line)
        web = AsyncWebClient(token=self._app_token, base_url=self._base_url)
        self._client = SocketModeClient(
            app_token=self._app_token, web_client=web, logger=logging.getLogger("slack.socket"), ping_interval=5
        )
        self._client.socket_mode_request_listeners.append(self._listen)
        self._client.wss_uri = url
        await self._client.connect()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]

    async def is_up(self) -> bool:
        """Whether the line is up now."""
        return self._client is not None and await self._client.is_connected()

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

    async def _listen(self, client: Any, request: SocketModeRequest) -> None:
        payload = await self._handling.acknowledgement(request.type, request.payload)
        if payload is not None:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload=payload or None))
