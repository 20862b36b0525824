"""A modal's fields as its client keeps them: what was entered, what is missing, what is wrong."""

from sandbox.slack import elements, inputs
from sandbox.slack.errors import Refused
from sandbox.slack.records import Json

_EMPTY: tuple[object, ...] = (None, "", [])


def entered(view: Json, values: Json) -> tuple[dict[str, dict[str, Json]], dict[str, str]]:
    """What `values` (by action_id or block_id) puts into a view: states by block and action, problems by block_id.

    Raises Refused 400 for a name that is no field of the view.
    """
    states: dict[str, dict[str, Json]] = {}
    problems: dict[str, str] = {}
    unknown = set(values)
    for block, element in elements.elements_in(view["blocks"]):
        names = {element["action_id"], block["block_id"]} & set(values)
        if element["type"] in elements.STATELESS or not names:
            continue
        unknown -= names
        try:
            state = inputs.entered(element, values[min(names, key=lambda name: name != element["action_id"])])
        except Refused as refused:
            problems[block["block_id"]] = refused.reason
        else:
            states.setdefault(block["block_id"], {})[element["action_id"]] = state
    if unknown:
        raise Refused(400, f"the view has no field {', '.join(sorted(unknown))}")
    return states, problems


def filled(view: Json, values: Json, chosen: dict[str, dict[str, Json]]) -> Json:
    """A view's `state.values` at its sending: `values` over `chosen` over what stood there at first.

    Raises Refused as Slack's client does: 400 names what is no field, 422 the fields that are missing or wrong.
    """
    states, problems = entered(view, values)
    state: Json = elements.state_of(view["blocks"], {**chosen, **states})
    for block in view["blocks"]:
        if block["type"] == "input" and not block.get("optional"):
            kept = state[block["block_id"]][block["element"]["action_id"]]
            if _is_empty(kept):
                problems.setdefault(block["block_id"], "Please complete this required field.")
    if problems:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in problems.items())
        raise Refused(422, f"the form cannot be sent: {reasons}", errors=problems)
    return state


def _is_empty(state: Json) -> bool:
    kept = [value for key, value in state.items() if key != "type"]
    return all(value in _EMPTY or (isinstance(value, str) and not value.strip()) for value in kept)
