"""Untrusted text made inert: it can neither act (mention, link, command) nor take part in our own formatting.

Slack reads `<…>` as an entity, so `&`, `<` and `>` are escaped (docs.slack.dev, Formatting message text); every mrkdwn
object is sent `verbatim`, so bare addresses and names are not linked. The four formatting signs have no escape in
mrkdwn, and a zero-width character beside one *enables* formatting; they are shown by their nearest look-alikes.
Structured text (`rich_text`, `plain_text`, table cells) is literal and keeps them.
"""

import re
import unicodedata
from collections.abc import Callable

EMPTY = "\u2013"
"""Stands where there is nothing to show: Slack refuses empty text."""

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_TAGS = range(0xE0000, 0xE0080)
_CONTROL = [c for c in range(0xA0) if unicodedata.category(chr(c)) == "Cc"]
_CLEAN: dict[int, str | None] = {
    **dict.fromkeys((*_CONTROL, *_BIDI, *_TAGS)),
    0x09: " ",
    0x0A: "\n",
    **dict.fromkeys((0x85, 0x2028, 0x2029), " "),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
_ENTITY = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SIGNS = str.maketrans({"`": "\u02cb", "*": "\u2217", "~": "\u223c"})
# An underscore inside a word formats nothing: names like `num_employed` stay what they are.
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")


def clean(text: str) -> str:
    """Without control, direction and tag characters; lone surrogates become U+FFFD.

    Separators of lines that nobody types become spaces: names may hold them, and end no line of ours.
    """
    return text.replace("\r\n", "\n").translate(_CLEAN)


def line(text: str) -> str:
    """Clean, and on one line."""
    return " ".join(clean(text).split())


def entities(text: str) -> str:
    """`&`, `<`, `>` as Slack wants them."""
    return text.translate(_ENTITY)


def inert(text: str) -> str:
    """As mrkdwn that is only ever text."""
    return entities(_EDGE_UNDERSCORE.sub("\u02cd", clean(text).translate(_SIGNS)))


def code(text: str) -> str:
    """What may stand between two backticks."""
    return entities(line(text).replace("`", "\u02cb"))


def shorten(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """The longest beginning, with an ellipsis, whose size is within the limit; unchanged where it fits."""
    if size(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle] + "…") <= limit else (low, middle - 1)
    short = text[:low].rstrip() + "…"
    return short if size(short) <= limit else ""
