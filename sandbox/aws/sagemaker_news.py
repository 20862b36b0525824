"""What SageMaker tells EventBridge of endpoints, deployments, processing jobs, schedules and model packages.

Source: SageMaker Developer Guide, "Events that SageMaker AI sends to EventBridge" (samples: times in milliseconds since
1970, statuses as IN_SERVICE; model packages as the API writes them). Of processing jobs and monitoring schedules no
sample is published: here they have what their descriptions have, without the exit message and the run, which
whoever hears of it has to look up.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.aws.bus import Emitted
from sandbox.aws.jobs import ProcessingJob
from sandbox.aws.operations import Values
from sandbox.aws.records import ScheduleRecord

SOURCE = "aws.sagemaker"
ENDPOINT, DEPLOYMENT, JOB, SCHEDULE, PACKAGE = (
    f"SageMaker {what} State Change"
    for what in ("Endpoint", "Endpoint Deployment", "Processing Job", "Monitoring Schedule", "Model Package")
)
Emit = Callable[[str, str, Emitted], None]
"""With account id and Region."""


def endpoint(held: Any, status: str, at: datetime, reason: str = "", made_at: datetime | None = None) -> Emitted:
    """Moto's endpoint came to a status, spelt as in IN_SERVICE."""
    return _told(ENDPOINT, held.arn, _endpoint(held, status, at, reason, made_at or at), at)


def deployment(
    held: Any, status: str, at: datetime, pending: tuple[str, str], made_at: datetime | None = None
) -> Emitted:
    """What becomes of an update; `pending` is the configuration it aims at, and what its variant says of itself."""
    config, said = pending
    variants = [
        {
            **_variant(each),
            "VariantStatus": [{"Status": "Baking", "StatusMessage": said, "StartTime": _ms(at)}],
        }
        for each in held.production_variants
    ]
    summary = {"EndpointConfigName": config, "StartTime": _ms(at), "ProductionVariants": variants}
    detail = _endpoint(held, status, at, "", made_at or at)
    detail["ProductionVariants"] = [_variant(each) for each in held.production_variants]
    return _told(DEPLOYMENT, held.arn, {**detail, "PendingDeploymentSummary": summary}, at)


def job(found: ProcessingJob, status: str, at: datetime) -> Emitted:
    """A processing job came to a status."""
    ended = found.ended_at if status == found.status else None
    detail = {
        "ProcessingJobName": found.name,
        "ProcessingJobArn": found.arn,
        "ProcessingJobStatus": status,
        "MonitoringScheduleArn": found.schedule_arn,
        "AppSpecification": {"ImageUri": found.image_uri},
        "Environment": dict(found.environment),
        "RoleArn": found.role_arn,
        "CreationTime": _ms(found.created_at),
        "ProcessingStartTime": _ms(found.started_at),
        "LastModifiedTime": _ms(at),
        **({"ProcessingEndTime": _ms(ended)} if ended else {}),
        **({"FailureReason": found.failure_reason} if ended and found.failure_reason else {}),
    }
    return _told(JOB, found.arn, detail, at)


def schedule(found: ScheduleRecord, status: str, at: datetime) -> Emitted:
    """A monitoring schedule was made, changed, started, stopped or deleted."""
    detail = {
        "MonitoringScheduleName": found.name,
        "MonitoringScheduleArn": found.arn,
        "MonitoringScheduleStatus": status,
        "CreationTime": _ms(found.created_at),
        "LastModifiedTime": _ms(at),
    }
    return _told(SCHEDULE, found.arn, detail, at)


def package(held: Any, at: datetime) -> Emitted:
    """Moto's model package was made, or somebody decided on it."""
    versioned = {
        "ModelPackageGroupName": held.model_package_group_name,
        "ModelPackageVersion": held.model_package_version,
    }
    named = versioned if held.model_package_group_name else {"ModelPackageName": held.model_package_name}
    stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    detail = {
        **named,
        "ModelPackageArn": held.arn,
        "CreationTime": stamp,
        "LastModifiedTime": stamp,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": bool(held.certify_for_marketplace),
        **({"ModelApprovalStatus": held.model_approval_status} if held.model_approval_status else {}),
    }
    return _told(PACKAGE, held.arn, detail, at)


def _told(kind: str, arn: str, detail: Values, at: datetime) -> Emitted:
    return Emitted(SOURCE, kind, detail, (arn,), at)


def _endpoint(held: Any, status: str, at: datetime, reason: str, made_at: datetime) -> Values:
    return {
        "EndpointName": held.endpoint_name,
        "EndpointArn": held.arn,
        "EndpointConfigName": held.endpoint_config_name,
        "ProductionVariants": [_desired(each) for each in held.production_variants],
        "EndpointStatus": status,
        **({"FailureReason": reason} if reason else {}),
        "CreationTime": _ms(made_at),
        "LastModifiedTime": _ms(at),
        "Tags": _tags(held.tags),
    }


def _desired(variant: Mapping[str, Any]) -> Values:
    return {
        "VariantName": variant["VariantName"],
        "DesiredWeight": variant.get("DesiredWeight", 1.0),
        "DesiredInstanceCount": variant.get("DesiredInstanceCount", 1),
    }


def _variant(variant: Mapping[str, Any]) -> Values:
    desired = _desired(variant)
    return {
        **desired,
        "CurrentWeight": desired["DesiredWeight"],
        "CurrentInstanceCount": desired["DesiredInstanceCount"],
    }


def _tags(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
