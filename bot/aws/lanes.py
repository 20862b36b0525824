"""Threads that ask AWS: so many in all, so many at once in one account."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Task:
    future: Future[Any]
    context: Context
    run: Callable[[], object]


@dataclass(slots=True)
class _Lane:
    waiting: deque[_Task] = field(default_factory=deque)
    running: int = 0


class Lanes:
    """A pool in which no key holds more than `width` threads; further tasks of a key wait without a thread.

    The threads are daemons: an account that hangs does not hold up the end of the process.
    """

    def __init__(self, workers: int, width: int) -> None:
        self._width = width
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()
        self._turns: SimpleQueue[str | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name=f"aws-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, key: str, run: Callable[[], T]) -> Future[T]:
        """Run in the caller's context (its contextvars), after the key's earlier tasks have begun."""
        future: Future[T] = Future()
        with self._lock:
            lane = self._lanes.setdefault(key, _Lane())
            lane.waiting.append(_Task(future, copy_context(), run))
            if lane.running < self._width:
                lane.running += 1
                self._turns.put(key)
        return future

    def close(self) -> None:
        """Take no more turns and cancel what waits; what runs is left to its own time limits."""
        with self._lock:
            for lane in self._lanes.values():
                for task in lane.waiting:
                    task.future.cancel()
                    task.future.set_running_or_notify_cancel()  # else who waits for it would wait to its deadline
                lane.waiting.clear()
        for _ in self._threads:
            self._turns.put(None)

    def _work(self) -> None:
        while (key := self._turns.get()) is not None:
            self._turn(key)

    def _turn(self, key: str) -> None:
        with self._lock:
            lane = self._lanes[key]
            task = lane.waiting.popleft() if lane.waiting else None
        if task and task.future.set_running_or_notify_cancel():
            _settle(task)
        with self._lock:
            if lane.waiting:
                self._turns.put(key)  # at the end of the queue, so that accounts take turns
                return
            lane.running -= 1
            if not lane.running:
                del self._lanes[key]


def _settle(task: _Task) -> None:
    try:
        result = task.context.run(task.run)
    except BaseException as error:  # noqa: BLE001  # handed to whoever waits for the future, as executors do
        task.future.set_exception(error)
    else:
        task.future.set_result(result)
