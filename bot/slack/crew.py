"""Threads that stand by for small work."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from bot.log import LOG

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[[], object]


class Crew(Executor):
    """An executor whose `hand` makes no future and takes no lock of ours: what a delivery costs is mostly hand-overs.

    The standard pool's `submit` takes two locks and a semaphore for each.
    """

    def __init__(self, size: int, name: str) -> None:
        self._work: SimpleQueue[tuple[Work, Future[Any] | None] | None] = SimpleQueue()
        self._closed = False
        self._threads = [Thread(target=self._run, name=f"{name}_{n}", daemon=True) for n in range(size)]
        for thread in self._threads:
            thread.start()

    def hand(self, work: Work) -> None:
        """Do it soon; nobody is told. Raises RuntimeError once the crew is closed."""
        self._put(work, None)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As any executor's."""
        future: Future[T] = Future()
        self._put(partial(_fulfil, future, partial(fn, *args, **kwargs)), future)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # Executor's
        """Take nothing more; what was begun ends, and unless cancelled what waits is done."""
        self._closed = True
        while cancel_futures and not self._work.empty():
            left = self._work.get()
            if left is not None and left[1] is not None:
                left[1].cancel()
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _put(self, work: Work, future: Future[Any] | None) -> None:
        if self._closed:
            raise RuntimeError("the crew takes no more work")
        self._work.put((work, future))

    def _run(self) -> None:
        while (given := self._work.get()) is not None:
            try:
                given[0]()
            except Exception:  # noqa: BLE001  # the consumer's edge: a thread lost would be missed by all
                LOG.exception("work broke")


def _fulfil(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001  # it is the waiting one's own to raise
        future.set_exception(error)
