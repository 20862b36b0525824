"""rich_text and what it is made of (docs.slack.dev, "Rich text block")."""

from typing import Any

from sandbox.slack.check import Check, Problems, flag, many, shape, string, typed, whole, word
from sandbox.slack.check_text import IDENTIFIER

_MARKS = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), flag))
_MENTION_MARKS = shape({}, dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight"), flag))
_MANY = 1_000
"""Slack names no number of inline elements; the character budget ends it before this."""

INLINE: dict[str, Check] = {
    "text": shape({"text": string(40_000)}, {"style": _MARKS}),
    "link": shape({"url": string(3000)}, {"text": string(40_000), "unsafe": flag, "style": _MARKS}),
    "user": shape({"user_id": string(20)}, {"style": _MENTION_MARKS}),
    "usergroup": shape({"usergroup_id": string(20)}, {"style": _MENTION_MARKS}),
    "channel": shape({"channel_id": string(20)}, {"style": _MENTION_MARKS}),
    "broadcast": shape({"range": word("here", "channel", "everyone")}),
    "emoji": shape({"name": string(100)}, {"unicode": string(100), "style": _MARKS, "skin_tone": whole(1, 6)}),
    "color": shape({"value": string(7)}),
    "date": shape(
        {"timestamp": whole(-(10**11), 10**11), "format": string(255)},
        {"url": string(3000), "fallback": string(1000), "style": _MARKS},
    ),
}

SECTION = shape({"elements": many(typed(INLINE), _MANY, 0)})
_PLAIN_INLINE = typed({name: INLINE[name] for name in ("text", "link")})
_BORDER = {"border": whole(0, 1)}


def _date_formats(value: Any, pointer: str, problems: Problems) -> None:
    """A date element without any {token} shows nothing of the date."""
    for index, element in enumerate(_inline_of(value)):
        if isinstance(element, dict) and element.get("type") == "date" and "{" not in str(element.get("format")):
            problems.add("invalid date format", f"{pointer}/elements/{index}/format")


def _inline_of(value: Any) -> list[Any]:
    elements = value.get("elements") if isinstance(value, dict) else None
    return elements if isinstance(elements, list) else []


def _section(value: Any, pointer: str, problems: Problems) -> None:
    SECTION(value, pointer, problems)
    _date_formats(value, pointer, problems)


PARTS: dict[str, Check] = {
    "rich_text_section": _section,
    "rich_text_list": shape(
        {"style": word("bullet", "ordered"), "elements": many(typed({"rich_text_section": _section}), _MANY)},
        {"indent": whole(0, 8), "offset": whole(0, 10_000), **_BORDER},
    ),
    "rich_text_preformatted": shape({"elements": many(_PLAIN_INLINE, _MANY, 0)}, {**_BORDER, "language": string(50)}),
    "rich_text_quote": shape({"elements": many(typed(INLINE), _MANY, 0)}, _BORDER),
}

RICH_TEXT = shape({"elements": many(typed(PARTS), _MANY)}, {"block_id": IDENTIFIER})
"""A rich_text block, also as a table's cell."""
