"""Which processes run, and what one of them does for all."""

from datetime import datetime, timedelta
from typing import Protocol

from bot.model.worker import Lease, Worker

POLL = "poll"
"""The lease on asking the accounts."""


class Workers(Protocol):
    """The processes on one store. Times are the machine's own."""

    def beat(self, worker: Worker, lasts: timedelta) -> None:
        """Tell that it lives; every lease that it still holds is held for so long from now."""
        ...

    def leave(self, worker_id: str) -> None:
        """It ends: its leases are free."""
        ...

    def lead(self, name: str, worker_id: str, now: datetime, lasts: timedelta) -> bool:
        """Whether this worker holds the lease from now on: it was free, run out, or its own."""
        ...

    def workers(self) -> tuple[Worker, ...]:
        """Those that told of themselves within a day and did not leave, by kind, then id."""
        ...

    def leases(self) -> tuple[Lease, ...]:
        """By name; run-out ones included."""
        ...
