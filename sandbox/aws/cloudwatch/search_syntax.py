"""The language of SEARCH: a schema in braces, terms, AND, OR, NOT and brackets.

Source: CloudWatch user guide, "CloudWatch search expression syntax" and its examples.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.aws.cloudwatch.boolean_terms import OPERATORS, Yard
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
    program = _Terms(query[schema.end() :] if schema else query).program()
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
    """Two terms side by side mean AND."""

    def __init__(self, text: str) -> None:
        self._yard = Yard[Term]()
        self._tokens = list(_tokens(text))
        self._at = 0

    def program(self) -> tuple[Step, ...]:
        """The terms as they are to be judged."""
        yard = self._yard
        while self._at < len(self._tokens):
            self._take(*self._tokens[self._at])
        if yard.wants_term and (yard.pending or yard.program):
            raise Flaw("The search ends too early")
        if not yard.finish():
            raise Flaw("')' is missing at the end of the search")
        return tuple(yard.program)

    def _take(self, kind: str, token: str) -> None:
        self._at += 1
        if kind == "word" and token in OPERATORS:
            self._operator(token)
        elif (kind, token) == ("mark", ")"):
            if self._yard.wants_term or not self._yard.close():
                raise Flaw("Unsupported token ')' in the search")
        elif (kind, token) == ("mark", "="):
            raise Flaw("'=' needs a name before it")
        else:
            if not self._yard.wants_term:
                self._yard.operator("AND")
            self._term(kind, token)

    def _operator(self, name: str) -> None:
        if name == "NOT":
            if not self._yard.wants_term:
                self._yard.operator("AND")
        elif self._yard.wants_term:
            raise Flaw(f"{name} needs a term before it")
        self._yard.operator(name)

    def _term(self, kind: str, token: str) -> None:
        if (kind, token) == ("mark", "("):
            self._yard.open()
        elif self._next() == ("mark", "="):
            self._at += 1
            self._designated(token)
        else:
            self._push(kind, token, self._yard.owner)

    def _designated(self, of: str) -> None:
        """A property: MetricName="x", InstanceType=micro, :aws.AccountId = (111122223333 OR 'LOCAL')."""
        following = self._next()
        if following is None or (following[0] == "mark" and following[1] != "("):
            raise Flaw(f"'{of}=' needs a value")
        if self._yard.owner:
            raise Flaw(f"'{of}=' cannot stand inside the values of another property")
        self._at += 1
        if following == ("mark", "("):
            self._yard.open(of)
        else:
            self._push(*following, of)

    def _push(self, kind: str, token: str, of: str) -> None:
        if kind == "local" and of != ACCOUNT:
            raise Flaw(f"'{token}' in single quotes is an account: it needs {ACCOUNT}=")
        if of == ACCOUNT and kind == "word" and not token.isdigit():
            raise Flaw(f"{ACCOUNT} takes account ids or 'LOCAL'")
        self._yard.term(Term(token, kind != "word" or of == ACCOUNT, of))

    def _next(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise Flaw(f"Unsupported token '{text[at:].lstrip()[:1]}' in the search")
        kind = str(found.lastgroup)
        yield kind, _ESCAPED.sub(r"\1", found[kind]) if kind == "exact" else found[kind]
        at = found.end()
