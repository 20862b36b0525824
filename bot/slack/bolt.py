"""The Bolt app: few listeners with patterns, since Bolt tries them one by one."""

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.slack.desk import Desk
from bot.slack.payload import text

OURS = re.compile(r"^ml:")


def build(client: WebClient, desk: Desk, slash: str, identity: Mapping[str, str]) -> App:
    """`process_before_response`: a listener's return is the acknowledgement.

    With Bolt's default, five slow listeners would starve every later request, and each acknowledgement would wait
    for a 10 ms poll.
    """

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.get("team_id"),
            bot_user_id=identity.get("user_id"),
            bot_id=identity.get("bot_id"),
            bot_token=client.token,
        )

    app = App(
        name="sagewatch",  # else Bolt looks for the name of the file that calls it, 25 ms long
        # Without a token: Bolt warns of one beside `authorize`, and nothing here calls Slack through Bolt.
        client=WebClient(base_url=client.base_url),
        authorize=authorize,
        process_before_response=True,
        token_verification_enabled=False,
        request_verification_enabled=False,
    )
    _listen(app, desk, slash)
    _hear(app, desk)
    return app


def _listen(app: App, desk: Desk, slash: str) -> None:
    @app.command(slash)
    def command(ack: Any, body: dict[str, Any]) -> None:
        desk.command(ack, body)

    @app.action(OURS)
    def action(ack: Any, body: dict[str, Any]) -> None:
        desk.click(ack, body)

    @app.view(OURS)
    def submission(ack: Any, body: dict[str, Any]) -> None:
        desk.submit(ack, body)


def _hear(app: App, desk: Desk) -> None:
    @app.event("app_mention")
    def mention(event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("bot_id") and not event.get("user"):
            return  # a webhook or workflow: nobody asks, so nobody's rights could be looked up
        said = body.get("is_ext_shared_channel")
        shared = said if isinstance(said, bool) else None
        desk.mention(event, team_id=text(body, "team_id"), event_id=text(body, "event_id"), shared=shared)

    @app.event("app_home_opened")
    def home(event: dict[str, Any], body: dict[str, Any]) -> None:
        desk.home(event, team_id=text(body, "team_id"), event_id=text(body, "event_id"))

    @app.event("message")
    def message(event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("channel_type") == "im" and not event.get("subtype") and not event.get("bot_id"):
            desk.mention(event, team_id=text(body, "team_id"), event_id=text(body, "event_id"))
