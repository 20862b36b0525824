"""A monitoring schedule changed or ran. What the detail holds is not documented, so the account is asked."""

from typing import Any, Final

from bot.logic.aws_json import Told
from bot.logic.sagemaker_events import SOURCE
from bot.model.event import Event
from bot.model.news import Look

NAME: Final = "sagemaker_schedule"
KIND: Final = "SageMaker Monitoring Schedule State Change"
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "d1f7c0be-5a2a-4a38-b9c2-0c5f2a7e9b16",
    "detail-type": KIND,
    "source": SOURCE,
    "account": "222222222222",
    "time": "2026-11-20T14:17:30Z",
    "region": "us-west-2",
    "resources": [
        "arn:aws:sagemaker:us-west-2:222222222222:monitoring-schedule/bank-marketing-quality-2026-11-02-0941"
    ],
    "detail": {"MonitoringScheduleName": "bank-marketing-quality-2026-11-02-0941"},
}


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.source == SOURCE and event.kind == KIND


def parse(event: Event) -> Look:
    """Raises Malformed."""
    named = Told(event.detail, "detail.").words("MonitoringScheduleName", 63)
    resource = next(iter(event.resources), "").rpartition("/")[2]
    return Look(event.account_id, event.region, named or resource)
