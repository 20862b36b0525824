"""How a delivery reads in the list of exchanges: what was delivered, for whom, over which way, how it ended."""

from typing import Any

from sandbox.slack.exchanges import Exchange
from sandbox.slack.records import Json
from sandbox.slack.socket_mode import Ack, EnvelopeType
from sandbox.slack.workspace import Workspace

_ENDED = {
    "acked": "acknowledged",
    "timeout": "not acknowledged in time",
    "no_connection": "nobody was there",
    "http_error": "answered otherwise than with 2xx",
}
LATE = "acknowledged too late"
UNUSABLE = "acknowledged with what Slack cannot take"


def delivered(
    workspace: Workspace, kind: EnvelopeType, payload: Json, retry: Json | None, transport: str, ack: Ack, at_s: float
) -> Exchange:
    """A delivery that ended; the answer is what the app sent, also where Slack takes no notice of it."""
    is_again = bool(retry and retry["retry_attempt"])
    return Exchange(
        at_s,
        "delivery",
        name_of(kind, payload),
        _outcome(ack),
        ack.how != "acked",
        ack.ms,
        about=_about(workspace, kind, payload, f"retry {retry['retry_attempt']}" if retry and is_again else ""),
        status=ack.status,
        id=ack.id,
        facts={"transport": transport, "type": kind, "ended": _ENDED[ack.how], **((retry or {}) if is_again else {})},
        request=payload,
        answer=ack.said,
    )


def name_of(kind: EnvelopeType, payload: Json) -> str:
    """The command as typed, the event's type, or the interaction with what was used."""
    if kind == "slash_commands":
        return f"{payload.get('command', '')} {payload.get('text', '')}".strip()
    if kind == "events_api":
        event = payload.get("event", payload)
        return ".".join(str(part) for part in (event.get("type", ""), event.get("channel_type")) if part)
    used = (payload.get("actions") or [{}])[0].get("action_id") or payload.get("view", {}).get("callback_id", "")
    return f"{payload.get('type', '')} {used}".strip()


def _outcome(ack: Ack) -> str:
    if ack.how == "acked":
        return "ok"
    return f"HTTP {ack.status}" if ack.how == "http_error" else ack.how


def _about(workspace: Workspace, kind: EnvelopeType, payload: Json, again: str) -> str:
    """Whose doing it was, and which try it is."""
    person: Any = payload.get("user_id") if kind == "slash_commands" else payload.get("user", {}).get("id")
    if kind == "events_api":
        person = payload.get("event", {}).get("user")
    name = workspace.users[person].real_name if person in workspace.users else ""
    return " · ".join(part for part in (name, again) if part)
