"""A sentence for whoever waits: said when an answer takes long, never after it."""

import threading
from collections.abc import Callable


class Interim:
    """Says something after `delay_s` unless it was settled before.

    A slash command's `response_url` may not replace what the command said earlier (slackapi/bolt-js#2287), so what is
    quick must not be preceded by a sentence that would stay.
    """

    def __init__(self, say: Callable[[], None], delay_s: float) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._settled = False
        self._timer = threading.Timer(delay_s, self._due)
        self._timer.daemon = True
        self._timer.start()

    def settle(self) -> None:
        """The answer is there: from now on nothing is said; what is being said is waited for."""
        self._timer.cancel()
        with self._lock:
            self._settled = True

    def _due(self) -> None:
        with self._lock:
            if not self._settled:
                self._say()
