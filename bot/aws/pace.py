"""How fast AWS lets an operation be called, kept before AWS has to say so."""

import time
from collections.abc import Hashable
from threading import Lock

from bot.aws.asking import over
from bot.errors import TimedOut
from bot.ports.ask import Ask


class Pace:
    """At most so many calls a second of each caller, whoever asks; what was free for so long may come at once."""

    def __init__(self, per_s: float, at_once_s: float = 1.0) -> None:
        self._step_s = 1 / per_s
        self._at_once_s = at_once_s
        self._free_at: dict[Hashable, float] = {}
        self._lock = Lock()

    def wait(self, ask: Ask, caller: Hashable) -> None:
        """Until it is the caller's turn. Raises TimedOut when the question is over before."""
        with self._lock:
            now = time.monotonic()
            free_at = max(self._free_at.get(caller, 0.0), now - self._at_once_s)
            self._free_at[caller] = free_at + self._step_s
        time.sleep(max(0.0, min(free_at - now, ask.left_s())))
        if over(ask):
            raise TimedOut("the question was over before AWS could be asked", "Ask again, or for less.")
