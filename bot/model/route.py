"""Where an incident is shown and how patient its channel is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.model.place import Place


@dataclass(frozen=True, slots=True)
class Route:
    """One channel's rules."""

    channel: str
    """A channel's id or name without `#`."""
    acknowledge_for: timedelta = timedelta(hours=24)
    """How long an acknowledgement holds when nobody says otherwise."""


Routing = Callable[[Place], Route]
