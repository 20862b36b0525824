"""What an event comes to: a verdict with its place, something to be looked at, a message, an alarm that changed."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.model.alarm import AlarmChange, AlarmGone
from bot.model.place import Place, Service
from bot.model.report import Observed


@dataclass(frozen=True, slots=True)
class Look:
    """Something happened, and the event does not say enough: the account has to be asked."""

    account_id: str
    region: str
    subject: str
    """The schedule's or the job's name; of an alarm its ARN."""
    at: Literal["runs", "alarm"] = "runs"
    """What is to be looked at: the monitors' runs there, or that alarm."""
    again: bool = False
    """It was looked at once, and nothing was new."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message of its own, without states: it is said once for its key."""

    key: str
    place: Place
    """Where it is routed; nothing is kept there."""
    service: Service
    title: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()


News: TypeAlias = Observed | Look | Notice | AlarmChange | AlarmGone
