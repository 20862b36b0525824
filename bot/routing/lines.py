"""Where in a TOML text a value stands: its parser tells no lines, so it is asked which beginning holds the value."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

Path = Sequence[str | int]
_BEGINS = re.compile(r"""\s*(?:\[|[\w"'. -]+=|#|$)""")
"""How a line begins that may be a statement's first; within a long value few do."""
_MOST_PARSES: Final = 80
"""A binary search over 10,000 lines takes 14; what follows a value of many lines takes more."""


def line_of(text: str, path: Path) -> int:
    """The first line of the statement that gives the value at `path`, or of the table that it lacks in; from 1."""
    lines = text.split("\n")
    there = _known(tomllib.loads(text), path)
    ends = [0, *(n for n in range(1, len(lines)) if _BEGINS.match(lines[n])), len(lines)]
    before, last, left = 0, len(ends) - 1, _MOST_PARSES
    while last - before > 1 and left > 0:
        middle, begun, left = _beginning(lines, ends, before, last, left)
        if begun is None:
            break  # one statement over all these lines
        if len(_known(begun, there)) == len(there):
            last = middle
        else:
            before = middle
    return ends[before] + 1


def headers(text: str, table: str) -> list[int]:
    """The line of each `[[table]]`, in their order; 0 for one that is written otherwise.

    Each line that looks like one is given a value of its own and the parser says which of them were.
    """
    mark = f"line of {table}"
    alike = re.compile(rf"""[ \t]*\[\[[ \t]*["']?{table}["']?[ \t]*\]\]""")
    marked = [f'{x}\n"{mark}" = {n}' if alike.match(x) else x for n, x in enumerate(text.split("\n"), 1)]
    try:
        found = tomllib.loads("\n".join(marked)).get(table, ())
    except tomllib.TOMLDecodeError:  # a text of several lines that looks like nothing else
        found = tomllib.loads(text).get(table, ())
    return [int(one.get(mark, 0)) for one in found]


def _beginning(
    lines: Sequence[str], ends: Sequence[int], before: int, last: int, left: int
) -> tuple[int, Mapping[str, Any] | None, int]:
    """A beginning between the two that is whole, the nearest to their middle; and how many parses are left."""
    inner = sorted(range(before + 1, last), key=lambda n: abs(n - (before + last) // 2))
    for end in inner[:left]:
        left -= 1
        try:
            return end, tomllib.loads("\n".join(lines[: ends[end]]) + "\n"), left
        except tomllib.TOMLDecodeError:
            continue
    return last, None, left


def _known(document: Any, path: Path) -> Path:
    """As much of the path as the document has."""
    for nth, step in enumerate(path):
        inside = isinstance(document, list) and isinstance(step, int) and step < len(document)
        if not inside and not (isinstance(document, dict) and step in document):
            return path[:nth]
        document = document[step]
    return path
