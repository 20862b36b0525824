"""A bounded memory of answers that do not change, or not soon."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The values used last, as many as weigh `size` together; safe to use from every thread."""

    def __init__(self, size: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        """One that weighs more than all may is not kept; each weighs 1 unless told otherwise."""
        self._size = size
        self._weigh = weigh
        self._weight = 0
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value, if it is still kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep it, and let go of those that were used longest ago."""
        with self._lock:
            if key in self._values:
                self._weight -= self._weigh(self._values.pop(key))
            self._values[key] = value
            self._weight += self._weigh(value)
            while self._weight > self._size:
                self._weight -= self._weigh(self._values.popitem(last=False)[1])
