"""DuckDB's errors in Athena's words; what is not known is told as it was said."""

import re

import duckdb

from sandbox.athena.failures import QueryFailed

_OURS = re.compile(r"(INVALID_FUNCTION_ARGUMENT|INVALID_CAST_ARGUMENT): (.*?)(?:['\"] to INT32.*)?$")
"""What a macro said by failing to be a number."""
_MEANT = tuple(
    (re.compile(pattern), code, words)
    for pattern, code, words in (
        (r"Division by zero", "DIVISION_BY_ZERO", "Division by zero"),
        (r"Overflow in (\w+) of INT(\d+)", "NUMERIC_VALUE_OUT_OF_RANGE", r"overflow in \1 of \2-bit integers"),
        (r"Could not convert string ['\"](.*)['\"] to (\w+)", "INVALID_CAST_ARGUMENT", r"Cannot cast '\1' to \2"),
        (
            r'column "?(\S+?)"? must appear in the GROUP BY clause',
            "EXPRESSION_NOT_AGGREGATE",
            r"'\1' must be an aggregate expression or appear in GROUP BY clause",
        ),
        (
            r"(WHERE|GROUP BY|JOIN|FILTER) clause cannot contain (aggregates|window functions)",
            "EXPRESSION_NOT_SCALAR",
            r"\1 clause cannot contain aggregations, window functions or grouping operations",
        ),
        (r"aggregate function calls cannot be nested", "NESTED_AGGREGATION", "Cannot nest aggregations"),
        (
            r"More than one row returned by a subquery",
            "SUBQUERY_MULTIPLE_ROWS",
            "Scalar sub-query has returned multiple rows",
        ),
        (r"does not have key", "NOT_SUPPORTED", "the sandbox casts JSON to a row only where it has every field"),
        (r"Out of Memory", "EXCEEDED_MEMORY_LIMIT", "Query exceeded the sandbox's memory limit"),
    )
)


def translated(error: duckdb.Error) -> QueryFailed:
    """The failure that Athena would have told."""
    said = str(error).partition("\n")[0]
    if ours := _OURS.search(said):
        return QueryFailed(ours[1], ours[2])
    for pattern, code, words in _MEANT:
        if found := pattern.search(said):
            return QueryFailed(code, found.expand(words))
    return QueryFailed("GENERIC_INTERNAL_ERROR", said)
