"""Model packages as AWS tells of them, on top of moto's: who made and who changed each, and what an update leaves.

Source: SageMaker API reference, UserContext, CreateModelPackage, UpdateModelPackage, DescribeModelPackage. moto names
one made-up user profile for everybody, forgets the approval's description and the customer's metadata with an update
that does not give them, takes a group's name for its newest version, names statuses by ARN, which no name can be, and
dates by the wall clock. AWS names the IAM identity that called (IamIdentity) and the user profile besides where Studio
called; profiles are not in this world.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.aws import behind, sagemaker_news
from sandbox.aws.accounts import Principal
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.sagemaker_news import Emit

_PLAIN = {
    "ModelPackageGroupName": "model_package_group_name",
    "ModelPackageVersion": "model_package_version",
    "ModelPackageArn": "arn",
    "ModelPackageDescription": "model_package_description",
    "InferenceSpecification": "inference_specification",
    "ModelPackageStatus": "model_package_status",
    "CertifyForMarketplace": "certify_for_marketplace",
    "ModelApprovalStatus": "model_approval_status",
    "CreatedBy": "created_by",
    "MetadataProperties": "metadata_properties",
    "ModelMetrics": "model_metrics",
    "LastModifiedBy": "last_modified_by",
    "ApprovalDescription": "approval_description",
    "CustomerMetadataProperties": "customer_metadata_properties",
    "Domain": "domain",
    "Task": "task",
    "SamplePayloadUrl": "sample_payload_url",
}
"""What a description has of moto's package, as it is."""


_UNSAID = (
    "model_package_name",
    "model_package_description",
    "inference_specification",
    "validation_specification",
    "source_algorithm_specification",
    "certify_for_marketplace",
    "tags",
    "metadata_properties",
    "model_metrics",
    "client_token",
    "customer_metadata_properties",
    "drift_check_baselines",
    "domain",
    "task",
    "sample_payload_url",
    "additional_inference_specifications",
)
"""What moto wants to be told of a package, even that it is nothing."""


@dataclass(frozen=True, slots=True)
class Past:
    """A version that was decided long ago; `said` are moto's words of what was registered."""

    principal: Principal
    region: str
    group: str
    said: Values
    at: datetime
    approval: str
    decider: Principal
    decided_at: datetime
    description: str


class ModelPackages:
    """Reads and changes moto's packages; moto makes and lists them."""

    def __init__(self, now: Callable[[], datetime], emit: Emit) -> None:
        self._now = now
        self._emit = emit

    @operation("sagemaker", "DescribeModelPackage")
    def describe(self, request: Request) -> Values:
        """By ARN, or by the name of one that is in no group."""
        with behind.LOCK:
            held = _held(request, str(request.params["ModelPackageName"]))
            said = {name: value for name, own in _PLAIN.items() if (value := getattr(held, own, None)) is not None}
            changed = held.last_modified_time
            return {
                **said,
                "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
                "ModelPackageName": held.model_package_name,
                "CreationTime": held.creation_time.replace(tzinfo=UTC),
                "LastModifiedTime": changed.replace(tzinfo=UTC) if changed else None,
            }

    def keep(self, made: Past) -> None:
        """One that was registered, and decided, before anybody listened: no call of now, no event."""
        with behind.LOCK:
            backend = behind.sagemaker(made.principal.account, made.region)
            if made.group not in backend.model_package_groups:
                backend.create_model_package_group(made.group, "")
            none = dict.fromkeys(_UNSAID)
            arn = backend.create_model_package(
                model_package_group_name=made.group, model_approval_status=made.approval, **{**none, **made.said}
            )
            held: Any = backend.model_packages[arn]
            held.creation_time, held.created_by = _naive(made.at), context(made.principal)
            held.last_modified_time, held.approval_description = _naive(made.decided_at), made.description
            held.last_modified_by = context(made.decider)

    @operation("sagemaker", "UpdateModelPackage")
    def update(self, request: Request) -> Values:
        """What is not given stays; whoever comes last wins, whatever was decided before."""
        given = request.params
        with behind.LOCK:
            held = _held(request, str(given["ModelPackageArn"]))
            if status := given.get("ModelApprovalStatus"):
                held.set_model_approval_status(status)
            if "ApprovalDescription" in given:
                held.approval_description = given["ApprovalDescription"]
            own = {**(held.customer_metadata_properties or {}), **given.get("CustomerMetadataProperties", {})}
            gone = given.get("CustomerMetadataPropertiesToRemove", ())
            held.customer_metadata_properties = {k: v for k, v in own.items() if k not in gone} or None
            if specifications := given.get("AdditionalInferenceSpecificationsToAdd"):
                held.add_additional_inference_specifications(specifications)
            held.last_modified_time = _naive(self._now())
            held.last_modified_by = context(request.principal)
        self._emit(request.account, request.region, sagemaker_news.package(held, self._now()))
        return {"ModelPackageArn": held.arn}


def made(now: Callable[[], datetime], emit: Emit) -> Callable[[Request], None]:
    """What to do after moto has made a package: date it, name who made it, and tell of it."""

    def package_made(request: Request) -> None:
        group = request.params.get("ModelPackageGroupName")
        packages = behind.sagemaker(request.account, request.region).model_packages.values()
        name = str(group).rsplit("/", 1)[-1] if group else None
        held: Any = [each for each in packages if name in {None, each.model_package_group_name}][-1]
        held.creation_time = _naive(now())
        held.created_by = context(request.principal)
        emit(request.account, request.region, sagemaker_news.package(held, now()))

    return package_made


def context(principal: Principal) -> Values:
    """UserContext: of a session its source identity too, where it has one."""
    source = {"SourceIdentity": principal.source_identity} if principal.source_identity else {}
    return {"IamIdentity": {"Arn": principal.arn, "PrincipalId": principal.user_id, **source}}


def _held(request: Request, name: str) -> Any:
    """Moto's package of that ARN, or of that name and in no group. Raises AwsError when there is none."""
    packages = behind.sagemaker(request.account, request.region).model_packages
    own = next((p for p in packages.values() if p.model_package_name == name and not p.model_package_version), None)
    held = packages.get(name) or own
    if held is None:
        raise AwsError("ValidationException", f"ModelPackage {name} does not exist.")
    return held


def _naive(at: datetime) -> datetime:
    """As moto keeps it."""
    return at.astimezone(UTC).replace(tzinfo=None)
