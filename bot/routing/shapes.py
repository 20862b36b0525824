"""What may stand in the routes' file: every name, its kind and its bounds."""

import re
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.logic.patterns import mistake
from bot.logic.services import severity_of
from bot.model.handoff import Recipient
from bot.model.place import About, Family, ServiceRule, Severity
from bot.model.route import Match, Quiet, Route
from bot.parse import suggestion

GROUP = re.compile(r"S[A-Z0-9]{2,}")
MOST = 1_000
"""Routes, or rules for services: each incident is held to one after the other."""


def _several(value: Any) -> Any:
    """One or a list of them."""
    return tuple(value) if isinstance(value, list) else (value,)


def _hour(value: Any) -> Any:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if found:
        return time(int(found[1]), int(found[2]))
    if isinstance(value, time):
        return value
    raise ValueError(f'{value} is no hour of the day; write it like "08:30"')


def _zone(value: Any) -> Any:
    try:
        return zoneinfo.ZoneInfo(value).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        near = suggestion(str(value), zoneinfo.available_timezones())
        raise ValueError(f"there is no time zone {value}{near}") from None


def _account(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{12}", value):
        return value
    said = "write the twelve digits in quotes" if isinstance(value, int) else "labels can lie: write its twelve digits"
    raise ValueError(f"{value} is no account id; {said}")


def _family(value: Any) -> Any:
    plain = str(value).lower().replace("-", " ").replace("_", " ")
    return _one_of(plain, tuple(Family), f"there is no family {value}")


def _severity(value: Any) -> Any:
    return severity_of(str(value)) or _one_of(str(value), tuple(Severity), f"there is no severity {value}")


def _one_of(word: str, known: Iterable[str], cause: str) -> str:
    """The known one. Raises ValueError with the nearest and all of them."""
    found = next((one for one in known if one == word), None)
    if found is None:
        raise ValueError(f"{cause}{suggestion(word, known)} (one of {', '.join(known)})")
    return found


def _group(value: Any) -> Any:
    if isinstance(value, str) and GROUP.fullmatch(value):
        return value
    raise ValueError(f"{value} is no user group's id; Slack shows the id (S…) in the group's menu")


def _destination(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
        return value
    # Not repeated: somebody may have written the key or the address itself here.
    raise ValueError("name a destination of the settings' hand_off; keys and addresses stand there, never here")


def _channel(value: Any) -> Any:
    if isinstance(value, str) and value.strip().lstrip("#"):
        return value.strip().lstrip("#")
    raise ValueError("name a channel, by its id or its name")


def _tables(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    raise ValueError(f"write it as a table in two pairs of brackets: [[{name}]]")


Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=256)], ...], BeforeValidator(_several)]
Names = Annotated[tuple[Annotated[str, BeforeValidator(_destination)], ...], BeforeValidator(_several)]
Hour = Annotated[time, BeforeValidator(_hour)]
Zone = Annotated[str, BeforeValidator(_zone)]
Level = Annotated[Severity, BeforeValidator(_severity)]
Accounts = Annotated[tuple[Annotated[str, BeforeValidator(_account)], ...], BeforeValidator(_several)]
Families = Annotated[tuple[Annotated[Family, BeforeValidator(_family)], ...], BeforeValidator(_several)]
Group = Annotated[str, BeforeValidator(_group)]
Channel = Annotated[str, BeforeValidator(_channel)]
Text = Annotated[str, Field(max_length=500)]


class Part(BaseModel):
    """A table of the file; unknown names are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _is_table(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        raise ValueError("write it as a table, with names and values")


class QuietPart(Part):
    """`quiet = { from = "22:00", to = "07:00", zone = "Europe/London", unless = "critical" }`."""

    start: Hour = Field(alias="from")
    end: Hour = Field(alias="to")
    zone: Zone | None = None
    unless: Level = Severity.CRITICAL

    @model_validator(mode="after")
    def _lasts(self) -> "QuietPart":
        if self.start == self.end:
            raise ValueError("it ends when it begins")
        return self

    def made(self, zone: str) -> Quiet:
        """In its own zone, else the route's."""
        return Quiet(self.start, self.end, self.zone or zone, self.unless)


class RoutePart(Part):
    """`[[route]]`: what it takes, then where that goes."""

    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    account: Accounts = ()
    team: Words = ()
    owner: Words = ()
    family: Families = ()
    severity: Level | None = None
    service: Words = ()
    channel: Channel
    acknowledge_hours: float | None = Field(None, gt=0, le=24 * 30)
    escalate_minutes: float | None = Field(None, ge=1, le=7 * 24 * 60)
    group: Group = ""
    digest: Hour | None = None
    zone: Zone = "UTC"
    quiet: QuietPart | None = None
    changes: bool = False
    hand_off: Names = ()

    @property
    def match(self) -> Match:
        """What it takes."""
        return Match(self.account, self.team, self.owner, self.family, self.severity, self.service)

    def made(self, number: int, default: Route, known: Mapping[str, Recipient]) -> Route:
        """Where it goes; what it does not say is as the settings say. `known` are the settings' destinations."""
        hours, minutes = self.acknowledge_hours, self.escalate_minutes
        return Route(
            self.channel,
            timedelta(hours=hours) if hours else default.acknowledge_for,
            self.name or f"route {number}",
            self.group,
            timedelta(minutes=minutes) if minutes else None,
            self.quiet.made(self.zone) if self.quiet else None,
            self.digest,
            self.zone,
            self.changes,
            tuple(known[name] for name in dict.fromkeys(self.hand_off)),
        )


class ServicePart(Part):
    """`[[service]]`: which names are of a service, and what is to be known of it."""

    pattern: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    team: Text = ""
    severity: Level | None = None
    runbook: Text = ""
    owner: Text = ""

    @model_validator(mode="after")
    def _speaks(self) -> "ServicePart":
        if not (self.pattern or self.name):
            raise ValueError("say which service it speaks of: a pattern, a name, or both")
        if self.pattern and (wrong := mistake(self.pattern, self.name or "")):
            raise ValueError(f"the pattern {wrong}")
        return self

    def made(self) -> ServiceRule:
        """The rule."""
        return ServiceRule(
            self.pattern or "", self.name or "", About(self.team, self.severity, self.runbook, self.owner)
        )


class File(Part):
    """The whole file."""

    route: Annotated[tuple[RoutePart, ...], BeforeValidator(partial(_tables, "route")), Field(max_length=MOST)] = ()
    service: Annotated[
        tuple[ServicePart, ...], BeforeValidator(partial(_tables, "service")), Field(max_length=MOST)
    ] = ()


TABLES: dict[str, type[Part]] = {"route": RoutePart, "service": ServicePart, "quiet": QuietPart}
"""By the name that a table has in its parent."""
