"""What stands in an example of a command, so that it can be typed as it is."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from bot.model.incident import Incident, Status

LOOK_BACK: Final = timedelta(days=30)
"""Incidents resolved longer ago are no examples."""


def example_number(found: Iterable[Incident]) -> str:
    """The number of an incident that is not resolved, else of a resolved one; `12` where there is none."""
    first = min(found, key=lambda incident: incident.state.status is Status.RESOLVED, default=None)
    return str(first.number) if first else "12"
