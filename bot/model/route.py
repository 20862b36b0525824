"""Where an incident is shown, how patient its channel is, and when nobody wants to be woken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.model.handoff import Recipient
from bot.model.place import About, Family, Place, ServiceRule, Severity


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
    changes: bool = False
    """Whether it wants to hear who changed monitors, alarms, links, the trail."""
    hand_off: tuple[Recipient, ...] = ()
    """Who is told beside Slack."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a route takes: every word that is said must fit, one that is empty fits anything."""

    accounts: tuple[str, ...] = ()
    """Account ids; labels belong to the other account."""
    teams: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    families: tuple[Family, ...] = ()
    severity: Severity | None = None
    """At least so severe; a service of which nobody said how severe it is does not fit."""
    services: tuple[str, ...] = ()
    """Patterns of names, with `*` and `?`."""


@dataclass(frozen=True, slots=True)
class RouteRule:
    """A route and what it takes; `line` is its line of the file, 0 for the settings' own."""

    match: Match
    route: Route
    line: int = 0


@dataclass(frozen=True, slots=True)
class RouteBook:
    """What is in force, from one reading of the file."""

    routes: tuple[RouteRule, ...]
    """The first that fits holds; the last one fits anything."""
    services: tuple[ServiceRule, ...] = ()
    source: str = ""
    """The file's path; empty when the settings name none."""
    read_at: datetime | None = None
    problem: str = ""
    """Why the file as it is now is not in force, by line; empty when it is."""


Routing = Callable[[Place, About], Route]
