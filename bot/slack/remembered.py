"""Answers kept for a while, so that a click needs no call."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST = 10_000
"""Entries; a workspace has fewer people, and what is forgotten is asked again."""


class Remembered(Generic[T]):
    """Values by key, each good for `ttl_s` seconds of the machine's monotonic clock. Safe between threads."""

    def __init__(self, ttl_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl_s = ttl_s
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[str, tuple[float, T]] = {}

    def young(self, key: str) -> T | None:
        """The value, if it is not older than the time to live."""
        with self._lock:
            at, value = self._kept.get(key, (float("-inf"), None))
        return value if self._clock() - at <= self._ttl_s else None

    def any_age(self, key: str) -> T | None:
        """The value, however old."""
        with self._lock:
            return self._kept.get(key, (0.0, None))[1]

    def keep(self, key: str, value: T) -> T:
        """Remember it from now on."""
        with self._lock:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = (self._clock(), value)
        return value
