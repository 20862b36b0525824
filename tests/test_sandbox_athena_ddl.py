"""Tables by DDL: AWS's pages and our own statement run as they are, and make what Glue tells."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyathena.error import OperationalError

from sandbox.athena.stage import HUB, LOGS, PROD, REGION, TRAIL, ask, database, deliver, event, queried
from sandbox.aws import AwsSandbox

BY_HAND = """CREATE EXTERNAL TABLE cloudtrail_logs (
eventversion STRING,
useridentity STRUCT<
                  type:STRING,
                  arn:STRING,
     sessioncontext:STRUCT<
       attributes:STRUCT<
                  mfaauthenticated:STRING,
                  creationdate:STRING>,
       webidfederationdata: STRUCT<
                  federatedprovider: STRING,
                  attributes: map<string,string>>
     >
>,
eventtime STRING, -- when
eventname STRING COMMENT 'which, really',
resources ARRAY<STRUCT<
                  arn:STRING,
                  accountid:STRING,
                  type:STRING>>,
`requestparameters` STRING
)
COMMENT 'after AWS\\'s page'
PARTITIONED BY (region string, year string, month string, day string)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://%s/AWSLogs/';"""
"""The page on manual partitioning, with fewer columns."""
OURS = Path(__file__).parents[2] / "shared" / "data" / "athena" / "cloudtrail_org_projection.sql"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """A trail of one event, no tables."""
    with queried() as sandbox:
        deliver(sandbox, "2026/11/20", event("CreateEndpoint", "2026-11-20T09:00:00Z"))
        yield sandbox


@pytest.fixture
def connection(aws: AwsSandbox) -> Iterator[Any]:
    """PyAthena in a database of the test's own."""
    plain = database(aws)
    ask(plain, "CREATE DATABASE IF NOT EXISTS `trails` COMMENT 'who did it'")
    with database(aws, schema_name="trails") as made:
        yield made
    ask(plain, "DROP DATABASE IF EXISTS trails CASCADE")


def test_aws_page_on_manual_partitions_runs(aws: AwsSandbox, connection: Any) -> None:
    """CREATE, then ALTER TABLE ADD PARTITION, then the rows of that partition and no others."""
    ask(connection, BY_HAND % LOGS)
    table = aws.client("glue", HUB).get_table(DatabaseName="trails", Name="cloudtrail_logs")["Table"]
    columns = {each["Name"]: each for each in table["StorageDescriptor"]["Columns"]}
    assert columns["useridentity"]["Type"] == (
        "struct<type:string,arn:string,sessioncontext:struct<attributes:struct<mfaauthenticated:string,"
        "creationdate:string>,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>"
    )
    assert columns["eventname"]["Comment"] == "which, really"
    assert [each["Name"] for each in table["PartitionKeys"]] == ["region", "year", "month", "day"]
    assert (table["TableType"], table["Parameters"]["EXTERNAL"]) == ("EXTERNAL_TABLE", "TRUE")
    assert ask(connection, "SELECT eventname FROM cloudtrail_logs") == []
    folder = f"s3://{LOGS}/{TRAIL}/{PROD}/CloudTrail/{REGION}/2026/11/20/"
    spec = "PARTITION (region='us-west-2', year='2026', month='11', day='20')"
    ask(connection, f"ALTER TABLE cloudtrail_logs ADD {spec} LOCATION '{folder}'")
    assert ask(connection, "SHOW PARTITIONS cloudtrail_logs") == [("region=us-west-2/year=2026/month=11/day=20",)]
    sql = "SELECT eventname, day FROM cloudtrail_logs WHERE year = '2026'"
    assert ask(connection, sql) == [("CreateEndpoint", "20")]
    assert ask(connection, "SELECT eventname FROM cloudtrail_logs WHERE year = '2025'") == []
    with pytest.raises(OperationalError, match="Partition already exists"):
        ask(connection, f"ALTER TABLE cloudtrail_logs ADD {spec} LOCATION '{folder}'")
    ask(connection, f"ALTER TABLE cloudtrail_logs ADD IF NOT EXISTS {spec} LOCATION '{folder}'")
    ask(connection, f"ALTER TABLE cloudtrail_logs DROP {spec}")
    assert ask(connection, sql) == []


@pytest.mark.skipif(not OURS.exists(), reason="the statement is not at hand")
def test_our_own_statement_runs_as_it_is(aws: AwsSandbox, connection: Any) -> None:
    """But for the bucket and the organisation, which it asks to fill in."""
    statement = OURS.read_text(encoding="utf-8").replace("<bucket>", LOGS).replace("<org-id>", TRAIL.partition("/")[0])
    ask(connection, statement)
    sql = "SELECT useridentity.sessioncontext.sourceidentity FROM observability_replicated_logs WHERE account = ?"
    assert ask(connection, sql, [f"'{PROD}'"]) == [("alice@example.com",)]
    found = aws.client("athena", HUB).get_table_metadata(
        CatalogName="AwsDataCatalog", DatabaseName="trails", TableName="observability_replicated_logs"
    )["TableMetadata"]
    assert found["Parameters"]["projection.day.range"] == "2024/01/01,NOW"
    assert [each["Name"] for each in found["PartitionKeys"]] == ["account", "region", "day"]
    shown = "\n".join(line for (line,) in ask(connection, "SHOW CREATE TABLE observability_replicated_logs"))
    ask(connection, "DROP TABLE observability_replicated_logs")
    ask(connection, shown)
    assert ask(connection, sql, [f"'{PROD}'"]) == [("alice@example.com",)]


def test_an_old_table_is_mended_in_place(connection: Any) -> None:
    """A column that a table lacks, a field of a struct, an account of the projection."""
    ask(connection, BY_HAND % LOGS)
    ask(connection, "ALTER TABLE cloudtrail_logs ADD COLUMNS (readonly string, eventsource string COMMENT 'of')")
    identity = "struct<arn:string,sessioncontext:struct<sourceidentity:string>>"
    ask(connection, f"ALTER TABLE trails.cloudtrail_logs CHANGE COLUMN useridentity useridentity {identity}")
    ask(connection, "ALTER TABLE cloudtrail_logs SET TBLPROPERTIES ('projection.enabled'='false', 'x'='y')")
    folder = f"s3://{LOGS}/{TRAIL}/{PROD}/CloudTrail/{REGION}/2026/11/20/"
    spec = "PARTITION (region='us-west-2', year='2026', month='11', day='20')"
    ask(connection, f"ALTER TABLE cloudtrail_logs ADD {spec} LOCATION '{folder}'")
    sql = "SELECT useridentity.sessioncontext.sourceidentity, readonly, eventsource FROM cloudtrail_logs"
    assert ask(connection, sql) == [("alice@example.com", "false", "sagemaker.amazonaws.com")]
    assert ask(connection, "SHOW TBLPROPERTIES cloudtrail_logs('x')") == [("y",)]


def test_the_catalog_is_told(aws: AwsSandbox, connection: Any) -> None:
    """SHOW and DESCRIBE as Athena's clients get them, and the metadata operations."""
    ask(connection, BY_HAND % LOGS)
    assert ask(connection, "SHOW TABLES") == [("cloudtrail_logs",)]
    assert ask(connection, "SHOW TABLES IN trails 'x*|cloud*'") == [("cloudtrail_logs",)]
    assert ask(connection, "SHOW TABLES 'x*'") == []
    assert ask(connection, "SHOW DATABASES LIKE 'tr*'") == [("trails",)]
    assert ask(connection, "SHOW COLUMNS IN cloudtrail_logs")[2] == ("eventtime           ",)
    assert ask(connection, "DESCRIBE cloudtrail_logs")[2] == (f"{'eventtime':<20}\t{'string':<20}\t{'':<20}",)
    athena = aws.client("athena", HUB)
    found = athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]
    assert found == [{"Name": "default"}, {"Name": "trails", "Description": "who did it"}]
    assert athena.get_database(CatalogName="AwsDataCatalog", DatabaseName="trails")["Database"] == found[1]
    listed = athena.list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="trails", Expression="cloud.*")
    assert [each["Name"] for each in listed["TableMetadataList"]] == ["cloudtrail_logs"]
    with pytest.raises(athena.exceptions.MetadataException, match="Table nothing not found"):
        athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="trails", TableName="nothing")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DROP TABLE nothing", "Table not found nothing"),
        ("DROP DATABASE nothing", "Database does not exist: nothing"),
        ("CREATE DATABASE trails", "AlreadyExistsException"),
        ("SHOW TABLES IN nothing", "Database does not exist: nothing"),
        ("SHOW PARTITIONS nothing", "Table not found trails.nothing"),
        ("CREATE EXTERNAL TABLE t (a string)", "No location was specified for table"),
        ("CREATE EXTERNAL TABLE t (a string) LOCATION 'file:///etc/'", "file:///etc/ is no S3 location"),
        ("ALTER TABLE nothing ADD COLUMNS (a string)", "Table not found trails.nothing"),
        (f"CREATE EXTERNAL TABLE no.t (a string) LOCATION 's3://{LOGS}/x/'", "Database no not found"),
    ],
)
def test_a_statement_that_cannot_be_done_fails(connection: Any, sql: str, reason: str) -> None:
    """With a reason, as a query does."""
    with pytest.raises(OperationalError, match=reason):
        ask(connection, sql)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("CREATE TABLE t (a string) LOCATION 's3://b/'", "Queries of this type are not supported"),
        ("CREATE VIEW v AS SELECT 1", "Queries of this type are not supported"),
        ("CREATE EXTERNAL TABLE t (a text) LOCATION 's3://b/'", "'text' is no type"),
        ("CREATE EXTERNAL TABLE t (a string) STORED AS PARQUET LOCATION 's3://b/'", "mismatched input 'STORED'"),
        ("ALTER TABLE t RENAME TO u", "mismatched input 'RENAME'"),
        ("DROP TABLE a; DROP TABLE b", "Only one sql statement is allowed"),
        ("DROP TABLE 'a'", "mismatched input 'a'"),
        ("MSCK REPAIR TABLE t", "Queries of this type are not supported"),
    ],
)
def test_a_statement_that_is_not_known_is_refused(connection: Any, sql: str, message: str) -> None:
    """Nothing is half done."""
    with pytest.raises(Exception, match=message):
        ask(connection, sql)


def test_a_database_with_tables_is_not_dropped_by_mistake(connection: Any) -> None:
    """Only with CASCADE."""
    ask(connection, BY_HAND % LOGS)
    with pytest.raises(OperationalError, match="Database trails is not empty"):
        ask(connection, "DROP DATABASE trails")
    ask(connection, "DROP DATABASE trails CASCADE")
    assert ask(connection, "SHOW DATABASES") == [("default",)]
