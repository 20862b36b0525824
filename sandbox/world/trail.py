"""The organisation's trail as Control Tower sets it up, and the copy of its log files that the bot's account has.

Sources: Control Tower User Guide, "Logging AWS Control Tower actions with CloudTrail" (landing zone 3.0 and later);
CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail"; S3 User Guide, "Replicating objects".
"""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.aws import AwsSandbox
from sandbox.aws.trail.deliveries import Layout
from sandbox.aws.trail.shipping import CLOUDTRAIL
from sandbox.aws.trail.trails import Founding
from sandbox.world import fleet

NAME: Final = "aws-controltower-BaselineCloudTrail"
MANAGEMENT: Final = "999999999999"
"""The account that the organisation's trail belongs to; nobody of the story works in it."""
LOGS: Final = f"aws-controltower-logs-{fleet.LOG_ARCHIVE}-{fleet.REGION}"
COPY: Final = f"sagewatch-trail-logs-{fleet.OBSERVABILITY}"
RESULTS: Final = f"sagewatch-athena-{fleet.OBSERVABILITY}"
"""Where Athena puts the bot's results."""
WORKGROUP: Final = "ml-governance"
"""Of Athena, in which the bot asks."""
LAYOUT: Final = Layout(fleet.ORGANISATION, fleet.ORGANISATION)
ROOT: Final = f"{fleet.ORGANISATION}/AWSLogs/{fleet.ORGANISATION}/"
"""Under which each account's folder lies, in both buckets."""
SINCE: Final = timedelta(days=100)
"""How long before the world's start the trail logs: longer than any question may look back."""


def found(aws: AwsSandbox, started_at: datetime) -> None:
    """The log archive's bucket, the copy in the observability account, the trail, and where results go."""
    copy = (fleet.OBSERVABILITY, COPY)
    since = started_at - SINCE
    founding = Founding(NAME, MANAGEMENT, fleet.LOG_ARCHIVE, fleet.REGION, LOGS, LAYOUT, since, copy)
    aws.trail.trails.found(founding)
    with aws.at(since):
        for account_id, bucket in (
            (fleet.LOG_ARCHIVE, LOGS),
            (fleet.OBSERVABILITY, COPY),
            (fleet.OBSERVABILITY, RESULTS),
        ):
            _bucket(aws, account_id, bucket)
        _open_to_cloudtrail(aws)
        _replicate(aws)


def _bucket(aws: AwsSandbox, account_id: str, bucket: str) -> None:
    where = {"LocationConstraint": fleet.REGION}
    aws.client("s3", account_id).create_bucket(Bucket=bucket, CreateBucketConfiguration=where)


def _open_to_cloudtrail(aws: AwsSandbox) -> None:
    writes = {
        "Effect": "Allow",
        "Principal": {"Service": CLOUDTRAIL},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{LOGS}/{ROOT}*",
        "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    }
    aws.client("s3", fleet.LOG_ARCHIVE).put_bucket_policy(Bucket=LOGS, Policy=_document(writes))


def _replicate(aws: AwsSandbox) -> None:
    """Both buckets keep versions, which replication needs."""
    for account_id, bucket in ((fleet.LOG_ARCHIVE, LOGS), (fleet.OBSERVABILITY, COPY)):
        client = aws.client("s3", account_id)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule: dict[str, Any] = {
        "ID": "to-observability",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ROOT},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{COPY}", "Account": fleet.OBSERVABILITY},
    }
    role = f"arn:aws:iam::{fleet.LOG_ARCHIVE}:role/replicate-trail"
    aws.client("s3", fleet.LOG_ARCHIVE).put_bucket_replication(
        Bucket=LOGS, ReplicationConfiguration={"Role": role, "Rules": [rule]}
    )


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
