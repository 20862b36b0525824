"""What an event comes to: a verdict with its place, something to be looked at, a message, an alarm that changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from bot.model.alarm import AlarmChange, AlarmGone
from bot.model.place import Place, Service
from bot.model.reply import Text
from bot.model.report import Observed


@dataclass(frozen=True, slots=True)
class Look:
    """Something happened, and the event does not say enough: the account has to be asked."""

    account_id: str
    region: str
    subject: str
    """The schedule's or the job's name; of an alarm or a model package its ARN."""
    at: Literal["runs", "alarm", "packages"] = "runs"
    """What is to be looked at: the monitors' runs there, that alarm, or the model packages that wait there."""
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
    facts: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody changed what governance rests on: a call that succeeded, as CloudTrail recorded it."""

    id: str
    """The event's own."""
    at: datetime
    account_id: str
    """Where it was recorded."""
    region: str
    event: str
    """Such as StopMonitoringSchedule."""
    request: Mapping[str, Any]
    """Its requestParameters, untrusted."""
    identity: Mapping[str, Any]
    """Its userIdentity."""
    polled: bool = False
    """Found by the poll: no event told it."""


News: TypeAlias = Observed | Look | Notice | AlarmChange | AlarmGone | Change
