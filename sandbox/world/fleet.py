"""The organisation: its accounts, and the models that are deployed and watched in them."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, Self

from sandbox.aws import CloudAccount
from sandbox.world.traffic import BANK_MARKETING, LOAN_DEFAULT, Classifier

REGION: Final = "us-west-2"
ORGANISATION: Final = "o-sagewatch01"
"""The id that the AWS sandbox is started with."""
OBSERVABILITY: Final = "111111111111"
PRODUCTION: Final = "222222222222"
TEST: Final = "333333333333"
LOG_ARCHIVE: Final = "444444444444"
"""Not linked: Control Tower keeps the log archive in the Security OU, and links are deployed to the workloads' OU."""

LABELS: Final = {
    OBSERVABILITY: "ml-observability",
    PRODUCTION: "ml-production",
    TEST: "ml-test",
    LOG_ARCHIVE: "log-archive",
}
LINKED: Final = (PRODUCTION, TEST)
"""Source accounts that share telemetry and carry the read role."""

SPELLS_AS_THE_GUIDE: Final = (TEST,)
"""Accounts whose monitors publish data quality of endpoints under the namespace and dimensions of the guide's page."""

LINKED_SINCE: Final = timedelta(days=90)
"""How long before the world's start the source accounts were linked: before anything was deployed in them."""

FOUNDED_SINCE: Final = timedelta(days=95)
"""How long before the world's start the platform team had made buckets and roles."""

Kind = Literal["ModelQuality", "DataQuality", "ModelBias", "ModelExplainability"]
"""A MonitoringType (SageMaker API)."""

WORDS: Final[dict[Kind, str]] = {
    "ModelQuality": "quality",
    "DataQuality": "data-quality",
    "ModelBias": "bias",
    "ModelExplainability": "explainability",
}
"""What a schedule's name says of its kind."""
Monitor = Kind | Literal["Batch", "Alarms", "Packages"]
"""What a world may have: monitors of endpoints by type, the batch transform's, CloudWatch's alarms, model packages."""

MONITORS: Final[tuple[Monitor, ...]] = (*WORDS, "Batch", "Alarms", "Packages")
"""All of them."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A classifier behind an endpoint with its schedule; names carry when it was deployed, as pipelines do it."""

    account_id: str
    model: Classifier
    age: timedelta
    """How long before the world's start it was deployed."""
    deployed_at_minute: int
    """Minute of the day, UTC."""
    tagged: bool
    """Whether its owners tag it; a service without tags is known by its name's stem."""

    def deployed_at(self, started_at: datetime) -> datetime:
        """When the endpoint was made, in a world that starts then."""
        day = (started_at - self.age).replace(hour=0, minute=0, second=0, microsecond=0)
        return day + timedelta(minutes=self.deployed_at_minute)

    def watched_at(self, started_at: datetime) -> datetime:
        """When the schedule was made: after the baseline job."""
        return self.deployed_at(started_at) + timedelta(minutes=27)


DEPLOYMENTS: Final = (
    Deployment(PRODUCTION, BANK_MARKETING, timedelta(days=21), 9 * 60 + 14, tagged=True),
    Deployment(PRODUCTION, LOAN_DEFAULT, timedelta(days=44), 13 * 60 + 52, tagged=True),
    Deployment(TEST, BANK_MARKETING, timedelta(days=17), 15 * 60 + 3, tagged=False),
)


@dataclass(frozen=True, slots=True)
class Names:
    """What a deployment's resources are called, and where its data lies."""

    account_id: str
    service: str
    deployed: str
    watched: str

    @property
    def endpoint(self) -> str:
        """As `bank-marketing-2026-11-02-0914`."""
        return f"{self.service}-{self.deployed}"

    def schedule(self, kind: Kind) -> str:
        """As `bank-marketing-quality-2026-11-02-0941`."""
        return f"{self.service}-{WORDS[kind]}-{self.watched}"

    def definition(self, kind: Kind) -> str:
        """The job definition's name."""
        return f"{self.service}-{WORDS[kind]}-job-{self.watched}"

    def made_at(self, at: datetime) -> Self:
        """The same service's names when it is deployed anew."""
        return replace(self, deployed=f"{at:%Y-%m-%d-%H%M}", watched=f"{at:%Y-%m-%d-%H%M}")

    @property
    def bucket(self) -> str:
        """SageMaker's default bucket of the account."""
        return bucket(self.account_id)

    def uri(self, folder: str) -> str:
        """The S3 address of one of the service's folders."""
        return f"s3://{self.bucket}/{self.service}/{folder}"


def watched(deployment: Deployment, monitors: Collection[Monitor]) -> tuple[Kind, ...]:
    """The types of a deployment's monitors, of those that the world is to have."""
    described = bool(deployment.model.columns)
    clarified = described and deployment.account_id == PRODUCTION
    has: dict[Kind, bool] = {
        "ModelQuality": True,
        "DataQuality": described,
        "ModelBias": clarified,
        "ModelExplainability": clarified,
    }
    return tuple(kind for kind, holds in has.items() if holds and kind in monitors)


def names(deployment: Deployment, started_at: datetime) -> Names:
    """The names of a deployment in a world that starts then."""
    return Names(
        deployment.account_id,
        deployment.model.service,
        f"{deployment.deployed_at(started_at):%Y-%m-%d-%H%M}",
        f"{deployment.watched_at(started_at):%Y-%m-%d-%H%M}",
    )


def bucket(account_id: str) -> str:
    """SageMaker's default bucket name (AWS docs: `sagemaker-{region}-{account}`)."""
    return f"sagemaker-{REGION}-{account_id}"


def accounts(seed: int = 7) -> tuple[CloudAccount, ...]:
    """The organisation's accounts with their administrators' keys, which follow from the seed."""
    return tuple(_account(account_id, label, seed) for account_id, label in LABELS.items())


def _account(account_id: str, label: str, seed: int) -> CloudAccount:
    """One account; its keys have AWS's form and work nowhere but in the sandbox."""
    digest = hashlib.sha256(f"{seed}/{account_id}".encode()).hexdigest()
    alphabet = str.maketrans("0189", "GHIJ")
    return CloudAccount(account_id, label, f"AKIA{digest[:16].upper().translate(alphabet)}", digest[24:64])
