"""What holds for a time on an incident: a snooze, a subject that cannot judge, one that was deleted."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.observation import Row, Subject


@dataclass(frozen=True, slots=True)
class Snooze:
    """Nobody is told of anything until `until`; whatever is bad then is open."""

    person_id: str
    at: datetime
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Muted:
    """CloudWatch holds all actions of an alarm back until then. It is still judged, and told here."""

    alarm: str
    """Its ARN."""
    person_id: str
    at: datetime
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Blind:
    """A subject that cannot judge, since when and why."""

    subject: Subject
    row: Row
    since: datetime
    cause: str
    """The probable cause in words, as its source gave it last; untrusted."""
    ended_at: datetime | None = None
    """When it could judge again; None while it cannot."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A subject that was deleted, or fell silent and was replaced; and what speaks in its place."""

    subject: Subject
    at: datetime
    note: str = ""
    """By whom, as its source told it; untrusted."""
    deleted: bool = True
    successor: Subject | None = None
    continued_at: datetime | None = None
    """When the successor spoke first; None where it spoke before this one went."""
    row: Row | None = None
    """The worst row that both spoke of, and what either saw."""
    before: float | None = None
    after: float | None = None
