"""What Slack sends to the app (docs.slack.dev, "Slash commands", "Interaction payloads", "Events API")."""

from typing import TYPE_CHECKING

from sandbox.slack.records import Channel, Json, Message, User

if TYPE_CHECKING:
    from sandbox.slack.service import Slack
    from sandbox.slack.workspace import Workspace

_TOKEN = "verification-token-of-the-sandbox"  # noqa: S105 - deprecated by Slack, checked by nobody


def channel_name(channel: Channel) -> str:
    """The name that payloads carry; private conversations are not named."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def command(slack: "Slack", user: User, channel: Channel, line: tuple[str, str], response_url: str) -> Json:
    """A slash command; `line` is the command and its text. The team is the one of whoever typed it."""
    workspace = slack.workspace
    return {
        "token": _TOKEN,
        "team_id": user.team_id,
        "team_domain": _domain(workspace, user),
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": line[0],
        "text": line[1],
        "api_app_id": workspace.app.id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": slack.triggers.make(user.id),
    }


def interaction(slack: "Slack", kind: str, user: User, *, with_trigger: bool = True) -> Json:
    """What every interactive payload has."""
    workspace = slack.workspace
    trigger = {"trigger_id": slack.triggers.make(user.id)} if with_trigger else {}
    return {
        "type": kind,
        "team": {"id": user.team_id, "domain": _domain(workspace, user)},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": workspace.app.id,
        "token": _TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
        **trigger,
    }


def on_message(message: Message, channel: Channel, response_url: str) -> Json:
    """Where a click happened; Slack sends no content for ephemeral messages."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    shown: Json = {} if message.only_for else {"message": message.body}
    place = {"id": channel.id, "name": channel_name(channel)}
    return {"container": container, "channel": place, "response_url": response_url, **shown}


def event(workspace: "Workspace", event_id: str, inner: Json, *, is_ext_shared: bool) -> Json:
    """The envelope of an event."""
    bot_authorization = {
        "enterprise_id": None,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": _TOKEN,
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app.id,
        "event": inner,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(workspace.now()),
        "authorizations": [bot_authorization],
        "is_ext_shared_channel": is_ext_shared,
        "event_context": f"4-{event_id}",
    }


def _domain(workspace: "Workspace", user: User) -> str:
    return workspace.team_domain if user.team_id == workspace.team_id else user.team_id.lower()
