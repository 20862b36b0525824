"""News for whoever watches the workspace: the page, tests."""

import asyncio
from collections.abc import Callable

from sandbox.slack.records import Json

Sees = Callable[[str], bool]
"""Whether a person, by id, may see a piece of news."""

_BACKLOG = 2_000


def everyone(user_id: str) -> bool:
    """News that no one is kept from."""
    return bool(user_id)


class Watcher:
    """One reader's queue, as `user_id` or, with None, as the sandbox itself, which sees everything."""

    def __init__(self, user_id: str | None) -> None:
        self.user_id = user_id
        self.news: asyncio.Queue[Json | None] = asyncio.Queue(_BACKLOG)

    def offer(self, note: Json | None) -> bool:
        """Queue a note (None: no more will come); False when the reader fell too far behind."""
        try:
            self.news.put_nowait(note)
        except asyncio.QueueFull:
            return False
        return True


class Bus:
    """Hands each note to every watcher who may see it; one who does not keep up is dropped and must reload."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()

    def watch(self, user_id: str | None = None) -> Watcher:
        """A new watcher, who hears everything from now on."""
        watcher = Watcher(user_id)
        self._watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Stop telling this watcher."""
        self._watchers.discard(watcher)

    def close(self) -> None:
        """Tell every watcher that no more will come."""
        for watcher in tuple(self._watchers):
            watcher.offer(None)

    def publish(self, note: Json, sees: Sees = everyone) -> None:
        """Tell all watchers who may see it."""
        for watcher in tuple(self._watchers):
            if (watcher.user_id is None or sees(watcher.user_id)) and not watcher.offer(note):
                self.leave(watcher)
