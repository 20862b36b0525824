"""Interactive elements as a client treats them: found on a message, given a value, kept as state."""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.errors import Refused
from sandbox.slack.inputs import entered
from sandbox.slack.records import Json

STATELESS = frozenset({"button", "overflow"})
"""Elements that act and hold nothing."""


def elements_in(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """(block, element) for every interactive element, in order."""
    for block in blocks:
        for element in _within(block):
            yield block, element


def _within(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for one in value:
            yield from _within(one)
    elif isinstance(value, dict):
        if "action_id" in value:
            yield value
            return
        for one in value.values():
            yield from _within(one)


def found(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    """The element that is meant; raises Refused: 404 when it is not there, 400 when several could be meant."""
    fits = [
        (block, element)
        for block, element in elements_in(blocks)
        if element["action_id"] == action_id and block_id in {None, block["block_id"]}
    ]
    if not fits:
        where = f" in the block {block_id!r}" if block_id else ""
        raise Refused(404, f"there is no element {action_id!r}{where}")
    if len(fits) > 1:
        raise Refused(400, f"several blocks have an element {action_id!r}: name the block_id too")
    return fits[0]


def action(block: Json, element: Json, value: Any, ts: str) -> Json:
    """An entry of a payload's `actions`; raises Refused for a value that the element does not offer."""
    made = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] == "button":
        made |= _button(element, value)
    else:
        made |= {key: item for key, item in entered(element, value).items() if key != "type"}
    if "placeholder" in element:
        made["placeholder"] = element["placeholder"]
    return {**made, "action_ts": ts}


def _button(element: Json, value: Any) -> Json:
    if value is not None and value != element.get("value"):
        raise Refused(404, f"the button {element['action_id']!r} has another value")
    names: tuple[str, ...] = ("text", "value", "style", "url")
    return {name: element[name] for name in names if name in element}


def state_of(blocks: list[Json], chosen: dict[str, dict[str, Any]]) -> Json:
    """A surface's `state.values`: what stands in each element now, `chosen` before what stood there at first."""
    values: Json = {}
    for block, element in elements_in(blocks):
        if element["type"] not in STATELESS:
            given = chosen.get(block["block_id"], {}).get(element["action_id"])
            kept = entered(element, initial(element)) if given is None else given
            values.setdefault(block["block_id"], {})[element["action_id"]] = kept
    return values


def initial(element: Json) -> Any:
    """What stands in an element before anybody touched it, in the form in which a value is given."""
    if "initial_options" in element:
        return [one["value"] for one in element["initial_options"]]
    if "initial_option" in element:
        return element["initial_option"]["value"]
    names = ("value", "date", "time", "date_time", "user", "channel")
    return next((element[f"initial_{name}"] for name in names if f"initial_{name}" in element), None)
