"""Slack as the product needs it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model.person import Person
from bot.model.reply import Reply


@dataclass(frozen=True, slots=True)
class Tag:
    """The mark by which a message is found again: its metadata. No secrets: members can read it."""

    card: str
    """`str(CardKey)`."""
    revision: int
    row: int
    """The outbox row's id."""


class Chat(Protocol):
    """Messages. Each method raises ChatError's children; only `Unconfirmed` means that it may have happened.

    A channel that is shared with another company is a lost one: nothing is posted or edited there.
    """

    def post(
        self, channel: str, reply: Reply, tag: Tag, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> tuple[str, str]:
        """Post; returns (channel id, ts). `channel` is an id or a name without `#`."""
        ...

    def id_of(self, channel: str) -> str:
        """A channel's id, by its id or its name without `#`; an answer may be ten minutes old.

        Raises ChannelLost when the bot is in no channel of that name, Unknowable when Slack does not say.
        """
        ...

    def update(self, channel_id: str, ts: str, reply: Reply, tag: Tag) -> None:
        """Edit in place. Raises MessageGone when it was deleted."""
        ...

    def find(self, channel: str, tag: Tag, since: datetime, *, thread_ts: str | None = None) -> tuple[str, str] | None:
        """(channel id, ts) of our message with this mark: a card by `card`, a thread's reply by `row`.

        Reads the channel's history (or the thread's replies) back to `since`; the bot must be a member.
        """
        ...


class People(Protocol):
    """Who somebody is; answers may be a minute old unless `fresh`."""

    def person(self, user_id: str, team_id: str) -> Person:
        """A person whom Slack does not know is a stranger. Raises Unknowable when Slack does not say."""
        ...

    def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """User ids of a group, by id or handle; empty when there is none. Raises Unknowable when Slack does not say."""
        ...

    def named(self, name: str) -> tuple[Person, ...]:
        """Those who may be meant by `@maya`, by a name as Slack shows it, or by an id: nobody, one or several.

        Raises Unknowable when Slack does not say.
        """
        ...

    def by_email(self, address: str) -> Person | None:
        """Whose e-mail address it is; None where nobody's of the workspace. Raises ChatError."""
        ...

    def is_external(self, channel_id: str) -> bool:
        """Whether the channel is shared with another company. Raises Unknowable where that cannot be told."""
        ...
