"""Text objects, options and confirm dialogs (docs.slack.dev, "Composition objects")."""

import re
from typing import Any

from sandbox.slack.check import Check, Problems, both, flag, many, shape, string, typed, word

_ENTITY = re.compile(r"<([^<>]*)>")
_DATE = re.compile(r"!date\^-?\d{1,12}\^[^|^]*\{[a-z_]+\}[^|^]*(\^https?://[^|^\s]+)?\|.+", re.DOTALL)
_SPECIAL = re.compile(r"!(here|channel|everyone)(\|.*)?|!subteam\^S[A-Z0-9]+(\|.*)?", re.DOTALL)
_DATE_TOKENS = frozenset({
    "date_num", "date", "date_short", "date_long", "date_pretty", "date_short_pretty", "date_long_pretty",
    "date_long_full", "day_divider_pretty", "time", "time_secs", "ago",
})  # fmt: skip


def _entities(value: Any, pointer: str, problems: Problems) -> None:
    """Dates and special mentions in mrkdwn must be well formed, else Slack shows them as raw text."""
    if not isinstance(value, str):
        return
    for entity in _ENTITY.findall(value):
        if entity.startswith("!date"):
            tokens = set(re.findall(r"\{([a-z_]+)\}", entity.split("|")[0]))
            if not _DATE.fullmatch(entity) or not tokens <= _DATE_TOKENS:
                problems.add(f"invalid date formatting: <{entity}>", pointer)
        elif entity.startswith("!") and not _SPECIAL.fullmatch(entity):
            problems.add(f"invalid special mention: <{entity}>", pointer)


def plain(most: int, least: int = 1) -> Check:
    """A plain_text object of at most so many characters."""
    return typed({"plain_text": shape({"text": string(most, least)}, {"emoji": flag})})


def _mrkdwn(most: int) -> Check:
    return shape({"text": both(string(most), _entities)}, {"verbatim": flag})


def rich(most: int) -> Check:
    """A plain_text or mrkdwn object of at most so many characters."""
    plain_text = shape({"text": string(most)}, {"emoji": flag})
    return typed({"plain_text": plain_text, "mrkdwn": _mrkdwn(most)})


def untyped(check: Check) -> Check:
    """An object that has no `type` of its own."""

    def refuse_type(value: Any, pointer: str, problems: Problems) -> None:
        if isinstance(value, dict) and "type" in value:
            problems.add("invalid additional property: type", pointer)

    return both(check, refuse_type)


IDENTIFIER = string(255)
"""action_id, block_id and callback_id."""

_OPTION = {"text": plain(75), "value": string(150)}

OPTION = untyped(shape(_OPTION, {"description": plain(75)}))
"""An option of a select menu: text 75, value 150, description 75."""

RICH_OPTION = untyped(shape({**_OPTION, "text": rich(75)}, {"description": rich(75)}))
"""An option of checkboxes or radio buttons, which may be formatted."""

OVERFLOW_OPTION = untyped(shape(_OPTION, {"description": plain(75), "url": string(3000)}))
"""An option of an overflow menu, which may be a link."""

OPTION_GROUP = untyped(shape({"label": plain(75), "options": many(OPTION, 100)}))
"""Options under a heading."""

CONFIRM = untyped(
    shape(
        {"title": plain(100), "text": rich(300), "confirm": plain(30), "deny": plain(30)},
        {"style": word("primary", "danger")},
    )
)
"""The question before a button acts."""
