"""Slack's deliveries: each thing is handled once, and again when handling it failed."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.errors import BotError
from bot.slack.firsts import Firsts

Payload = dict[str, Any]
"""Of an acknowledgement; empty for none."""


class Unwanted(Exception):
    """The delivery may not be handled, whatever it says."""


class Deliveries:
    """Slack sends again, in a new envelope, what was not acknowledged in time. Used on the edge's loop."""

    def __init__(self, firsts: Firsts) -> None:
        self._firsts = firsts
        self._running: set[str] = set()

    async def once(
        self,
        id: str,  # noqa: A002  # the port's word
        handle: Callable[[], Awaitable[Payload | None]],
        wanted: Awaitable[bool] | None = None,
    ) -> Payload | None:
        """The acknowledgement, or None when there must be none: `handle` failed, or is still at it elsewhere.

        What has no id is handled each time. `wanted` is waited for beside the store; raises Unwanted where it says no.
        """
        if not id:
            await self._refuse_unwanted(wanted)
            return await handle()
        if id in self._running:
            await self._refuse_unwanted(wanted)
            return None
        self._running.add(id)
        try:
            return await self._handled(id, handle, wanted)
        finally:
            self._running.discard(id)

    async def _handled(
        self,
        id: str,  # noqa: A002
        handle: Callable[[], Awaitable[Payload | None]],
        wanted: Awaitable[bool] | None,
    ) -> Payload | None:
        first = self._firsts.first(id)
        try:
            await self._refuse_unwanted(wanted)
        except Unwanted:
            if await _new(first):
                await self._firsts.forget(id)
            raise
        if not await _new(first):
            return {}
        payload = await handle()
        if payload is None:
            await self._firsts.forget(id)
        return payload

    @staticmethod
    async def _refuse_unwanted(wanted: Awaitable[bool] | None) -> None:
        if wanted is not None and not await wanted:
            raise Unwanted


async def _new(first: Awaitable[bool]) -> bool:
    """A store that is down must not silence the bot: then the request runs, and says what is down."""
    try:
        return await first
    except BotError:
        return True
