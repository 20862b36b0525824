"""Modals: sending, closing, and what the app's acknowledgement does to them."""

from typing import Any

from sandbox.slack import payloads
from sandbox.slack.click import TROUBLE
from sandbox.slack.deeds import Outcome, outcome, warn
from sandbox.slack.errors import Refused, SlackError
from sandbox.slack.forms import filled
from sandbox.slack.records import Json, User
from sandbox.slack.service import Slack


async def submit(slack: Slack, user: User, view: Json, values: Json) -> Outcome:
    """Send a modal; raises Refused when the client would not."""
    if view["type"] != "modal" or not view.get("submit"):
        raise Refused(400, "this view has no submit button")
    if slack.views.stack(user.id)[-1]["id"] != view["id"]:
        raise Refused(409, "another view lies upon this one")
    state = {"values": filled(view, values, slack.choices.get((user.id, view["id"]), {}))}
    payload = payloads.interaction(slack, "view_submission", user)
    payload |= {"view": {**view, "state": state}, "response_urls": []}
    ack = await slack.deliver("interactive", payload, takes_payload=True)
    ended = outcome(ack)
    if ended.error is None:
        answer = ack.payload if isinstance(ack.payload, dict) else {}
        error = _applied(slack, user, view, answer)
        ended = Outcome(ack.ms, error, answer["errors"] if error == "invalid_fields" else {})
        if error not in {None, "invalid_fields"}:
            slack.refused(ack, str(error))
    if ended.error not in {None, "invalid_fields"}:
        warn(slack, user, TROUBLE)
    return ended


def _applied(slack: Slack, user: User, view: Json, answer: Json) -> str | None:
    """Do what the acknowledgement says (docs.slack.dev, "Modals": response actions); returns what was wrong with it."""
    action = answer.get("response_action")
    try:
        if action is None:
            slack.views.close(user.id, view["id"])
        elif action == "clear":
            slack.views.clear(user.id)
        elif action == "update":
            slack.views.update(view["id"], answer.get("view") or {})
        elif action == "push":
            slack.views.push(user.id, answer.get("view") or {})
        elif action == "errors":
            return _show_errors(slack, user, view, answer.get("errors"))
        else:
            return "invalid_response_action"
    except SlackError as error:
        slack.faults.log.append(f"acknowledgement refused: {error.code} {error.detail}")
        return error.code
    return None


def _show_errors(slack: Slack, user: User, view: Json, errors: Any) -> str | None:
    """Errors stand at input blocks, by block_id; Slack refuses others."""
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        return "invalid_errors"
    note = {"kind": "view", "user": user.id, "op": "errors", "view": view, "errors": errors}
    slack.workspace.bus.publish({**note, "stack": slack.views.stack(user.id)}, lambda who: who == user.id)
    return "invalid_fields"


async def close(slack: Slack, user: User, view: Json) -> Outcome:
    """Close a modal and what lies on it; with clear_on_close, the whole stack. The app hears if it wished to."""
    stack = slack.views.stack(user.id)
    if view["id"] not in {one["id"] for one in stack}:
        raise Refused(400, "this view cannot be closed")
    is_cleared = bool(view["clear_on_close"])
    if is_cleared:
        slack.views.clear(user.id)
    else:
        slack.views.close(user.id, view["id"])
    if not view["notify_on_close"]:
        return Outcome()
    payload = payloads.interaction(slack, "view_closed", user, with_trigger=False)
    payload |= {"view": view, "is_cleared": is_cleared}
    ack = await slack.deliver("interactive", payload, takes_payload=False)
    return outcome(ack)
