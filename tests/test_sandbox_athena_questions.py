"""The questions that come with the bot, asked of the sandbox's Athena over the world's own trail."""

import itertools
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from pyathena.error import OperationalError

from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.aws.trail_settings import TrailSettings
from bot.logic.trail_view import TrailTable, Within, bounded, literal
from bot.model.account import Account, Scope
from bot.model.observation import Window
from bot.model.person import Person
from bot.model.question import Question, Value
from bot.model.trail import TrailQuery
from bot.ports import Ask
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
PLACES = tuple(
    Account(i, fleet.LABELS[i], (fleet.REGION,), own=i == fleet.OBSERVABILITY)
    for i in (fleet.OBSERVABILITY, *fleet.LINKED)
)
"""What the bot sees."""
BEGAN = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """The demo's world, whose past is in its log files: as its administrator asks it, and as the bot does."""

    connection: Any
    layer: AwsLayer
    now: datetime


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """One for all."""
    clock = WorldClock(BEGAN - datetime.now(UTC))
    with AwsSandbox(clock, fleet.accounts(), org_id=fleet.ORGANISATION, guests=athena.services) as aws:
        aws.start()
        world = World(aws, clock, history=timedelta(0), trail=True)
        world.build()
        governed.found(aws, world.started_at)
        clock.advance_to(clock.now() + timedelta(minutes=1))
        world.tick()
        keys = world.bot_credentials()
        session = boto3.Session(keys["access_key_id"], keys["secret_access_key"], region_name=fleet.REGION)
        settings = TrailSettings(*governed.TABLE.split("."), fleet.REGION, workgroup=trail.WORKGROUP)
        layer = AwsLayer(session, AwsSettings(endpoint_url=aws.endpoint_url, trail=settings))
        connection = database(aws, s3_staging_dir=f"s3://{trail.RESULTS}/")
        yield Told(connection, layer, clock.now())
        connection.close()
        layer.close()


def given(question: Question) -> tuple[timedelta, tuple[Value, ...]]:
    """What the example says: how far back, and a value for each placeholder."""
    typed = dict(word.split("=") for word in question.example.split())
    since = timedelta(days=int(typed["since"].removesuffix("d"))) if "since" in typed else question.since
    values = {
        each.name: read(each, typed[each.name]) if each.name in typed else each.default for each in question.parameters
    }
    return since, tuple(value for slot in question.slots if (value := values[slot]) is not None)


@pytest.mark.parametrize("question", LOADED.by_name.values(), ids=lambda question: question.name)
def test_a_shipped_question_is_answered_as_its_file_expects(told: Told, question: Question) -> None:
    """The view before it and its own SELECT run as they are sent, every value bound: the expected rows, in order."""
    since, values = given(question)
    query = TrailQuery(question.select, values, question.limit, question.reads)
    accounts = [account.id for account in PLACES]
    whole = bounded(query, TABLE, Within(accounts, (fleet.REGION,), Window(told.now - since, told.now)))
    cursor = told.connection.cursor()
    cursor.execute(whole.sql, [literal(each) for each in whole.values], paramstyle="qmark")
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert compared(found, question) == [dict(each) for each in question.expected]


@pytest.mark.parametrize("question", LOADED.by_name.values(), ids=lambda question: question.name)
def test_the_bot_answers_it_so_with_the_rights_that_it_has(told: Told, question: Question) -> None:
    """Through its own adapter, within one work group."""
    since, values = given(question)
    query = TrailQuery(question.select, values, question.limit, question.reads)
    asking = Ask(Person("U1", "T1", "Ingrid"), told.now, Scope(PLACES), time.monotonic() + 30)
    answer = told.layer.trail(asking).ask(query, Window(told.now - since, told.now))
    texts = ([f"{v:g}" if isinstance(v, float) else v for v in row] for row in answer.rows)
    found = [dict(zip(answer.columns, row, strict=True)) for row in texts]
    assert compared(found, question) == [dict(each) for each in question.expected]


def compared(rows: Sequence[Mapping[str, Any]], question: Question) -> list[dict[str, str]]:
    """Of each row the columns that are expected, as texts; rows that are not, whole."""
    cells = [{name: "" if v is None else str(v) for name, v in row.items()} for row in rows]
    pairs = itertools.zip_longest(cells, question.expected[: len(cells)], fillvalue={})
    return [{name: as_expected(row[name], want[name]) for name in want} if want else row for row, want in pairs]


def as_expected(value: str, cell: str) -> str:
    """The expected cell where the value fits it: `*` stands for anything, as names with a date need; else the value."""
    return cell if re.fullmatch(re.escape(cell).replace(r"\*", ".*"), value, re.DOTALL) else value


def test_a_group_of_a_pattern_is_extracted(told: Told) -> None:
    """NULL where the pattern does not match; a group that the pattern has not is an error, as Trino documents."""
    sql = "SELECT regexp_extract('role/ml', '(role)/(.+)', 2), regexp_extract('user/x', '(role)/(.+)', 2)"
    assert ask(told.connection, sql) == [("ml", None)]
    with pytest.raises(
        OperationalError, match=r"INVALID_FUNCTION_ARGUMENT.* Pattern has 1 groups\. Cannot access group 2"
    ):
        ask(told.connection, "SELECT regexp_extract('a', '(a)', 2)")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT x, n FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n)", [("a", 1), ("b", 2)]),
        ("SELECT k, v, n FROM UNNEST(MAP(ARRAY['a'], ARRAY[7])) WITH ORDINALITY AS t(k, v, n)", [("a", 7, 1)]),
        ("SELECT x FROM UNNEST(ARRAY[1, NULL]) AS t(x)", [(1,), (None,)]),
    ],
)
def test_arrays_and_maps_are_unnested(told: Told, sql: str, rows: list[tuple[Any, ...]]) -> None:
    """With the place of each element where it is asked for, under the last of the aliases."""
    assert ask(told.connection, sql) == rows
