"""Who calls AWS at the bank, in each of the ways that CloudTrail's userIdentity has for people and their tools.

Sources: CloudTrail User Guide, "CloudTrail userIdentity element"; SageMaker Developer Guide, "Monitoring user resource
access from SageMaker AI Studio with sourceIdentity"; IAM Identity Center User Guide, "Permission sets" (role names).
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sandbox.aws import Principal
from sandbox.aws.trail import identities
from sandbox.aws.trail.identities import Identity
from sandbox.world import people, roles

STORE: Final = "arn:aws:identitystore::999999999999:identitystore/d-9267f5c1a2"
"""The Identity Center's own directory, in the management account."""
GOVERNANCE: Final = "AWSReservedSSO_MLGovernance_9f8e7d6c5b4a3f2e"
CONSOLE: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
STUDIO_AGENT: Final = "Boto3/1.42.3 md/Botocore#1.42.3 lang/python#3.12.9 AWS-SageMaker-Python-SDK/2.254.1"
TOOL: Final = "APN/1.0 HashiCorp/1.0 Terraform/1.13.5 terraform-provider-aws/6.22.1"


@dataclass(frozen=True, slots=True)
class Caller:
    """An IAM user, or where `role` is given a session of that role; the same in whatever account they act."""

    name: str
    """The user's, or the session's."""
    role: str = ""
    path: str = "/"
    source: str = ""
    """The session's source identity."""
    center: str = ""
    """The Identity Center user for whom the session is."""
    agent: str = CONSOLE

    def principal(self, account: str, at: datetime) -> Principal:
        """Who they are to AWS in an account; their session began with the hour."""
        kind = "AROA" if self.role else "AIDA"
        unique = f"{kind}{_letters(account, self.role or self.name, length=17)}"
        if not self.role:
            arn, key = f"arn:aws:iam::{account}:user/{self.name}", f"AKIA{_letters(account, self.name, length=16)}"
            return Principal(account, arn, unique, key, user_name=self.name)
        began = at.replace(minute=0, second=0, microsecond=0)
        return Principal(
            account,
            f"arn:aws:sts::{account}:assumed-role/{self.role}/{self.name}",
            f"{unique}:{self.name}",
            f"ASIA{_letters(account, self.role, self.name, self.source, began, length=16)}",
            role_arn=f"arn:aws:iam::{account}:role{self.path}{self.role}",
            source_identity=self.source or None,
            created_at=began,
            on_behalf_of={"userId": self.center, "identityStoreArn": STORE} if self.center else {},
        )

    def identity(self, account: str, at: datetime) -> Identity:
        """The userIdentity of what they call."""
        return identities.of(self.principal(account, at))


def center(person: people.Colleague, permission_set: str = roles.ENGINEER) -> Caller:
    """Somebody who came by the access portal."""
    user = hashlib.sha256(person.email.encode()).hexdigest()
    user_id = f"{user[:8]}-{user[8:12]}-7{user[13:16]}-8{user[17:20]}-{user[20:32]}"
    return Caller(person.email, permission_set, roles.CENTER_PATH, center=user_id)


def studio(profile: str = "") -> Caller:
    """Somebody in Studio: by their profile where the domain says whose sessions are, else nobody can tell whose."""
    return Caller("SageMaker", roles.STUDIO_ROLE, roles.STUDIO_PATH, profile, agent=STUDIO_AGENT)


def pipeline(run: str) -> Caller:
    """A run of the team's own deployment."""
    return Caller(run, roles.PIPELINE_ROLE, agent="Boto3/1.42.3 md/Botocore#1.42.3 lang/python#3.12.9")


def bot(person: people.Colleague) -> Caller:
    """The bot, for somebody in Slack."""
    return Caller(person.id, roles.OPERATE_ROLE, source=person.id, agent="Boto3/1.42.3 md/Botocore#1.42.3 sagewatch")


RECORDER: Final = Caller(
    "AWSConfig-Describe",
    "AWSServiceRoleForConfig",
    "/aws-service-role/config.amazonaws.com/",
    agent="config.amazonaws.com",
)
"""AWS Config, which Control Tower has in every account, looking at what there is."""
MAYA: Final = center(people.MAYA)
INGRID: Final = center(people.INGRID, GOVERNANCE)
DIEGO: Final = studio("diego-ramirez")
DIEGO_SIGNED_IN: Final = center(people.DIEGO)
SHARED: Final = studio()
PRIYA: Final = Caller("priya", agent=TOOL)


def _letters(*parts: object, length: int) -> str:
    """As AWS's unique ids have them."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return base64.b32encode(digest).decode()[:length]
