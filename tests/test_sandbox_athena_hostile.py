"""Hostile parameters and statements: no value changes what a query means."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from sandbox.athena.failures import QueryFailed, StatementRefused
from sandbox.athena.parameters import bound, literal
from sandbox.athena.stage import HUB, ask, database, deliver, event, queried, trail_table
from sandbox.athena.statements import select
from sandbox.aws import AwsSandbox

SQL = "SELECT eventname FROM trail WHERE day = ? AND eventname = ? AND readonly = 'false' -- ? 'not one'"
NASTY = [
    "x' OR 1=1 --",
    "'; DROP TABLE trail; --",
    "' UNION SELECT useridentity.arn FROM trail --",
    "/* */ 'x'",
    "\\' OR '1'='1",
    "''",
    "\\",
    "?",
    "${day}",
    "\u2018curly\u2019",
    "\u202e\u0000\ufeff",
    "'" * 999,
    "\n--\n",
]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """One event a name of the nasty ones, and a plain one."""
    with queried() as sandbox:
        sandbox.client("glue", HUB).create_table(DatabaseName="default", TableInput=trail_table("trail"))
        deliver(sandbox, "2026/11/20", *(event(name, "2026-11-20T00:00:00Z") for name in [*NASTY[:-1], "Plain"]))
        yield sandbox


@pytest.fixture(scope="module")
def connection(aws: AwsSandbox) -> Iterator[Any]:
    """PyAthena."""
    made = database(aws)
    yield made
    made.close()


def quoted(value: str) -> str:
    """As a careful client writes a literal."""
    return "'" + value.replace("'", "''") + "'"


@pytest.mark.parametrize("value", NASTY[:-1], ids=range(len(NASTY) - 1))
def test_a_nasty_value_finds_itself_and_nothing_else(connection: Any, value: str) -> None:
    """Whatever it looks like, it is one text."""
    if len(quoted(value)) <= 1024:
        assert ask(connection, SQL, ["'2026/11/20'", quoted(value)]) == [(value,)]


@pytest.mark.parametrize("value", NASTY, ids=range(len(NASTY)))
def test_what_is_no_literal_is_refused(connection: Any, value: str) -> None:
    """As a careless client sends it: the query fails, none runs with another meaning."""
    if value != "''":
        with pytest.raises(Exception, match=r"INVALID_PARAMETER_USAGE|validation error|Parameter validation"):
            ask(connection, SQL, ["'2026/11/20'", value])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
def test_a_text_is_bound_as_itself(value: str) -> None:
    """The tree with a value is the tree with another, but for that one literal."""
    plain = select(bound(SQL, ["'a'", "'b'"]))
    found = select(bound(SQL, ["'a'", quoted(value)]))
    (place,) = (each for each in plain.find_all(exp.Literal) if each.this == "b")
    place.set("this", value)
    assert found == plain


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="'\"-/*;()?\\x1 \nOR", max_size=30))
def test_any_value_is_one_literal_or_refused(value: str) -> None:
    """What is accepted is one literal when it is read again."""
    try:
        found = literal(value)
    except QueryFailed:
        return
    tree = select(bound(f"SELECT {found}", []))
    assert len(tree.expressions) == 1
    assert not any(tree.args.get(part) for part in ("where", "from_", "joins", "limit"))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="SELECT FROMWHERE*()'\",;-\n?1a.t", max_size=40))
def test_any_statement_is_read_or_refused_in_words(text: str) -> None:
    """Nothing escapes as another error."""
    with suppress(QueryFailed, StatementRefused):
        select(bound(f"SELECT {text}", []))
