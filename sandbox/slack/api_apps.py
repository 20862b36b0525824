"""auth.test and apps.connections.open."""

from sandbox.slack.args import Args
from sandbox.slack.methods import method
from sandbox.slack.records import Json
from sandbox.slack.service import Slack
from sandbox.slack.socket_mode import ticket_url


@method("auth.test", tier=4)
def auth_test(slack: Slack, args: Args) -> Json:  # noqa: ARG001 - every method takes them
    """Who the token is."""
    workspace = slack.workspace
    return {
        "url": f"{slack.base_url}/",
        "team": workspace.team_name,
        "user": workspace.app.handle,
        "team_id": workspace.team_id,
        "user_id": workspace.app.user_id,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", tier=1, bearer="app")
def connections_open(slack: Slack, args: Args) -> Json:  # noqa: ARG001 - every method takes them
    """A WebSocket's URL, good for one connection."""
    return {"url": ticket_url(slack.base_url, slack.sockets.ticket(), slack.workspace.app.id)}
