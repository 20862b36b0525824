"""From an app's arguments to a message: content, metadata, where it may stand."""

import json
import re
from typing import Any

from sandbox.slack.check_surface import checked_blocks
from sandbox.slack.errors import SlackError
from sandbox.slack.faults import Faults
from sandbox.slack.records import Json
from sandbox.slack.workspace import Workspace

TEXT = 40_000
"""Characters of a message's text (docs.slack.dev, "chat.postMessage": truncating)."""

METADATA_CHARS = 16_000
"""A message's metadata as JSON; Slack names the error `metadata_too_large`, the number is the stricter one seen."""

_EVENT_TYPE = re.compile(r"[A-Za-z0-9_]{1,255}")


def refuse_blocks(faults: Faults, args: Json) -> None:
    """Raises SlackError `invalid_blocks` for a message with blocks while that fault is due."""
    if args.get("blocks") and faults.take("invalid_blocks", "blocks"):
        reasons = ["[ERROR] refused by a fault of the sandbox [json-pointer:/blocks]"]
        raise SlackError("invalid_blocks", response_metadata={"messages": reasons})


def content(args: Json) -> Json:
    """`text`, `blocks` and `metadata` of a new message, checked; raises SlackError.

    What the page cannot show (attachments, markdown_text) is refused by name.
    """
    hidden = [name for name in ("attachments", "markdown_text") if args.get(name)]
    if hidden:
        reasons = [f"[ERROR] the sandbox does not show {name}" for name in hidden]
        raise SlackError("invalid_arguments", response_metadata={"messages": reasons})
    blocks = checked_blocks(args["blocks"]) if args.get("blocks") else []
    text = checked_text(args.get("text"))
    if not text.strip() and not blocks and not args.get("files"):
        raise SlackError("no_text")
    made: Json = {"text": text}
    if blocks:
        made["blocks"] = blocks
    if args.get("metadata"):
        made["metadata"] = checked_metadata(args["metadata"])
    return made


def checked_text(text: Any) -> str:
    """A message's text, or an empty one; raises SlackError when it is no text or too long."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] text must be a string"]})
    if len(text) > TEXT:
        raise SlackError("msg_too_long")
    return text


def checked_metadata(metadata: Any) -> Json:
    """A message's metadata: `event_type` and a flat `event_payload`; raises SlackError."""
    if not isinstance(metadata, dict) or set(metadata) - {"event_type", "event_payload", "entities"}:
        raise SlackError("invalid_metadata_format")
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not _EVENT_TYPE.fullmatch(kind) or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_format")
    if any(isinstance(value, dict | list) or value is None for value in payload.values()):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > METADATA_CHARS:
        raise SlackError("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}


def bots_message(workspace: Workspace, made: Json) -> Json:
    """The body of a message by the app."""
    app = workspace.app
    return {
        "type": "message",
        "user": app.user_id,
        "bot_id": app.bot_id,
        "app_id": app.id,
        "team": workspace.team_id,
        "bot_profile": {
            "id": app.bot_id,
            "app_id": app.id,
            "name": app.name,
            "team_id": workspace.team_id,
            "deleted": False,
        },
        **made,
    }


def slackbots_message(text: str) -> Json:
    """The body of what Slack itself tells one person."""
    return {"type": "message", "user": "USLACKBOT", "text": text}
