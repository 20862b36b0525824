"""What a person does in their client, and what the client says about it."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.errors import Refused
from sandbox.slack.records import Channel, Json, Message, User
from sandbox.slack.service import Slack
from sandbox.slack.socket_mode import Ack


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: `error` is what the client shows; `ack_ms` None when nothing was delivered or acknowledged."""

    ack_ms: float | None = None
    error: str | None = None
    errors: Json = field(default_factory=dict)
    """Sentences at a form's fields, by block_id."""

    def answer(self) -> Json:
        """For the control API."""
        failed = {"error": self.error} if self.error else {}
        at_fields = {"errors": self.errors} if self.errors else {}
        return {"ok": self.error is None, "ack_ms": self.ack_ms, **failed, **at_fields}


def outcome(ack: Ack | None) -> Outcome:
    """The outcome of one delivery, in the words that Slack's client uses."""
    if ack is None:
        return Outcome()
    if ack.how == "acked":
        return Outcome(ack.ms)
    return Outcome(error="operation_timeout" if ack.how == "timeout" else "dispatch_failed")


def warn(slack: Slack, user: User, text: str) -> None:
    """A warning on one person's screen."""
    slack.workspace.bus.publish({"kind": "warning", "user": user.id, "text": text}, lambda who: who == user.id)


def actor(slack: Slack, user_id: str) -> User:
    """The person who acts; raises Refused when there is none of that id."""
    user = slack.workspace.users.get(user_id)
    if user is None or user.is_bot:
        raise Refused(404, f"there is no person {user_id!r} in the workspace")
    return user


def seen_channel(slack: Slack, user: User, reference: str) -> Channel:
    """The channel, by id or name, that somebody can see; raises Refused 404 or 403."""
    channel = slack.workspace.channel(reference)
    if channel is None and reference == f"D{user.id[1:]}":
        channel = slack.workspace.im(user.id)
    if channel is None:
        raise Refused(404, f"there is no channel {reference!r}")
    if not slack.workspace.sees_channel(user.id, channel):
        raise Refused(403, f"{user.name} cannot see #{channel.name or channel.id}")
    return channel


def seen_message(slack: Slack, user: User, channel: Channel, ts: str) -> Message:
    """The message that somebody can see; raises Refused 404."""
    message = slack.workspace.message(channel.id, ts)
    if message is None or not slack.workspace.sees(user.id, message):
        raise Refused(404, f"there is no message {ts!r} in that channel for {user.name}")
    return message


def own_view(slack: Slack, user: User, view_id: str) -> Json:
    """The view that somebody has open, or their App Home; raises Refused 404."""
    found = slack.views.find(view_id)
    if found is None or found[0] != user.id:
        raise Refused(404, f"{user.name} has no view {view_id!r} open")
    return found[1]


def remember(slack: Slack, user: User, place: str, block_id: str, action_id: str, state: Any) -> None:
    """Keep what somebody chose, for the `state` of what they do next there."""
    slack.choices.setdefault((user.id, place), {}).setdefault(block_id, {})[action_id] = state
