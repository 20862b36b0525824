"""Threads that ask AWS: so many in all, so many at once in one account and in one Region."""

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class _Task:
    account: str
    region: str
    run: Callable[[], object]
    future: Future[Any] = field(default_factory=Future)
    context: Context = field(default_factory=copy_context)


@dataclass(slots=True)
class _Lane:
    """An account's tasks, by Region."""

    waiting: dict[str, deque[_Task]] = field(default_factory=dict)
    running: Counter[str] = field(default_factory=Counter)


class Lanes:
    """A pool in which no account holds more than `width` threads, and no Region more than half of all.

    Half, once more than one Region was asked: a Region that hangs leaves the others the rest. What may not begin
    waits without a thread. The threads are daemons: an account that hangs does not hold up the end of the process.
    """

    def __init__(self, workers: int, width: int) -> None:
        self._workers = workers
        self._width = width
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._regions: Counter[str] = Counter()  # how many run in each Region that was ever asked
        self._turn = threading.Condition()
        self._closed = False
        for n in range(workers):
            threading.Thread(target=self._work, name=f"aws-{n}", daemon=True).start()

    def submit(self, asked: Iterable[tuple[str, str, Callable[[], object]]]) -> list[Future[Any]]:
        """Run each (account, Region, function) in the caller's context; those of one target begin in this order."""
        tasks = [_Task(account, region, run) for account, region, run in asked]
        with self._turn:
            for task in tasks:
                self._regions[task.region] += 0
                lane = self._lanes.setdefault(task.account, _Lane())
                lane.waiting.setdefault(task.region, deque()).append(task)
            if self._closed:
                self._cancel_all()
            self._turn.notify_all()
        return [task.future for task in tasks]

    def close(self) -> None:
        """Begin nothing more and cancel what waits; what runs is left to its own time limits."""
        with self._turn:
            self._closed = True
            self._cancel_all()
            self._turn.notify_all()

    def _cancel_all(self) -> None:
        for lane in self._lanes.values():
            for task in (task for waiting in lane.waiting.values() for task in waiting):
                task.future.cancel()
                task.future.set_running_or_notify_cancel()  # else who waits for it would wait to its deadline
            lane.waiting.clear()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            _settle(task)
            self._end(task)

    def _next(self) -> _Task | None:
        """The next task that may begin, counted as running; None once closed."""
        with self._turn:
            while not self._closed:
                task = self._startable()
                if task is None:
                    self._turn.wait()
                elif task.future.set_running_or_notify_cancel():
                    self._lanes[task.account].running[task.region] += 1
                    self._regions[task.region] += 1
                    return task
            return None

    def _startable(self) -> _Task | None:
        """Of the account whose turn it is, in the Region where it runs least: one that hangs leaves it a thread."""
        per_region = self._workers if len(self._regions) == 1 else max(1, self._workers // 2)
        for account, lane in self._lanes.items():
            free = [r for r, waiting in lane.waiting.items() if waiting and self._regions[r] < per_region]
            if free and lane.running.total() < self._width:
                self._lanes.move_to_end(account)
                return lane.waiting[min(free, key=lambda r: lane.running[r])].popleft()
        return None

    def _end(self, task: _Task) -> None:
        with self._turn:
            lane = self._lanes[task.account]
            lane.running[task.region] -= 1
            self._regions[task.region] -= 1
            if not lane.running.total() and not any(lane.waiting.values()):
                del self._lanes[task.account]
            self._turn.notify()  # one end makes room for two: this thread takes one, another thread the other


def _settle(task: _Task) -> None:
    try:
        result = task.context.run(task.run)
    except BaseException as error:  # noqa: BLE001  # handed to whoever waits for the future, as executors do
        task.future.set_exception(error)
    else:
        task.future.set_result(result)
