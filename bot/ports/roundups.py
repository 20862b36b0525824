"""How whoever posts tells in one message what many notes would call people for."""

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

    def let_go(self, rows: Sequence[OutboxRow]) -> None:
        """Their roundup stands nowhere: each waits as if nobody had begun it."""
        ...
