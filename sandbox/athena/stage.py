"""An observability account with a bucket of logs: what tests of Athena ask with plain boto3 and PyAthena."""

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import boto3
from botocore.config import Config

from sandbox.athena import services
from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.clock import WorldClock

HUB, ARCHIVE, REGION = "111111111111", "555555555555", "us-west-2"
LOGS, RESULTS, FOREIGN = "logs-111111111111", "results-111111111111", "logs-555555555555"


@contextmanager
def queried() -> Iterator[AwsSandbox]:
    """Two accounts with a bucket of logs each, and one for results; the world is a day ahead of the wall."""
    accounts = [
        CloudAccount(HUB, "hub", "AKIAHUB0000000000001", "secret"),
        CloudAccount(ARCHIVE, "archive", "AKIAARCHIVE000000001", "secret"),
    ]
    with AwsSandbox(WorldClock(timedelta(days=1)), accounts, guests=services) as sandbox:
        sandbox.start()
        for account, bucket in ((HUB, LOGS), (HUB, RESULTS), (ARCHIVE, FOREIGN)):
            where = {"LocationConstraint": REGION}
            sandbox.client("s3", account).create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        yield sandbox


def client(aws: AwsSandbox, service: str, keys: dict[str, str]) -> Any:
    """A boto3 client that does not retry."""
    config = Config(retries={"max_attempts": 0})
    return boto3.client(service, region_name=REGION, endpoint_url=aws.endpoint_url, config=config, **keys)


def user(aws: AwsSandbox, name: str, *statements: tuple[str | Sequence[str], str | Sequence[str]]) -> dict[str, str]:
    """Keys of an IAM user of the observability account who may do these (actions, resources) and nothing else."""
    iam = aws.client("iam", HUB)
    iam.create_user(UserName=name)
    allowed = [{"Effect": "Allow", "Action": actions, "Resource": on} for actions, on in statements]
    if allowed:
        document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        iam.put_user_policy(UserName=name, PolicyName="given", PolicyDocument=document)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}


ORG = "o-exampleorgid"
TRAIL = f"{ORG}/AWSLogs/{ORG}"
PROD, TEST = "222222222222", "333333333333"
_ISSUER = "struct<type:string,principalid:string,arn:string,accountid:string,username:string>"
_SESSION = (
    f"struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:{_ISSUER},"
    "ec2roledelivery:string,sourceidentity:string,"
    "webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>"
)
COLUMNS = {
    "eventversion": "string",
    "useridentity": (
        "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,"
        f"username:string,onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:{_SESSION}>"
    ),
    **dict.fromkeys(
        ("eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress", "useragent", "errorcode"), "string"
    ),
    **dict.fromkeys(("errormessage", "requestparameters", "responseelements", "additionaleventdata"), "string"),
    **dict.fromkeys(("requestid", "eventid", "readonly"), "string"),
    "resources": "array<struct<arn:string,accountid:string,type:string>>",
    **dict.fromkeys(("eventtype", "managementevent", "recipientaccountid", "eventcategory"), "string"),
}
"""A CloudTrail table's, after AWS's page and with the source identity that it lacks."""


def trail_table(name: str, bucket: str = LOGS, **changed: str) -> dict[str, Any]:
    """A Glue table over an organisation's trail, partitioned by projection; `changed` are parameters, dots as `__`."""
    parameters = {
        "projection.enabled": "true",
        "projection.account.type": "enum",
        "projection.account.values": f"{PROD},{TEST}",
        "projection.region.type": "enum",
        "projection.region.values": "us-east-1,us-west-2",
        "projection.day.type": "date",
        "projection.day.format": "yyyy/MM/dd",
        "projection.day.interval": "1",
        "projection.day.interval.unit": "DAYS",
        "projection.day.range": "2026/11/01,2026/11/30",
        "storage.location.template": f"s3://{bucket}/{TRAIL}/${{account}}/CloudTrail/${{region}}/${{day}}",
    }
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in ("account", "region", "day")],
        "Parameters": {**parameters, **{key.replace("__", "."): value for key, value in changed.items()}},
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in COLUMNS.items()],
            "Location": f"s3://{bucket}/{TRAIL}/",
            "InputFormat": "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hive.hcatalog.data.JsonSerDe"},
        },
    }


def deliver(
    aws: AwsSandbox, day: str, *records: dict[str, Any], account: str = PROD, region: str = REGION, file: str = "1"
) -> int:
    """Put a log file of `2026/11/20`; returns its size in bytes, which is what a query that needs it reads."""
    body = gzip.compress(json.dumps({"Records": records}).encode(), mtime=0)
    put_log(aws, day, body, account=account, region=region, file=file)
    return len(body)


def put_log(
    aws: AwsSandbox, day: str, body: bytes, *, account: str = PROD, region: str = REGION, file: str = "1"
) -> None:
    """Put any bytes where a log file of that day belongs."""
    name = f"{account}_CloudTrail_{region}_{day.replace('/', '')}T0000Z_{file:0>16}.json.gz"
    key = f"{TRAIL}/{account}/CloudTrail/{region}/{day}/{name}"
    aws.put_object(HUB, LOGS, key, body, aws.clock.now())


def event(name: str, at: str, who: str = "alice", **changed: Any) -> dict[str, Any]:
    """A management event as CloudTrail writes it, of `2026-11-20T09:00:00Z`."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{PROD}:assumed-role/operator/{who}",
            "accountId": PROD,
            "sessionContext": {"sourceIdentity": f"{who}@example.com", "attributes": {"mfaAuthenticated": "true"}},
        },
        "eventTime": at,
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "requestParameters": {"endpointName": "bank", "tags": [{"key": "team", "value": "ml"}]},
        "responseElements": None,
        "readOnly": False,
        "recipientAccountId": PROD,
        **changed,
    }


def database(aws: AwsSandbox, keys: dict[str, str] | None = None, **given: Any) -> Any:
    """PyAthena's connection; the administrator's unless other keys are given."""
    from pyathena import connect

    account = aws.accounts[HUB]
    own = {"aws_access_key_id": account.access_key_id, "aws_secret_access_key": account.secret_access_key}
    given.setdefault("s3_staging_dir", f"s3://{RESULTS}/tests/")
    whole: dict[str, Any] = {"endpoint_url": aws.endpoint_url, "poll_interval": 0.01, **(keys or own), **given}
    return connect(region_name=REGION, **whole)


def ask(connection: Any, sql: str, parameters: Sequence[str] = (), **given: Any) -> list[tuple[Any, ...]]:
    """The rows of a query, its parameters bound by Athena."""
    cursor = connection.cursor()
    cursor.execute(sql, list(parameters) or None, paramstyle="qmark", **given)
    return list(cursor.fetchall())
