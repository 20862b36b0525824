"""The world's people in Slack's shapes, with the app installed among them as its manifest says."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.setup import manifest
from sandbox.slack.records import App as Installation
from sandbox.slack.records import Channel, Command, User, UserGroup
from sandbox.slack.workspace import Workspace
from sandbox.world import people

SLASH = Command(
    "/ml", "Machine learning on AWS: what is wrong, and who has it", "help | violations | incidents | ack 12"
)


def workspace() -> Workspace:
    """The world's people in Slack's shapes, the app installed as its manifest says; it is not in #general."""
    app = Installation(
        commands=(SLASH,),
        scopes=frozenset(manifest.SCOPES),
        events=frozenset(manifest.EVENTS),
        # Reported of Slack (slackapi/bolt-js#2287), against its documentation: the stricter.
        command_replaces=False,
    )
    return Workspace(
        users=[_user(p) for p in people.PEOPLE],
        channels=[_channel(c, app.user_id) for c in people.CHANNELS],
        groups=[UserGroup(g.id, g.handle, g.name, list(g.members)) for g in people.GROUPS],
        team_id=people.TEAM_ID,
        team_name=people.TEAM_NAME,
        team_domain=people.TEAM_NAME.lower(),
        app=app,
    )


def _user(person: people.Colleague) -> User:
    offset = datetime.now(ZoneInfo(person.tz)).utcoffset() or timedelta()
    return User(
        person.id,
        person.handle,
        person.name,
        person.team_id,
        tz=person.tz,
        tz_offset_s=round(offset.total_seconds()),
        email=person.email,
        title=person.role,
        role=person.role,
        is_admin=person.workspace_admin,
        is_restricted=person.membership == "guest",
    )


def _channel(channel: people.Channel, bot_id: str) -> Channel:
    members = list(channel.members) if channel.name == "general" else [*channel.members, bot_id]
    return Channel(channel.id, channel.name, members, channel.topic, is_ext_shared=channel.external)
