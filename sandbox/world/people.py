"""The workspace's people, user groups and channels, with ids in Slack's form."""

from dataclasses import dataclass
from typing import Final, Literal

TEAM_ID: Final = "T0SAGEWAT1"
TEAM_NAME: Final = "Northbank"
PARTNER_TEAM_ID: Final = "T0ACMECRP2"

Membership = Literal["member", "guest", "stranger"]
"""A full member; a multi-channel guest (`is_restricted`); somebody of another workspace, met by Slack Connect."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody in the workspace; `tz` is an IANA name, `role` what they do here."""

    id: str
    handle: str
    name: str
    tz: str
    role: str
    email: str
    membership: Membership = "member"
    team_id: str = TEAM_ID
    workspace_admin: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A user group; `members` are user ids."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; `members` are user ids, the bot is added by whoever installs it."""

    id: str
    name: str
    topic: str
    members: tuple[str, ...]
    external: bool = False
    """Shared with another company by Slack Connect."""


MAYA: Final = Colleague(
    "U0MAYAOKAF", "maya", "Maya Okafor", "Europe/London", "ML engineer on call", "maya.okafor@example.com"
)
DIEGO: Final = Colleague(
    "U0DIEGORAM", "diego", "Diego Ramírez", "America/Los_Angeles", "data scientist", "diego.ramirez@example.com"
)
PRIYA: Final = Colleague(
    "U0PRIYANAT",
    "priya",
    "Priya Natarajan",
    "Asia/Kolkata",
    "platform engineer",
    "priya.natarajan@example.com",
    workspace_admin=True,
)
INGRID: Final = Colleague(
    "U0INGRIDSO", "ingrid", "Ingrid Solberg", "Europe/Oslo", "governance lead", "ingrid.solberg@example.com"
)
KENJI: Final = Colleague(
    "U0KENJIWAT", "kenji", "Kenji Watanabe", "Asia/Tokyo", "product manager", "kenji.watanabe@example.com"
)
LEILA: Final = Colleague(
    "U0LEILAHAD",
    "leila",
    "Leila Haddad",
    "America/New_York",
    "consultant",
    "leila.haddad@example.net",
    membership="guest",
)
TOM: Final = Colleague(
    "U0TOMFISHR",
    "tom.fisher",
    "Tom Fisher",
    "Australia/Sydney",
    "partner's analyst",
    "tom.fisher@acme.example",
    membership="stranger",
    team_id=PARTNER_TEAM_ID,
)

PEOPLE: Final = (MAYA, DIEGO, PRIYA, INGRID, KENJI, LEILA, TOM)
MEMBERS: Final = tuple(person.id for person in PEOPLE if person.membership == "member")

ML_ONCALL: Final = Group("S0MLONCALL", "ml-oncall", "ML on call", (MAYA.id, DIEGO.id))
ML_PLATFORM: Final = Group("S0MLPLATFM", "ml-platform", "ML platform", (PRIYA.id,))
ML_GOVERNANCE: Final = Group("S0MLGOVERN", "ml-governance", "ML governance", (INGRID.id,))
GROUPS: Final = (ML_ONCALL, ML_PLATFORM, ML_GOVERNANCE)

CHANNELS: Final = (
    Channel("C0MLALERTS", "ml-alerts", "What our models' monitors find", (*MEMBERS, LEILA.id)),
    Channel("C0MLPLATFM", "ml-platform", "Endpoints, pipelines, accounts", MEMBERS),
    Channel("C0MLRISK01", "ml-risk", "Models of the risk team", MEMBERS),
    Channel("C0GENERAL1", "general", "Everybody", MEMBERS),
    Channel("C0PARTNERA", "partner-acme", "With Acme", (MAYA.id, KENJI.id, LEILA.id, TOM.id), external=True),
)
