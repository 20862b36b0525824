"""Athena as a service: work groups and their limits, slots, stopping, tokens, reuse of results."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.athena.stage import HUB, REGION, RESULTS, deliver, event, put_log, queried, trail_table
from sandbox.aws import AwsSandbox

SLOW = "SELECT max(a.n * b.n) FROM UNNEST(sequence(1, 60000)) AS a(n), UNNEST(sequence(1, 600000)) AS b(n)"
"""Takes far longer than a test waits."""
THERE = {"OutputLocation": f"s3://{RESULTS}/service/"}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """A trail of two days, the second with one large file beside a small one."""
    with queried() as sandbox:
        sandbox.client("glue", HUB).create_table(DatabaseName="default", TableInput=trail_table("trail"))
        deliver(sandbox, "2026/11/20", event("CreateEndpoint", "2026-11-20T09:00:00Z"))
        deliver(sandbox, "2026/11/21", event("DeleteEndpoint", "2026-11-21T09:00:00Z"))
        put_log(sandbox, "2026/11/21", bytes(12_000_000), file="2")
        yield sandbox


@pytest.fixture(scope="module")
def athena(aws: AwsSandbox) -> Any:
    """The administrator's client."""
    return aws.client("athena", HUB)


def start(athena: Any, sql: str, **given: Any) -> str:
    given.setdefault("ResultConfiguration", THERE)
    return str(athena.start_query_execution(QueryString=sql, **given)["QueryExecutionId"])


def look(athena: Any, query: str) -> dict[str, Any]:
    return dict(athena.get_query_execution(QueryExecutionId=query)["QueryExecution"])


def ended(athena: Any, query: str) -> dict[str, Any]:
    for _ in range(400):
        found = look(athena, query)
        if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def reuse(minutes: int = 60) -> dict[str, Any]:
    return {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": minutes}}


def message(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


def test_a_work_group_is_made_changed_and_deleted(athena: Any) -> None:
    """Its cutoff is at least ten million bytes; the primary one stays."""
    configuration = {"ResultConfiguration": THERE, "BytesScannedCutoffPerQuery": 10_000_000}
    athena.create_work_group(Name="bot", Description="asks", Configuration=configuration)
    found = athena.get_work_group(WorkGroup="bot")["WorkGroup"]
    assert found["Configuration"]["EnforceWorkGroupConfiguration"] is True
    assert found["Configuration"]["BytesScannedCutoffPerQuery"] == 10_000_000
    assert [each["Name"] for each in athena.list_work_groups()["WorkGroups"]] == ["bot", "primary"]
    changes = {"RemoveBytesScannedCutoffPerQuery": True, "EnforceWorkGroupConfiguration": False}
    athena.update_work_group(WorkGroup="bot", ConfigurationUpdates=changes, State="DISABLED")
    found = athena.get_work_group(WorkGroup="bot")["WorkGroup"]
    assert (found["State"], "BytesScannedCutoffPerQuery" in found["Configuration"]) == ("DISABLED", False)
    with pytest.raises(ClientError, match="WorkGroup bot is disabled"):
        start(athena, "SELECT 1", WorkGroup="bot")
    athena.delete_work_group(WorkGroup="bot")
    for call, words in (
        (lambda: athena.get_work_group(WorkGroup="bot"), "WorkGroup bot is not found."),
        (lambda: athena.delete_work_group(WorkGroup="primary"), "WorkGroup primary cannot be deleted."),
        (lambda: athena.create_work_group(Name="primary"), "WorkGroup primary is already created"),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert message(error) == ("InvalidRequestException", words)


@pytest.mark.parametrize("cutoff", [1, 9_999_999])
def test_a_cutoff_below_ten_million_bytes_is_refused(aws: AwsSandbox, cutoff: int) -> None:
    """As the API has it."""
    unchecked = boto3.client(
        "athena",
        region_name=REGION,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=aws.accounts[HUB].access_key_id,
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False),
    )
    with pytest.raises(ClientError) as error:
        unchecked.create_work_group(Name="tiny", Configuration={"BytesScannedCutoffPerQuery": cutoff})
    assert "10000000" in message(error)[1]


def test_a_query_that_would_read_too_much_is_cancelled(athena: Any) -> None:
    """With the bytes that were met, which AWS charges; a query below the limit runs."""
    limits = {"ResultConfiguration": THERE, "BytesScannedCutoffPerQuery": 10_000_000}
    athena.create_work_group(Name="limited", Configuration=limits)
    found = ended(athena, start(athena, "SELECT eventname FROM trail", WorkGroup="limited"))
    assert found["Status"]["State"] == "CANCELLED"
    assert found["Status"]["StateChangeReason"] == "Query cancelled! : Bytes scanned limit was exceeded"
    assert found["Statistics"]["DataScannedInBytes"] > 12_000_000
    small = "SELECT eventname FROM trail WHERE day = '2026/11/20'"
    found = ended(athena, start(athena, small, WorkGroup="limited"))
    assert found["Status"]["State"] == "SUCCEEDED"
    assert found["Statistics"]["DataScannedInBytes"] < 10_000_000


def test_a_group_that_enforces_says_where_results_go(athena: Any) -> None:
    """Over what the client says; without either there is no query."""
    place = {"OutputLocation": f"s3://{RESULTS}/enforced/"}
    athena.create_work_group(Name="enforcing", Configuration={"ResultConfiguration": place})
    found = ended(athena, start(athena, "SELECT 1", WorkGroup="enforcing"))
    assert found["ResultConfiguration"]["OutputLocation"].startswith(place["OutputLocation"])
    with pytest.raises(ClientError, match="No output location provided"):
        athena.start_query_execution(QueryString="SELECT 1")
    with pytest.raises(ClientError, match="Unable to verify/create output bucket nowhere"):
        start(athena, "SELECT 1", ResultConfiguration={"OutputLocation": "s3://nowhere/x/"})


def test_a_poller_sees_a_query_wait_run_and_stop(athena: Any) -> None:
    """Four run at once, the fifth is queued; stopping ends both kinds; a result there is none."""
    running = [start(athena, SLOW) for _ in range(5)]
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        states = [look(athena, each)["Status"]["State"] for each in running]
        if states == ["RUNNING"] * 4 + ["QUEUED"]:
            break
        time.sleep(0.02)
    assert states == ["RUNNING"] * 4 + ["QUEUED"]
    with pytest.raises(ClientError, match="Query has not yet finished"):
        athena.get_query_results(QueryExecutionId=running[0])
    for each in running:
        athena.stop_query_execution(QueryExecutionId=each)
    for each in running:
        status = ended(athena, each)["Status"]
        assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    with pytest.raises(ClientError, match="Final query state: CANCELLED"):
        athena.get_query_results(QueryExecutionId=running[0])
    done = start(athena, "SELECT 1")
    assert ended(athena, done)["Status"]["State"] == "SUCCEEDED"
    athena.stop_query_execution(QueryExecutionId=done)
    assert look(athena, done)["Status"]["State"] == "SUCCEEDED"


def test_with_all_slots_taken_a_query_is_throttled(athena: Any) -> None:
    """Twenty of an account; afterwards they are free again."""
    running = [start(athena, SLOW) for _ in range(20)]
    with pytest.raises(ClientError) as error:
        start(athena, "SELECT 1")
    assert message(error)[0] == "TooManyRequestsException"
    assert error.value.response["Reason"] == "CONCURRENT_QUERY_LIMIT_EXCEEDED"
    for each in running:
        athena.stop_query_execution(QueryExecutionId=each)
    for each in running:
        assert ended(athena, each)["Status"]["State"] == "CANCELLED"
    assert ended(athena, start(athena, "SELECT 1"))["Status"]["State"] == "SUCCEEDED"


def test_a_token_makes_a_query_once(athena: Any) -> None:
    """A retry is the same query; another statement under the token is refused."""
    token = "t" * 32
    first = start(athena, "SELECT 1", ClientRequestToken=token)
    assert start(athena, "SELECT 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        start(athena, "SELECT 2", ClientRequestToken=token)


def test_a_result_is_used_again_where_it_may_be(athena: Any) -> None:
    """Same statement but for spaces and comments, same parameters; nothing is scanned then."""
    sql = "SELECT eventname FROM trail WHERE day = ? ORDER BY 1"
    given = {"ExecutionParameters": ["'2026/11/20'"], "ResultReuseConfiguration": reuse()}
    first = ended(athena, start(athena, sql, **given))
    assert not first["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
    again = ended(athena, start(athena, f"{sql.replace(' ', '  ')} -- once more", **given))
    assert again["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
    assert (again["Statistics"]["DataScannedInBytes"], again["ResultReuseConfiguration"]) == (0, reuse())
    rows = [athena.get_query_results(QueryExecutionId=each["QueryExecutionId"])["ResultSet"] for each in (first, again)]
    assert rows[0] == rows[1]
    for changed in ({"ExecutionParameters": ["'2026/11/19'"]}, {"ResultReuseConfiguration": reuse(0)}):
        time.sleep(0.01)
        other = ended(athena, start(athena, sql, **{**given, **changed}))
        assert not other["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]


@pytest.mark.parametrize(
    ("sql", "reused"),
    [
        ("SELECT eventname FROM trail WHERE day = '2026/11/20' LIMIT 1", False),
        ("SELECT eventname FROM trail WHERE day = '2026/11/20' ORDER BY 1 LIMIT 1", True),
        ("SELECT now(), eventname FROM trail WHERE day = '2026/11/20'", False),
    ],
)
def test_what_may_answer_otherwise_is_not_used_again(athena: Any, sql: str, reused: bool) -> None:
    """LIMIT without ORDER BY, and what asks for the time."""
    ended(athena, start(athena, sql, ResultReuseConfiguration=reuse()))
    again = ended(athena, start(athena, sql, ResultReuseConfiguration=reuse()))
    assert again["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"] is reused


def test_a_result_is_too_old_by_the_worlds_clock(aws: AwsSandbox, athena: Any) -> None:
    """An hour passes in a moment."""
    sql = "SELECT count(*) FROM trail WHERE day = '2026/11/20'"
    ended(athena, start(athena, sql, ResultReuseConfiguration=reuse()))
    aws.clock.advance_to(aws.clock.now() + timedelta(minutes=61))  # type: ignore[attr-defined]
    again = ended(athena, start(athena, sql, ResultReuseConfiguration=reuse()))
    assert not again["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]


def test_the_catalog_is_the_only_one(athena: Any) -> None:
    """Another is refused by name, and so is what is not implemented."""
    with pytest.raises(ClientError, match="Catalog lambda is not here"):
        start(athena, "SELECT 1", QueryExecutionContext={"Catalog": "lambda"})
    with pytest.raises(ClientError, match="the sandbox does not implement athena:ListNamedQueries"):
        athena.list_named_queries()
