"""Reports of monitors other than Model Monitor: where they come from, and one of them before it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from bot.model.observation import Observation
from bot.model.place import Family, Place, Service

Document: TypeAlias = Mapping[str, Any]
"""A JSON object as it was written: nothing of it is believed yet."""
Observed: TypeAlias = tuple[Place, Service, Observation]
TOLD = ("arn:aws:s3:::", "arn:aws:events:")
"""How the subjects of such reports begin: a bucket's prefix, or the account's events."""
Kind = Literal["evidently", "sagewatch"]


@dataclass(frozen=True, slots=True)
class Source:
    """A prefix in S3 where a monitor drops its reports. What it says, it says for `account_id` alone."""

    account_id: str
    region: str
    bucket: str
    prefix: str
    """May hold `%Y`, `%m`, `%d` and `%H`: then only the days (hours) looked back on are listed."""
    kind: Kind
    service: str = ""
    """Empty: each report names its own."""
    family: Family | None = None
    """None: each report names its own; Evidently's are of data quality."""
    cadence: timedelta | None = None

    @property
    def arn(self) -> str:
        """The same for as long as the setting stands, whatever lies there."""
        return f"arn:aws:s3:::{self.bucket}/{self.prefix}"


@dataclass(frozen=True, slots=True)
class Drop:
    """An object under a source's prefix."""

    source: Source
    key: str
    etag: str
    at: datetime
    """When it was written, by S3's clock."""

    @property
    def uri(self) -> str:
        """`s3://…`."""
        return f"s3://{self.source.bucket}/{self.key}"

    @property
    def id(self) -> str:
        """Another one once the object is overwritten."""
        return f"{self.uri}#{self.etag}"
