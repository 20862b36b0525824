"""Endpoints as the fleet's inventory knows them."""

from dataclasses import dataclass
from datetime import datetime

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
