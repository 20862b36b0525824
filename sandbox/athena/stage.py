"""An observability account with a bucket of logs: what tests of Athena ask with plain boto3 and PyAthena."""

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
