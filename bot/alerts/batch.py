"""Messages that were received together, and what becomes of each."""

from dataclasses import dataclass, field
from typing import Final, Literal

from bot.model.event import Message
from bot.model.news import Look, News
from bot.model.passing import Passing
from bot.model.report import Observed

UNKNOWN: Final = "unknown"
Outcome = Literal["taken", "known", "passed", "looked at", "refused"]


@dataclass(slots=True)
class Item:
    """A message and what became of it."""

    message: Message
    source: str = UNKNOWN
    news: News | None = None
    told: tuple[Observed, ...] = ()
    outcome: Outcome | None = None
    """None while it is not decided: then it stays in the queue."""
    uncounted: tuple[Passing, ...] = ()
    """What has to be counted first: until then it stays there, too."""

    @property
    def done(self) -> bool:
        """Whether the message may leave the queue: everything that it changed is stored."""
        return self.outcome not in {None, "refused"} and not self.uncounted


@dataclass(slots=True)
class Batch:
    """What becomes of some messages."""

    items: list[Item]
    refused: dict[str, str] = field(default_factory=dict)
    """Why, by message id."""

    @property
    def open(self) -> list[Item]:
        """Those that are not decided yet."""
        return [item for item in self.items if item.outcome is None]

    @property
    def done(self) -> list[Message]:
        """What may leave the queue."""
        return [item.message for item in self.items if item.done]

    @property
    def refusals(self) -> list[Message]:
        """What is left in the queue, where people can look at it among the dead letters."""
        return [item.message for item in self.items if item.outcome == "refused"]

    @property
    def looks(self) -> list[Look]:
        """What has to be looked at."""
        return [item.news for item in self.items if isinstance(item.news, Look) and item.outcome == "looked at"]

    def keep_looks(self) -> None:
        """Nobody takes them down: their messages stay."""
        for item in self.items:
            if item.outcome == "looked at":
                item.outcome = None

    def refuse(self, item: Item, cause: str) -> None:
        """It is none that can be taken, at least not now."""
        item.outcome = "refused"
        self.refused[item.message.id] = cause
