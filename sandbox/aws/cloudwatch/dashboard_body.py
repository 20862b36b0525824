"""What PutDashboard refuses of a body.

Source: API reference, "Dashboard Body Structure and Syntax". A body that is wrong is refused with everything that is
wrong; members that are not documented are let through.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.cloudwatch.dashboard_widgets import PROPERTIES
from sandbox.aws.cloudwatch.json_checks import Check, Wrong, items, matching, members, one_of, typed, within

_TEXT = typed("string")
_START = r"-P(T\d+[MH]|\d+[DWM])|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})"
_PLACE = members(
    ("type", "properties"),
    type=one_of("metric", "text", "log", "alarm", "explorer"),
    x=within(0, 23),
    y=within(0),
    width=within(1, 24),
    height=within(1, 1000),
)


def _widget(value: Any, path: str) -> Iterator[Wrong]:
    yield from _PLACE(value, path)
    if not isinstance(value, dict):
        return
    for given, wanted in (("x", "y"), ("y", "x")):
        if given in value and wanted not in value:
            yield Wrong(path, f"Should have property {wanted} when property {given} is present")
    kind = value.get("type")
    if "properties" in value and isinstance(kind, str) and kind in PROPERTIES:
        yield from PROPERTIES[kind](value["properties"], f"{path}/properties")


def _choice(value: Any, path: str) -> Iterator[Wrong]:
    if isinstance(value, dict | list) or value is None:
        yield Wrong(path, "Should be string, number or boolean")


_VARIABLE = members(
    ("type", "inputType", "id"),
    type=one_of("property", "pattern"),
    property=_TEXT,
    pattern=_TEXT,
    inputType=one_of("input", "select", "radio"),
    values=items(members(("value",), value=_choice, label=_TEXT), 1, 500),
    id=matching(r"[0-9A-Za-z_-]{1,32}"),
    label=matching(r"(?s).{0,30}"),
    defaultValue=_choice,
    search=matching(r"(?s).{0,2048}"),
    populateFrom=_TEXT,
    visible=typed("boolean"),
)


def _variable(value: Any, path: str) -> Iterator[Wrong]:
    yield from _VARIABLE(value, path)
    if not isinstance(value, dict):
        return
    chosen = value.get("inputType") in ("select", "radio")
    if chosen and "values" not in value:
        yield from members(("search", "populateFrom"))(value, path)
    if value.get("type") in ("property", "pattern"):
        yield from members((str(value["type"]),))(value, path)


_BODY: Check = members(
    ("widgets",),
    widgets=items(_widget, 0, 500),
    variables=items(_variable, 0, 25),
    start=matching(_START),
    end=_TEXT,
    periodOverride=one_of("auto", "inherit"),
)


def parsed(body: str) -> Mapping[str, Any] | None:
    """The JSON object; None where it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def wrongs(body: Mapping[str, Any]) -> list[Wrong]:
    """Everything that is wrong with a body."""
    found = list(_BODY(body, ""))
    if "end" in body and "start" not in body:
        found.append(Wrong("", "Should have property start when property end is present"))
    return found
