"""An organisation with a trail, its bucket and the copy of it: what tests of CloudTrail ask with plain boto3."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.trail.deliveries import LATEST, Layout
from sandbox.aws.trail.shipping import CLOUDTRAIL
from sandbox.aws.trail.trails import Founding
from sandbox.clock import WorldClock

HUB, PROD, ARCHIVE, MANAGEMENT = "111111111111", "222222222222", "444444444444", "999999999999"
REGION, ORGANISATION = "us-west-2", "o-exampleorgid"
LOGS, COPY = "trail-444444444444", "trail-copy-111111111111"


@dataclass(frozen=True, slots=True)
class Staged:
    """The sandbox, its clock, and eyes for what the trail wrote."""

    aws: AwsSandbox
    clock: WorldClock

    def later(self, time: timedelta = LATEST + timedelta(minutes=6)) -> None:
        """Let time pass for everybody, CloudTrail too."""
        self.clock.advance_to(self.clock.now() + time)
        self.aws.trail.recorder.deliver(self.clock.now())

    def files(self, bucket: str = LOGS, part: str = "/CloudTrail/") -> list[str]:
        """Of files in a bucket."""
        account = ARCHIVE if bucket == LOGS else HUB
        return [key for key in self.aws.list_objects(account, bucket) if part in key]

    def read(self, key: str) -> Any:
        """A file, unpacked."""
        return json.loads(gzip.decompress(self.aws.get_object(ARCHIVE, LOGS, key)))

    def records(self, account: str = PROD, name: str = "") -> list[dict[str, Any]]:
        """Everything in an account's files, or what has that event name; by time."""
        found = [each for key in self.files() if f"/{account}/" in key for each in self.read(key)["Records"]]
        return sorted((each for each in found if name in {"", each["eventName"]}), key=lambda each: each["eventTime"])

    def client(self, service: str, keys: dict[str, str], region: str = REGION) -> Any:
        """A boto3 client that does not retry, and is none of the story's."""
        config = Config(retries={"max_attempts": 0})
        return boto3.client(service, region_name=region, endpoint_url=self.aws.endpoint_url, config=config, **keys)

    def user(self, account: str, name: str, *actions: str) -> dict[str, str]:
        """Keys of an IAM user who may do these on everything."""
        iam = self.aws.client("iam", account)
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": list(actions) or ["sts:GetCallerIdentity"], "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="given", PolicyDocument=document)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}

    def role(self, account: str, name: str, trusted: str, *actions: str) -> str:
        """A role that an account may assume with a source identity; returns its ARN."""
        iam = self.aws.client("iam", account)
        principal = {"AWS": f"arn:aws:iam::{trusted}:root"}
        trust = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        allowed = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=name, PolicyName="given", PolicyDocument=allowed)
        return arn

    def session(self, keys: dict[str, str], role_arn: str, name: str, **more: Any) -> dict[str, str]:
        """Keys of a role's session."""
        given = self.client("sts", keys).assume_role(RoleArn=role_arn, RoleSessionName=name, **more)["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }


@contextmanager
def trailed(prefix: str = "", at: datetime = datetime(2027, 3, 1, 9, tzinfo=UTC)) -> Iterator[Staged]:
    """An observability, a production and a log archive account, with a trail for all of them that begins `at`."""
    accounts = [
        CloudAccount(HUB, "hub", "AKIAHUB0000000000001", "secret"),
        CloudAccount(PROD, "prod", "AKIAPROD000000000001", "secret"),
        CloudAccount(ARCHIVE, "archive", "AKIAARCHIVE000000001", "secret"),
    ]
    clock = WorldClock(at - datetime.now(UTC))
    with AwsSandbox(clock, accounts) as aws:
        aws.start()
        staged = Staged(aws, clock)
        for account, bucket in ((ARCHIVE, LOGS), (HUB, COPY)):
            where = {"LocationConstraint": REGION}
            aws.client("s3", account).create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        aws.client("s3", ARCHIVE).put_bucket_policy(Bucket=LOGS, Policy=policy(LOGS))
        layout = Layout(ORGANISATION, prefix)
        aws.trail.trails.found(
            Founding("organisation", MANAGEMENT, ARCHIVE, REGION, LOGS, layout, clock.now(), copy=(HUB, COPY))
        )
        yield staged


def policy(bucket: str) -> str:
    """What lets CloudTrail write (CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail")."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": CLOUDTRAIL},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
