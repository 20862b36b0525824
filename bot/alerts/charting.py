"""Draws the chart of a card that an event began as soon as that stands: the next poll is up to a minute away."""

import time
from collections import deque
from collections.abc import Callable
from threading import Event
from typing import Final

from bot.alerts.charts import MOST_AT_ONCE, CardCharts
from bot.errors import BotError
from bot.log import LOG, traced
from bot.ports import Clock

AFTER_S: Final = 1.5
"""The card comes first: what draws waits for so long after it was stored."""
APART_S: Final = 5.0
"""Between two looks for new cards, however many events come."""
WITHIN_S: Final = 60.0
"""For so long `MOST_AT_ONCE` charts are all that are tried: in a flood the polls bring the others."""
_LOOK_S: Final = 0.5


class Charting:
    """A thread of its own, for it waits for CloudWatch. What is lost when the process dies, the poll draws."""

    def __init__(self, charts: CardCharts, clock: Clock, changed: Callable[[], None]) -> None:
        """`changed` wakes whoever shows it."""
        self._charts = charts
        self._clock = clock
        self._changed = changed
        self._wanted = Event()
        self._tried: deque[float] = deque(maxlen=MOST_AT_ONCE)
        """When the last ones were, by the monotonic clock."""

    def want(self) -> None:
        """A card may be new."""
        self._wanted.set()

    def run(self, stop: Event) -> None:
        """Until stopped."""
        while not stop.is_set():
            if not self._wanted.wait(_LOOK_S) or stop.wait(AFTER_S):
                continue
            self._wanted.clear()
            self.turn()
            stop.wait(APART_S)

    def turn(self) -> None:
        """One look. A thread's edge: what fails is logged, and the poll tries again."""
        left = self._left()
        if not left:
            return
        with traced():
            try:
                tried, queued = self._charts.draw(self._clock.now(), left)
                self._tried.extend([time.monotonic()] * tried)
                if queued:
                    self._changed()
            except BotError as error:
                LOG.warning("no chart drawn", cause=error.cause)
            except Exception:  # noqa: BLE001  # the thread's edge
                LOG.exception("drawing broke")

    def _left(self) -> int:
        lately = time.monotonic() - WITHIN_S
        return MOST_AT_ONCE - sum(at > lately for at in self._tried)
