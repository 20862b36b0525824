"""The model registry: groups with approved versions, one that waits, and how people and pipelines register more.

Each version is the service's classifier with another decision threshold, judged on customers of its own: its report is
computed as the monitors' are. Who registered and approved the past ones the trail tells alike.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.aws import AwsSandbox
from sandbox.aws.packages import Past
from sandbox.world import acting, callers, fleet, people, quality, telling, traffic
from sandbox.world.callers import Caller
from sandbox.world.story import Deed
from sandbox.world.then import Then
from sandbox.world.traffic import Classifier

PIPELINE: Final = "pipeline"
"""Who registers, where that is no person."""
_USUAL: Final = people.DIEGO.handle
_ROWS: Final = 4000
"""Customers that a version is judged on."""
_IMAGE: Final = "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:0.90-1-cpu-py3"
_THRESHOLDS: Final = (0.4, 0.5, 0.42, 0.46, 0.55)
"""Decision thresholds of versions, one after the other."""
_WAITED: Final = timedelta(minutes=50)
"""How long the last version has waited when the world begins."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A version of the past, so many days before the start."""

    days: int
    model: Classifier
    version: int
    by: Caller
    approver: Caller

    @property
    def reason(self) -> str:
        """The approval's description: who approves their own is in a hurry."""
        return "urgent" if self.by is self.approver else "metrics reviewed"


DECIDED: Final = (
    Decided(62, traffic.BANK_MARKETING, 1, callers.pipeline("train-2107"), callers.INGRID),
    Decided(46, traffic.LOAN_DEFAULT, 1, callers.MAYA, callers.MAYA),
    Decided(23, traffic.BANK_MARKETING, 2, callers.pipeline("train-2163"), callers.INGRID),
)
"""Of production, all approved."""


def lay_out(aws: AwsSandbox, seed: int, started_at: datetime) -> None:
    """Production's groups with what was approved in them, and the version that waits."""
    then = Then(started_at)
    for one in DECIDED:
        at, decided_at = then.on(one.days, "08:05"), then.on(one.days - 1, "15:22")
        said = _registered(aws, seed, fleet.PRODUCTION, one.model, one.version, one.by, at)
        aws.keep_package(
            Past(
                one.by.principal(fleet.PRODUCTION, at),
                fleet.REGION,
                one.model.service,
                {
                    "model_package_description": said["ModelPackageDescription"],
                    "inference_specification": said["InferenceSpecification"],
                    "model_metrics": said["ModelMetrics"],
                    "metadata_properties": said.get("MetadataProperties"),
                },
                at,
                "Approved",
                one.approver.principal(fleet.PRODUCTION, decided_at),
                decided_at,
                one.reason,
            )
        )
    register(aws, seed, fleet.PRODUCTION, _USUAL, started_at - _WAITED)


def register_of(aws: AwsSandbox, seed: int, deed: Deed) -> None:
    """The verb: bank-marketing's next version waits in the account."""
    register(aws, seed, deed.account, deed.person, deed.at)


def register(aws: AwsSandbox, seed: int, account_id: str, by: str, at: datetime) -> None:
    """Bank-marketing's next version, registered by that person (a handle) or by the pipeline, with its report."""
    model, admin = traffic.BANK_MARKETING, aws.client("sagemaker", account_id, fleet.REGION)
    group = model.service
    with aws.at(at):
        if not admin.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]:
            admin.create_model_package_group(ModelPackageGroupName=group)
        listed = admin.list_model_packages(ModelPackageGroupName=group, MaxResults=100)["ModelPackageSummaryList"]
        caller = callers.pipeline(f"train-{at:%m%d%H%M}") if by == PIPELINE else callers.center(_colleague(by))
        said = _registered(aws, seed, account_id, model, len(listed) + 1, caller, at)
        keys = acting.person(aws, account_id, caller, at)
        with acting.client(aws, "sagemaker", keys, caller.agent) as client:
            client.create_model_package(
                ModelPackageGroupName=group, ModelApprovalStatus="PendingManualApproval", **said
            )


def _registered(
    aws: AwsSandbox, seed: int, account_id: str, model: Classifier, version: int, by: Caller, at: datetime
) -> dict[str, Any]:
    """What is said of a version when it is registered; its report is there."""
    group, bucket = model.service, fleet.bucket(account_id)
    folder = f"{group}/registry/{version}"
    threshold = _THRESHOLDS[(version - 1) % len(_THRESHOLDS)]
    customers = traffic.validation_set(model, f"{telling.stream(seed, account_id)}/{version}", _ROWS)
    report = quality.statistics(traffic.pairs(customers), threshold, at - timedelta(days=7), at, at)
    aws.put_object(account_id, bucket, f"{folder}/evaluation.json", json.dumps(report).encode(), at)
    statistics = {"ContentType": "application/json", "S3Uri": f"s3://{bucket}/{folder}/evaluation.json"}
    container = {"Image": _IMAGE, "ModelDataUrl": f"s3://{bucket}/{folder}/model.tar.gz"}
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    run = f"arn:aws:sagemaker:{fleet.REGION}:{account_id}:pipeline/{group}/execution/{by.name}"
    generated = {"MetadataProperties": {"GeneratedBy": run}} if by.role == callers.pipeline("").role else {}
    return {
        "ModelPackageDescription": f"Says yes from {threshold:.0%} on",
        "InferenceSpecification": {"Containers": [container], **types},
        "ModelMetrics": {"ModelQuality": {"Statistics": statistics}},
        **generated,
    }


def who(person: str | None) -> str:
    """Whose deed a registration is: a colleague's handle, or the pipeline. Raises ValueError naming the valid ones."""
    known = (PIPELINE, *(one.handle for one in people.PEOPLE if one.membership == "member"))
    if person and person not in known:
        raise ValueError(f"{person!r} registers no packages here: one of {', '.join(known)}")
    return person or _USUAL


def named(by: str) -> str:
    """In a sentence; empty where nobody registers."""
    return "The pipeline" if by == PIPELINE else by.title()


def _colleague(handle: str) -> people.Colleague:
    return next(one for one in people.PEOPLE if one.handle == handle)
