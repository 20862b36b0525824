"""A query from start to rows, through plain PyAthena and boto3: the article's, its mistakes, its pages, its life."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pyathena.error import OperationalError

from sandbox.athena.stage import HUB, RESULTS, ask, database, deliver, event, queried, trail_table
from sandbox.aws import AwsSandbox

ARTICLE = """
SELECT
useridentity.arn,
useridentity.sessioncontext.sourceidentity,
requestparameters
FROM observability_replicated_logs
WHERE
eventname={name}
AND eventsource='sagemaker.amazonaws.com'
"""
"""The article's question; it prints the name in double quotes."""


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Two days of a trail: who created, who deleted."""
    with queried() as sandbox:
        table = trail_table("observability_replicated_logs")
        sandbox.client("glue", HUB).create_table(DatabaseName="default", TableInput=table)
        deliver(sandbox, "2026/11/20", event("CreateEndpoint", "2026-11-20T09:00:00Z"))
        deliver(
            sandbox,
            "2026/11/21",
            event("DeleteEndpoint", "2026-11-21T10:00:00Z", "bob"),
            event("CreateEndpoint", "2026-11-21T11:00:00Z", "bob", errorCode="ValidationException"),
        )
        yield sandbox


@pytest.fixture(scope="module")
def athena(aws: AwsSandbox) -> Any:
    """The administrator's boto3 client."""
    return aws.client("athena", HUB)


@pytest.fixture(scope="module")
def connection(aws: AwsSandbox) -> Iterator[Any]:
    """PyAthena as anybody would use it."""
    made = database(aws)
    yield made
    made.close()


def ended(athena: Any, sql: str, **given: Any) -> dict[str, Any]:
    """Start a query and wait for its end."""
    given.setdefault("ResultConfiguration", {"OutputLocation": f"s3://{RESULTS}/boto/"})
    started = athena.start_query_execution(QueryString=sql, **given)
    for _ in range(400):
        found = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return dict(found)
        time.sleep(0.02)
    raise AssertionError(found)


def test_the_articles_question_is_answered_once_its_quotes_are_right(connection: Any) -> None:
    """With single quotes it runs as printed, and says who."""
    found = ask(connection, ARTICLE.format(name="'CreateEndpoint'"))
    request = '{"endpointName":"bank","tags":[{"key":"team","value":"ml"}]}'
    arn = "arn:aws:sts::222222222222:assumed-role/operator/"
    assert sorted(found) == [
        (f"{arn}alice", "alice@example.com", request),
        (f"{arn}bob", "bob@example.com", request),
    ]


def test_as_printed_the_articles_question_fails_as_on_aws(connection: Any) -> None:
    """Double quotes make a column's name, which there is not."""
    with pytest.raises(OperationalError) as error:
        ask(connection, ARTICLE.format(name='"CreateEndpoint"'))
    wanted = "COLUMN_NOT_FOUND: line 8:11: Column 'createendpoint' cannot be resolved"
    assert str(error.value).startswith(wanted)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 1 FROM nowhere", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.nowhere' does not exist"),
        ("SELECT 1 FROM nowhere.trail", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist"),
        ("SELECT 1 FROM a.b.c", "CATALOG_NOT_FOUND: line 1:15: Catalog 'a' does not exist"),
        ("SELECT soundex(eventname) FROM {t}", "FUNCTION_NOT_FOUND: line 1:8: Function 'soundex' not registered"),
        (
            "SELECT eventname FROM {t} WHERE eventname = 1",
            "TYPE_MISMATCH: line 1:59: Cannot apply operator: varchar = integer",
        ),
        (
            "SELECT eventname FROM {t} WHERE from_iso8601_timestamp(eventtime) > '2026-11-20'",
            "TYPE_MISMATCH: line 1:59: Cannot apply operator: timestamp(3) with time zone > varchar(10)",
        ),
        ("SELECT useridentity.nick FROM {t}", "COLUMN_NOT_FOUND: line 1:8: Column 'useridentity.nick' cannot be"),
        ("SELECT lower(1)", "TYPE_MISMATCH: line 1:8: Unexpected parameters (integer) for function lower."),
        ("SELECT eventname FROM {t} a, {t} b", "AMBIGUOUS_NAME: line 1:8: Column 'eventname' is ambiguous"),
        ("SELECT eventname, count(*) FROM {t}", "EXPRESSION_NOT_AGGREGATE: 'eventname' must be an aggregate"),
        ("SELECT eventname e FROM {t} GROUP BY e", "COLUMN_NOT_FOUND: line 1:64: Column 'e' cannot be resolved"),
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INTEGER"),
        ("SELECT from_iso8601_timestamp('20 Nov')", 'INVALID_FUNCTION_ARGUMENT: Invalid format: "20 Nov"'),
        ("SELECT eventname FROM {t} TABLESAMPLE BERNOULLI (1)", "NOT_SUPPORTED: the sandbox does not run table sample"),
        ("SELECT 1 UNION SELECT 'a'", "TYPE_MISMATCH: line 1:8: column 1 in UNION query has incompatible types"),
    ],
)
def test_a_wrong_query_fails_in_athenas_words(athena: Any, sql: str, reason: str) -> None:
    """With the place in the statement where Trino tells one; the user's fault by category."""
    status = ended(athena, sql.format(t="observability_replicated_logs"))["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"].startswith(reason)
    assert status["AthenaError"]["ErrorCategory"] == 2
    assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", "line 1:1: mismatched input 'SELEC'"),
        ("SELECT 1 FROM WHERE", "line 1:15: mismatched input 'WHERE'"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"),
        ("INSERT INTO a SELECT 1", "Queries of this type are not supported"),
        ("DELETE FROM a", "Queries of this type are not supported"),
        ("SELECT 'a", "line 1:1: mismatched input"),
        ("  ", "line 1:1: mismatched input '<EOF>'"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(athena: Any, sql: str, message: str) -> None:
    """Before there is a query: InvalidRequestException."""
    with pytest.raises(ClientError) as error:
        athena.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{RESULTS}/"})
    assert error.value.response["Error"]["Code"] == "InvalidRequestException"
    assert error.value.response["Error"]["Message"].startswith(message)
    assert error.value.response["AthenaErrorCode"] == "MALFORMED_QUERY"


def test_rows_come_in_pages_with_the_header_first(athena: Any) -> None:
    """NULL is an empty cell; the largest page has 1,000 rows."""
    sql = "SELECT n AS number, if(n % 2 = 0, 'a\"b\nc') AS even FROM UNNEST(sequence(1, 2500)) AS t(n) ORDER BY n"
    done = ended(athena, sql)
    pages = list(athena.get_paginator("get_query_results").paginate(QueryExecutionId=done["QueryExecutionId"]))
    rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
    assert rows[0] == [{"VarCharValue": "number"}, {"VarCharValue": "even"}]
    assert rows[1:3] == [[{"VarCharValue": "1"}, {}], [{"VarCharValue": "2"}, {"VarCharValue": 'a"b\nc'}]]
    columns = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(each["Name"], each["Type"]) for each in columns] == [("number", "bigint"), ("even", "varchar")]
    with pytest.raises(ClientError, match="Member must have value less than or equal to 1000"):
        athena.get_query_results(QueryExecutionId=done["QueryExecutionId"], MaxResults=1001)


def test_the_result_lies_in_s3(aws: AwsSandbox, athena: Any) -> None:
    """As CSV, every cell quoted but for NULL."""
    done = ended(athena, "SELECT 'a' AS x, CAST(NULL AS varchar) AS y, '' AS z")
    location = done["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{RESULTS}/boto/{done['QueryExecutionId']}.csv"
    body = aws.get_object(HUB, RESULTS, location.removeprefix(f"s3://{RESULTS}/"))
    assert body == b'"x","y","z"\n"a",,""\n'
    aws.delete_object(HUB, RESULTS, location.removeprefix(f"s3://{RESULTS}/"))
    with pytest.raises(ClientError, match="Could not find results"):
        athena.get_query_results(QueryExecutionId=done["QueryExecutionId"])


def test_columns_without_a_name_are_called_by_their_place(connection: Any) -> None:
    """As Trino does; names may repeat."""
    cursor = connection.cursor()
    cursor.execute("SELECT 1, 2 AS two, 3 AS two, lower('A'), (SELECT 5)")
    assert [each[0] for each in cursor.description or []] == ["_col0", "two", "two", "_col3", "_col4"]
    assert cursor.fetchall() == [(1, 2, 3, "a", 5)]


def test_a_query_tells_what_it_did(athena: Any) -> None:
    """Bytes are those of the objects read; times add up."""
    done = ended(athena, "SELECT eventname FROM observability_replicated_logs WHERE day = '2026/11/20'")
    statistics = done["Statistics"]
    assert 0 < statistics["DataScannedInBytes"] < 1000
    assert statistics["TotalExecutionTimeInMillis"] >= statistics["EngineExecutionTimeInMillis"]
    assert statistics["ResultReuseInformation"] == {"ReusedPreviousResult": False}
    assert done["StatementType"] == "DML"
    assert done["Status"]["CompletionDateTime"] >= done["Status"]["SubmissionDateTime"]
    assert done["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"


def test_queries_are_listed_newest_first_and_told_together(athena: Any) -> None:
    """Of a work group; one that there is not is told apart."""
    ids = [ended(athena, f"SELECT {number}")["QueryExecutionId"] for number in range(3)]
    listed = athena.list_query_executions(MaxResults=2)
    assert listed["QueryExecutionIds"] == ids[:0:-1]
    after = athena.list_query_executions(MaxResults=2, NextToken=listed["NextToken"])
    assert after["QueryExecutionIds"][0] == ids[0]
    strange = "00000000-0000-0000-0000-000000000000"
    found = athena.batch_get_query_execution(QueryExecutionIds=[ids[0], strange])
    assert [each["Query"] for each in found["QueryExecutions"]] == ["SELECT 0"]
    assert [each["QueryExecutionId"] for each in found["UnprocessedQueryExecutionIds"]] == [strange]
    with pytest.raises(ClientError, match=f"QueryExecution {strange} was not found"):
        athena.get_query_execution(QueryExecutionId=strange)
