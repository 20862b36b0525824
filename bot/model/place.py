"""Where an incident lives: account, Region, service and family."""

from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Literal


class Family(StrEnum):
    """What kind of trouble; one incident never mixes two."""

    MODEL_QUALITY = "model quality"
    DATA_QUALITY = "data quality"
    BIAS = "bias"
    EXPLAINABILITY = "explainability"
    OPERATIONS = "operations"
    GOVERNANCE = "governance"


class Severity(StrEnum):
    """How much it matters, by its owners' word; from least to most."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class About:
    """What its owners say of a service, by tags or settings; empty where nobody said. All of it is untrusted."""

    team: str = ""
    severity: Severity | None = None
    runbook: str = ""
    """A URL as it was written; only `https://` ones become links."""
    owner: str = ""
    """A name, an address or a URL."""


@dataclass(frozen=True, slots=True)
class Service:
    """What lives on while endpoints and schedules are re-created; `by` says how its name is known."""

    name: str
    by: Literal["tag", "rule", "name"] = "name"
    about: About = About()


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The key of an incident."""

    account_id: str
    region: str
    service: str
    family: Family


IN_ORDER = attrgetter("account_id", "region", "service", "family")
"""Sorts many places as they compare, without comparing them one by one."""


@dataclass(frozen=True, slots=True)
class ServiceRule:
    r"""What the settings say of services: how names give one, and what is to be known of it.

    `pattern` is searched in the endpoint's or schedule's name, `name` is the template that the match expands
    (`\\1`, `\\g<team>`). Without a pattern the rule speaks of the service of that name, without a name of whatever
    the pattern fits.
    """

    pattern: str
    name: str
    about: About = About()
