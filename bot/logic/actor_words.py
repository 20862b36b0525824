"""Who called, in words: the person and how they are known, or why nobody can tell."""

import re
from typing import Final

from bot.model.reply import Cell, User
from bot.model.trail import Actor, KnownBy

_SLACK_ID: Final = re.compile(r"[UW][A-Z0-9]{5,19}")
_STUDIO: Final = "SageMaker"
"""How sessions of Studio users are called (Developer Guide: monitor user access with sourceIdentity)."""


def who(actor: Actor) -> Cell:
    """The person; of a shared role that nobody can tell."""
    match actor.known_by:
        case KnownBy.THIS_BOT if _SLACK_ID.fullmatch(actor.name):
            return (User(actor.name),)
        case KnownBy.SHARED_ROLE:
            return "cannot be told"
        case _:
            return actor.name


def how(actor: Actor) -> str:
    """How the person is known, or why not."""
    if actor.known_by is KnownBy.SESSION_NAME and actor.role:
        return f"{actor.known_by.value}, role {actor.role}"
    if actor.known_by is not KnownBy.SHARED_ROLE:
        return actor.known_by.value
    if actor.session == _STUDIO:
        return f"shared role {actor.name}; source identity is off in that Studio domain"
    return f"shared role {actor.name}, used without a name"
