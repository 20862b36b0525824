"""How whoever posts tells many notes in one message: of one card, or of many that would call people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.post import OutboxRow


class Roundups(Protocol):
    """For the worker that holds the channel; `now` is the machine's clock. Methods raise StoreDown and Unsaved."""

    def round_up(self, rows: Sequence[OutboxRow], number: int, now: datetime) -> None:
        """Mark all as `sending` in the roundup of that number.

        Raises Conflict, and marks none, when one was begun or done since it was read.
        """
        ...

    def told(self, rows: Sequence[OutboxRow]) -> None:
        """Their roundup stands: each waits, quiet, to be said in its own thread."""
        ...

    def merge(self, rows: Sequence[OutboxRow]) -> None:
        """Let the first of these notes of one card speak for all, to the channel if any was to; the others are done.

        Raises Conflict, and changes none, when one was begun or done since it was read.
        """
        ...

    def let_go(self, rows: Sequence[OutboxRow]) -> None:
        """Their roundup stands nowhere: each waits as if nobody had begun it."""
        ...
