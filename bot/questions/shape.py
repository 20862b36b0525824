"""Whether a question's SQL is one SELECT that reads `events` and nothing else, bounded by us and not by itself.

No parser is needed for that, so a start in production needs none: `bot.questions.parsed` looks deeper where one is
installed.
"""

from collections.abc import Sequence
from typing import Final

from bot.questions.tokens import Token, Unreadable, tokens

SOURCE: Final = "EVENTS"
_CLAUSES: Final = ("SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "ON", "WINDOW")
_ENDS_FROM: Final = ("WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "WINDOW", "UNION", "EXCEPT", "INTERSECT")
_FROM_IN: Final = ("EXTRACT", "TRIM", "SUBSTRING")
"""Functions in whose parentheses FROM names no table."""
_BOUNDS: Final = ("LIMIT", "OFFSET", "FETCH")


class Shape:
    """One walk over the tokens. Raises Unreadable with the line of the first thing that is wrong."""

    def __init__(self, sql: str) -> None:
        self.tokens: Sequence[Token] = tuple(tokens(sql))
        self._own = _common_tables(self.tokens)
        self._openers = [""]
        self._clauses = [""]
        self._listing = [False]
        self.reads = 0
        """How often it reads `events`."""
        self._check()

    @property
    def parameters(self) -> tuple[Token, ...]:
        """Placeholders in order."""
        return tuple(t for t in self.tokens if t.kind == "parameter")

    def _check(self) -> None:
        first = self.tokens[0] if self.tokens else None
        if first is None or not first.is_word("SELECT", "WITH"):
            raise Unreadable("after the header comes one SELECT, or WITH and a SELECT", first.line if first else 1)
        for at, token in enumerate(self.tokens):
            self._step(at, token)
        if len(self._openers) > 1:
            raise Unreadable("a ( is never closed", self.tokens[-1].line)
        if not self.reads:
            raise Unreadable("a question reads FROM events", first.line)
        if self._clauses[0] != "ORDER":
            raise Unreadable("it ends with an ORDER BY: without one no limit means anything", self.tokens[-1].line)

    def _step(self, at: int, token: Token) -> None:
        if token.is_sign("("):
            self._openers.append(self._opener(at))
            self._clauses.append(self._clauses[-1])
            self._listing.append(False)
        elif token.is_sign(")"):
            self._close(token)
        elif token.is_sign(",") and self._listing[-1]:
            raise Unreadable("tables are joined by JOIN, not by a comma", token.line)
        elif token.kind == "word":
            self._word(at, token)
        elif token.kind == "parameter" and self._clauses[-1] != "WHERE":
            # AWS: "? parameters can be placed only in the WHERE clause" (Athena User Guide, parameterized queries)
            raise Unreadable(f":{token.text} stands outside WHERE, where Athena takes none", token.line)

    def _close(self, token: Token) -> None:
        if len(self._openers) == 1:
            raise Unreadable("a ) closes nothing", token.line)
        self._openers.pop()
        self._clauses.pop()
        self._listing.pop()

    def _opener(self, at: int) -> str:
        """The function whose parenthesis it is; empty for one around a SELECT."""
        inner = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        before = self.tokens[at - 1]
        is_query = inner is not None and inner.is_word("SELECT", "WITH")
        return before.text if before.kind == "word" and not is_query else ""

    def _word(self, at: int, token: Token) -> None:
        if token.is_word("TABLE", "VALUES", "RECURSIVE"):
            raise Unreadable(f"{token.text} has no place in a question", token.line)
        if token.is_word(*_BOUNDS) and len(self._openers) == 1:
            raise Unreadable(f"the header's limit bounds the rows, not {token.text}", token.line)
        if token.is_word("FROM", "JOIN") and not self._is_of_function(at):
            self._source(at + 1, token.line)
            self._listing[-1] = True
        if token.is_word(*_ENDS_FROM, "SELECT"):
            self._listing[-1] = False
        if token.is_word(*_CLAUSES) and not self._openers[-1] and not self._is_of_function(at):
            self._clauses[-1] = token.text

    def _is_of_function(self, at: int) -> bool:
        """`extract(day FROM …)`, `IS DISTINCT FROM …`."""
        distinct = self.tokens[at - 1].is_word("DISTINCT") and self.tokens[at - 2].is_word("IS", "NOT")
        return self.tokens[at].is_word("FROM") and (self._openers[-1] in _FROM_IN or distinct)

    def _source(self, at: int, line: int) -> None:
        token = self.tokens[at] if at < len(self.tokens) else None
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if token is None or (token.kind == "quoted") or (token.kind == "word" and after and after.is_sign(".")):
            raise Unreadable("a question reads FROM events", line)
        if token.is_sign("("):
            self._source(at + 1, line)
            return
        if token.is_word("UNNEST", "LATERAL", "SELECT", "WITH"):
            return
        if token.text not in {SOURCE, *self._own}:
            raise Unreadable(f"a question reads FROM events, not {token.text.lower()}", line)
        self.reads += token.text == SOURCE


def _common_tables(found: Sequence[Token]) -> frozenset[str]:
    """Names that WITH gives. Raises Unreadable where one hides `events`."""
    names = set()
    for before, name, as_, open_ in zip(found, found[1:], found[2:], found[3:], strict=False):
        starts = before.is_word("WITH") or before.is_sign(",")
        if starts and name.kind == "word" and as_.is_word("AS") and open_.is_sign("("):
            if name.text == SOURCE:
                raise Unreadable("events is the trail; name yours otherwise", name.line)
            names.add(name.text)
    return frozenset(names)


def placed(text: str, found: Sequence[Token]) -> str:
    """The SQL of these tokens with a `?` in place of each parameter, and without comments."""
    made, at = "", found[0].start
    for token in found:
        gap = text[at : token.start]
        made += "\n" if "\n" in gap else " " if gap else ""
        made += "?" if token.kind == "parameter" else text[token.start : token.end]
        at = token.end
    return made
