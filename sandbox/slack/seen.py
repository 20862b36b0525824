"""The workspace as its page shows it: to everybody, and to one person."""

from dataclasses import asdict

from sandbox.slack.api_conversations import channel_json
from sandbox.slack.deeds import Outcome, outcome
from sandbox.slack.errors import Refused
from sandbox.slack.records import Channel, Json, User
from sandbox.slack.service import Slack
from sandbox.slack.workspace import Workspace, shown


def people(workspace: Workspace) -> Json:
    """Team, people with their groups, channels, groups and commands."""
    return {
        "team": {"id": workspace.team_id, "name": workspace.team_name},
        "users": [{**asdict(user), "groups": _groups_of(workspace, user)} for user in workspace.users.values()],
        "channels": [asdict(channel) for channel in workspace.channels.values() if not channel.is_im],
        "groups": [asdict(group) for group in workspace.groups.values()],
        "commands": [asdict(command) for command in workspace.app.commands],
    }


def _groups_of(workspace: Workspace, user: User) -> list[str]:
    return [group.handle for group in workspace.groups.values() if user.id in group.users]


def me(slack: Slack, user: User) -> Json:
    """One person, the channels they see (members of the team have the bot's conversation among them), their Home."""
    workspace = slack.workspace
    if user.team_id == workspace.team_id:
        workspace.im(user.id)
    channels = [one for one in list(workspace.channels.values()) if workspace.sees_channel(user.id, one)]
    return {
        "user": {**asdict(user), "groups": _groups_of(workspace, user)},
        "channels": [_channel(slack, user, one) for one in channels],
        "home": workspace.homes.get(user.id),
        "views": slack.views.stack(user.id),
    }


def _channel(slack: Slack, user: User, channel: Channel) -> Json:
    joined = {"is_member": slack.workspace.is_member(user.id, channel)}
    return {**channel_json(slack, channel), **asdict(channel), **joined}


def messages(slack: Slack, user: User, channel: Channel, thread_ts: str | None) -> list[Json]:
    """What somebody sees in a channel, or in one of its threads, oldest first.

    Raises Refused 404 for a thread that is not there.
    """
    workspace = slack.workspace
    if thread_ts is None:
        found = [one for one in workspace.history(channel.id) if one.in_channel]
    else:
        found = list(workspace.thread(channel.id, thread_ts))
        if not found:
            raise Refused(404, f"there is no message {thread_ts!r} in that channel")
    return [shown(one) for one in found if workspace.sees(user.id, one)]


async def home_opened(slack: Slack, user: User) -> Outcome:
    """Somebody opens the app's Home; the app hears of it and may publish one."""
    workspace = slack.workspace
    if user.team_id != workspace.team_id:
        raise Refused(403, f"{user.name} belongs to another workspace, which has no Home of this app")
    at = workspace.next_ts()
    inner: Json = {"type": "app_home_opened", "user": user.id, "channel": workspace.im(user.id).id, "tab": "home"}
    home = workspace.homes.get(user.id)
    view = {"view": home} if home else {}
    return Outcome(outcome(await slack.events.send("app_home_opened", {**inner, **view, "event_ts": at})).ack_ms)
