"""The Slack app's manifest, made from what the product listens to and calls."""

import json
from typing import Any

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "usergroups:read",
    "users:read",
)
"""What the bot calls and hears needs these; the histories are for finding a message whose reply was lost."""
EVENTS = ("app_mention", "message.im")


def manifest(slash: str = "/ml") -> dict[str, Any]:
    """Version 2 of the manifest, for Socket Mode."""
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": "Sagewatch",
            "description": "Governs machine learning on AWS across many accounts",
            "background_color": "#20493a",
        },
        "features": {
            "app_home": {"messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "Sagewatch", "always_online": True},
            "slash_commands": [
                {
                    "command": slash,
                    "description": "Machine learning on AWS: what is wrong, and who has it",
                    "usage_hint": "help | violations | incidents | ack 12",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
            "org_deploy_enabled": False,
            "token_rotation_enabled": False,
        },
    }


def text(slash: str = "/ml") -> str:
    """As Slack's form takes it."""
    return json.dumps(manifest(slash), indent=2) + "\n"
