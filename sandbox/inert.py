"""What in a message, a view or a text acts and is not ours."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from sandbox.fakes_hostile import NAMED, OWNER

OURS = re.compile(
    rf"<@(?:{OWNER}|{NAMED})>|<!date\^\d+\^(?:\{{[a-z_]+\}} ?)+\|[\d :-]+(?:UTC)?>|<https?://[^<>|\s]+\|[^<>]*>"
)
ACTIVE = frozenset(
    {"usergroup", "channel", "broadcast", "emoji", "color", "image", "markdown", "video", "rich_text_input"}
)
LINKS = re.compile(r"https?://[^<>|\s]+\Z")


def active(shown: Any, *, links: bool = False) -> Iterator[str]:
    """What in a message or view acts and is not ours: entities, elements, unsafe strings. `links` of ours may stand."""
    match shown:
        case str():
            yield from (f"{c!r} in {shown[:80]!r}" for c in sorted(set(shown)) if _unsafe(c))
        case list():
            yield from (found for one in shown for found in active(one, links=links))
        case dict():
            yield from _active_element(shown, links=links)
            yield from (found for one in shown.values() for found in active(one, links=links))


def _unsafe(char: str) -> bool:
    return (char != "\n" and unicodedata.category(char) in {"Cc", "Cs"}) or unicodedata.bidirectional(char) in _BIDI


_BIDI = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def _active_element(element: dict[str, Any], *, links: bool) -> Iterator[str]:
    kind = element.get("type")
    if kind in ACTIVE or (kind == "user" and element["user_id"] not in {OWNER, NAMED}):
        yield f"element {element}"
    if "url" in element and not (links and kind == "link" and LINKS.match(element["url"])):
        yield f"address {element}"
    if kind == "plain_text" and element["emoji"] is not False:
        yield f"emoji {element}"
    if kind == "mrkdwn":
        yield from () if element["verbatim"] is True else ("not verbatim",)
        yield from marked(element["text"], links=links)


def marked(text: str, *, links: bool = False) -> Iterator[str]:
    """What in mrkdwn is markup and not ours."""
    rest = OURS.sub(lambda ours: "" if links or not ours[0].startswith("<http") else ours[0], text)
    if set("<>") & set(rest) or re.search(r"&(?!(?:amp|lt|gt);)", rest):
        yield f"markup {text[:200]!r}"


def texts(made: Any) -> Iterator[str]:
    """Every mrkdwn text."""
    if isinstance(made, list):
        yield from (text for one in made for text in texts(one))
    if isinstance(made, dict):
        yield from [made["text"]] if made.get("type") == "mrkdwn" else texts(list(made.values()))
