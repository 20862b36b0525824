"""Where an incident is shown, how patient its channel is, and when nobody wants to be woken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta

from bot.model.place import About, Place, Severity


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which only what is severe enough escalates: from `start` to `end`, over midnight where end is first."""

    start: time
    end: time
    zone: str
    """An IANA name, as `Europe/London`."""
    unless: Severity = Severity.CRITICAL
    """What is at least so severe escalates all the same."""


@dataclass(frozen=True, slots=True)
class Route:
    """One channel's rules."""

    channel: str
    """A channel's id or name without `#`."""
    acknowledge_for: timedelta = timedelta(hours=24)
    """How long an acknowledgement holds when nobody says otherwise."""
    name: str = "default"
    group: str = ""
    """The on-call user group, by id; empty: nobody is mentioned."""
    escalate_after: timedelta | None = None
    """Open and nobody's for so long: the group is told in the thread; for so long again: in the channel."""
    quiet: Quiet | None = None
    digest_at: time | None = None
    """When the channel gets its daily digest, in `zone`; None for no digest."""
    zone: str = "UTC"


Routing = Callable[[Place, About], Route]
