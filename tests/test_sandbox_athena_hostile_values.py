"""Values that people type, bound to a query by plain PyAthena: none changes what the query means."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyathena.error import Error

from bot.logic.trail_view import literal
from sandbox.athena.stage import HUB, ask, database, deliver, event, queried, trail_table

DAY, SECRET = "2026/11/20", "NobodyAskedForThis"
SQL = "SELECT eventname, ? AS said FROM trail WHERE day = ? AND (eventname = ? OR eventname = 'CreateEndpoint')"
PIECES = (
    "'",
    "''",
    '"',
    "--",
    "/*",
    "*/",
    ";",
    "?",
    "\\",
    "\n",
    "\0",
    "%",
    "`",
    " OR 1=1",
    " UNION SELECT ",
    "\u202e",
    "é",
    "$1",
)
LONGEST = 1_022
"""Characters of a text with its two quotes: an execution parameter has 1,024 at most (API: StartQueryExecution)."""
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """To a trail of one event that is asked for, and one that is not."""
    with queried() as aws:
        aws.client("glue", HUB).create_table(DatabaseName="default", TableInput=trail_table("trail"))
        deliver(aws, DAY, event("CreateEndpoint", "2026-11-20T09:00:00Z"), event(SECRET, "2026-11-20T09:01:00Z"))
        made = database(aws)
        yield made
        made.close()


@settings(max_examples=200, deadline=None)
@given(said=texts)
@example(said="x' OR '1'='1")
@example(said="' UNION SELECT requestparameters, eventname FROM trail --")
@example(said="'; DROP TABLE trail; --")
@example(said="'" * 200)
def test_a_text_is_a_text_whatever_is_in_it(connection: Any, said: str) -> None:
    """As the bot writes it: it comes back as it was given, and no other row with it."""
    bound = [literal(said), literal(DAY), literal(said)]
    assert ask(connection, SQL, bound) == [("CreateEndpoint", said)]


@settings(max_examples=200, deadline=None)
@given(raw=st.one_of(texts.filter(bool), texts.map(lambda text: f"'x'{text}"), texts.map(lambda text: f"{text}'x'")))
@example(raw="'x' OR 1=1")
@example(raw="'x' UNION SELECT eventname, eventname FROM trail")
@example(raw="eventname")
@example(raw="(SELECT max(eventname) FROM trail)")
@example(raw="concat('a', 'b')")
@example(raw="'x' /* */")
def test_what_is_not_one_literal_is_refused(connection: Any, raw: str) -> None:
    """Without the bot's quoting: a query fails, or the value is the one literal that it is."""
    try:
        found = ask(connection, SQL, ["'said'", literal(DAY), raw])
    except Error:
        return
    assert found == [("CreateEndpoint", "said")]


def test_a_text_is_as_long_as_the_api_takes(connection: Any) -> None:
    """One character more, and 64 KB, are refused before anything runs."""
    longest = "x" * LONGEST
    assert ask(connection, SQL, [literal(longest), literal(DAY), literal(longest)]) == [("CreateEndpoint", longest)]
    for size in (LONGEST + 1, 65_536):
        with pytest.raises(Error, match="1 validation error detected"):
            ask(connection, SQL, ["'said'", literal(DAY), literal("x" * size)])
