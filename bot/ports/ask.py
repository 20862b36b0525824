"""Who asks, until when, and what came back from whom."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from bot.errors import SourceError
from bot.model.account import Account, Scope
from bot.model.person import Person, Role

T = TypeVar("T")


def _nothing(_: str) -> None:
    """Progress that nobody watches."""


def _never() -> bool:
    """A question that nobody cancels."""
    return False


def _whatever(_: Role, __: str) -> bool:
    """An answer that others see too: any of them may press."""
    return True


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. `deadline` is on `time.monotonic()`; `now` is the product's clock, aware, in UTC."""

    person: Person
    now: datetime
    scope: Scope
    deadline: float
    id: str = ""
    """The delivery's id: an effect under this id happens once."""
    narrowing: str = ""
    """`account=… region=…` as typed, for buttons that ask the same again."""
    progress: Callable[[str], None] = field(default=_nothing)
    running: Callable[[str], None] = field(default=_nothing)
    """Told the id of what now runs elsewhere for this question and can be stopped by `cancel` and that id."""
    cancelled: Callable[[], bool] = field(default=_never)
    whole: bool = False
    """The tables go into a file: nothing is left out of them."""
    may: Callable[[Role, str], bool] = field(default=_whatever)
    """Whether an act of that role in that account (its id) is worth offering to whoever sees the answer.

    By what is known of them; the act itself is decided anew.
    """

    def left_s(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())


@dataclass(frozen=True, slots=True)
class Failure:
    """An account and Region that did not answer, and why."""

    account: Account
    region: str
    error: SourceError


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What was found, and who did not answer. `asked` counts (account, Region) pairs, `took_s` is seconds."""

    items: tuple[T, ...]
    failures: tuple[Failure, ...] = ()
    asked: int = 0
    took_s: float = 0.0
