"""From the edge's loop to the fast pool, past the store: what was there before is asked for all who came meanwhile."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from bot.errors import BotError
from bot.log import LOG
from bot.ports import Seen
from bot.slack.pools import Pools

T = TypeVar("T")
News = Sequence[bool] | None
"""Whether each id is new; None when the store does not say."""
MOST = 200
"""Deliveries of one transaction."""
_REST_S = 1.0
"""After the store failed it is not asked for so long: a question may take its whole timeout, and Slack waits 3 s."""


@dataclass(slots=True, eq=False)
class _Delivery:
    ids: Sequence[str]
    work: Callable[[News], Any]
    done: "asyncio.Future[Any]"
    context: Context = field(default_factory=copy_context)


class Intake:
    """Hands work on from the store's thread to the fast pool; the loop hears of it once it is done.

    Going back to the loop in between would cost each delivery another wake-up. `wall` is the machine's clock.
    """

    def __init__(self, seen: Seen, pools: Pools, wall: Callable[[], datetime]) -> None:
        self._seen = seen
        self._pools = pools
        self._wall = wall
        self._waiting: deque[_Delivery] = deque()
        self._rests_until_s = 0.0
        self._ended: deque[tuple[asyncio.Future[Any], object, BaseException | None]] = deque()
        self._waking = False

    def take(self, ids: Sequence[str], work: Callable[[News], T]) -> "asyncio.Future[T]":
        """What `work` gives, told in the fast pool which of the ids are new in every process on the store.

        Called on the loop. Without ids the store is not asked.
        """
        delivery = _Delivery(ids, work, asyncio.get_running_loop().create_future())
        if not ids:
            self._pools.fast.hand(partial(self._run, delivery, ()))
            return delivery.done
        self._waiting.append(delivery)
        # Once for each: who comes while the store answers is found waiting, and then there is nobody.
        self._pools.store.hand(self._ask)
        return delivery.done

    def forget(self, id: str) -> None:  # noqa: A002  # the port's word
        """Its handling failed: the next one is the first again. Not on the loop."""
        try:
            self._seen.forget(id)
        except BotError as error:
            LOG.warning("failed delivery stays seen", delivery=id, cause=error.cause)

    def _run(self, delivery: _Delivery, news: News) -> None:
        """In the fast pool."""
        try:
            given = delivery.context.run(delivery.work, news)
        except BaseException as error:  # noqa: BLE001  # it is the waiting one's own to raise
            self._tell(delivery.done, None, error)
        else:
            self._tell(delivery.done, given, None)

    def _tell(self, done: "asyncio.Future[Any]", given: object, error: BaseException | None) -> None:
        """On the loop, unless that has ended; those that end together wake it once."""
        self._ended.append((done, given, error))
        if self._waking:
            return
        self._waking = True
        try:
            done.get_loop().call_soon_threadsafe(self._settle)
        except RuntimeError:
            self._waking = False
            LOG.warning("a delivery ended after its line was closed")

    def _settle(self) -> None:
        # First: who ends from now on wakes the loop anew.
        self._waking = False
        while self._ended:
            done, given, error = self._ended.popleft()
            if done.done():
                continue
            if error is None:
                done.set_result(given)
            else:
                done.set_exception(error)

    def _ask(self) -> None:
        """In the store's thread, for all who wait."""
        batch = self._next()
        if not batch:
            return
        news = self._news([id_ for one in batch for id_ in one.ids])
        at = 0
        for one in batch:
            mine = None if news is None else news[at : at + len(one.ids)]
            at += len(one.ids)
            try:
                self._pools.fast.hand(partial(self._run, one, mine))
            except RuntimeError as closed:
                self._tell(one.done, None, closed)

    def _next(self) -> list[_Delivery]:
        batch: list[_Delivery] = []
        while self._waiting and len(batch) < MOST:
            batch.append(self._waiting.popleft())
        return batch

    def _news(self, ids: Sequence[str]) -> News:
        """A store that is down must not silence the bot: then everything runs, and says what is down."""
        if time.monotonic() < self._rests_until_s:
            return None
        try:
            return self._seen.firsts(ids, self._wall())
        except BotError as error:
            self._rests_until_s = time.monotonic() + _REST_S
            LOG.warning("what was delivered before cannot be looked up", cause=error.cause)
        except Exception:  # noqa: BLE001  # the consumer's edge: this thread serves every delivery
            LOG.exception("looking up deliveries broke")
        return None
