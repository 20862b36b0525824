"""Bodies that were read before are not read again: a fleet of thousands costs a second otherwise."""

import threading
from collections.abc import Mapping
from typing import Generic, TypeVar

from bot.store.codec import body_of

T = TypeVar("T")


class Parsed(Generic[T]):
    """Values of one type by the text that they were read from; only those of the last reading are kept."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._known: dict[str, T] = {}
        self._lock = threading.Lock()

    def read(self, bodies: Mapping[str, str]) -> tuple[T, ...]:
        """The values, in the order of the bodies."""
        with self._lock:
            self._known = {body: self._value(body) for body in bodies.values()}
            return tuple(self._known[body] for body in bodies.values())

    def _value(self, body: str) -> T:
        known = self._known.get(body)
        return body_of(self._kind, body) if known is None else known
