"""Slack's deliveries: each thing is handled once, and again when handling it failed."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any

from bot.errors import BotError
from bot.log import LOG
from bot.ports import Seen

Payload = dict[str, Any]
"""Of an acknowledgement; empty for none."""


class Deliveries:
    """Slack sends again, in a new envelope, what was not acknowledged in time. `wall` is the machine's clock."""

    def __init__(self, seen: Seen, wall: Callable[[], datetime]) -> None:
        self._seen = seen
        self._wall = wall
        self._lock = Lock()
        self._running: set[str] = set()

    def once(self, id: str, handle: Callable[[], Payload | None]) -> Payload | None:  # noqa: A002  # the port's word
        """The acknowledgement, or None when there must be none: `handle` failed, or is still at it elsewhere.

        What has no id is handled each time.
        """
        if not id:
            return handle()
        with self._lock:
            if id in self._running:
                return None
            self._running.add(id)
        try:
            return self._handled(id, handle) if self._first(id) else {}
        finally:
            with self._lock:
                self._running.discard(id)

    def _handled(self, id: str, handle: Callable[[], Payload | None]) -> Payload | None:  # noqa: A002
        payload = handle()
        if payload is None:
            self._forget(id)
        return payload

    def _first(self, id: str) -> bool:  # noqa: A002
        """A store that is down must not silence the bot: then the request runs, and says what is down."""
        try:
            return self._seen.first(id, self._wall())
        except BotError:
            return True

    def _forget(self, id: str) -> None:  # noqa: A002
        try:
            self._seen.forget(id)
        except BotError as error:
            LOG.warning("failed delivery stays seen", delivery=id, cause=error.cause)
