"""A processing job ended: a monitor's run is looked at, any other job that failed is told."""

from typing import Any, Final

from bot.logic import sagemaker_events
from bot.logic.aws_json import Told
from bot.logic.sagemaker_events import MOST_NAME, SOURCE
from bot.model.event import Event
from bot.model.news import Look
from bot.model.report import Observed

NAME: Final = "sagemaker_processing_job"
_JOB: Final = "model-quality-monitoring-202611201400-0f1e2d3c4b5a69788796a5b4"
KIND: Final = "SageMaker Processing Job State Change"
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "e0a7d7c4-1f4e-4c43-9a0e-2f6c8b1d3e17",
    "detail-type": KIND,
    "source": SOURCE,
    "account": "222222222222",
    "time": "2026-11-20T14:16:52Z",
    "region": "us-west-2",
    "resources": [f"arn:aws:sagemaker:us-west-2:222222222222:processing-job/{_JOB}"],
    "detail": {
        "ProcessingJobName": _JOB,
        "ProcessingJobStatus": "Completed",
        "MonitoringScheduleArn": "arn:aws:sagemaker:us-west-2:222222222222:monitoring-schedule/"
        "bank-marketing-quality-2026-11-02-0941",
        "ProcessingEndTime": 1795184210000,
    },
}
_ENDED: Final = frozenset({"completed", "failed", "stopped"})


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.source == SOURCE and event.kind == KIND


def parse(event: Event) -> Observed | Look | None:
    """Raises Malformed."""
    detail = Told(event.detail, "detail.")
    name, schedule = detail.needed("ProcessingJobName", MOST_NAME), detail.words("MonitoringScheduleArn", 512)
    if not schedule and not sagemaker_events.is_monitors(name):
        return sagemaker_events.job(event, name)
    ended = sagemaker_events.status(detail, "ProcessingJobStatus") in _ENDED
    return Look(event.account_id, event.region, schedule.rpartition("/")[2] or name) if ended else None
