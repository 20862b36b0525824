"""From an API call to the IAM action and the resource that policies speak of.

Source: the Service Authorization Reference. A call that is not listed here is judged on `*`, which only a policy
with Resource `*` allows: the stricter reading.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.aws.records import RESOURCE

Asked = tuple[str, str]
"""An action and the ARN that it is about."""
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


_ARNS = ("SinkIdentifier", "Identifier", "ResourceArn", "TopicArn", "TargetArn")
"""Members that have the resource's ARN."""


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
        case "oam" | "sns":
            found = next((str(params[name]) for name in _ARNS if params.get(name)), "*")
        case "sqs":
            found = _sqs(params, f"arn:aws:sqs:{region}:{account}")
        case "iam":
            found = _iam(params, account)
        case "cloudtrail":
            found = _cloudtrail(params, account, region)
        case "cloudwatch":
            found = _cloudwatch(operation, params, account, region)
    return found


def further(service: str, operation: str, params: Mapping[str, Any], account: str, region: str) -> tuple[Asked, ...]:
    """What a call needs besides its own action: the right to tag, or the same right on each alarm that it mutes.

    Source: CloudWatch API reference, PutMetricAlarm (Tags) and PutAlarmMuteRule (Permissions).
    """
    alarm = f"arn:aws:cloudwatch:{region}:{account}:alarm:"
    match service, operation:
        case "cloudwatch", "PutMetricAlarm" | "PutCompositeAlarm" if params.get("Tags"):
            return (("cloudwatch:TagResource", f"{alarm}{params['AlarmName']}"),)
        case "cloudwatch", "PutAlarmMuteRule":
            names = params.get("MuteTargets", {}).get("AlarmNames", ())
            return tuple((f"cloudwatch:{operation}", f"{alarm}{name}") for name in names)
        case _:
            return ()


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
    if package := params.get("ModelPackageArn") or params.get("ModelPackageName"):
        return str(package) if str(package).startswith("arn:") else f"{start}:model-package/{str(package).lower()}"
    for kind, resource in RESOURCE.items():
        if f"{kind}JobDefinition" in operation and "JobDefinitionName" in params:
            return f"{start}:{resource}/{params['JobDefinitionName'].lower()}"
    for name, resource in _SAGEMAKER.items():
        if name in params:
            return f"{start}:{resource}/{params[name].lower()}"
    return "*"


_OF_ALARMS = frozenset({"PutMetricAlarm", "SetAlarmState", "DeleteAlarms", "EnableAlarmActions", "DisableAlarmActions"})
"""What policies may limit to an alarm's ARN (Service Authorization Reference: CloudWatch)."""

_OF_MUTES = frozenset({"PutAlarmMuteRule", "GetAlarmMuteRule", "DeleteAlarmMuteRule"})


def _cloudwatch(operation: str, params: Mapping[str, Any], account: str, region: str) -> str:
    """One alarm or dashboard by name; several and composite ones need `*` (CloudWatch API: PutCompositeAlarm)."""
    named = [params["AlarmName"]] if operation in {"PutMetricAlarm", "SetAlarmState"} else params.get("AlarmNames", ())
    start = f"arn:aws:cloudwatch:{region}:{account}:"
    if operation in _OF_ALARMS and len(named) == 1:
        return f"{start}alarm:{named[0]}"
    if operation in _OF_MUTES:
        return f"{start}alarm-mute-rule:{params.get('Name') or params.get('AlarmMuteRuleName')}"
    if "DashboardName" in params:
        return f"arn:aws:cloudwatch::{account}:dashboard/{params['DashboardName']}"
    return str(params.get("ResourceARN", "*"))


def _cloudtrail(params: Mapping[str, Any], account: str, region: str) -> str:
    """One trail by name or ARN; listings and event history have no resource."""
    name = str(params.get("Name") or params.get("TrailName") or "")
    if not name or name.startswith("arn:"):
        return name or "*"
    return f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"


def _iam(params: Mapping[str, Any], account: str) -> str:
    for name, kind in _IAM.items():
        if name in params:
            return f"arn:aws:iam::{account}:{kind}/{params[name]}"
    return str(params.get("PolicyArn", "*"))
