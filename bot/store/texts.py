"""Texts that were read or written before are not read again."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Texts(Generic[T]):
    """Values that never change by the texts that stand for them, the latest `most` of them; for all threads."""

    def __init__(self, read: Callable[[str], T], most: int) -> None:
        self._read = read
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[str, T] = OrderedDict()

    def value(self, text: str) -> T:
        """Read from the text, unless it is known."""
        with self._lock:
            known = self._known.get(text)
            if known is not None:
                self._known.move_to_end(text)
                return known
        value = self._read(text)
        self.note(text, value)
        return value

    def note(self, text: str, value: T) -> None:
        """This text was just written for that value."""
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
            self._known[text] = value
            if len(self._known) > self._most:
                self._known.popitem(last=False)
