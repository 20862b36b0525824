"""Many incidents that began at once, shown on one card."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Storm:
    """One Slack message that stands for the first cards of many incidents, until their episodes end."""

    number: int
    """As in `storm 3`; its own count, not the incidents'."""
    key: str
    """`storm/channel/start`, as it stands in the message's metadata."""
    channel: str
    """Where it belongs, as a route names it."""
    started_at: datetime
    """On the product's clock."""
    revision: int = 0
    """How often it was drawn, those times counted of which nobody knows whether Slack took them."""
    channel_id: str = ""
    ts: str = ""
    """Where it stands in Slack; empty until it was posted."""
    drawn_at: datetime | None = None
    """When it was drawn last, on the machine's clock."""
    said_at: datetime | None = None
    """When something was said in its thread last, on the machine's clock."""

    @property
    def stands(self) -> bool:
        """Whether there is a message to edit."""
        return bool(self.ts)


def storm_key(channel: str, started_at: datetime) -> str:
    """What tells one storm from every other; `started_at` is aware."""
    return f"storm/{channel}/{started_at.isoformat()}"
