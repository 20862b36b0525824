"""Whose rights a query needs: the caller's own, in Athena, in Glue, on the logs and on the results."""

import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.athena.stage import (
    ARCHIVE,
    FOREIGN,
    HUB,
    LOGS,
    REGION,
    RESULTS,
    client,
    deliver,
    event,
    queried,
    trail_table,
    user,
)
from sandbox.aws import AwsSandbox
from sandbox.aws.operations import handlers

GLUE = f"arn:aws:glue:{REGION}:{HUB}"
GROUP = f"arn:aws:athena:{REGION}:{HUB}:workgroup/primary"
NEEDED: dict[str, tuple[Any, Any]] = {
    "athena": (["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"], GROUP),
    "glue": ("glue:GetTable", [f"{GLUE}:catalog", f"{GLUE}:database/default", f"{GLUE}:table/default/trail"]),
    "list": ("s3:ListBucket", f"arn:aws:s3:::{LOGS}"),
    "read": ("s3:GetObject", f"arn:aws:s3:::{LOGS}/*"),
    "bucket": ("s3:GetBucketLocation", f"arn:aws:s3:::{RESULTS}"),
    "write": (["s3:PutObject", "s3:GetObject"], f"arn:aws:s3:::{RESULTS}/mine/*"),
}
"""What a caller needs for one query over one table, and nothing more."""
_NAMES = count()


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """A trail of one file."""
    with queried() as sandbox:
        sandbox.client("glue", HUB).create_table(DatabaseName="default", TableInput=trail_table("trail"))
        deliver(sandbox, "2026/11/20", event("CreateEndpoint", "2026-11-20T09:00:00Z"))
        yield sandbox


def caller(aws: AwsSandbox, *without: str, **changed: tuple[Any, Any]) -> Any:
    """Athena for somebody who has what is needed, without or with something else."""
    rights = [each for name, each in {**NEEDED, **changed}.items() if name not in without]
    return client(aws, "athena", user(aws, f"user-{next(_NAMES)}", *rights))


def ended(athena: Any, sql: str = "SELECT eventname FROM trail") -> dict[str, Any]:
    started = athena.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{RESULTS}/mine/"}
    )
    for _ in range(400):
        found = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return dict(found)
        time.sleep(0.02)
    raise AssertionError(found)


def test_with_just_these_rights_a_query_is_answered(aws: AwsSandbox) -> None:
    """The list that a policy has to hold."""
    athena = caller(aws)
    done = ended(athena)
    assert done["Status"]["State"] == "SUCCEEDED"
    rows = athena.get_query_results(QueryExecutionId=done["QueryExecutionId"])["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "CreateEndpoint"}]


@pytest.mark.parametrize(
    ("lacks", "kind", "reason"),
    [
        ("glue", 1500, "is not authorized to perform: glue:GetTable on resource: arn:aws:glue:"),
        ("list", 1501, f"Permission denied on S3 path: s3://{LOGS}/"),
        ("read", 1501, f"Permission denied on S3 path: s3://{LOGS}/"),
        ("write", 401, f"Access denied when writing output to url: s3://{RESULTS}/mine/"),
    ],
)
def test_a_right_that_lacks_fails_the_query(aws: AwsSandbox, lacks: str, kind: int, reason: str) -> None:
    """With what was refused, and the number of Athena's catalog of errors."""
    status = ended(caller(aws, lacks))["Status"]
    assert status["State"] == "FAILED"
    assert reason in status["StateChangeReason"]
    assert status["AthenaError"]["ErrorType"] == kind


def test_one_key_that_is_refused_fails_the_query(aws: AwsSandbox) -> None:
    """Though all others may be read."""
    deliver(aws, "2026/11/21", event("DeleteEndpoint", "2026-11-21T09:00:00Z"))
    some = caller(aws, read=("s3:GetObject", f"arn:aws:s3:::{LOGS}/*2026/11/20/*"))
    assert ended(some)["Status"]["StateChangeReason"].startswith("Permission denied on S3 path")
    assert ended(some, "SELECT 1 FROM trail WHERE day = '2026/11/20'")["Status"]["State"] == "SUCCEEDED"


def test_results_are_read_with_the_readers_rights(aws: AwsSandbox) -> None:
    """Knowing a query's id is not enough."""
    done = ended(caller(aws))
    reader = caller(aws, "write")
    with pytest.raises(ClientError, match="Access denied when reading results"):
        reader.get_query_results(QueryExecutionId=done["QueryExecutionId"])
    with pytest.raises(ClientError, match="Unable to verify/create output bucket"):
        ended(caller(aws, "bucket"))


def test_another_work_groups_queries_are_not_ones_own(aws: AwsSandbox) -> None:
    """Rights go by work group, also for a query's id."""
    aws.client("athena", HUB).create_work_group(Name="closed")
    other = caller(aws, athena=(NEEDED["athena"][0], GROUP.replace("primary", "open")))
    done = ended(caller(aws))
    for call, given in (
        (other.get_query_execution, {"QueryExecutionId": done["QueryExecutionId"]}),
        (other.get_query_results, {"QueryExecutionId": done["QueryExecutionId"]}),
    ):
        with pytest.raises(ClientError) as error:
            call(**given)
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"


def test_the_bucket_of_another_account_needs_both_policies(aws: AwsSandbox) -> None:
    """The log archive's bucket policy and the caller's own."""
    table = trail_table("foreign", FOREIGN)
    aws.client("glue", HUB).create_table(DatabaseName="default", TableInput=table)
    key = "o-exampleorgid/AWSLogs/o-exampleorgid/222222222222/CloudTrail/us-west-2/2026/11/20/a.json"
    aws.put_object(ARCHIVE, FOREIGN, key, json.dumps({"Records": [event("Kept", "x")]}).encode(), aws.clock.now())
    administrator = aws.client("athena", HUB)
    sql = "SELECT eventname FROM foreign"
    refused = ended(administrator, sql)["Status"]
    assert refused["StateChangeReason"].startswith(f"Permission denied on S3 path: s3://{FOREIGN}/")
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HUB}:root"},
        "Action": ["s3:ListBucket", "s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{FOREIGN}", f"arn:aws:s3:::{FOREIGN}/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    aws.client("s3", ARCHIVE).put_bucket_policy(Bucket=FOREIGN, Policy=policy)
    assert ended(administrator, sql)["Status"]["State"] == "SUCCEEDED"


def test_no_operation_is_open_to_who_has_no_rights(aws: AwsSandbox) -> None:
    """Athena and Glue judge their calls themselves: none forgets to."""
    keys = user(aws, "nobody")
    done = ended(caller(aws))["QueryExecutionId"]
    given: dict[str, Any] = {
        "DatabaseName": "default", "Name": "default", "TableName": "trail", "CatalogName": "AwsDataCatalog",
        "WorkGroup": "primary", "QueryString": "SELECT 1", "QueryExecutionId": done, "QueryExecutionIds": [done],
        "DatabaseInput": {"Name": "x"}, "TableInput": {"Name": "x"},
    }  # fmt: skip
    operations = declared()
    assert len(operations) == 24
    for service, operation in sorted(operations):
        found = client(aws, service, keys)
        method = next(name for name, api in found.meta.method_to_api_mapping.items() if api == operation)
        members = found.meta.service_model.operation_model(operation).input_shape
        with pytest.raises(ClientError) as error:
            getattr(found, method)(**{name: value for name, value in given.items() if name in members.members})
        assert error.value.response["Error"]["Code"] == "AccessDeniedException", operation


def declared() -> set[tuple[str, str]]:
    """What Athena and Glue answer here."""
    from sandbox.athena.glue import Glue
    from sandbox.athena.metadata import Metadata
    from sandbox.athena.queries import Queries
    from sandbox.athena.workgroups import WorkGroups

    made = [kind.__new__(kind) for kind in (Glue, Metadata, Queries, WorkGroups)]
    return set(handlers(*made))
