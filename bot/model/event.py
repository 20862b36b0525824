"""Events as they arrive: one message of a queue, and the EventBridge envelope in it."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.report import Document


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was received and is not yet deleted."""

    id: str
    receipt: str
    """What deletes it; another one at each receive."""
    body: str
    received: int
    """How often it was received, this time included."""


@dataclass(frozen=True, slots=True)
class Event:
    """What EventBridge vouches for: the account is the sender's, whatever the detail says.

    `vouched` is False of what came by SNS: anyone who may publish to the topic can write all of it.
    """

    id: str
    source: str
    kind: str
    """The `detail-type`."""
    account_id: str
    region: str
    at: datetime
    detail: Document
    resources: tuple[str, ...] = ()
    """ARNs."""
    vouched: bool = True
