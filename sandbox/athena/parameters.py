"""Execution parameters: each `?` becomes one literal, written anew from what its value was read as.

Source: Athena User Guide, "Use parameterized queries": positional, strings in single quotes, `CAST('…' AS DATE)` where
a type needs it.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from sandbox.athena.dialect import Query
from sandbox.athena.failures import QueryFailed, StatementRefused, at

_WORDS = {"null", "true", "false"}
_TYPED = {"date", "timestamp"}
_CAST = re.compile(r"date|timestamp|varchar|boolean|(?:tiny|small|big)?int|integer|double|real")


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with its parameters in it, which still knows where things stood in the one that was sent."""

    text: str
    sent: str
    _edges: tuple[int, ...] = ()
    _shifts: tuple[int, ...] = (0,)

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column) in the statement as sent, from 1, of an offset in this text."""
        there = max(0, offset - self._shifts[bisect_right(self._edges, offset)])
        return self.sent.count("\n", 0, there) + 1, there - self.sent.rfind("\n", 0, there)


def tokens(text: str) -> list[Token]:
    """Raises StatementRefused where a quote or comment is never closed."""
    try:
        return list(Query().tokenize(text))
    except TokenError as error:
        raise StatementRefused(f"line 1:1: mismatched input: {error}") from None


def bound(sent: str, parameters: Sequence[str]) -> Bound:
    """The statement with its values. Raises QueryFailed where they do not fit, StatementRefused of broken tokens."""
    marks = [token for token in tokens(sent) if token.token_type is TokenType.PLACEHOLDER]
    if len(marks) != len(parameters):
        count = f"Incorrect number of parameters: expected {len(marks)} but found {len(parameters)}"
        raise QueryFailed("INVALID_PARAMETER_USAGE", at(1, 1, count))
    values = [literal(value) for value in parameters]
    text, start = "", 0
    for mark, value in zip(marks, values, strict=True):
        text += sent[start : mark.start] + value
        start = mark.end + 1
    shifts = (0, *accumulate(len(value) - 1 for value in values))
    edges = [mark.end + shift for mark, shift in zip(marks, shifts[1:], strict=True)]
    return Bound(text + sent[start:], sent, tuple(edge + 1 for edge in edges), shifts)


def literal(value: str) -> str:
    """One literal as SQL. Raises QueryFailed when the value is anything else."""
    try:
        words = tokens(value)
    except StatementRefused:
        raise _no_literal(value) from None
    found = _literal(words) if not any(word.comments for word in words) else None
    if found is None:
        raise _no_literal(value)
    return found


def _literal(words: Sequence[Token]) -> str | None:
    match words:
        case [Token(token_type=TokenType.STRING, text=text)]:
            return _quoted(text)
        case [Token(token_type=TokenType.NUMBER, text=text)]:
            return text
        case [Token(token_type=TokenType.DASH), Token(token_type=TokenType.NUMBER, text=text)]:
            return f"-{text}"
        case [Token(text=word)] if word.lower() in _WORDS and words[0].token_type is not TokenType.IDENTIFIER:
            return word.lower()
        case [Token(text=word), Token(token_type=TokenType.STRING, text=text)] if word.lower() in _TYPED:
            return f"{word.lower()} {_quoted(text)}"
        case _:
            return _cast(words)


def _cast(words: Sequence[Token]) -> str | None:
    """`CAST(literal AS type)`, of a plain type."""
    if len(words) < 6 or [words[0].text.lower(), words[1].text, words[-1].text] != ["cast", "(", ")"]:
        return None
    *inner, word, kind = words[2:-1]
    value = _literal(inner) if word.text.lower() == "as" and _CAST.fullmatch(kind.text.lower()) else None
    return None if value is None else f"CAST({value} AS {kind.text.lower()})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _no_literal(value: str) -> QueryFailed:
    shown = value if len(value) <= 40 else f"{value[:40]}…"
    return QueryFailed("INVALID_PARAMETER_USAGE", f"{shown} is not one literal; strings need single quotes")
