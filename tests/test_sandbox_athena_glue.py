"""Glue's catalog behind Athena: databases, tables, whose right they need."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.athena.stage import ARCHIVE, HUB, REGION, client, queried, user
from sandbox.aws import AwsSandbox

TABLE = {
    "Name": "Trail",
    "TableType": "EXTERNAL_TABLE",
    "StorageDescriptor": {
        "Columns": [{"Name": "eventname", "Type": "string"}],
        "Location": "s3://logs-111111111111/AWSLogs/",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hive.hcatalog.data.JsonSerDe"},
    },
    "PartitionKeys": [{"Name": "day", "Type": "string"}],
    "Parameters": {"projection.enabled": "true"},
}
ARN = f"arn:aws:glue:{REGION}:{HUB}"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Athena's stage, nothing in its catalogs."""
    with queried() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def glue(aws: AwsSandbox) -> Any:
    """The administrator's client, and a database `trails`."""
    found = aws.client("glue", HUB)
    found.create_database(DatabaseInput={"Name": "Trails", "Description": "who did it"})
    return found


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_database_is_kept_in_lower_case(glue: Any) -> None:
    """As Glue documents of names; `default` is always there."""
    assert [each["Name"] for each in glue.get_databases()["DatabaseList"]] == ["default", "trails"]
    assert glue.get_database(Name="TRAILS")["Database"]["Description"] == "who did it"
    with pytest.raises(ClientError, match="Database already exists"):
        glue.create_database(DatabaseInput={"Name": "trails"})
    with pytest.raises(ClientError, match="Database nowhere not found") as error:
        glue.get_database(Name="nowhere")
    assert code(error) == "EntityNotFoundException"


def test_a_table_comes_back_as_it_was_given(glue: Any) -> None:
    """Parameters and all: nothing of projection is checked before a query reads it."""
    glue.create_table(DatabaseName="trails", TableInput=TABLE)
    found = glue.get_table(DatabaseName="trails", Name="TRAIL")["Table"]
    assert found["Name"] == "trail"
    assert {name: found[name] for name in TABLE} == {**TABLE, "Name": "trail"}
    assert (found["DatabaseName"], found["CatalogId"], found["VersionId"]) == ("trails", HUB, "0")
    with pytest.raises(ClientError, match="Table already exists") as error:
        glue.create_table(DatabaseName="trails", TableInput=TABLE)
    assert code(error) == "AlreadyExistsException"
    glue.update_table(DatabaseName="trails", TableInput={**TABLE, "Parameters": {"projection.enabled": "false"}})
    (listed,) = glue.get_tables(DatabaseName="trails")["TableList"]
    assert (listed["Parameters"], listed["VersionId"]) == ({"projection.enabled": "false"}, "1")
    assert listed["CreateTime"] == found["CreateTime"]
    glue.delete_table(DatabaseName="trails", Name="trail")
    with pytest.raises(ClientError, match="Table trail not found"):
        glue.get_table(DatabaseName="trails", Name="trail")


def test_tables_come_in_pages(glue: Any) -> None:
    """By name, whatever the page."""
    glue.create_database(DatabaseInput={"Name": "many"})
    for number in range(5):
        glue.create_table(DatabaseName="many", TableInput={**TABLE, "Name": f"t{number}"})
    pages = list(glue.get_paginator("get_tables").paginate(DatabaseName="many", PaginationConfig={"PageSize": 2}))
    assert [[each["Name"] for each in page["TableList"]] for page in pages] == [["t0", "t1"], ["t2", "t3"], ["t4"]]
    glue.delete_database(Name="many")
    with pytest.raises(ClientError, match="Database many not found"):
        glue.get_tables(DatabaseName="many")


def test_each_account_and_region_has_its_own(aws: AwsSandbox, glue: Any) -> None:
    """What one makes the others do not see."""
    assert glue.get_database(Name="trails")
    for other in (aws.client("glue", ARCHIVE), aws.client("glue", HUB, "eu-west-1")):
        assert [each["Name"] for each in other.get_databases()["DatabaseList"]] == ["default"]


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("create_partition", {"DatabaseName": "trails", "TableName": "t", "PartitionInput": {"Values": ["1"]}}),
        ("get_crawlers", {}),
    ],
)
def test_what_is_not_here_is_refused_by_name(glue: Any, call: str, given: dict[str, Any]) -> None:
    """No call is answered with a guess."""
    with pytest.raises(ClientError, match="the sandbox does not implement glue:") as error:
        getattr(glue, call)(**given)
    assert code(error) == "NotImplementedInSandbox"


def test_a_member_that_is_not_kept_is_refused(glue: Any) -> None:
    """Rather than forgotten."""
    with pytest.raises(ClientError, match="does not keep ViewOriginalText"):
        glue.create_table(DatabaseName="trails", TableInput={**TABLE, "ViewOriginalText": "select 1"})


def test_a_table_needs_the_right_on_catalog_database_and_table(aws: AwsSandbox, glue: Any) -> None:
    """Each of the three, as Glue's policies are documented."""
    glue.create_table(DatabaseName="trails", TableInput={**TABLE, "Name": "guarded"})
    whole = [f"{ARN}:catalog", f"{ARN}:database/trails", f"{ARN}:table/trails/guarded"]
    for number, resources in enumerate((whole[1:], whole[:1] + whole[2:], whole[:2], ["arn:aws:s3:::x"])):
        lacking = client(aws, "glue", user(aws, f"lacks-{number}", ("glue:GetTable", resources)))
        with pytest.raises(ClientError, match="is not authorized to perform: glue:GetTable on resource: arn:") as error:
            lacking.get_table(DatabaseName="trails", Name="guarded")
        assert code(error) == "AccessDeniedException"
    has = client(aws, "glue", user(aws, "has", ("glue:GetTable", whole)))
    assert has.get_table(DatabaseName="trails", Name="guarded")["Table"]["Name"] == "guarded"
    with pytest.raises(ClientError, match="table/trails/other"):
        has.get_table(DatabaseName="trails", Name="other")
