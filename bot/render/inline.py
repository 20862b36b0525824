"""Running text in Slack's two notations and as plain words."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any
from urllib.parse import quote, urlsplit

from bot.model.reply import Bold, Code, Group, Inline, Link, Text, Time, User
from bot.render import escape, limits

Block = dict[str, Any]
Names = Callable[[str], str]
"""From a person's id to the name to show; empty when nobody knows."""

_PERSON = re.compile(r"[UW][A-Z0-9]{1,19}\Z")
_GROUP = re.compile(r"S[A-Z0-9]{1,19}\Z")
_FORMATS = {"time": "{time}", "date": "{date_short_pretty}", "both": "{date_short_pretty} {time}", "ago": "{ago}"}
_WORDS = {"time": "%H:%M UTC", "date": "%Y-%m-%d", "both": "%Y-%m-%d %H:%M UTC", "ago": "%Y-%m-%d %H:%M UTC"}


def nameless(_: str) -> str:
    """The names of a renderer that knows nobody."""
    return ""


def is_person(user_id: str) -> bool:
    """Whether it has the form of a person's id."""
    return bool(_PERSON.match(user_id))


def time_words(time: Time) -> str:
    """An instant in UTC, as `2026-11-20 09:02 UTC`."""
    return time.at.astimezone(UTC).strftime(_WORDS[time.style])


def unix(time: Time) -> int:
    """Whole seconds since 1970."""
    return int(time.at.timestamp())


def web_address(url: str) -> str:
    """The address with everything encoded that could end a link; empty when it is not http(s) or too long."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    address = quote(escape.line(url), safe=":/?#[]@!$&'()*+,;=%~-._")
    return address if len(escape.entities(address)) <= limits.URL else ""


def words(text: Text, names: Names = nameless) -> str:
    """Plain text: what a log, a notification or a terminal shows."""
    return "".join(_word(part, names) for part in text)


def _word(part: Inline, names: Names) -> str:
    match part:
        case str():
            return escape.clean(part)
        case Bold() | Code() | Link():
            return escape.line(part.text)
        case Time():
            return time_words(part)
        case User():
            return escape.line(names(part.id) or f"@{part.id}")
        case Group():
            return escape.line(f"@{part.id}")


def mrkdwn(text: Text, names: Names = nameless) -> str:
    """Slack's markup for sections, fields and small print."""
    return "".join(_markup(part, names) for part in text)


def _markup(part: Inline, names: Names) -> str:  # noqa: PLR0911  # one return per kind of inline
    match part:
        case str():
            return escape.inert(part)
        case Bold():
            inner = escape.inert(escape.line(part.text))
            return f"*{inner}*" if inner else ""
        case Code():
            inner = escape.code(part.text)
            return f"`{inner}`" if inner else ""
        case Time():
            return f"<!date^{unix(part)}^{_FORMATS[part.style]}|{time_words(part)}>"
        case User() if _mentions(part, names):
            return f"<@{part.id}>"
        case Group() if _GROUP.match(part.id):
            return f"<!subteam^{part.id}>"
        case Link() if address := web_address(part.url):
            return f"<{escape.entities(address)}|{escape.inert(escape.line(part.text)) or 'link'}>"
        case _:
            return escape.inert(_word(part, names))


def _mentions(user: User, names: Names) -> bool:
    """A name that nobody knows is shown by Slack, which then notifies; better than a bare id."""
    return bool(_PERSON.match(user.id)) and (user.mention or not names(user.id))


def rich(text: Text, names: Names = nameless) -> list[Block]:
    """Elements of a `rich_text_section`; text in them is literal."""
    return [element for part in text if (element := _element(part, names))]


def _element(part: Inline, names: Names) -> Block | None:  # noqa: PLR0911  # one return per kind of inline
    match part:
        case str():
            return _literal(escape.clean(part))
        case Bold():
            return _literal(escape.line(part.text), "bold")
        case Code():
            return _literal(escape.line(part.text), "code")
        case Time():
            return {
                "type": "date",
                "timestamp": unix(part),
                "format": _FORMATS[part.style],
                "fallback": time_words(part),
            }
        case User() if _mentions(part, names):
            return {"type": "user", "user_id": part.id}
        case Group() if _GROUP.match(part.id):
            return {"type": "usergroup", "usergroup_id": part.id}
        case Link() if address := web_address(part.url):
            return {"type": "link", "url": address, "text": escape.line(part.text) or "link"}
        case _:
            return _literal(_word(part, names))


def _literal(text: str, style: str = "") -> Block | None:
    if not text:
        return None
    return {"type": "text", "text": text, **({"style": {style: True}} if style else {})}


def fit(text: Text, limit: int, size: Callable[[Text], int]) -> tuple[Text, bool]:
    """The beginning of the text whose size is within the limit, and whether anything was cut."""
    kept: list[Inline] = []
    left = limit
    for part in text:
        cost = size((part,))
        if cost <= left:
            kept.append(part)
            left -= cost
            continue
        kept += _shortened(part, left, size)
        return tuple(kept), True
    return text, False


def _shortened(part: Inline, left: int, size: Callable[[Text], int]) -> list[Inline]:
    if isinstance(part, str):
        return [escape.shorten(part, left, lambda t: size((t,)))]
    if isinstance(part, Bold | Code):
        return [replace(part, text=escape.shorten(part.text, left, lambda t: size((replace(part, text=t),))))]
    return ["…"] if left else []
