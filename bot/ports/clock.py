"""Time, injected."""

from datetime import datetime
from threading import Event
from typing import Protocol


class Clock(Protocol):
    """The product's time. Credentials, signatures, leases and pacing use the machine's own clock instead."""

    def now(self) -> datetime:
        """Aware, in UTC; never goes back."""
        ...

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Return at `when`, or as soon as `stop` is set."""
        ...
