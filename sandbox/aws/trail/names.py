"""What CloudTrail calls services and operations, which calls it keeps, and in which Region.

Sources: CloudTrail User Guide, "CloudTrail record contents", "CloudTrail concepts" (global service events); the pages
on CloudTrail in the guides of S3, SQS, SNS, EventBridge, CloudWatch and SageMaker for what are data events.
"""

import re
from typing import Final

_SOURCES: Final = {"cloudwatch": "monitoring", "resourcegroupstaggingapi": "tagging", "sagemaker-runtime": "sagemaker"}
"""boto3's service names whose event source is another."""

_HOSTS: Final = {"sagemaker": "api.sagemaker", "resourcegroupstaggingapi": "tagging", "cloudwatch": "monitoring"}

GLOBAL_REGION: Final = "us-east-1"
GLOBAL: Final = frozenset({"iam", "organizations"})
"""Services with one endpoint, whose events are recorded in us-east-1 whoever calls them from where."""

_S3_NAMES: Final = {
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
}
"""Bucket-level operations that have another name as an event (S3 User Guide, "Amazon S3 CloudTrail events")."""

_S3_BUCKETS: Final = re.compile(
    r"(Get|Put|Delete|Create)(Bucket\w*|PublicAccessBlock|ObjectLockConfiguration)|ListBuckets"
)
_DATA: Final = {
    "sqs": frozenset(
        {
            *(f"{verb}Message{batch}" for verb in ("Send", "Delete") for batch in ("", "Batch")),
            "ReceiveMessage",
            "ChangeMessageVisibility",
            "ChangeMessageVisibilityBatch",
        }
    ),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "events": frozenset({"PutEvents"}),
    "cloudwatch": frozenset(
        {"GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics", "PutMetricData"}
    ),
}
"""Operations that a trail of management events does not have."""

_READS: Final = re.compile(
    r"(Get|List|Describe|Lookup|Search|Batch(Get|Describe)|Head|Query|Select|Check|Test|Simulate|Generate.+Report"
    r"|AssumeRole)"
)
"""How operations begin that change nothing; a role's session is a read too (records of 2024 and 2026 say so)."""
_CHANGES: Final = frozenset({"GetFederationToken", "GetSessionToken", "GetSigninToken"})
"""That begin like reads and count as changes (EventBridge User Guide, "read-only management events")."""


def source(service: str) -> str:
    """`monitoring.amazonaws.com` for boto3's cloudwatch."""
    return f"{_SOURCES.get(service, service)}.amazonaws.com"


def event_name(service: str, operation: str) -> str:
    """The operation's own name but for some of S3's."""
    return _S3_NAMES.get(operation, operation) if service == "s3" else operation


def host(service: str, region: str) -> str:
    """The name by which clients reach a service."""
    if service in GLOBAL:
        return f"{service}.amazonaws.com" if service == "iam" else f"{service}.{GLOBAL_REGION}.amazonaws.com"
    return f"{_HOSTS.get(service, service)}.{region}.amazonaws.com"


def recorded_in(service: str, region: str) -> str:
    """The Region of an event."""
    return GLOBAL_REGION if service in GLOBAL else region


def is_management(service: str, operation: str) -> bool:
    """Whether a call works on a resource itself; what works in one is a data event, which no trail here has."""
    if service == "sagemaker-runtime":
        return False
    if service == "s3":
        return _S3_BUCKETS.fullmatch(operation) is not None
    return operation not in _DATA.get(service, frozenset())


def is_read(operation: str) -> bool:
    """The event's `readOnly`."""
    return operation not in _CHANGES and _READS.match(operation) is not None
