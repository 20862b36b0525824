"""The questions that come with the bot, asked of the sandbox's Athena by PyAthena over a trail that has answers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pyathena.error import OperationalError

from bot.logic.trail_view import TrailTable, Within, bounded, literal
from bot.model.observation import Window
from bot.model.question import Question, Value
from bot.model.trail import TrailQuery
from bot.questions.kinds import read
from bot.questions.load import load
from sandbox.athena.stage import HUB, REGION, ask, database, deliver, queried, trail_table
from sandbox.fakes_trail import record
from sandbox.fakes_trail_story import STORY

LOADED = load(given={"operate_role": "sagewatch-operate"}, known_settings=["trail.about_people"])
TABLE = TrailTable(
    "default", "trail", frozenset({"useridentity.sessioncontext.sourceidentity", "useridentity.onbehalfof.userid"})
)


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Any, datetime, list[str]]]:
    """(a connection, the world's time, the accounts of the story); each record lies in a file of its own."""
    with queried() as aws:
        now = aws.clock.now()
        records = [record(each, now) for each in STORY]
        accounts = sorted({each["recipientAccountId"] for each in records})
        projected = {"projection__account__values": ",".join(accounts), "projection__day__range": "NOW-120DAYS,NOW"}
        table = trail_table("trail", **projected)
        aws.client("glue", HUB).create_table(DatabaseName="default", TableInput=table)
        for number, each in enumerate(records):
            day = each["eventTime"][:10].replace("-", "/")
            deliver(aws, day, each, account=each["recipientAccountId"], file=str(number))
        connection = database(aws)
        yield connection, now, accounts
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
def test_a_shipped_question_is_answered_as_its_file_expects(
    told: tuple[Any, datetime, list[str]], question: Question
) -> None:
    """The view before it and its own SELECT run as they are sent, every value bound: the expected rows, in order."""
    connection, now, accounts = told
    since, values = given(question)
    query = TrailQuery(question.select, values, question.limit, question.reads)
    whole = bounded(query, TABLE, Within(tuple(accounts), (REGION,), Window(now - since, now)))
    cursor = connection.cursor()
    cursor.execute(whole.sql, [literal(each) for each in whole.values], paramstyle="qmark")
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    compared = [
        {name: "" if row[name] is None else str(row[name]) for name in expected}
        for row, expected in zip(found, question.expected, strict=True)
    ]
    assert compared == [dict(each) for each in question.expected]


def test_a_group_of_a_pattern_is_extracted(told: tuple[Any, datetime, list[str]]) -> None:
    """NULL where the pattern does not match; a group that the pattern has not is an error, as Trino documents."""
    connection, _, _ = told
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
def test_arrays_and_maps_are_unnested(
    told: tuple[Any, datetime, list[str]], sql: str, rows: list[tuple[Any, ...]]
) -> None:
    """With the place of each element where it is asked for, under the last of the aliases."""
    assert ask(told[0], sql) == rows
