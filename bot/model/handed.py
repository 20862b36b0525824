"""What somebody outside was told last: kept with what was queued, so that each step follows from the one before."""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What a destination is told of an episode: PagerDuty's three words (Events API v2)."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Handed:
    """The last that a destination was told, or will be, of the episode that was queued last."""

    destination: str
    """Its name in the settings."""
    action: Action
