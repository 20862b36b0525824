"""Clicking: buttons, menus and pickers on messages, modals and App Home."""

from typing import Any

from sandbox.slack import elements, inputs, payloads
from sandbox.slack.deeds import Outcome, outcome, remember, warn
from sandbox.slack.errors import Refused
from sandbox.slack.forms import entered
from sandbox.slack.records import Json, Message, User
from sandbox.slack.service import Slack

TROUBLE = "We had some trouble connecting. Try again?"
"""What Slack's client shows when the app does not acknowledge."""


async def on_message(
    slack: Slack, user: User, message: Message, action_id: str, block_id: str | None, value: Any
) -> Outcome:
    """Somebody uses an element of a message; raises Refused when it is not there."""
    blocks = message.body.get("blocks", [])
    block, element = elements.found(blocks, action_id, block_id)
    channel = slack.workspace.channels[message.channel]
    if not slack.workspace.is_member(user.id, channel):
        raise Refused(403, f"{user.name} is not a member of #{channel.name}")
    act = elements.action(block, element, value, slack.workspace.next_ts())
    chosen = _chosen(slack, user, message.ts, block, element, value)
    response = slack.responses.for_message(message, user.id)
    place = payloads.on_message(message, channel, f"{slack.base_url}/actions/{response.id}")
    payload = {**payloads.interaction(slack, "block_actions", user), **place}
    return await _deliver(slack, user, {**payload, "state": {"values": elements.state_of(blocks, chosen)}}, act)


async def on_view(
    slack: Slack, user: User, view: Json, action_id: str, block_id: str | None, value: Any, values: Json
) -> Outcome:
    """Somebody uses an element of their modal or App Home, with `values` in its fields; raises Refused.

    An input that does not dispatch tells nobody: it only keeps its value.
    """
    for kept_block, states in entered(view, values)[0].items():
        for kept_action, state in states.items():
            remember(slack, user, view["id"], kept_block, kept_action, state)
    block, element = elements.found(view["blocks"], action_id, block_id)
    act = elements.action(block, element, value, slack.workspace.next_ts())
    chosen = _chosen(slack, user, view["id"], block, element, value)
    if block["type"] == "input" and not block.get("dispatch_action"):
        return Outcome()
    shown = {**view, "state": {"values": elements.state_of(view["blocks"], chosen)}}
    container = {"type": "view", "view_id": view["id"]}
    payload = payloads.interaction(slack, "block_actions", user)
    return await _deliver(slack, user, {**payload, "container": container, "view": shown}, act)


def _chosen(slack: Slack, user: User, place: str, block: Json, element: Json, value: Any) -> dict[str, dict[str, Json]]:
    """What stands in the elements there, this choice included."""
    if element["type"] not in elements.STATELESS:
        state = inputs.entered(element, value)
        remember(slack, user, place, block["block_id"], element["action_id"], state)
    return slack.choices.get((user.id, place), {})


async def _deliver(slack: Slack, user: User, payload: Json, act: Json) -> Outcome:
    ack = await slack.deliver("interactive", {**payload, "actions": [act]}, takes_payload=False)
    ended = outcome(ack)
    if ended.error is not None:
        warn(slack, user, TROUBLE)
    return ended
