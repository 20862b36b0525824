"""People of the workspace and what they may do."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each role is granted for itself, admin holds all."""

    ANYONE = "anyone"
    VIEWER = "viewer"
    RESPONDER = "responder"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Slack. A stranger is of another workspace or comes through Slack Connect."""

    id: str
    team_id: str
    name: str
    tz: str = "UTC"
    guest: bool = False
    stranger: bool = False
    bot: bool = False
    email: str = ""
    """Empty where Slack does not give it to the bot (scope `users:read.email`)."""
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """Who has a role: user ids, user groups; `accounts` empty means every account."""

    role: Role
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


BOT_PERSON_ID = "sagewatch"
"""Who asks when the poll asks."""
