"""The Slack app's manifest, made from what the product listens to and calls."""

import json
import re
from typing import Any

from bot.errors import BadRequest

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
)
"""What the bot calls and hears needs these; the histories are for finding a message whose reply was lost.

`files:write` and `im:write` bring somebody a CSV; by their address people are told from who registered a model.
"""
EVENTS = ("app_home_opened", "app_mention", "message.im")
PATH = "/slack/events"
"""Where Slack's requests arrive over HTTP, commands, clicks and events alike."""
MOST_URL = 3000
"""Characters of a slash command's URL (Slack's manifest schema); the other two may have 3,500."""
_URL = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(/[A-Za-z0-9._~-]+)+")
_EXAMPLE = "Say where the bot answers from outside, as https://sagewatch.example.com."


def request_url(address: str) -> str:
    """Where Slack finds a bot that answers at `https://host[:port][/path]`. Raises BadRequest for another address."""
    found = f"{address.rstrip('/').removesuffix(PATH)}{PATH}"
    if not _URL.fullmatch(found) or len(found) > MOST_URL:
        raise BadRequest(f"{address} is no address that Slack can call", _EXAMPLE)
    return found


def manifest(slash: str = "/ml", url: str = "") -> dict[str, Any]:
    """Version 2 of the manifest: for Socket Mode, or for HTTP to a `request_url`."""
    at = {"request_url": url} if url else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": "Sagewatch",
            "description": "Governs machine learning on AWS across many accounts",
            "background_color": "#20493a",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Sagewatch", "always_online": True},
            "slash_commands": [
                {
                    "command": slash,
                    **({"url": url} if url else {}),
                    "description": "Machine learning on AWS: what is wrong, and who has it",
                    "usage_hint": "help | violations | incidents | ack 12",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **at},
            "socket_mode_enabled": not url,
            "org_deploy_enabled": False,
            "token_rotation_enabled": False,
        },
    }


def text(slash: str = "/ml", url: str = "") -> str:
    """As Slack's form takes it."""
    return json.dumps(manifest(slash, url), indent=2) + "\n"
