"""conversations.*: what the bot can read of channels, under the scope of each kind of channel."""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from sandbox.slack.args import Args, invalid
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import known_channel, method, require_scope, scope_kind
from sandbox.slack.records import Channel, Json, Message
from sandbox.slack.service import Slack


def _readable(slack: Slack, args: Args) -> Channel:
    """A channel whose messages the bot may read: known, in scope, and the bot is a member."""
    channel = known_channel(slack, args)
    require_scope(slack, f"{scope_kind(channel)}:history")
    if not slack.workspace.bot_in(channel):
        raise SlackError("not_in_channel")
    return channel


def _seconds(args: Args, name: str) -> float | None:
    text = args.text(name)
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _window(messages: Iterable[Message], args: Args) -> list[Message]:
    """Those between `oldest` and `latest`, both excluded unless `inclusive`."""
    oldest, latest, inclusive = _seconds(args, "oldest"), _seconds(args, "latest"), args.flag("inclusive")

    def within(message: Message) -> bool:
        at = float(message.ts)
        late_enough = oldest is None or at > oldest or (inclusive and at == oldest)
        return late_enough and (latest is None or at < latest or (inclusive and at == latest))

    return [one for one in messages if one.only_for is None and within(one)]


def _page(found: list[Any], args: Args, default: int, most: int, shown: Any) -> tuple[list[Any], str]:
    """One page and the next cursor; a cursor carries an offset, as base64."""
    limit = args.number("limit", default, 1, most)
    start = _offset(args.text("cursor"))
    end = start + limit
    cursor = base64.b64encode(f"offset:{end}".encode()).decode() if end < len(found) else ""
    return [shown(one) for one in found[start:end]], cursor


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("offset:"))
    except (ValueError, binascii.Error):
        raise SlackError("invalid_cursor") from None


def _message(args: Args) -> Any:
    with_metadata = args.flag("include_all_metadata")

    def shown(message: Message) -> Json:
        return {key: value for key, value in message.body.items() if key != "metadata" or with_metadata}

    return shown


def _listed(messages: list[Json], cursor: str) -> Json:
    more: Json = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
    return {"messages": messages, "has_more": bool(cursor), **more}


@method("conversations.history", tier=3)
def history(slack: Slack, args: Args) -> Json:
    """A channel's messages, newest first; replies only where they were sent to the channel too."""
    channel = _readable(slack, args)
    found = [one for one in _window(slack.workspace.history(channel.id), args) if one.in_channel]
    messages, cursor = _page(found[::-1], args, 100, 999, _message(args))
    return {**_listed(messages, cursor), "pin_count": 0}


@method("conversations.replies", tier=3)
def replies(slack: Slack, args: Args) -> Json:
    """A thread, its parent first, oldest first."""
    args.need("channel", "ts")
    channel = _readable(slack, args)
    ts = args.text("ts")
    asked = slack.workspace.message(channel.id, ts)
    if asked is None or asked.only_for is not None:
        raise SlackError("thread_not_found")
    parent_ts = asked.thread_ts or ts
    thread = _window(slack.workspace.thread(channel.id, parent_ts), args)
    parent = slack.workspace.message(channel.id, parent_ts)
    if parent is not None and parent not in thread:
        thread.insert(0, parent)
    messages, cursor = _page(thread, args, 1000, 1000, _message(args))
    return _listed(messages, cursor)


def channel_json(slack: Slack, channel: Channel) -> Json:
    """A channel as `conversations.info` shows it."""
    if channel.is_im:
        return {"id": channel.id, "is_im": True, "user": channel.members[0], "is_archived": False, "is_open": True}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": channel.name == "general",
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_member": slack.workspace.bot_in(channel),
        "context_team_id": slack.workspace.team_id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


@method("conversations.info", tier=3)
def info(slack: Slack, args: Args) -> Json:
    """One channel; with `include_num_members` its size."""
    channel = known_channel(slack, args)
    require_scope(slack, f"{scope_kind(channel)}:read")
    extra = {"num_members": len(channel.members)} if args.flag("include_num_members") else {}
    return {"channel": {**channel_json(slack, channel), **extra}}


_KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


@method("conversations.list", tier=2)
def listing(slack: Slack, args: Args) -> Json:
    """The channels of the asked `types`; private ones only where the bot is a member."""
    return _listing(slack, args, only_own=False)


def _listing(slack: Slack, args: Args, *, only_own: bool) -> Json:
    kinds = [kind.strip() for kind in args.text("types", "public_channel").split(",")]
    unknown = [kind for kind in kinds if kind not in _KINDS]
    if unknown:
        raise SlackError("invalid_types")
    for kind in kinds:
        require_scope(slack, f"{_KINDS[kind]}:read")
    wanted = {_KINDS[kind] for kind in kinds}
    known = [one for one in slack.workspace.channels.values() if slack.workspace.bot_in(one) or not only_own]
    found = [one for one in known if _is_listed(slack, one, wanted, args)]
    channels, cursor = _page(found, args, 100, 999, lambda one: _with_size(slack, one))
    return {"channels": channels, "response_metadata": {"next_cursor": cursor}}


@method("users.conversations", tier=3)
def of_user(slack: Slack, args: Args) -> Json:
    """The bot's own channels of the asked `types`."""
    return _listing(slack, args, only_own=True)


def _with_size(slack: Slack, channel: Channel) -> Json:
    return {**channel_json(slack, channel), "num_members": len(channel.members)}


def _is_listed(slack: Slack, channel: Channel, wanted: set[str], args: Args) -> bool:
    is_known = not (channel.is_private or channel.is_im) or slack.workspace.bot_in(channel)
    is_archived_out = channel.is_archived and args.flag("exclude_archived")
    return scope_kind(channel) in wanted and is_known and not is_archived_out


@method("conversations.members", tier=4)
def members(slack: Slack, args: Args) -> Json:
    """Ids of a channel's members."""
    channel = known_channel(slack, args)
    require_scope(slack, f"{scope_kind(channel)}:read")
    found, cursor = _page(channel.members, args, 100, 999, str)
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


@method("conversations.open", scope="im:write", tier=3)
def opened(slack: Slack, args: Args) -> Json:
    """The conversation with one person."""
    users = [one for one in args.text("users").split(",") if one]
    if len(users) != 1:
        raise invalid("the sandbox opens conversations with one person")
    if users[0] not in slack.workspace.users:
        raise SlackError("user_not_found")
    return {"channel": {"id": slack.workspace.im(users[0]).id}}
