"""Keeps messages that are worked on from coming again, however long that takes."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock
from typing import Final

from bot.errors import BotError
from bot.log import LOG
from bot.model.event import Message
from bot.ports import Inbox

EVERY_S: Final = 10.0
FOR_S: Final = 30
"""From each extension on: SQS's own default, so that two that fail lose nothing."""


class Holding:
    """For all threads that receive; `run` is one thread's work."""

    def __init__(self, inbox: Inbox, *, every_s: float = EVERY_S, for_s: int = FOR_S) -> None:
        self._inbox = inbox
        self._every_s = every_s
        self._for_s = for_s
        self._lock = Lock()
        self._held: dict[int, tuple[float, Sequence[Message]]] = {}
        self._next = 0

    @contextmanager
    def hold(self, messages: Sequence[Message]) -> Iterator[None]:
        """As long as the block runs."""
        with self._lock:
            self._next += 1
            mine = self._next
            self._held[mine] = (time.monotonic() + self._every_s, messages)
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(mine, None)

    def run(self, stop: Event) -> None:
        """Extends what is held, until stopped. The edge of a thread: what fails is logged and tried again."""
        while not stop.wait(self._every_s / 4):
            for messages in self._due():
                try:
                    self._inbox.extend(messages, self._for_s)
                except BotError as error:
                    LOG.warning("messages not held", cause=error.cause)
                except Exception:  # noqa: BLE001  # the thread's edge
                    LOG.exception("holding broke")

    def _due(self) -> list[Sequence[Message]]:
        now = time.monotonic()
        with self._lock:
            due = {mine: messages for mine, (at, messages) in self._held.items() if at <= now}
            self._held.update({mine: (now + self._every_s, messages) for mine, messages in due.items()})
        return list(due.values())
