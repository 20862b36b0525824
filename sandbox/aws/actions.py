"""From an API call to the IAM action and the resource that policies speak of.

Source: the Service Authorization Reference. A call that is not listed here is judged on `*`, which only a policy
with Resource `*` allows: the stricter reading.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.aws.records import RESOURCE

_S3 = {
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListBuckets": "ListAllMyBuckets",
    "HeadObject": "GetObject",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
}
_PREFIX = {"resourcegroupstaggingapi": "tag", "sagemaker-runtime": "sagemaker"}

_SAGEMAKER = {
    "MonitoringScheduleName": "monitoring-schedule",
    "ProcessingJobName": "processing-job",
    "EndpointName": "endpoint",
    "EndpointConfigName": "endpoint-config",
    "ModelName": "model",
    "ModelPackageGroupName": "model-package-group",
    "TrainingJobName": "training-job",
    "TransformJobName": "transform-job",
    "PipelineName": "pipeline",
    "DomainId": "domain",
}
"""A SageMaker operation's own parameter, in this order, and its resource type."""
_IAM = {"RoleName": "role", "UserName": "user", "GroupName": "group", "InstanceProfileName": "instance-profile"}


def action_of(service: str, operation: str) -> str:
    """`s3:ListBucket` for s3's ListObjectsV2; mostly the operation's own name."""
    named = {"s3": _S3, "sqs": _BATCHES}.get(service, {})
    name = named.get(operation, operation)
    return f"{_PREFIX.get(service, service)}:{name}"


def resource_of(service: str, operation: str, params: Mapping[str, Any], account: str, region: str) -> str:
    """The ARN that the call is about, or `*`."""
    found = "*"
    match service:
        case "s3":
            found = _s3(params)
        case "sagemaker" | "sagemaker-runtime":
            found = _sagemaker(operation, params, f"arn:aws:sagemaker:{region}:{account}")
        case "oam":
            found = str(params.get("SinkIdentifier") or params.get("Identifier") or params.get("ResourceArn") or "*")
        case "sqs":
            found = _sqs(params, f"arn:aws:sqs:{region}:{account}")
        case "iam":
            found = _iam(params, account)
        case "cloudwatch":
            found = _cloudwatch(operation, params, account, region)
    return found


def _s3(params: Mapping[str, Any]) -> str:
    if "Bucket" not in params:
        return "*"
    key = f"/{params['Key']}" if "Key" in params else ""
    return f"arn:aws:s3:::{params['Bucket']}{key}"


_BATCHES = {f"{name}Batch": name for name in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")}
"""A batch needs the right to do one (SQS: actions, resources and condition keys)."""


def _sqs(params: Mapping[str, Any], start: str) -> str:
    """A queue by the last part of its URL, or by its name when it is made."""
    name = str(params.get("QueueUrl", "")).rsplit("/", 1)[-1] or str(params.get("QueueName", ""))
    return f"{start}:{name}" if name else "*"


def _sagemaker(operation: str, params: Mapping[str, Any], start: str) -> str:
    """Listings have no resource but for ListTags; names are in lower case in ARNs."""
    if "ResourceArn" in params:
        return str(params["ResourceArn"])
    if operation.startswith("List"):
        return "*"
    for kind, resource in RESOURCE.items():
        if f"{kind}JobDefinition" in operation and "JobDefinitionName" in params:
            return f"{start}:{resource}/{params['JobDefinitionName'].lower()}"
    for name, resource in _SAGEMAKER.items():
        if name in params:
            return f"{start}:{resource}/{params[name].lower()}"
    return "*"


def _cloudwatch(operation: str, params: Mapping[str, Any], account: str, region: str) -> str:
    """One alarm or dashboard by name; composite alarms need `*` (CloudWatch API: PutCompositeAlarm)."""
    if "AlarmName" in params and operation in {"PutMetricAlarm", "SetAlarmState"}:
        return f"arn:aws:cloudwatch:{region}:{account}:alarm:{params['AlarmName']}"
    if "DashboardName" in params:
        return f"arn:aws:cloudwatch::{account}:dashboard/{params['DashboardName']}"
    return str(params.get("ResourceARN", "*"))


def _iam(params: Mapping[str, Any], account: str) -> str:
    for name, kind in _IAM.items():
        if name in params:
            return f"arn:aws:iam::{account}:{kind}/{params[name]}"
    return str(params.get("PolicyArn", "*"))
