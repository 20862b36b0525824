"""Block elements: buttons, menus and inputs (docs.slack.dev, "Block elements")."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.slack.check import Check, Problems, both, flag, many, shape, string, typed, whole, word
from sandbox.slack.check_text import (
    CONFIRM,
    IDENTIFIER,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    RICH_OPTION,
    plain,
)

_PLACEHOLDER = plain(150)
_URL = string(3000)


def _pattern(expression: str, what: str) -> Check:
    compiled = re.compile(expression)

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            problems.add(f"must be a valid {what}", pointer)

    return check


DATE = _pattern(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "date (YYYY-MM-DD)")
TIME = _pattern(r"([01]\d|2[0-3]):[0-5]\d", "time (HH:mm)")
_DECIMAL = _pattern(r"-?\d+(\.\d+)?", "number")


def _choices(value: Any, pointer: str, problems: Problems) -> None:
    """A menu has options or option groups, never both; what is chosen at first is one of them; values differ."""
    options, groups = value.get("options"), value.get("option_groups")
    if (options is None) == (groups is None):
        problems.add("must have exactly one of options or option_groups", pointer)
        return
    given = options if groups is None else [one for group in groups or [] for one in _options_of(group)]
    values = [one.get("value") for one in given or [] if isinstance(one, dict)]
    if len(values) != len(set(values)):
        problems.add("option values must be unique", f"{pointer}/options")
    chosen = value.get("initial_options") or [value.get("initial_option")]
    for one in chosen if isinstance(chosen, list) else []:
        if one is not None and one not in (given or []):
            problems.add("initial option must be one of the options", pointer)


def _options_of(group: Any) -> list[Any]:
    options = group.get("options") if isinstance(group, dict) else None
    return options if isinstance(options, list) else []


def _limits(value: Any, pointer: str, problems: Problems) -> None:
    """min_length may not exceed max_length, nor may the text that stands there at first."""
    least, most, first = value.get("min_length", 0), value.get("max_length", 3000), value.get("initial_value", "")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        problems.add("min_length must not exceed max_length", pointer)
    if isinstance(first, str) and isinstance(most, int) and len(first) > most:
        problems.add("initial_value must not exceed max_length", f"{pointer}/initial_value")


def _element(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    return shape({"action_id": IDENTIFIER, **required}, {"focus_on_load": flag, **optional})


_MENU = {
    "options": many(OPTION, 100),
    "option_groups": many(OPTION_GROUP, 100),
    "placeholder": _PLACEHOLDER,
    "confirm": CONFIRM,
}
_BOXES = {"options": many(RICH_OPTION, 10)}
_DISPATCH = shape({}, {"trigger_actions_on": many(word("on_enter_pressed", "on_character_entered"), 2)})

BUTTON = shape(
    {"text": plain(75), "action_id": IDENTIFIER},
    {
        "value": string(2000),
        "url": _URL,
        "style": word("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
"""A button: text 75, value 2000, url 3000. Slack makes up a missing action_id; here it must be given."""

ELEMENTS: dict[str, Check] = {
    "button": BUTTON,
    "overflow": shape(
        {"action_id": IDENTIFIER, "options": many(OVERFLOW_OPTION, 5, 2)},
        {"confirm": CONFIRM},
    ),
    "static_select": both(_element({}, {**_MENU, "initial_option": OPTION}), _choices),
    "multi_static_select": both(
        _element({}, {**_MENU, "initial_options": many(OPTION, 100), "max_selected_items": whole(1, 100)}),
        _choices,
    ),
    "checkboxes": both(_element(_BOXES, {"initial_options": many(RICH_OPTION, 10), "confirm": CONFIRM}), _choices),
    "radio_buttons": both(_element(_BOXES, {"initial_option": RICH_OPTION, "confirm": CONFIRM}), _choices),
    "users_select": _element({}, {"placeholder": _PLACEHOLDER, "initial_user": string(20), "confirm": CONFIRM}),
    "channels_select": _element({}, {"placeholder": _PLACEHOLDER, "initial_channel": string(20), "confirm": CONFIRM}),
    "datepicker": _element({}, {"placeholder": _PLACEHOLDER, "initial_date": DATE, "confirm": CONFIRM}),
    "timepicker": _element(
        {}, {"placeholder": _PLACEHOLDER, "initial_time": TIME, "confirm": CONFIRM, "timezone": string(50)}
    ),
    "datetimepicker": _element({}, {"initial_date_time": whole(1_000_000_000, 9_999_999_999), "confirm": CONFIRM}),
    "plain_text_input": both(
        _element(
            {},
            {
                "placeholder": _PLACEHOLDER,
                "initial_value": string(3000, 0),
                "multiline": flag,
                "min_length": whole(0, 3000),
                "max_length": whole(1, 3000),
                "dispatch_action_config": _DISPATCH,
            },
        ),
        _limits,
    ),
    "number_input": _element(
        {"is_decimal_allowed": flag},
        {
            "placeholder": _PLACEHOLDER,
            "initial_value": _DECIMAL,
            "min_value": _DECIMAL,
            "max_value": _DECIMAL,
            "dispatch_action_config": _DISPATCH,
        },
    ),
}
"""Each element's check. `focus_on_load` is allowed wherever a focus is possible."""

_PICKS = ("static_select", "multi_static_select", "checkboxes", "radio_buttons", "users_select", "channels_select")
_DATES = ("datepicker", "timepicker")
IN_ACTIONS = ("button", "overflow", "datetimepicker", *_PICKS, *_DATES)
IN_SECTION = ("button", "overflow", *_PICKS, *_DATES)
IN_INPUT = ("plain_text_input", "number_input", "datetimepicker", *_PICKS, *_DATES)


def element(names: tuple[str, ...], extra: Mapping[str, Check] | None = None) -> Check:
    """One of the elements that a block takes."""
    return typed({**{name: ELEMENTS[name] for name in names}, **(extra or {})})
