"""The SQL of Metrics Insights.

Source: CloudWatch user guide, "Query components and syntax in CloudWatch Metrics Insights", "Reserved keywords".
WHERE knows =, != and AND; keywords are in any case, identifiers in theirs; an identifier with other characters than
letters, digits and `_`, or that is a reserved keyword, stands in double quotes, a label's value in single ones.
"""

import re
from dataclasses import dataclass

from sandbox.aws.cloudwatch.expression import Flaw
from sandbox.aws.cloudwatch.insights_reserved import RESERVED
from sandbox.aws.errors import NotImplementedInSandbox

ACCOUNT = "AWS.AccountId"
OWN = "CURRENT_ACCOUNT_ID()"
MOST_SERIES = 500
"""What a query returns at most, and LIMIT's largest number."""
FUNCTIONS = ("AVG", "COUNT", "MAX", "MIN", "SUM")
_TOKEN = re.compile(
    r"\s*(?:(?P<word>\w+)|\"(?P<quoted>(?:\\[\"'\\]|[^\"\\])+)\"|'(?P<value>(?:\\[\"'\\]|[^'\\])*)'"
    r"|(?P<mark>!=|[(),.=])|(?P<end>\Z))"
)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Condition:
    """`key` is a dimension or ACCOUNT; `value` of an account may be OWN."""

    key: str
    equal: bool
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was written; `dimensions` is None without SCHEMA, `order` is None without ORDER BY."""

    function: str
    metric: str
    namespace: str
    dimensions: frozenset[str] | None
    conditions: tuple[Condition, ...]
    group: tuple[str, ...]
    order: str | None
    descending: bool
    limit: int


def is_query(expression: str) -> bool:
    """Whether it is a Metrics Insights query rather than metric math."""
    return re.match(r"\s*select\b", expression, re.IGNORECASE) is not None


def parse(expression: str) -> Query:
    """Read a query. Raises Flaw where it is none, NotImplementedInSandbox where it asks for tags."""
    return _Reader(expression).query()


class _Reader:
    """One token ahead."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._kind = self._token = ""
        self._next()

    def query(self) -> Query:
        self._expect("SELECT")
        function, metric = self._aggregation()
        self._expect("FROM")
        namespace, dimensions = self._source()
        conditions = self._conditions() if self._accept("WHERE") else ()
        group = self._group() if self._accept("GROUP") else ()
        order, descending = self._order() if self._accept("ORDER") else (None, False)
        limit = self._limit() if self._accept("LIMIT") else MOST_SERIES
        if self._kind != "end":
            raise self._flaw()
        return Query(function, metric, namespace, dimensions, conditions, group, order, descending, limit)

    def _aggregation(self) -> tuple[str, str]:
        function = self._function()
        self._expect("(")
        metric = self._identifier("metric name")
        self._expect(")")
        return function, metric

    def _source(self) -> tuple[str, frozenset[str] | None]:
        if self._kind != "word" or self._token.upper() != "SCHEMA":
            return self._identifier("namespace"), None
        self._next()
        self._expect("(")
        namespace, dimensions = self._identifier("namespace"), set[str]()
        while self._accept(","):
            dimensions.add(self._identifier("label key"))
        self._expect(")")
        return namespace, frozenset(dimensions)

    def _conditions(self) -> tuple[Condition, ...]:
        found = [self._condition()]
        while self._accept("AND"):
            found.append(self._condition())
        return tuple(found)

    def _condition(self) -> Condition:
        key = self._key()
        equal = self._accept("=")
        if not equal:
            self._expect("!=")
        if key == ACCOUNT and self._kind == "word" and self._token.upper() == OWN[:-2]:
            self._next()
            self._expect("(")
            self._expect(")")
            return Condition(key, equal, OWN)
        if self._kind != "value":
            raise Flaw(f"Label values must be enclosed with single quotation marks, at '{self._token}'")
        value = self._token
        self._next()
        return Condition(key, equal, value)

    def _group(self) -> tuple[str, ...]:
        self._expect("BY")
        found = [self._key()]
        while self._accept(","):
            found.append(self._key())
        return tuple(found)

    def _order(self) -> tuple[str, bool]:
        self._expect("BY")
        function = self._function()
        self._expect("(")
        self._expect(")")
        descending = self._accept("DESC")
        if not descending:
            self._accept("ASC")
        return function, descending

    def _limit(self) -> int:
        if self._kind != "word" or not re.fullmatch("[0-9]{1,9}", self._token):
            raise self._flaw()
        limit = int(self._token)
        if not 1 <= limit <= MOST_SERIES:
            raise Flaw(f"LIMIT must be between 1 and {MOST_SERIES}")
        self._next()
        return limit

    def _key(self) -> str:
        """A dimension, AWS.AccountId or a tag."""
        bare, key = self._kind == "word", self._identifier("label key")
        if not bare or not self._accept("."):
            return key
        if key == "tag":
            raise NotImplementedInSandbox("tags in Metrics Insights queries")
        if (key, self._token) != ("AWS", "AccountId"):
            raise self._flaw()
        self._next()
        return ACCOUNT

    def _function(self) -> str:
        name = self._token.upper()
        if self._kind != "word" or name not in FUNCTIONS:
            raise Flaw(f"Unsupported function '{self._token}', must be one of {', '.join(FUNCTIONS)}")
        self._next()
        return name

    def _identifier(self, what: str) -> str:
        found = self._token
        if self._kind == "word" and found.upper() in RESERVED:
            raise Flaw(f"The {what} '{found}' is a reserved keyword: it must be surrounded by double quotation marks")
        if self._kind not in {"word", "quoted"}:
            raise self._flaw()
        self._next()
        return found

    def _accept(self, wanted: str) -> bool:
        if self._kind not in {"word", "mark"} or self._token.upper() != wanted:
            return False
        self._next()
        return True

    def _expect(self, wanted: str) -> None:
        if not self._accept(wanted):
            raise self._flaw(f", expected {wanted}")

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            raise Flaw(f"Unsupported token '{self._text[self._at :].lstrip()[:1]}' in the query")
        self._kind = str(found.lastgroup)
        self._token = found[self._kind]
        if self._kind in {"quoted", "value"}:
            self._token = _ESCAPED.sub(r"\1", self._token)
        self._at = found.end()

    def _flaw(self, more: str = "") -> Flaw:
        if self._kind == "end":
            return Flaw(f"The query ends too early{more}")
        return Flaw(f"Unsupported token '{self._token}' in the query{more}")
