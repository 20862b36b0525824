"""Log files as they come: real ones, damaged ones, ones of other kinds; each read once."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyathena.error import DatabaseError, OperationalError

from sandbox.athena.stage import HUB, ask, database, deliver, event, put_log, queried, trail_table
from sandbox.aws import AwsSandbox

REAL = Path(__file__).parents[2] / "shared" / "data" / "cloudtrail"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """A table over an empty bucket."""
    with queried() as sandbox:
        table = trail_table("trail", projection__day__range="2026/01/01,2026/12/31")
        sandbox.client("glue", HUB).create_table(DatabaseName="default", TableInput=table)
        yield sandbox


@pytest.fixture(scope="module")
def connection(aws: AwsSandbox) -> Iterator[Any]:
    """PyAthena."""
    made = database(aws)
    yield made
    made.close()


def records(path: Path) -> list[dict[str, Any]]:
    """Those of a file, however it holds them."""
    body = path.read_bytes()
    found = json.loads(gzip.decompress(body) if path.suffix == ".gz" else body)
    return list(found["Records"] if isinstance(found, dict) and "Records" in found else found)


@pytest.mark.skipif(not REAL.exists(), reason="the real logs are not at hand")
def test_all_real_logs_load_and_answer(aws: AwsSandbox, connection: Any) -> None:
    """Every record of the public sets is a row, with the same names, callers and request parameters."""
    whole: list[dict[str, Any]] = []
    for number, path in enumerate(sorted(each for each in REAL.rglob("*.json*") if each.is_file())):
        found = [each for each in records(path) if isinstance(each, dict) and "eventName" in each]
        whole += found
        deliver(aws, "2026/03/01", *found, file=str(number))
    assert len(whole) > 600
    day = "day = '2026/03/01'"
    assert ask(connection, f"SELECT count(*) FROM trail WHERE {day}") == [(len(whole),)]  # noqa: S608
    rows = ask(connection, f"SELECT eventid, eventname, useridentity.arn, requestparameters FROM trail WHERE {day}")  # noqa: S608

    def told(record: dict[str, Any]) -> tuple[Any, ...]:
        asked = record.get("requestParameters")
        arn = (record.get("userIdentity") or {}).get("arn")
        return (
            record.get("eventID"),
            record["eventName"],
            arn,
            json.dumps(asked, sort_keys=True) if asked is not None else None,
        )

    seen = [
        (a, b, c, json.dumps(json.loads(d), sort_keys=True) if d is not None and d[:1] in "{[" else d)
        for a, b, c, d in rows
    ]
    assert sorted(seen, key=str) == sorted(map(told, whole), key=str)


def test_names_are_found_whatever_their_case(aws: AwsSandbox, connection: Any) -> None:
    """And objects in text columns are kept as JSON, true and numbers as text."""
    odd = {
        "EVENTNAME": "Odd",
        "useridentity": {"ARN": "arn:x", "extra": 1},
        "requestParameters": {"b": [1, {"c": "ü"}]},
    }
    deliver(
        aws, "2026/04/01", {**odd, "readOnly": True, "errorCode": 404, "resources": [{"ARN": "r", "accountId": None}]}
    )
    sql = "SELECT eventname, useridentity.arn, requestparameters, readonly, errorcode, resources FROM trail"
    assert ask(connection, f"{sql} WHERE day = '2026/04/01'") == [
        ("Odd", "arn:x", '{"b":[1,{"c":"ü"}]}', "true", "404", [{"arn": "r", "accountid": None, "type": None}])
    ]


def test_hostile_text_comes_back_as_it_was(aws: AwsSandbox, connection: Any) -> None:
    """Quotes, commas, new lines, NUL, half a surrogate, 64 KB: in a cell, in a filter, on the way through CSV.

    A parameter has at most 1,024 characters (API: StartQueryExecution).
    """
    texts = ['a"b', "a,b\n'c'", "\\", "", "null", "ü😀", "tab\t", "x" * 65_536]
    deliver(aws, "2026/04/02", *(event(text, "2026-04-02T00:00:00Z") for text in texts))
    found = ask(connection, "SELECT eventname FROM trail WHERE day = '2026/04/02'")
    assert sorted(found) == sorted((text,) for text in texts)
    sql = "SELECT count(*) FROM trail WHERE day = '2026/04/02' AND eventname = ?"
    for text in texts[:-1]:
        assert ask(connection, sql, ["'" + text.replace("'", "''") + "'"]) == [(1,)]
    with pytest.raises(DatabaseError, match="Member must have length less than or equal to 1024"):
        ask(connection, sql, [f"'{texts[-1]}'"])
    deliver(aws, "2026/04/03", event("half \ud83d", "2026-04-03T00:00:00Z"), event("nul \0", "2026-04-03T00:00:00Z"))
    assert ask(connection, "SELECT count(*) FROM trail WHERE day = '2026/04/03'") == [(2,)]


GOOD = gzip.compress(json.dumps({"Records": [event("CreateEndpoint", "2026-05-01T00:00:00Z")]}).encode(), mtime=0)
DAMAGED = [
    (GOOD[:-12], "HIVE_CURSOR_ERROR: Unexpected end of input stream"),
    (b"", "HIVE_CURSOR_ERROR: Unexpected end of input stream"),
    (b"plain text", "HIVE_CURSOR_ERROR: incorrect header check"),
    (GOOD[:-8] + bytes(4) + GOOD[-4:], "HIVE_CURSOR_ERROR: incorrect data check"),
    (GOOD[:30] + bytes(40) + GOOD[70:], "HIVE_CURSOR_ERROR: "),
    (gzip.compress(b'{"Records": [', mtime=0), "HIVE_CURSOR_ERROR: JsonParseException"),
    (gzip.compress(b'{"logFiles": []}', mtime=0), "HIVE_CURSOR_ERROR: JsonParseException: Expected a list of Records"),
    (gzip.compress(b'{"Records": [5]}', mtime=0), "HIVE_CURSOR_ERROR: JsonParseException: Start token not found"),
    (
        gzip.compress(b'{"Records": [{"userIdentity": "bob"}]}', mtime=0),
        "HIVE_BAD_DATA: Error parsing field value for field 1",
    ),
    (gzip.compress(b"\xff\xfe{}", mtime=0), "HIVE_CURSOR_ERROR: JsonParseException"),
]


@pytest.mark.parametrize(("number", "body", "reason"), [(n, *each) for n, each in enumerate(DAMAGED, 1)])
def test_a_damaged_file_fails_the_queries_that_need_it(
    aws: AwsSandbox, connection: Any, number: int, body: bytes, reason: str
) -> None:
    """In Athena's words and with its address; queries of other days go on, and so does this one once it is mended."""
    day = f"2026/05/{number:02}"
    put_log(aws, day, body)
    deliver(aws, day, event("Good", "2026-05-01T00:00:00Z"), file="2")
    sql = "SELECT count(*) FROM trail WHERE day = ?"
    for _ in range(2):
        with pytest.raises(OperationalError) as error:
            ask(connection, sql, [f"'{day}'"])
        assert str(error.value).startswith(reason)
        assert "0000000000000001.json.gz" in str(error.value)
    assert ask(connection, sql, ["'2026/06/01'"]) == [(0,)]
    deliver(aws, day, event("Mended", "2026-05-01T00:00:00Z"))
    assert ask(connection, sql, [f"'{day}'"]) == [(2,)]


def test_a_file_that_changes_is_read_anew_and_one_that_goes_is_gone(aws: AwsSandbox, connection: Any) -> None:
    """By its ETag."""
    sql = "SELECT eventname FROM trail WHERE day = '2026/07/01'"
    deliver(aws, "2026/07/01", event("First", "2026-07-01T00:00:00Z"))
    assert ask(connection, sql) == [("First",)]
    deliver(aws, "2026/07/01", event("Second", "2026-07-01T00:00:00Z"))
    assert ask(connection, sql) == [("Second",)]
    deliver(aws, "2026/07/01", event("First", "2026-07-01T00:00:00Z"))
    assert ask(connection, sql) == [("First",)]


def test_two_tables_over_the_same_files_have_their_own_columns(aws: AwsSandbox, connection: Any) -> None:
    """One made from AWS's page lacks the source identity; the other has it."""
    deliver(aws, "2026/07/02", event("Both", "2026-07-02T00:00:00Z"))
    table = trail_table("old")
    identity = {"Name": "useridentity", "Type": "struct<arn:string>"}
    table["StorageDescriptor"]["Columns"] = [identity, {"Name": "eventname", "Type": "string"}]
    table["Parameters"]["projection.day.range"] = "2026/07/01,2026/07/31"
    aws.client("glue", HUB).create_table(DatabaseName="default", TableInput=table)
    where = "WHERE day = '2026/07/02'"
    identity_sql = "SELECT useridentity.sessioncontext.sourceidentity FROM"
    assert ask(connection, f"{identity_sql} trail {where}") == [("alice@example.com",)]
    with pytest.raises(OperationalError, match="COLUMN_NOT_FOUND: line 1:8: Column 'useridentity"):
        ask(connection, f"{identity_sql} old {where}")
    assert ask(connection, f"SELECT eventname FROM old {where}") == [("Both",)]  # noqa: S608
