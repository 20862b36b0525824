"""What goes out to pagers and webhooks, as a queue for each destination."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.handoff import Dead, HandOffRow, Waiting


class HandOffs(Protocol):
    """Rows stand in the order in which their changes were committed. Raises StoreDown or Unsaved."""

    def destinations(self) -> tuple[str, ...]:
        """Those with something to be sent, whether the settings know them or not."""
        ...

    def next(self, destination: str, now: datetime) -> HandOffRow | None:
        """The oldest row that may be sent now: of each incident only its oldest, once its time has come."""
        ...

    def begin(self, row: HandOffRow) -> bool:
        """Mark as `sending`; False when somebody else began it or it is done."""
        ...

    def done(self, row: HandOffRow) -> None:
        """The destination took it."""
        ...

    def again(self, row: HandOffRow, cause: str, next_at: datetime) -> None:
        """It was not taken; not before `next_at`."""
        ...

    def bury(self, row: HandOffRow, cause: str) -> None:
        """It never will be: kept with its cause, sent no more."""
        ...

    def moot(self, destination: str) -> int:
        """Drop what is over before its beginning was taken; of what was tried its end stays. How many episodes."""
        ...

    def gather(self, destination: str, over: int, now: datetime) -> None:
        """Make more than `over` fresh triggers that wait untried one storm, and let what follows of them be its own.

        While as many joined it within a minute, more of them join. One row speaks for it: its first, then one for
        each turn in which some joined, and for each that got worse; an acknowledge once none of them is nobody's; a
        resolve once all are over.
        """
        ...

    def waiting(self) -> Sequence[Waiting]:
        """By destination."""
        ...

    def dead(self) -> Sequence[Dead]:
        """By destination and cause, the newest first."""
        ...
