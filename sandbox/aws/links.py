"""Sinks and links as OAM keeps and shows them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.aws.operations import Request, Values


@dataclass(frozen=True, slots=True)
class Sink:
    """A monitoring account's sink; without a policy nobody may link to it."""

    arn: str
    name: str
    account: str
    region: str
    policy: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The ARN's last part."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Link:
    """A source account's link; it and its label belong to the source account."""

    arn: str
    account: str
    region: str
    label: str
    template: str
    resource_types: tuple[str, ...]
    sink_arn: str
    created_at: datetime
    configuration: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The ARN's last part."""
        return self.arn.rpartition("/")[2]


def new_arn(request: Request, kind: str, name: str) -> str:
    """The same for the same name, so that a world built twice has the same ARNs."""
    digest = hashlib.sha256(f"{request.account}/{request.region}/{kind}/{name}".encode()).hexdigest()
    id_ = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    return f"arn:aws:oam:{request.region}:{request.account}:{kind}/{id_}"


def listed(link: Link) -> Values:
    """As ListLinks gives it."""
    return {
        "Arn": link.arn,
        "Id": link.id,
        "Label": link.label,
        "ResourceTypes": list(link.resource_types),
        "SinkArn": link.sink_arn,
    }


def described(link: Link) -> Values:
    """As CreateLink, GetLink and UpdateLink give it."""
    return {
        **listed(link),
        "LabelTemplate": link.template,
        "LinkConfiguration": link.configuration,
        "Tags": dict(link.tags),
    }
