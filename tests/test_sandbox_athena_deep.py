"""Statements that are nested too deep: refused or failed in Trino's words, whatever they are made of."""

import pytest
from pyathena.error import Error

from sandbox.athena.stage import ask, database, queried


@pytest.mark.parametrize(
    "deep",
    [
        "1+" * 5000 + "1",
        "1=1 AND " * 5000 + "true",
        "(" * 3000 + "1" + ")" * 3000,
        "NOT " * 2000 + "true",
        "ARRAY[" * 2000 + "1" + "]" * 2000,
        "coalesce(1, " * 2000 + "2" + ")" * 2000,
        "CASE WHEN true THEN " * 2000 + "1" + " END" * 2000,
    ],
    ids=lambda deep: deep[:6],
)
def test_a_statement_too_deep_to_be_understood_fails_as_such(deep: str) -> None:
    """And nothing else of the sandbox breaks: the next statement is answered."""
    with queried() as aws:
        connection = database(aws)
        with pytest.raises(Error, match="statement is too large"):
            ask(connection, f"SELECT {deep}")
        assert ask(connection, "SELECT 1") == [(1,)]
        connection.close()
