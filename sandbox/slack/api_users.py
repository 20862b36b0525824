"""users.* and usergroups.*."""

from sandbox.slack.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import method
from sandbox.slack.records import Json, User, UserGroup
from sandbox.slack.service import Slack


def user_json(slack: Slack, user: User) -> Json:
    """A person as `users.info` shows them; the address only with the scope for it."""
    workspace = slack.workspace
    is_ours = user.team_id == workspace.team_id
    profile: Json = {
        "real_name": user.real_name,
        "display_name": user.display_name or user.real_name,
        "title": user.title,
        "team": user.team_id,
    }
    if user.email and "users:read.email" in workspace.app.scopes:
        profile["email"] = user.email
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.tz_offset_s,
        "profile": profile,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
    }
    return shown if is_ours else {**shown, "is_stranger": not _shares_channel(slack, user)}


def _shares_channel(slack: Slack, user: User) -> bool:
    """Slack calls a foreign person a stranger unless a channel visible to the app is shared with them."""
    workspace = slack.workspace
    return any(user.id in one.members and workspace.bot_in(one) for one in workspace.channels.values())


@method("users.info", scope="users:read", tier=4)
def info(slack: Slack, args: Args) -> Json:
    """One person."""
    args.need("user")
    user = slack.workspace.users.get(args.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user_json(slack, user)}


@method("users.lookupByEmail", scope="users:read.email", tier=3)
def lookup_by_email(slack: Slack, args: Args) -> Json:
    """One person of the workspace, by address (docs.slack.dev: users.lookupByEmail)."""
    args.need("email")
    wanted = args.text("email").casefold()
    team = slack.workspace.team_id
    user = next((u for u in slack.workspace.users.values() if u.email.casefold() == wanted and u.team_id == team), None)
    if user is None:
        raise SlackError("users_not_found")
    return {"user": user_json(slack, user)}


@method("users.list", scope="users:read", tier=2)
def listing(slack: Slack, args: Args) -> Json:  # noqa: ARG001 - every method takes them
    """Everybody whom the workspace knows."""
    members = [user_json(slack, user) for user in slack.workspace.users.values()]
    return {"members": members, "cache_ts": int(slack.workspace.now()), "response_metadata": {"next_cursor": ""}}


def _group_json(slack: Slack, group: UserGroup, *, with_users: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": slack.workspace.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return {**shown, "users": group.users} if with_users else shown


@method("usergroups.list", scope="usergroups:read", tier=2)
def groups(slack: Slack, args: Args) -> Json:
    """All user groups."""
    with_users = args.flag("include_users")
    found = [_group_json(slack, group, with_users=with_users) for group in slack.workspace.groups.values()]
    return {"usergroups": found}


@method("usergroups.users.list", scope="usergroups:read", tier=2)
def group_users(slack: Slack, args: Args) -> Json:
    """Ids of a group's members."""
    args.need("usergroup")
    group = slack.workspace.groups.get(args.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": group.users}
