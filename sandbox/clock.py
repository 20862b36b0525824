"""The world's time: the machine's clock plus an offset that only grows, so that an hour can pass in a moment."""

from datetime import UTC, datetime, timedelta
from threading import Event, Lock

_LOOK_S = 0.05
"""How often a sleeper looks at the offset and its stop event, in seconds: neither can wake it for the other."""


class WorldClock:
    """A `bot.ports.Clock`. Never goes back, not even when the machine's own clock is set back."""

    def __init__(self, start_offset: timedelta = timedelta(0)) -> None:
        self._lock = Lock()
        self._offset = start_offset
        self._latest = datetime.now(UTC) + start_offset

    @property
    def offset(self) -> timedelta:
        """World time minus wall time; another process that knows it can tell the same time."""
        return self._offset

    def now(self) -> datetime:
        """Aware, in UTC; never before what was answered last."""
        with self._lock:
            self._latest = max(self._latest, datetime.now(UTC) + self._offset)
            return self._latest

    def advance_to(self, when: datetime) -> None:
        """Let the time until `when` (aware) pass at once. A moment in the past changes nothing."""
        with self._lock:
            self._offset = max(self._offset, when - datetime.now(UTC))

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Return at `when`, when `stop` is set, or within 0.05 s of the offset having grown past `when`."""
        while (left_s := (when - self.now()).total_seconds()) > 0:
            if stop.wait(min(left_s, _LOOK_S)):
                return
