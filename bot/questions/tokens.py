"""SQL to words and signs, as far as a check needs: Trino's strings, names in quotes, comments, `:parameters`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["word", "quoted", "string", "number", "parameter", "sign"]
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|--[^\n]*)
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |:(?P<parameter>[a-z][a-z0-9_]*)
    |(?P<sign>\|\||<=|>=|<>|!=|->|/(?!\*)|[()\[\],.+*%<>=-])""",
    re.VERBOSE,
)


class Unreadable(ValueError):
    """The text is no SQL that the check understands; `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text from `start` to `end`; a word is in upper case, a parameter without its colon."""

    kind: Kind
    text: str
    line: int
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords."""
        return self.kind == "word" and self.text in words

    def is_sign(self, sign: str) -> bool:
        """Whether it is this sign."""
        return self.kind == "sign" and self.text == sign


def tokens(sql: str) -> Iterator[Token]:
    """All of them, without blanks and comments. Raises Unreadable for what has no place in a question."""
    at = 0
    while at < len(sql):
        line = sql.count("\n", 0, at) + 1
        found = _TOKEN.match(sql, at)
        if found is None:
            raise Unreadable(_why(sql[at : at + 2]), line)
        kind, end = found.lastgroup, found.end()
        if kind == "word":
            yield Token("word", found.group().upper(), line, at, end)
        elif kind == "parameter":
            yield Token("parameter", found["parameter"], line, at, end)
        elif kind in {"string", "quoted", "number", "sign"}:
            yield Token(kind, found.group(), line, at, end)  # type: ignore[arg-type]  # one of Kind's
        at = end


def _why(here: str) -> str:
    first = here[0]
    if first in "'\"":
        return f"a {first} is never closed"
    said = {
        ";": "one SELECT and no ; is a question",
        "?": "name the placeholder, as :endpoint, and declare it",
        ":": "a placeholder is a : and a name in small letters",
        "/": "a comment is written -- like this",
    }
    return said.get(first, f"{first!r} has no place in a question")
