"""Typing: messages, mentions, commands."""

from collections.abc import Awaitable, Callable

from sandbox.slack import escape, payloads
from sandbox.slack.deeds import Outcome, outcome
from sandbox.slack.errors import Refused, SlackError
from sandbox.slack.posting import TEXT, slackbots_message
from sandbox.slack.records import Channel, Json, User
from sandbox.slack.service import Slack


async def say(slack: Slack, user: User, channel: Channel, text: str, thread_ts: str | None = None) -> Outcome:
    """What happens when somebody sends `text`; raises Refused when their client would not let them."""
    if not text.strip() or len(text) > TEXT:
        raise Refused(400, f"text must have 1 to {TEXT} characters")
    if not slack.workspace.is_member(user.id, channel):
        raise Refused(403, f"{user.name} is not a member of #{channel.name}")
    if channel.is_archived:
        raise Refused(403, f"#{channel.name} is archived")
    if thread_ts is not None:
        parent = slack.workspace.message(channel.id, thread_ts)
        if parent is None or not slack.workspace.sees(user.id, parent):
            raise Refused(404, f"there is no message {thread_ts!r} to reply to")
        thread_ts = parent.thread_ts or thread_ts
    if text.startswith("/"):
        return await _command(slack, user, channel, text, thread_ts)
    return await _message(slack, user, channel, text, thread_ts)


def tell(slack: Slack, user: User, channel: Channel, text: str, thread_ts: str | None = None) -> None:
    """What Slack itself says to one person."""
    placed = {"thread_ts": thread_ts} if thread_ts else {}
    slack.workspace.post(channel, {**slackbots_message(text), **placed}, only_for=user.id)


async def _message(slack: Slack, user: User, channel: Channel, text: str, thread_ts: str | None) -> Outcome:
    workspace = slack.workspace
    stored = escape.typed(workspace, text)
    body: Json = {
        "type": "message",
        "user": user.id,
        "team": user.team_id,
        "text": stored,
        "client_msg_id": workspace.next_id("M"),
        "blocks": escape.blocks_of(stored, workspace.next_id("B")),
    }
    if thread_ts:
        body["thread_ts"] = thread_ts
    message = workspace.post(channel, body)
    inner = {**message.body, "channel": channel.id, "event_ts": message.ts}
    if channel.is_im:
        heard = await slack.events.send("message.im", {**inner, "channel_type": "im"}, channel)
    elif workspace.bot_id in escape.mentions(stored) and workspace.bot_in(channel):
        heard = await slack.events.send("app_mention", {**inner, "type": "app_mention"}, channel)
    else:
        heard = None
    return Outcome(outcome(heard).ack_ms)


async def _command(slack: Slack, user: User, channel: Channel, text: str, thread_ts: str | None) -> Outcome:
    name, _, rest = text.partition(" ")
    if name in _BUILT_IN:
        return await _BUILT_IN[name](slack, user, channel, rest.strip())
    if name not in {one.command for one in slack.workspace.app.commands}:
        tell(slack, user, channel, f"`{escape.escaped(name)}` is not a valid command.", thread_ts)
        return Outcome(error="unknown_command")
    if thread_ts:
        tell(slack, user, channel, f"{name} is not supported in threads. Sorry!", thread_ts)
        return Outcome(error="not_supported_in_threads")
    return await _dispatched(slack, user, channel, name, rest.strip())


async def _dispatched(slack: Slack, user: User, channel: Channel, name: str, rest: str) -> Outcome:
    """Send a command to the app and show what it acknowledges with."""
    response = slack.responses.for_command(channel.id, user.id)
    workspace = slack.workspace
    should_escape = workspace.app.should_escape
    line = (name, escape.typed(workspace, rest, with_labels=True) if should_escape else escape.escaped(rest))
    url = f"{slack.base_url}/actions/{response.id}"
    payload = payloads.command(slack, user, channel, line, url)
    ack = await slack.deliver("slash_commands", payload, takes_payload=True)
    ended = outcome(ack)
    if ended.error is None and ack.payload:
        answer = {"text": ack.payload} if isinstance(ack.payload, str) else ack.payload
        try:
            slack.responses.apply(response, answer)
        except SlackError as error:
            ended = Outcome(ack.ms, error.code)
            slack.refused(ack, error.code)
    if ended.error is not None:
        tell(slack, user, channel, f'{name} failed with the error "{ended.error}"')
    return ended


async def _invite(slack: Slack, user: User, channel: Channel, rest: str) -> Outcome:
    """Slack's own `/invite @somebody`."""
    invited = escape.person_named(slack.workspace, rest.removeprefix("@"))
    if invited is None or channel.is_im:
        tell(slack, user, channel, "Nobody of that name can be invited here.")
        return Outcome(error="user_not_found")
    if invited in channel.members:
        tell(slack, user, channel, "They are already in this channel.")
        return Outcome(error="already_in_channel")
    channel.members = [*channel.members, invited]
    body = {"type": "message", "subtype": "channel_join", "user": invited, "inviter": user.id}
    message = slack.workspace.post(channel, {**body, "text": f"<@{invited}> has joined the channel"})
    if not slack.workspace.bot_in(channel):
        return Outcome()
    joined = {"type": "member_joined_channel", "user": invited, "channel": channel.id, "inviter": user.id}
    joined |= {"channel_type": "G" if channel.is_private else "C", "team": slack.workspace.team_id}
    heard = await slack.events.send("member_joined_channel", {**joined, "event_ts": message.ts}, channel)
    return Outcome(outcome(heard).ack_ms)


async def _remove(slack: Slack, user: User, channel: Channel, rest: str) -> Outcome:
    """Slack's own `/remove @somebody`."""
    removed = escape.person_named(slack.workspace, rest.removeprefix("@"))
    if removed is None or removed not in channel.members or channel.is_im:
        tell(slack, user, channel, "Nobody of that name is in this channel.")
        return Outcome(error="user_not_found")
    channel.members = [one for one in channel.members if one != removed]
    body = {"type": "message", "subtype": "channel_leave", "user": removed}
    slack.workspace.post(channel, {**body, "text": f"<@{removed}> was removed from the channel"})
    return Outcome()


_BuiltIn = Callable[[Slack, User, Channel, str], Awaitable[Outcome]]
_BUILT_IN: dict[str, _BuiltIn] = {"/invite": _invite, "/remove": _remove}
