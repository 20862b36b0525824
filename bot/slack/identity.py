"""Who the bot is in Slack."""

from collections.abc import Mapping

from slack_sdk import WebClient

from bot.slack.web import translated


def who_am_i(client: WebClient) -> Mapping[str, str]:
    """`team_id`, `user_id` and `bot_id` of the token, and `url`, where the workspace is. Raises ChatError."""
    with translated():
        said = client.auth_test()
    return {key: str(said.get(key, "")) for key in ("team_id", "user_id", "bot_id", "url")}
