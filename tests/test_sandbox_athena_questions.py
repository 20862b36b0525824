"""The questions that come with the bot, asked of the sandbox's Athena by PyAthena over the world's own trail."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyathena.error import OperationalError

from bot.logic.trail_view import TrailTable, Within, bounded, literal
from bot.model.observation import Window
from bot.model.question import Question, Value
from bot.model.trail import TrailQuery
from bot.questions.kinds import read
from bot.questions.load import load
from sandbox import athena, governed
from sandbox.athena.stage import ask, database
from sandbox.aws import AwsSandbox
from sandbox.clock import WorldClock
from sandbox.world import fleet, trail
from sandbox.world.world import World

LOADED = load(given={"operate_role": "sagewatch-operate"}, known_settings=["trail.about_people"])
TABLE = TrailTable(
    "observability",
    "trail",
    frozenset({"useridentity.sessioncontext.sourceidentity", "useridentity.onbehalfof.userid"}),
    "sagewatch-operate",
)
ASKED = (fleet.OBSERVABILITY, *fleet.LINKED)
"""Accounts that the bot sees."""
BEGAN = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Any, datetime]]:
    """(a connection, the world's time) of the demo's world, whose past is in its log files."""
    clock = WorldClock(BEGAN - datetime.now(UTC))
    with AwsSandbox(clock, fleet.accounts(), org_id=fleet.ORGANISATION, guests=athena.services) as aws:
        aws.start()
        world = World(aws, clock, history=timedelta(0), trail=True)
        world.build()
        governed.found(aws, world.started_at)
        clock.advance_to(clock.now() + timedelta(minutes=1))
        world.tick()
        connection = database(aws, s3_staging_dir=f"s3://{trail.RESULTS}/")
        yield connection, clock.now()
        connection.close()


def given(question: Question) -> tuple[timedelta, tuple[Value, ...]]:
    """What the example says: how far back, and a value for each placeholder."""
    typed = dict(word.split("=") for word in question.example.split())
    since = timedelta(days=int(typed["since"].removesuffix("d"))) if "since" in typed else question.since
    values = {
        each.name: read(each, typed[each.name]) if each.name in typed else each.default for each in question.parameters
    }
    return since, tuple(value for slot in question.slots if (value := values[slot]) is not None)


@pytest.mark.parametrize("question", LOADED.by_name.values(), ids=lambda question: question.name)
def test_a_shipped_question_is_answered_as_its_file_expects(told: tuple[Any, datetime], question: Question) -> None:
    """The view before it and its own SELECT run as they are sent, every value bound: the expected rows, in order."""
    connection, now = told
    since, values = given(question)
    query = TrailQuery(question.select, values, question.limit, question.reads)
    whole = bounded(query, TABLE, Within(ASKED, (fleet.REGION,), Window(now - since, now)))
    cursor = connection.cursor()
    cursor.execute(whole.sql, [literal(each) for each in whole.values], paramstyle="qmark")
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert len(found) == len(question.expected)
    compared = [
        {name: as_expected("" if row[name] is None else str(row[name]), cell) for name, cell in expected.items()}
        for row, expected in zip(found, question.expected, strict=True)
    ]
    assert compared == [dict(each) for each in question.expected]


def as_expected(value: str, cell: str) -> str:
    """The expected cell where the value fits it: `*` stands for anything, as names with a date need; else the value."""
    return cell if re.fullmatch(re.escape(cell).replace(r"\*", ".*"), value, re.DOTALL) else value


def test_a_group_of_a_pattern_is_extracted(told: tuple[Any, datetime]) -> None:
    """NULL where the pattern does not match; a group that the pattern has not is an error, as Trino documents."""
    connection, _ = told
    sql = "SELECT regexp_extract('role/ml', '(role)/(.+)', 2), regexp_extract('user/x', '(role)/(.+)', 2)"
    assert ask(connection, sql) == [("ml", None)]
    with pytest.raises(
        OperationalError, match=r"INVALID_FUNCTION_ARGUMENT.* Pattern has 1 groups\. Cannot access group 2"
    ):
        ask(connection, "SELECT regexp_extract('a', '(a)', 2)")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT x, n FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n)", [("a", 1), ("b", 2)]),
        ("SELECT k, v, n FROM UNNEST(MAP(ARRAY['a'], ARRAY[7])) WITH ORDINALITY AS t(k, v, n)", [("a", 7, 1)]),
        ("SELECT x FROM UNNEST(ARRAY[1, NULL]) AS t(x)", [(1,), (None,)]),
    ],
)
def test_arrays_and_maps_are_unnested(told: tuple[Any, datetime], sql: str, rows: list[tuple[Any, ...]]) -> None:
    """With the place of each element where it is asked for, under the last of the aliases."""
    assert ask(told[0], sql) == rows
