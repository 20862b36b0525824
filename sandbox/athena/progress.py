"""What is known of a running query, what it gives, and how it is told to end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread

from sandbox.athena.sql_types import SqlType

_AGAIN_S = 0.02


class Cancelled(Exception):
    """The query was stopped, by a person or by a work group's limit; the reason is what Athena says."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Stop:
    """Whether a query is to end, and what interrupts it then."""

    def __init__(self) -> None:
        self._set = Event()
        self._interrupt: Callable[[], None] | None = None
        self._lock = Lock()

    def set(self) -> None:
        """End it at the next chance."""
        self._set.set()
        Thread(target=self._insist, name="athena-stop", daemon=True).start()

    def _insist(self) -> None:
        """Interrupt until it is over: an interrupt that comes before the work begins is lost."""
        while True:
            with self._lock:
                if self._interrupt is None:
                    return
                self._interrupt()
            time.sleep(_AGAIN_S)

    def check(self) -> None:
        """Raises Cancelled once it is set."""
        if self._set.is_set():
            raise Cancelled("Query cancelled by user")

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Meanwhile, this ends what is being done."""
        with self._lock:
            self._interrupt = interrupt
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._interrupt = None


@dataclass(slots=True)
class Progress:
    """What is known of a running query; `scanned_bytes` counts every reading of an object."""

    scanned_bytes: int = 0
    partitions: int = 0
    objects: int = 0
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One of a result."""

    name: str
    kind: SqlType


Cells = tuple[str | None, ...]
