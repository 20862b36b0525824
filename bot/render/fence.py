"""Preformatted lines: text in columns that every client shows as it is."""

from collections.abc import Sequence

from bot.render import escape, limits
from bot.render.inline import Block

SIZE = 8
"""Two fences of three backticks and their line ends."""


def sections(lines: Sequence[str]) -> list[Block]:
    """Escaped lines between fences, in as many sections as they need."""
    pieces: list[str] = []
    for one in lines:
        if pieces and len(pieces[-1]) + len(one) + 1 <= limits.SECTION - SIZE:
            pieces[-1] += "\n" + one
        else:
            pieces.append(one)
    return [_section(f"```\n{text}\n```") for text in pieces]


def escaped(one: str) -> str:
    """A line that can neither end the fence nor be more than text, short enough for a section of its own."""
    inert = one.rstrip().replace("`", "\u02cb")
    return escape.entities(escape.shorten(inert, limits.SECTION - SIZE, lambda t: len(escape.entities(t))))


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "verbatim": True, "text": text}}
