"""Whether an incident goes to and fro between resolved and open."""

from collections import deque
from datetime import datetime, timedelta

MOST_CHANGES = 3
"""More within the span are flapping."""
SPAN = 6
"""In cadences: changes are counted over so long, and it has settled after so long without one."""


class Changes:
    """The changes that observations made, newest last; what people did is none."""

    def __init__(self) -> None:
        self._at: deque[datetime] = deque(maxlen=MOST_CHANGES + 1)
        self.flapping = False
        self.settled_at: datetime | None = None

    def add(self, at: datetime, cadence: timedelta) -> None:
        """It was resolved, or opened again."""
        self._at.append(at)
        if len(self._at) > MOST_CHANGES and at - self._at[0] < SPAN * cadence:
            self.flapping = True

    def settles_at(self, cadence: timedelta) -> datetime | None:
        """When it will have settled, if nothing changes; None while it does not flap."""
        return self._at[-1] + SPAN * cadence if self.flapping else None

    def settle(self, at: datetime) -> None:
        """So long without a change."""
        self.flapping, self.settled_at = False, at
        self._at.clear()
