"""Slack's payloads, read once into what the product speaks."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

Does = Literal["run", "act", "form", "share"]
_DOES: dict[str, Does] = {"run": "run", "act": "act", "form": "form", "share": "share"}


@dataclass(frozen=True, slots=True)
class Click:
    """A press on a button or a menu's item of ours."""

    does: Does
    line: str
    id: str
    user_id: str
    team_id: str
    channel_id: str
    response_url: str
    trigger_id: str
    private: bool
    """The message is the presser's alone."""


def click(body: Mapping[str, Any]) -> Click | None:
    """A `block_actions` payload; None when the element carries no command line (a field of a form)."""
    action = body["actions"][0]
    kind = str(action["action_id"]).split(":")[1]
    line = str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
    if kind == "menu":
        kind, _, line = line.partition(" ")
    if kind not in _DOES or not line:
        return None
    container = body.get("container") or {}
    return Click(
        does=_DOES[kind],
        line=line,
        id=f"click:{body['trigger_id']}",
        user_id=body["user"]["id"],
        team_id=team(body),
        channel_id=(body.get("channel") or {}).get("id", container.get("channel_id", "")),
        response_url=body.get("response_url", ""),
        trigger_id=body["trigger_id"],
        private=bool(container.get("is_ephemeral")),
    )


def team(body: Mapping[str, Any]) -> str:
    """The workspace of whoever acts, which in a shared channel is not the app's."""
    user = body.get("user")
    of_user = user.get("team_id") if isinstance(user, Mapping) else body.get("user_team")
    return str(of_user or body.get("team_id") or (body.get("team") or {}).get("id") or "")


def delivery_id(kind: str, payload: Mapping[str, Any]) -> str:
    """What is the same in every delivery of one thing: Slack sends some twice, in new envelopes.

    Empty for a sent form, which is handled each time: a corrected one has the same view and the same hash, and the
    view's id makes a second storing harmless.
    """
    if payload.get("type") == "view_submission":
        return ""
    name, key = ("event", "event_id") if kind == "events_api" else (kind, "trigger_id")
    return f"{name}:{payload[key]}" if payload.get(key) else ""


def parsed(body: bytes, *, is_json: bool) -> tuple[str, dict[str, Any]]:
    """(Socket Mode's word for its kind, payload) of an HTTP body; raises ValueError for what Slack never sends."""
    text = body.decode()
    if is_json:
        return "events_api", _object(text)
    form = dict(parse_qsl(text, keep_blank_values=True))
    if "payload" in form:
        return "interactive", _object(form["payload"])
    if not form:
        raise ValueError("an empty form")
    return "slash_commands", dict(form)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004  # of the text, not of our types
    return found


def without_mention(text: str) -> str:
    """What was said to the bot, its own name taken out."""
    return re.sub(r"<@[A-Z0-9]+(\|[^>]*)?>", " ", text, count=1).strip()
