"""Group commit: whoever comes while a transaction runs shares the next one, so a disk's pace is no limit for many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
MOST = 200
"""Items of one transaction."""


@dataclass(slots=True, eq=False)
class _Wish(Generic[K, V]):
    item: K
    done: bool = False
    value: V | None = None
    error: Exception | None = None


class Together(Generic[K, V]):
    """Does things of one kind, many in one `commit` where many threads ask at once; alone, a thread waits for nobody.

    `commit` gets the items in the order in which they came and answers one value for each; what it raises is raised
    to every one of them.
    """

    def __init__(self, commit: Callable[[Sequence[K]], Sequence[V]]) -> None:
        self._commit = commit
        self._turn = Lock()
        self._lock = Lock()
        self._waiting: list[_Wish[K, V]] = []

    def do(self, item: K) -> V:
        """The item's value, once its transaction is committed. Raises what `commit` raised."""
        wish: _Wish[K, V] = _Wish(item)
        with self._lock:
            self._waiting.append(wish)
        while not wish.done:
            with self._turn:
                if not wish.done:
                    self._lead()
        if wish.error is not None:
            raise wish.error
        return wish.value  # type: ignore[return-value]

    def _lead(self) -> None:
        """One transaction for the first of those who wait."""
        with self._lock:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            for wish, value in zip(batch, self._commit([w.item for w in batch]), strict=True):
                wish.value = value
        except Exception as error:  # noqa: BLE001  # it is each waiting thread's own to raise
            for wish in batch:
                wish.error = error
        for wish in batch:
            wish.done = True
