"""Which ids are new, asked on the edge's loop: those that come together share one transaction, and hold no thread."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime
from functools import partial

from bot.errors import BotError
from bot.log import LOG
from bot.ports import Seen

MOST = 200
"""Ids of one transaction."""
_REST_S = 1.0
"""After the store failed it is not asked for so long: a question may take its whole timeout, and Slack waits 3 s."""
_Wish = tuple[str, "asyncio.Future[bool]"]


class Firsts:
    """Asks the `Seen` port in `thread`, one transaction after the other. `wall` is the machine's clock."""

    def __init__(self, seen: Seen, thread: Executor, wall: Callable[[], datetime]) -> None:
        self._seen = seen
        self._thread = thread
        self._wall = wall
        self._waiting: list[_Wish] = []
        self._asking = False
        self._failed: BotError | None = None
        self._rests_until_s = 0.0

    def first(self, id: str) -> "asyncio.Future[bool]":  # noqa: A002  # the port's word
        """Whether this is the first call with the id, in every process on the store. It raises BotError when down."""
        loop = asyncio.get_running_loop()
        wish = loop.create_future()
        if self._failed is not None and time.monotonic() < self._rests_until_s:
            wish.set_exception(self._failed)
            return wish
        self._waiting.append((id, wish))
        if not self._asking:
            self._asking = True
            # Not now: what else arrived in this turn of the loop comes along.
            loop.call_soon(self._ask)
        return wish

    async def forget(self, id: str) -> None:  # noqa: A002  # the port's word
        """Its handling failed: the next one is the first again."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._seen.forget, id)
        except BotError as error:
            LOG.warning("failed delivery stays seen", delivery=id, cause=error.cause)

    def _ask(self) -> None:
        batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        ids = [id_ for id_, _ in batch]
        asked = asyncio.get_running_loop().run_in_executor(self._thread, self._seen.firsts, ids, self._wall())
        asked.add_done_callback(partial(self._answered, batch))

    def _answered(self, batch: Sequence[_Wish], asked: "asyncio.Future[Sequence[bool]]") -> None:
        error = asked.exception()
        self._failed = error if isinstance(error, BotError) else None
        self._rests_until_s = time.monotonic() + _REST_S
        for n, (_, wish) in enumerate(batch):
            if wish.done():
                continue
            if error is not None:
                wish.set_exception(error)
            else:
                wish.set_result(asked.result()[n])
        self._asking = bool(self._waiting)
        if self._asking:
            self._ask()
