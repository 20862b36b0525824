"""Model packages: versions of a model that wait for somebody's word before they may be deployed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Approval(StrEnum):
    """What was said of a package, in SageMaker's words (API reference: ModelApprovalStatus)."""

    WAITING = "PendingManualApproval"
    APPROVED = "Approved"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True, order=True)
class PackageRef:
    """A version of a model package group, as listings have it. `arn` is its identity, `name` the group's.

    What belongs to no group is not approved (API reference, CreateModelPackage: ModelApprovalStatus).
    """

    arn: str
    account_id: str
    region: str
    name: str
    version: int
    created_at: datetime

    @property
    def title(self) -> str:
        """As people call it."""
        return f"{self.name} version {self.version}"


@dataclass(frozen=True, slots=True)
class Registrant:
    """Who did something to a package, as SageMaker keeps it (UserContext). All of it is the other account's word."""

    source_identity: str = ""
    center_user: str = ""
    """The session's name of a role that Identity Center made: its user's name."""
    profile: str = ""
    """The user profile in Studio."""
    session: str = ""
    """A session's name that whoever assumed the role chose; empty where an SDK or a service made it up."""
    user: str = ""
    """The IAM user."""
    role: str = ""
    pipeline: str = ""
    """What generated the package: a pipeline's execution, or a project; empty where nothing is named."""


@dataclass(frozen=True, slots=True)
class PackageState:
    """What is decided of a package: by whom, when and with which words, as far as SageMaker tells."""

    approval: Approval
    by: Registrant = Registrant()
    at: datetime | None = None
    text: str = ""
    """The approval's description, untrusted."""


@dataclass(frozen=True, slots=True)
class Score:
    """A metric of the model's quality, from the report that was registered with it."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Scores:
    """What a package's quality report says; `lacking` is why there are none."""

    items: tuple[Score, ...] = ()
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class ModelPackage:
    """A package that somebody has to decide on, and what helps to."""

    ref: PackageRef
    registrant: Registrant
    scores: Scores = Scores()
    against: PackageRef | None = None
    """The newest approved version of its group; None where there is none."""
    approved: Scores = Scores()
    """Of `against`."""
    description: str = ""
    """Untrusted."""
    unread: str = ""
    """Why `against` is not known though there may be one."""


@dataclass(frozen=True, slots=True)
class Vote:
    """Somebody's word for an approval."""

    person_id: str
    name: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's decision that is being written to SageMaker."""

    vote: Vote
    approval: Approval


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a package: here by `vote`, or `elsewhere` by whom SageMaker names."""

    approval: Approval | None
    """None: it was deleted."""
    at: datetime
    vote: Vote | None = None
    elsewhere: str = ""
    """Who, where it was not decided here; empty where nobody is named."""
    text: str = ""
    """The description that was given elsewhere; untrusted."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A package's way to a decision, as it is kept."""

    package: ModelPackage
    channel: str
    """Where its card stands."""
    round: int = 1
    """It waits for the so-manieth time: what was decided can be put back to waiting."""
    first: Vote | None = None
    """Who confirmed, where two have to."""
    claim: Claim | None = None
    decision: Decision | None = None

    @property
    def ref(self) -> PackageRef:
        """Which package it is."""
        return self.package.ref

    @property
    def key(self) -> str:
        """Of the card."""
        return f"package:{self.ref.arn}:{self.round}"

    @property
    def waits(self) -> bool:
        """Whether nobody decided yet."""
        return self.decision is None
