"""chat.*: post, update, delete, ephemeral, permalink."""

from sandbox.slack.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import known_channel, method
from sandbox.slack.posting import bots_message, checked_metadata, content, refuse_blocks
from sandbox.slack.rates import SPECIAL
from sandbox.slack.records import Channel, Json, Message
from sandbox.slack.service import Slack


def _addressed(slack: Slack, args: Args) -> Channel:
    """Where to post: a channel's id or name, or a person's id; raises SlackError when the bot cannot post there."""
    args.need("channel")
    workspace, given = slack.workspace, args.text("channel")
    if given in workspace.users:
        if given == workspace.bot_id or workspace.users[given].team_id != workspace.team_id:
            raise SlackError("channel_not_found")
        return workspace.im(given)
    channel = workspace.channel(given)
    if channel is None:
        raise SlackError("channel_not_found")
    if not workspace.bot_in(channel):
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    _refuse_archived(slack, channel, "post")
    return channel


def _refuse_archived(slack: Slack, channel: Channel, what: str) -> None:
    """Nobody writes to an archived channel; the fault `archive` has it archived for so many attempts."""
    if channel.is_archived or slack.faults.take("archive", f"{what} in {channel.name}", channel.id):
        raise SlackError("is_archived")


def _made(slack: Slack, args: Args) -> Json:
    """The message's content; the fault `invalid_blocks` refuses any that has blocks."""
    refuse_blocks(slack.faults, args.given)
    return content(args.given)


def _in_thread(slack: Slack, args: Args, channel: Channel) -> Json:
    """What places a message in a thread; raises SlackError when the thread's parent is not there."""
    thread_ts = args.text("thread_ts")
    if not thread_ts:
        return {}
    parent = slack.workspace.message(channel.id, thread_ts)
    if parent is None or parent.only_for is not None:
        raise SlackError("thread_not_found")
    placed = {"thread_ts": parent.thread_ts or thread_ts}
    return {**placed, "subtype": "thread_broadcast"} if args.flag("reply_broadcast") else placed


@method("chat.postMessage", scope="chat:write", tier=SPECIAL)
def post_message(slack: Slack, args: Args) -> Json:
    """Post into a channel, a thread, or to a person."""
    channel = _addressed(slack, args)
    made = {**_made(slack, args), **_in_thread(slack, args, channel)}
    slack.rates.post(channel.id)
    message = slack.workspace.post(channel, bots_message(slack.workspace, made))
    return {"channel": channel.id, "ts": message.ts, "message": message.body}


@method("chat.postEphemeral", scope="chat:write", tier=4)
def post_ephemeral(slack: Slack, args: Args) -> Json:
    """Post to one member of a channel, gone for everybody else."""
    args.need("channel", "user")
    channel = _addressed(slack, args)
    user_id = args.text("user")
    if not slack.workspace.is_member(user_id, channel):
        raise SlackError("user_not_in_channel")
    made = {**_made(slack, args), **_in_thread(slack, args, channel)}
    made.pop("subtype", None)
    message = slack.workspace.post(channel, bots_message(slack.workspace, made), only_for=user_id)
    return {"message_ts": message.ts}


def _own(slack: Slack, args: Args, refusal: str) -> Message:
    """The bot's own message that is meant; ephemeral ones are out of reach (docs.slack.dev, "chat.update")."""
    args.need("channel", "ts")
    channel = known_channel(slack, args)
    message = slack.workspace.message(channel.id, args.text("ts"))
    if message is None or message.only_for is not None:
        raise SlackError("message_not_found")
    if message.body.get("bot_id") != slack.workspace.app.bot_id:
        raise SlackError(refusal)
    _refuse_archived(slack, channel, "edit")
    return message


@method("chat.update", scope="chat:write", tier=3)
def update(slack: Slack, args: Args) -> Json:
    """Edit the bot's own message.

    Blocks left out stay only where no text is given; metadata left out stays, an empty object removes it; an edit
    with blocks is not marked as edited (docs.slack.dev, "chat.update").
    """
    message = _own(slack, args, "cant_update_message")
    if args.json("blocks") is None and args.json("text") is None:
        raise SlackError("no_text")
    made = _made(slack, args)
    _write(slack, message, args, made)
    return {"channel": message.channel, "ts": message.ts, "text": message.body["text"], "message": message.body}


def _write(slack: Slack, message: Message, args: Args, made: Json) -> None:
    metadata = args.json("metadata")
    if metadata:
        made["metadata"] = checked_metadata(metadata)
    replaced = {"blocks"} if metadata != {} else {"blocks", "metadata"}
    kept = {key: value for key, value in message.body.items() if key not in replaced}
    if "blocks" not in made:
        made["edited"] = {"user": slack.workspace.bot_id, "ts": slack.workspace.next_ts()}
    message.body = {**kept, **made}
    slack.workspace.changed(message)


@method("chat.delete", scope="chat:write", tier=3)
def delete(slack: Slack, args: Args) -> Json:
    """Delete the bot's own message."""
    message = _own(slack, args, "cant_delete_message")
    slack.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.getPermalink", tier=4)
def permalink(slack: Slack, args: Args) -> Json:
    """A link that the page understands."""
    args.need("channel", "message_ts")
    channel = known_channel(slack, args)
    message = slack.workspace.message(channel.id, args.text("message_ts"))
    if message is None or message.only_for is not None:
        raise SlackError("message_not_found")
    link = f"{slack.base_url}/#/{channel.id}/{message.ts}"
    return {"channel": channel.id, "permalink": link}
