"""Endpoints as the fleet's inventory knows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.model.alarm import Alarm
from bot.model.monitor import Schedule
from bot.model.place import Service


@dataclass(frozen=True, slots=True)
class Capture:
    """Data capture of an endpoint: what its monitors live from."""

    enabled: bool
    percentage: int
    """Of the requests, 0 to 100."""
    destination: str
    """`s3://…`, under which `{endpoint}/{variant}/yyyy/mm/dd/hh/` lies; untrusted."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A production variant; `instance_type` is empty for a serverless one."""

    name: str
    instance_type: str = ""
    instances: int = 0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint and its configuration. `arn` is its identity."""

    arn: str
    name: str
    account_id: str
    region: str
    status: str
    """SageMaker's word, such as InService or Updating."""
    created_at: datetime
    changed_at: datetime
    config: str
    """The configuration's name."""
    variants: tuple[Variant, ...]
    capture: Capture | None
    service: Service
    tags: tuple[tuple[str, str], ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Vanished:
    """What a complete listing did not name any more."""

    resource: Endpoint | Schedule | Alarm
    at: datetime
    """When the listing was made that lacked it."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """How something was before its configuration changed, or before it vanished."""

    resource: Endpoint | Alarm
    until: datetime
    """When the first listing was made that had it otherwise, or no more."""


class Depth(Enum):
    """How much of what is known already is asked for again."""

    CHANGED = 1
    """Only what is new, or listed as changed since."""
    EACH = 2
    """Every resource is described again; tags only where it changed."""
    TAGS = 3
    """Tags too: nothing in a listing tells that they changed."""
