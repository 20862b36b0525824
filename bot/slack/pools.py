"""Where work runs: what answers from memory or the store never waits behind what asks AWS."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from threading import Semaphore, Timer
from typing import TypeVar

from bot.errors import Busy
from bot.slack.crew import Crew
from bot.telemetry import SLOW

T = TypeVar("T")


class Pools:
    """`fast` takes requests and clicks, `slow` asks accounts, `send` talks to Slack afterwards.

    What is quick is bound by the interpreter: with more than four threads nothing is done sooner and the last is done
    later, by a quarter with sixteen (`benchmarks/busy.py`).

    Work runs in the context of whoever handed it in: what it logs bears the same id.
    """

    def __init__(self, *, fast: int = 4, slow: int = 16, waiting: int = 32, send: int = 4) -> None:
        self.fast = Crew(fast, "fast")
        self.store = Crew(1, "store")
        """One thread, which asks the store what was there before, for all who ask at once."""
        self._slow = ThreadPoolExecutor(slow, thread_name_prefix="slow")
        self._send = ThreadPoolExecutor(send, thread_name_prefix="send")
        self._room = Semaphore(slow + waiting)

    def slow(self, work: Callable[[], T]) -> "Future[T]":
        """Run when there is room. Raises Busy at once when every place is taken."""
        if not self._room.acquire(blocking=False):
            raise Busy("Too many questions are running.", "Try again in a minute.")
        SLOW.inc()
        future = self._slow.submit(copy_context().run, work)
        future.add_done_callback(self._leave)
        return future

    def send(self, work: Callable[[], T]) -> "Future[T]":
        """Tell Slack something after its request was acknowledged."""
        return self._send.submit(copy_context().run, work)

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """The same after a while, holding no thread of the pool meanwhile; never once the pools are closed."""
        context = copy_context()

        def due() -> None:
            with suppress(RuntimeError):
                self._send.submit(context.run, work)

        timer = Timer(seconds, due)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Let what runs end; start nothing more."""
        for pool in (self.store, self.fast, self._slow, self._send):
            pool.shutdown(wait=True, cancel_futures=True)

    def _leave(self, _: object) -> None:
        self._room.release()
        SLOW.dec()
