"""Trails as CloudTrail keeps them: whose they are, where they write, and when they logged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from sandbox.aws.trail.deliveries import Layout


@dataclass(frozen=True, slots=True)
class Founding:
    """An organisation's trail as it is set up: all accounts, all Regions, management events."""

    name: str
    owner: str
    """The management account, whose the trail is."""
    administrator: str
    """The member account that may manage it (CloudTrail User Guide, "Organization delegated administrator")."""
    home: str
    bucket: str
    """In the administrator's account."""
    layout: Layout
    since: datetime
    copy: tuple[str, str] | None = None
    """Account and bucket that S3 replicates the files to."""

    @property
    def arn(self) -> str:
        """As its owner has it."""
        return f"arn:aws:cloudtrail:{self.home}:{self.owner}:trail/{self.name}"


@dataclass(slots=True)
class Trail:
    """A trail's state. `spans` are when it logged, the last without an end while it does."""

    founding: Founding
    spans: list[tuple[datetime, datetime | None]]
    settings: dict[str, Any] = field(default_factory=dict)
    """What UpdateTrail changed, by the members of a Trail."""
    selectors: Mapping[str, Any] = field(default_factory=dict)
    """What PutEventSelectors gave."""
    delivered_at: datetime | None = None
    delivery_error: str = ""
    digested_at: datetime | None = None

    @property
    def logging(self) -> bool:
        """Whether it does now."""
        return self.spans[-1][1] is None

    @property
    def bucket(self) -> str:
        """Where it writes."""
        return str(self.settings.get("S3BucketName", self.founding.bucket))

    @property
    def layout(self) -> Layout:
        """How it lays its files out."""
        kept = self.founding.layout
        return Layout(kept.organisation, str(self.settings.get("S3KeyPrefix", kept.prefix)))

    def logged(self, at: datetime) -> bool:
        """Whether it logged at a moment."""
        return any(start <= at and (end is None or at <= end) for start, end in self.spans)


class Trails:
    """The organisation's trail, if it has one. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.organisation: Trail | None = None

    def found(self, founding: Founding) -> Trail:
        """Set the trail up, logging from its beginning."""
        self.organisation = Trail(founding, [(founding.since, None)])
        return self.organisation

    def logs(self, at: datetime) -> bool:
        """Whether a trail logs what happens at a moment; an organisation's does, whatever the account and Region."""
        trail = self.organisation
        if trail is None:
            return False
        with self._lock:
            return trail.logged(at) and self._selected(trail)

    def start(self, trail: Trail, at: datetime) -> None:
        """Log again; one that does goes on."""
        with self._lock:
            if not trail.logging:
                trail.spans.append((at, None))

    def stop(self, trail: Trail, at: datetime) -> None:
        """Log no more; one that does not stays so."""
        with self._lock:
            start, end = trail.spans[-1]
            trail.spans[-1] = (start, at if end is None else end)

    def change(self, trail: Trail, change: Callable[[Trail], None]) -> None:
        """Set something under the lock."""
        with self._lock:
            change(trail)

    @staticmethod
    def _selected(trail: Trail) -> bool:
        """Whether management events are among what PutEventSelectors chose; they are until it says otherwise."""
        if simple := trail.selectors.get("EventSelectors"):
            return any(each.get("IncludeManagementEvents", True) for each in simple)
        if advanced := trail.selectors.get("AdvancedEventSelectors"):
            return any(_chooses_management(each["FieldSelectors"]) for each in advanced)
        return True


def _chooses_management(fields: Sequence[Mapping[str, Any]]) -> bool:
    return any(each["Field"] == "eventCategory" and "Management" in each.get("Equals", ()) for each in fields)
