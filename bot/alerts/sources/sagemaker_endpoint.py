"""An endpoint came into service, failed, or was deleted."""

from typing import Any, Final

from bot.logic import sagemaker_events
from bot.logic.sagemaker_events import SOURCE
from bot.model.event import Event
from bot.model.report import Observed

NAME: Final = "sagemaker_endpoint"
KIND: Final = "SageMaker Endpoint State Change"
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "a2d0f7b1-6f55-4d3b-8f5e-4f2b9f0d8a14",
    "detail-type": KIND,
    "source": SOURCE,
    "account": "222222222222",
    "time": "2026-11-20T14:31:09Z",
    "region": "us-west-2",
    "resources": ["arn:aws:sagemaker:us-west-2:222222222222:endpoint/loan-default-2026-10-12-1352"],
    "detail": {
        "EndpointName": "loan-default-2026-10-12-1352",
        "EndpointArn": "arn:aws:sagemaker:us-west-2:222222222222:endpoint/loan-default-2026-10-12-1352",
        "EndpointConfigName": "loan-default-2026-10-12-1352",
        "ProductionVariants": [{"VariantName": "AllTraffic", "DesiredWeight": 1.0, "DesiredInstanceCount": 1}],
        "EndpointStatus": "FAILED",
        "FailureReason": "The primary container for production variant AllTraffic did not pass the ping health check.",
        "CreationTime": 1760277120203,
        "LastModifiedTime": 1795185069287,
        "Tags": {},
    },
}


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.source == SOURCE and event.kind == KIND


def parse(event: Event) -> Observed | None:
    """Raises Malformed."""
    return sagemaker_events.endpoint(event)
