"""Answers that are good for a while, and fetched once for all who ask for them at the same time."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from threading import Condition, Lock
from typing import Generic, TypeVar

from bot.aws.asking import over
from bot.aws.kept import Kept
from bot.errors import SourceError, TimedOut
from bot.ports.ask import Ask

K = TypeVar("K")
V = TypeVar("V")
SHORTEST_S = 0.001
LOOK_S = 0.1
"""How often who waits for another's fetch looks whether it was cancelled."""

Answers = Mapping[K, V | SourceError]
Settle = Callable[[Answers[K, V]], None]
"""Takes what has been answered so far; from any thread, as often as there is something."""
Fetch = Callable[[Sequence[K], Settle[K, V], float], None]
"""The last is the share of the question's time that is left for it."""


class _Flight(Generic[K, V]):
    """A fetch under way, and what it has brought."""

    def __init__(self) -> None:
        self.keys: list[K] = []
        self.turn = Condition()
        self.brought: dict[K, V | SourceError] = {}
        self.landed = False

    def bring(self, answers: Answers[K, V]) -> None:
        """The first answer of each counts: what comes after the deadline comes too late for whoever fetched it."""
        with self.turn:
            for key, answer in answers.items():
                self.brought.setdefault(key, answer)
            self.turn.notify_all()

    def land(self) -> None:
        """It brings no more."""
        with self.turn:
            self.landed = True
            self.turn.notify_all()

    def awaited(self, ask: Ask, keys: Sequence[K], end: float) -> dict[K, V | SourceError]:
        """What it brings of these until then, as long as the question lasts."""
        with self.turn:
            while not self.landed and not over(ask) and not all(key in self.brought for key in keys):
                left = end - time.monotonic()
                if left <= 0:
                    break
                self.turn.wait(min(LOOK_S, left))
            return {key: self.brought[key] for key in keys if key in self.brought}


class Shared(Generic[K, V]):
    """Keeps values, by what was asked, until they are no longer good; errors are never kept."""

    def __init__(self, size: int, weigh: Callable[[V], int]) -> None:
        """All values together weigh `size` at most."""
        self._kept: Kept[K, tuple[datetime, datetime, V]] = Kept(size, lambda kept: weigh(kept[2]))
        self._flights: dict[K, _Flight[K, V]] = {}
        self._lock = Lock()

    def answers(
        self, ask: Ask, keys: Iterable[K], until: datetime, fetch: Fetch[K, V], *, share: float = 1.0
    ) -> dict[K, V | SourceError]:
        """An answer for each key. What nobody has yet is fetched, and good until a time of the product's clock.

        Whoever waits for another's fetch fetches what that one's time did not suffice for. `share` is how much of the
        time that is left all of it may take.
        """
        found: dict[K, V | SourceError] = {}
        left = list(dict.fromkeys(keys))
        end = time.monotonic() + ask.left_s() * share
        while left and time.monotonic() < end and not over(ask):
            own, others = self._divided(ask, left, found)
            if own.keys:
                found |= self._fetched(ask, own, until, fetch, end)
            for flight, theirs in others.items():
                brought = flight.awaited(ask, theirs, end)
                found |= {k: a for k, a in brought.items() if not isinstance(a, TimedOut)}
            left = [key for key in left if key not in found]
        late = TimedOut("no answer came within the time given", "Ask again, or for less.")
        return found | dict.fromkeys(left, late)

    def _divided(
        self, ask: Ask, keys: Sequence[K], found: dict[K, V | SourceError]
    ) -> tuple[_Flight[K, V], dict[_Flight[K, V], list[K]]]:
        """What is to be fetched, and what others fetch; what is kept is found."""
        own: _Flight[K, V] = _Flight()
        others: dict[_Flight[K, V], list[K]] = {}
        with self._lock:
            for key in keys:
                kept, flight = self._kept.get(key), self._flights.get(key)
                if kept and kept[0] <= ask.now < kept[1]:
                    found[key] = kept[2]
                elif flight:
                    others.setdefault(flight, []).append(key)
                else:
                    self._flights[key] = own
                    own.keys.append(key)
        return own, others

    def _fetched(
        self, ask: Ask, flight: _Flight[K, V], until: datetime, fetch: Fetch[K, V], end: float
    ) -> dict[K, V | SourceError]:
        def settle(answers: Answers[K, V]) -> None:
            for key, answer in answers.items():
                if not isinstance(answer, SourceError):
                    self._kept.put(key, (ask.now, until, answer))
            flight.bring(answers)

        try:
            fetch(flight.keys, settle, max(0.0, end - time.monotonic()) / max(ask.left_s(), SHORTEST_S))
        finally:
            with self._lock:
                for key in flight.keys:
                    del self._flights[key]
            flight.land()
        return flight.awaited(ask, flight.keys, end)
