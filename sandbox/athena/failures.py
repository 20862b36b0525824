"""How a query fails: Athena's code and words, and the numbers of its error catalog."""

from dataclasses import dataclass

_TYPES = {
    "TABLE_NOT_FOUND": 1110,
    "SCHEMA_NOT_FOUND": 1301,
    "CATALOG_NOT_FOUND": 1301,
    "FUNCTION_NOT_FOUND": 1303,
    "NOT_SUPPORTED": 1200,
    "CONSTRAINT_VIOLATION": 1100,
    "INVALID_TABLE_PROPERTY": 1103,
    "HIVE_METASTORE_ERROR": 204,
    "HIVE_INVALID_METADATA": 204,
    "INVALID_CAST_ARGUMENT": 1106,
    "INVALID_FUNCTION_ARGUMENT": 1106,
    "DIVISION_BY_ZERO": 1106,
    "NUMERIC_VALUE_OUT_OF_RANGE": 1106,
    "HIVE_BAD_DATA": 1001,
    "HIVE_CURSOR_ERROR": 1001,
    "HIVE_UNKNOWN_ERROR": 1001,
    "EXCEEDED_MEMORY_LIMIT": 0,
    "GENERIC_INTERNAL_ERROR": 200,
}
"""Code to error type (Athena User Guide: "Athena error catalog"); which code has which is the sandbox's own reading."""
_SYNTAX = 1006
"""Of every code that is not above: what the analysis of a query finds."""
_SYSTEM = 1000
"""Types below are the system's doing, from here on the user's."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The end of a query that did not succeed: the reason in words, and AthenaError's category and type."""

    reason: str
    category: int
    kind: int


class QueryFailed(Exception):
    """A query ends as FAILED; `code` is Athena's, empty where its reason has none."""

    def __init__(self, code: str, message: str, kind: int | None = None) -> None:
        super().__init__(f"{code}: {message}" if code else message)
        self.code = code
        self.kind = _TYPES.get(code, _SYNTAX) if kind is None else kind

    @property
    def failure(self) -> Failure:
        """What GetQueryExecution tells of it."""
        return Failure(str(self), 1 if self.kind < _SYSTEM else 2, self.kind)


class StatementRefused(Exception):
    """A statement that StartQueryExecution does not take: InvalidRequestException, in these words."""


def at(line: int, column: int, message: str) -> str:
    """A message with the place in the query, as Trino counts: both from 1."""
    return f"line {line}:{column}: {message}"
