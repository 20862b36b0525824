"""The fold, going on from where the same log was folded before: a long log costs no more than what is new in it."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Lock
from typing import Final

from bot.logic.lifecycle import COOL_DOWN, Folding, fold
from bot.model.incident import Entry, State

MOST_KEPT: Final = 1024
"""Logs that are gone on with; of others the whole is folded."""
Log = tuple[Entry, ...]


class Refold:
    """Says what `fold` says, for all threads of a process."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, timedelta], tuple[Log, Folding]] = OrderedDict()

    def __call__(self, log: Iterable[Entry], now: datetime, cool_down: timedelta = COOL_DOWN) -> State:
        """The state at `now`."""
        entries = tuple(log)
        if not entries:
            return fold(entries, now, cool_down)
        with self._lock:
            folding = self._folded(entries, cool_down)
            if folding is not None and not folding.has_ended(now):
                return folding.state()
        return fold(entries, now, cool_down)

    def _folded(self, entries: Log, cool_down: timedelta) -> Folding | None:
        """Every entry taken, no clock beyond the last one; None of a log that is not in order."""
        key = (entries[0].id, cool_down)
        before, folding = self._kept.pop(key) if key in self._kept else ((), Folding(cool_down))
        if entries[: len(before)] != before:
            before, folding = (), Folding(cool_down)
        new = entries[len(before) :]
        if not _goes_on(before, new):
            return None
        for entry in new:
            folding.take(entry)
        self._kept[key] = (entries, folding)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return folding


def _goes_on(before: Log, new: Log) -> bool:
    """Whether each is later than the one before it, so that no order would be another."""
    course = [(entry.at, entry.id) for entry in (*before[-1:], *new)]
    return all(one < other for one, other in pairwise(course))
