"""The Web API's methods: a registry in which each declares its scope, its tier and whose token it wants."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sandbox.slack.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.records import Channel, Json
from sandbox.slack.service import Slack

Call = Callable[[Slack, Args], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """One method: what it needs before `call` runs."""

    name: str
    call: Call
    scope: str | None
    tier: int
    bearer: Literal["bot", "app"]


METHODS: dict[str, Method] = {}


def method(
    name: str, *, tier: int, scope: str | None = None, bearer: Literal["bot", "app"] = "bot"
) -> Callable[[Call], Call]:
    """Declare a method; `tier` as docs.slack.dev gives it for that method."""

    def declare(call: Call) -> Call:
        METHODS[name] = Method(name, call, scope, tier, bearer)
        return call

    return declare


def require_scope(slack: Slack, scope: str) -> None:
    """Raises SlackError `missing_scope` with what is needed and what is there."""
    scopes = slack.workspace.app.scopes
    if scope not in scopes:
        raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(scopes)))


def scope_kind(channel: Channel) -> str:
    """The scope's first half for a channel: each kind of conversation has its own."""
    if channel.is_im:
        return "im"
    return "groups" if channel.is_private else "channels"


def known_channel(slack: Slack, args: Args) -> Channel:
    """The channel named by id, if the bot may know that it is there; raises SlackError `channel_not_found`."""
    args.need("channel")
    channel = slack.workspace.channels.get(args.text("channel"))
    hidden = channel is not None and (channel.is_private or channel.is_im) and not slack.workspace.bot_in(channel)
    if channel is None or hidden:
        raise SlackError("channel_not_found")
    return channel
