"""A deployment to an endpoint began, was rolled back, or ended."""

from typing import Any, Final

from bot.logic import sagemaker_events
from bot.logic.sagemaker_events import SOURCE
from bot.model.event import Event
from bot.model.report import Observed

NAME: Final = "sagemaker_deployment"
KIND: Final = "SageMaker Endpoint Deployment State Change"
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "c7c8a5f2-3d51-4a0f-a0a5-92b4e6a1b515",
    "detail-type": KIND,
    "source": SOURCE,
    "account": "222222222222",
    "time": "2026-11-20T15:02:44Z",
    "region": "us-west-2",
    "resources": ["arn:aws:sagemaker:us-west-2:222222222222:endpoint/bank-marketing-2026-11-02-0914"],
    "detail": {
        "EndpointName": "bank-marketing-2026-11-02-0914",
        "EndpointArn": "arn:aws:sagemaker:us-west-2:222222222222:endpoint/bank-marketing-2026-11-02-0914",
        "EndpointConfigName": "bank-marketing-2026-11-02-0914",
        "ProductionVariants": [{"VariantName": "AllTraffic", "CurrentWeight": 1, "CurrentInstanceCount": 2}],
        "EndpointStatus": "ROLLING_BACK",
        "CreationTime": 1762074840181,
        "LastModifiedTime": 1795186964181,
        "Tags": {},
        "PendingDeploymentSummary": {
            "EndpointConfigName": "bank-marketing-2026-11-20-1450",
            "StartTime": 1795186203181,
            "ProductionVariants": [
                {
                    "VariantName": "AllTraffic",
                    "CurrentInstanceCount": 1,
                    "DesiredInstanceCount": 2,
                    "VariantStatus": [
                        {
                            "Status": "Baking",
                            "StatusMessage": "An alarm of the deployment went into ALARM while the canary was baking.",
                            "StartTime": 1795186503181,
                        }
                    ],
                }
            ],
        },
    },
}


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.source == SOURCE and event.kind == KIND


def parse(event: Event) -> Observed | None:
    """Raises Malformed."""
    return sagemaker_events.deployment(event)
