"""What was passed over or refused, so that somebody can look."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from bot.model.passing import Passing, Tallied


class Tally(Protocol):
    """Methods raise StoreDown, those that keep also Unsaved."""

    def count(self, passed: Iterable[Passing], now: datetime) -> None:
        """Add them, and keep a few samples of each name. What comes twice counts twice."""
        ...

    def counted(self) -> tuple[Tallied, ...]:
        """Everything counted, by kind, most first."""
        ...

    def refuse(self, reasons: Mapping[str, str], now: datetime) -> None:
        """Why these messages, by id, are not taken: whoever finds them among the dead letters is told."""
        ...

    def refused(self, since: datetime) -> tuple[str, ...]:
        """Why each message was not taken that was refused at or after that, the newest last; a fortnight is kept."""
        ...

    def reasons(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Why, of those of these that were refused within the last fortnight."""
        ...
