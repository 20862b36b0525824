"""Storms: who is shown on which, and how whoever posts gathers and draws them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.model.post import CardKey, OutboxRow
from bot.model.storm import Storm
from bot.ports.roundups import Roundups


class Storms(Protocol):
    """What is known of storms. Methods raise StoreDown."""

    def of(self, cards: Iterable[CardKey]) -> Mapping[CardKey, Storm]:
        """The storm that stands for a card, for those that have one."""
        ...

    def get(self, number: int) -> Storm:
        """Raises NotFound."""
        ...

    def members(self, number: int) -> tuple[CardKey, ...]:
        """The cards that it stands for, in their order."""
        ...

    def drawing(self, number: int, revision: int) -> Mapping[int, int]:
        """Which incidents one could acknowledge on that drawing, each with the revision that was shown.

        Raises NotFound for a drawing that there was not, or that is long gone.
        """
        ...


class StormQueue(Roundups, Protocol):
    """For the worker that holds the channel; `now` is the machine's clock. Methods raise StoreDown and Unsaved."""

    def gathering(self, channel: str, now: datetime, over: int) -> Storm | None:
        """The channel's newest storm, if it has room: until it is posted, and while cards come fast.

        That is while more than `over` joined it within the last minute.
        """
        ...

    def gather(
        self, channel: str, cards: Sequence[CardKey], now: datetime, *, started_at: datetime, into: Storm | None = None
    ) -> frozenset[CardKey]:
        """Put cards into this storm, or into a new one; which of them are in it now.

        A card that stands, or of which a row was begun, is left out: it may be in Slack already. Whoever read a row
        of the others before cannot begin it any more.
        """
        ...

    def begin(self, rows: Sequence[OutboxRow], now: datetime) -> None:
        """Mark all as `sending` together. Raises Conflict, and marks none, when one was begun or done since."""
        ...

    def draw(self, number: int, shown: Mapping[int, int]) -> int:
        """Note what the next drawing offers, incident to revision, before Slack is called; the drawing's number."""
        ...

    def drawn(self, number: int, rows: Sequence[OutboxRow], at: tuple[str, str], now: datetime) -> None:
        """It stands there, at (channel id, ts), and these rows are done."""
        ...

    def said(self, number: int, rows: Sequence[OutboxRow], now: datetime) -> None:
        """Its thread was told of these rows: they are done."""
        ...

    def again(self, rows: Sequence[OutboxRow], *, ambiguous: bool) -> None:
        """Not done: all back to `waiting`, or all `ambiguous`."""
        ...

    def park(self, rows: Sequence[OutboxRow], cause: str) -> None:
        """Give up on these rows and keep them with their cause."""
        ...

    def move(self, storm: Storm, channel: str) -> None:
        """It stands nowhere and belongs into that channel, with all rows of its cards, which wait anew.

        Nothing changes when it stands, or belongs, elsewhere by now than was read.
        """
        ...
