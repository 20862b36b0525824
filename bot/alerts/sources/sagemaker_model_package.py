"""A model package waits for approval, or somebody decided."""

from typing import Any, Final

from bot.logic.aws_json import Told
from bot.logic.sagemaker_events import MOST_NAME, SOURCE, status
from bot.logic.services import service_of
from bot.model.event import Event
from bot.model.news import Notice
from bot.model.place import Family, Place

NAME: Final = "sagemaker_model_package"
KIND: Final = "SageMaker Model Package State Change"
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "f4b6e8a9-7c21-4e0d-8b7f-5d9e3c2a1f18",
    "detail-type": KIND,
    "source": SOURCE,
    "account": "222222222222",
    "time": "2026-11-20T16:00:14Z",
    "region": "us-west-2",
    "resources": ["arn:aws:sagemaker:us-west-2:222222222222:model-package/loan-default/7"],
    "detail": {
        "ModelPackageGroupName": "loan-default",
        "ModelPackageVersion": 7,
        "ModelPackageArn": "arn:aws:sagemaker:us-west-2:222222222222:model-package/loan-default/7",
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "PendingManualApproval",
        "CreationTime": "2026-11-20T16:00:12Z",
        "LastModifiedTime": "2026-11-20T16:00:14Z",
    },
}
_SAID: Final = {
    "pendingmanualapproval": ("waits for approval", "Somebody has to approve or reject it before it may be deployed."),
    "approved": ("was approved", "Pipelines that wait for the approval may deploy it now."),
    "rejected": ("was rejected", "It is not to be deployed."),
}


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.source == SOURCE and event.kind == KIND


def parse(event: Event) -> Notice | None:
    """None while the package is being made, and where nobody is asked. Raises Malformed."""
    detail = Told(event.detail, "detail.")
    approval = status(detail, "ModelApprovalStatus")
    if status(detail, "ModelPackageStatus") != "completed" or approval not in _SAID:
        return None
    group = detail.words("ModelPackageGroupName", MOST_NAME)
    name = group or detail.needed("ModelPackageName", MOST_NAME)
    version = detail.whole("ModelPackageVersion", 1, 10**9) if group else None
    ending, text = _SAID[approval]
    service = service_of(name, {})
    title = f"{name} version {version} {ending}" if version else f"{name} {ending}"
    key = f"package:{event.account_id}:{event.region}:{name}:{version or 0}:{approval}"
    place = Place(event.account_id, event.region, service.name, Family.GOVERNANCE)
    return Notice(key, place, service, title, text)
