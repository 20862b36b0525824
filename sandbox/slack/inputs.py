"""From a value as given to the state that Slack keeps of an input, element by element."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.slack.errors import Refused
from sandbox.slack.records import Json


def entered(element: Json, value: Any) -> Json:
    """An element's state with this value; None is empty. Raises Refused: 404 no such option, 422 a bad value."""
    return {"type": element["type"], **_ENTERED[element["type"]](element, value)}


def _is_blank(value: Any) -> bool:
    return value is None or value == ""


def options_of(element: Json) -> list[Json]:
    """A menu's options, those in groups included."""
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


def _option(element: Json, value: Any) -> Json:
    for option in options_of(element):
        if option.get("value") == value:
            return option
    raise Refused(404, f"{element['action_id']!r} has no option with the value {value!r}")


def _one(element: Json, value: Any) -> Json:
    return {"selected_option": None if _is_blank(value) else _option(element, _scalar(element, value))}


def _several(element: Json, value: Any) -> Json:
    values = [] if value is None else value
    if not isinstance(values, list):
        raise Refused(422, f"{element['action_id']!r} takes a list of values")
    most = element.get("max_selected_items")
    if most is not None and len(values) > most:
        raise Refused(422, f"{element['action_id']!r} takes at most {most} options")
    return {"selected_options": [_option(element, one) for one in values]}


def _scalar(element: Json, value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(422, f"{element['action_id']!r} takes a text")
    return value


def _text(element: Json, value: Any) -> Json:
    text = "" if value is None else _scalar(element, value)
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(text) > most or (text and len(text) < least):
        raise Refused(422, f"must be {least} to {most} characters long")
    return {"value": text or None}


def _number(element: Json, value: Any) -> Json:
    if _is_blank(value):
        return {"value": None}
    try:
        given = Decimal(str(value))
    except InvalidOperation:
        raise Refused(422, "must be a number") from None
    if not given.is_finite() or (not element["is_decimal_allowed"] and given != given.to_integral_value()):
        raise Refused(422, "must be a whole number")
    low, high = element.get("min_value"), element.get("max_value")
    if (low is not None and given < Decimal(low)) or (high is not None and given > Decimal(high)):
        raise Refused(422, f"must be from {low or 'any'} to {high or 'any'}")
    return {"value": str(value)}


def _date(element: Json, value: Any) -> Json:
    text = None if _is_blank(value) else _scalar(element, value)
    if text is not None:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise Refused(422, "must be a date such as 2026-11-20") from None
    return {"selected_date": text}


def _time(element: Json, value: Any) -> Json:
    text = None if _is_blank(value) else _scalar(element, value)
    if text is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise Refused(422, "must be a time such as 09:30")
    return {"selected_time": text}


def _moment(element: Json, value: Any) -> Json:  # noqa: ARG001 - the shape of its table
    if _is_blank(value):
        return {"selected_date_time": None}
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused(422, "must be a time in seconds since 1970")
    return {"selected_date_time": value}


def _id(key: str) -> Callable[[Json, Any], Json]:
    def take(element: Json, value: Any) -> Json:
        return {key: None if _is_blank(value) else _scalar(element, value)}

    return take


_ENTERED: dict[str, Callable[[Json, Any], Json]] = {
    "static_select": _one,
    "radio_buttons": _one,
    "overflow": _one,
    "multi_static_select": _several,
    "checkboxes": _several,
    "plain_text_input": _text,
    "number_input": _number,
    "datepicker": _date,
    "timepicker": _time,
    "datetimepicker": _moment,
    "users_select": _id("selected_user"),
    "channels_select": _id("selected_channel"),
}
