"""What Slack must show, as rows written with the change that asks for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.model.incident import Reason


@dataclass(frozen=True, slots=True, order=True)
class CardKey:
    """One Slack message: an incident and its episode."""

    incident: int
    episode: int

    def __str__(self) -> str:
        """As it stands in the message's metadata."""
        return f"{self.incident}:{self.episode}"

    @classmethod
    def of(cls, text: str) -> "CardKey | None":
        """What `str` wrote; None for an empty text."""
        incident, _, episode = text.partition(":")
        return cls(int(incident), int(episode)) if text else None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A wish to show something: `card` posts or edits the card, `note` says something in its thread."""

    kind: Literal["card", "note"]
    card: CardKey
    revision: int
    """The incident's revision that the wish was made at; an edit shows the newest one.

    Of a note of new rows it is the first one of the change that it is about.
    """
    reason: Reason
    channel: str
    """A channel's id or its name without `#`, as the settings give it."""
    broadcast: bool = False
    """For a note: also shown at the channel's bottom."""


RowState = Literal["waiting", "sending", "ambiguous", "parked"]
"""`sending`: a post is under way; found so after a crash it is `ambiguous`."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An `Outgoing` as stored."""

    id: int
    out: Outgoing
    state: RowState
    claimed_at: datetime | None = None
    """When its first attempt began: a lost message is looked for from here."""
    attempts: int = 0
    roundup: int = 0
    """The number of the one message that tells of it and others; 0 for none."""
    quiet: bool = False
    """That message was posted: its own calls nobody."""

    @property
    def is_broadcast(self) -> bool:
        """Whether its message is also shown at the channel's bottom."""
        return self.out.broadcast and not self.quiet


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A message of its own as stored; what it says is read when it is sent."""

    id: int
    key: str
    channel: str
    state: RowState
    claimed_at: datetime | None = None
    """As an outbox row's."""
    attempts: int = 0
    card: CardKey | None = None
    """It stands in this card's thread, once the card stands; else in the channel."""
    revision: int = 0
    """How often what it says was replaced."""
    channel_id: str = ""
    ts: str = ""
    """Where it stands in Slack and is to be edited; empty until it was posted."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a card stands in Slack."""

    card: CardKey
    channel_id: str
    ts: str
    revision: int
