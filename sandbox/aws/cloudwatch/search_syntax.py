"""The language of SEARCH: a schema in braces, terms, AND, OR, NOT and brackets.

Source: CloudWatch user guide, "CloudWatch search expression syntax" and its examples. Terms are read into a program
for a stack machine, so that no depth of brackets exhausts Python's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.aws.cloudwatch.expression import Flaw

LONGEST = 1024
"""Characters of a search ("Search expression limits")."""
ACCOUNT = ":aws.AccountId"
_SCHEMA = re.compile(r"\s*\{(?P<names>(?:[^\"{}]|\"[^\"]*\")*)\}\s*,?")
_NAME = re.compile(r"\s*,?\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[\w/.]+))")
_TOKEN = re.compile(
    r"\s*(?:(?P<mark>[()=])|\"(?P<exact>(?:\\[\"\\()]|[^\"\\()])*)\"|'(?P<local>LOCAL)'|(?P<word>[^\s()=\"'{}]+))"
)
_ESCAPED = re.compile(r"\\(.)")
_BINDS = {"OR": 1, "AND": 2, "NOT": 3}


@dataclass(frozen=True, slots=True)
class Term:
    """What must be found: `exact` for a whole name, else its tokens; anywhere, or in one property."""

    text: str
    exact: bool
    of: str = ""
    """MetricName, Namespace, :aws.AccountId or a dimension's name."""


Step = Term | str
"""A term, or AND, OR, NOT of what came before."""


@dataclass(frozen=True, slots=True)
class Search:
    """Namespace and dimensions of the schema, None without one; the terms as a program, empty: all of the schema."""

    namespace: str | None
    dimensions: frozenset[str]
    program: tuple[Step, ...]


def parse(query: str) -> Search:
    """Read SEARCH's first argument. Raises Flaw where it is no search."""
    if len(query) > LONGEST:
        raise Flaw(f"A search has at most {LONGEST} characters")
    schema = _SCHEMA.match(query)
    names = list(_names(schema["names"])) if schema else []
    if schema and not names:
        raise Flaw("A metric schema must contain a namespace")
    program = tuple(_Terms(query[schema.end() :] if schema else query).steps)
    if not schema and not program:
        raise Flaw("A search must contain a metric schema, a search term, or both")
    return Search(names[0] if names else None, frozenset(names[1:]), program)


def _names(text: str) -> Iterator[str]:
    """What is neither letter, digit, `_`, `.` nor `/` needs quotes."""
    at = 0
    while text[at:].strip():
        found = _NAME.match(text, at)
        if found is None:
            raise Flaw(f"Invalid metric schema '{{{text}}}': names with other characters need double quotes")
        yield found["quoted"] if found["quoted"] is not None else found["bare"]
        at = found.end()


class _Terms:
    """Shunting yard over terms; two terms side by side mean AND."""

    def __init__(self, text: str) -> None:
        self.steps: list[Step] = []
        self._open: list[tuple[str, str]] = []
        """Operators and brackets that wait, and the property that a bracket belongs to."""
        self._wants_term = True
        self._tokens = list(_tokens(text))
        self._at = 0
        while self._at < len(self._tokens):
            self._take(*self._tokens[self._at])
        self._finish()

    def _take(self, kind: str, token: str) -> None:
        self._at += 1
        if kind == "word" and token in _BINDS:
            self._operator(token)
        elif (kind, token) == ("mark", ")"):
            self._close()
        elif (kind, token) == ("mark", "="):
            raise Flaw("'=' needs a name before it")
        else:
            if not self._wants_term:
                self._operator("AND")
            self._term(kind, token)

    def _term(self, kind: str, token: str) -> None:
        if (kind, token) == ("mark", "("):
            self._open.append(("(", self._property))
            return
        if self._next() == ("mark", "="):
            self._at += 1
            self._designated(token)
            return
        self._push(kind, token, self._property)

    def _designated(self, of: str) -> None:
        """A property: MetricName="x", InstanceType=micro, :aws.AccountId = (111122223333 OR 'LOCAL')."""
        following = self._next()
        if following is None or (following[0] == "mark" and following[1] != "("):
            raise Flaw(f"'{of}=' needs a value")
        if self._property:
            raise Flaw(f"'{of}=' cannot stand inside the values of another property")
        self._at += 1
        if following == ("mark", "("):
            self._open.append(("(", of))
        else:
            self._push(*following, of)

    def _push(self, kind: str, token: str, of: str) -> None:
        if kind == "local" and of != ACCOUNT:
            raise Flaw(f"'{token}' in single quotes is an account: it needs {ACCOUNT}=")
        if of == ACCOUNT and kind == "word" and not token.isdigit():
            raise Flaw(f"{ACCOUNT} takes account ids or 'LOCAL'")
        self.steps.append(Term(token, kind != "word" or of == ACCOUNT, of))
        self._wants_term = False

    def _operator(self, name: str) -> None:
        if name == "NOT":
            if not self._wants_term:
                self._operator("AND")
        elif self._wants_term:
            raise Flaw(f"{name} needs a term before it")
        else:
            self._reduce(_BINDS[name])
        self._open.append((name, ""))
        self._wants_term = True

    def _close(self) -> None:
        if self._wants_term:
            raise Flaw("Unsupported token ')': a term is missing before it")
        self._reduce(0)
        if not self._open:
            raise Flaw("Unsupported token ')': nothing was opened")
        self._open.pop()

    def _finish(self) -> None:
        if self._wants_term and (self._open or self.steps):
            raise Flaw("The search ends too early")
        self._reduce(0)
        if self._open:
            raise Flaw("')' is missing at the end of the search")

    def _reduce(self, binds: int) -> None:
        while self._open and self._open[-1][0] != "(" and _BINDS[self._open[-1][0]] >= binds:
            self.steps.append(self._open.pop()[0])

    def _next(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    @property
    def _property(self) -> str:
        """That of the innermost bracket that has one."""
        return next((of for mark, of in reversed(self._open) if of), "")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise Flaw(f"Unsupported token '{text[at:].lstrip()[:1]}' in the search")
        kind = str(found.lastgroup)
        yield kind, _ESCAPED.sub(r"\1", found[kind]) if kind == "exact" else found[kind]
        at = found.end()
