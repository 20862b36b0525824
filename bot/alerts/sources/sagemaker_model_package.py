"""A model package waits for approval, or somebody decided."""

from typing import Any, Final

from bot.logic.aws_json import Told
from bot.logic.sagemaker_events import MOST_NAME, SOURCE, status
from bot.model.event import Event
from bot.model.news import Look

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
_MOST_ARN: Final = 2048
"""Characters (API reference: ModelPackageArn)."""
_DECIDES: Final = frozenset({"pendingmanualapproval", "approved", "rejected"})


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.source == SOURCE and event.kind == KIND


def parse(event: Event) -> Look | None:
    """None while the package is being made, and where nobody is asked. Raises Malformed.

    Who registered it and its metrics are not in the event.
    """
    detail = Told(event.detail, "detail.")
    if status(detail, "ModelPackageStatus") != "completed" or status(detail, "ModelApprovalStatus") not in _DECIDES:
        return None
    if not detail.words("ModelPackageGroupName", MOST_NAME):
        return None
    return Look(event.account_id, event.region, detail.needed("ModelPackageArn", _MOST_ARN), "packages")
