"""Slack's payloads, read once into what the product speaks."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

from bot.render.escape import clean
from bot.render.forms import values

Does = Literal["run", "act", "form", "share", "file"]
_DOES: dict[str, Does] = {does: does for does in get_args(Does)}


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
    thread_ts: str = ""
    """The thread that the message stands in, or begins; empty where it is none."""
    home: bool = False
    """It was made on App Home: there is no channel and no `response_url`."""
    hash: str = ""
    """Of the Home as it was seen then."""


class Unread(ValueError):
    """A payload that is not as Slack sends it. Says where, never what stands there."""


def text(found: Any, *path: str | int, default: str | None = None) -> str:
    """The text at a path; `default` where nothing stands. Raises Unread, also for what is no text.

    Read before anything is done: an id of another type would otherwise be noticed when the act is audited.
    """
    for key in path:
        found = _at(found, key)
    if found is None and default is not None:
        return default
    if not isinstance(found, str):
        raise Unread(f"no text at {'.'.join(map(str, path))}")
    return kept(found)


def kept(words: str) -> str:
    """What every store and Slack take: JSON can carry NUL and half characters."""
    return words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _at(found: Any, key: str | int) -> Any:
    if isinstance(found, Mapping):
        return found.get(key)
    return found[key] if isinstance(found, list) and isinstance(key, int) and key < len(found) else None


def click(body: Mapping[str, Any]) -> Click | None:
    """A `block_actions` payload; None when the element carries no command line (a field of a form). Raises Unread."""
    kind = text(body, "actions", 0, "action_id").split(":")[1]
    line = text(body, "actions", 0, "value", default="") or text(
        body, "actions", 0, "selected_option", "value", default=""
    )
    if kind == "menu":
        kind, _, line = line.partition(" ")
    if kind not in _DOES or not line:
        return None
    trigger_id = text(body, "trigger_id")
    in_message = text(body, "container", "channel_id", default="")
    return Click(
        does=_DOES[kind],
        line=line,
        id=f"click:{trigger_id}",
        user_id=text(body, "user", "id"),
        team_id=team(body),
        channel_id=text(body, "channel", "id", default="") or in_message,
        response_url=text(body, "response_url", default=""),
        trigger_id=trigger_id,
        private=bool(_at(body.get("container"), "is_ephemeral")),
        thread_ts=text(body, "container", "thread_ts", default="") or text(body, "container", "message_ts", default=""),
        home=text(body, "view", "type", default="") == "home",
        hash=text(body, "view", "hash", default=""),
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that somebody sent."""

    line: str
    fields: Mapping[str, str]
    """Without control and direction characters, so that a button can carry what was written."""
    id: str
    user_id: str
    team_id: str
    channel_id: str
    """Where it was opened from; empty when that is not known."""
    first: str
    """The field at which to say what is wrong with none of them alone; empty when there is none."""
    asked: frozenset[str] = frozenset()
    """Every field that the form has, those left empty too."""
    response_url: str = ""
    """Of what opened it; empty when that had none."""


def sent(body: Mapping[str, Any]) -> Sent:
    """A `view_submission` payload. Raises Unread."""
    view = _at(body, "view")
    try:
        metadata = _object(text(view, "private_metadata", default="") or "{}")
        state = _at(view, "state") or {}
        fields = {name: clean(kept(value)) for name, value in values(state).items()}
    except ValueError as error:
        raise Unread(f"no form's view: {error}") from None
    asked = tuple(state.get("values") or ())
    return Sent(
        line=text(metadata, "line", default=""),
        fields=fields,
        id=f"view:{text(view, 'id')}",
        user_id=text(body, "user", "id"),
        team_id=team(body),
        channel_id=text(metadata, "channel", default=""),
        first=next(iter(asked), ""),
        asked=frozenset(asked),
        response_url=text(metadata, "hook", default=""),
    )


def team(body: Mapping[str, Any]) -> str:
    """The workspace of whoever acts, which in a shared channel is not the app's. Raises Unread."""
    places = (("user", "team_id"), ("user_team",), ("team_id",), ("team", "id"))
    return next((found for place in places if (found := text(body, *place, default=""))), "")


def delivery_id(kind: str, payload: Mapping[str, Any]) -> str:
    """What is the same in every delivery of one thing: Slack sends some twice, in new envelopes.

    Empty for a sent form, which is handled each time: a corrected one has the same view and the same hash, and the
    view's id makes a second storing harmless.
    """
    if payload.get("type") == "view_submission":
        return ""
    name, key = ("event", "event_id") if kind == "events_api" else (kind, "trigger_id")
    found = payload.get(key)
    return f"{name}:{kept(found)}" if found and isinstance(found, str) else ""


def parsed(body: bytes, *, is_json: bool) -> tuple[str, dict[str, Any]]:
    """(Socket Mode's word for its kind, payload) of an HTTP body; raises ValueError for what Slack never sends."""
    written = body.decode()
    if is_json:
        return "events_api", _object(written)
    form = dict(parse_qsl(written, keep_blank_values=True))
    if "payload" in form:
        return "interactive", _object(form["payload"])
    if not form:
        raise ValueError("an empty form")
    return "slash_commands", dict(form)


def _object(written: str) -> dict[str, Any]:
    try:
        found = json.loads(written)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004  # of the text, not of our types
    return found


def without_mention(said: str) -> str:
    """What was said to the bot, its own name taken out."""
    return re.sub(r"<@[A-Z0-9]+(\|[^>]*)?>", " ", said, count=1).strip()
