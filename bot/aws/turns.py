"""Whose turn it is to change a thing: one at a time for each, within this process."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import Lock
from weakref import WeakValueDictionary


class _Turn:
    def __init__(self) -> None:
        self.lock = Lock()


class Turns:
    """Safe to use from every thread; what nobody waits for is not kept."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._turns: WeakValueDictionary[Hashable, _Turn] = WeakValueDictionary()

    @contextmanager
    def of(self, key: Hashable, wait_s: float) -> Iterator[bool]:
        """Hold the turn at `key`; False where somebody else still had it after `wait_s` seconds."""
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
        mine = turn.lock.acquire(timeout=max(wait_s, 0.0))
        try:
            yield mine
        finally:
            if mine:
                turn.lock.release()
