"""One of an alarm's many series came to another state: each is judged, and told, by itself."""

from typing import Any, Final

from bot.errors import Malformed
from bot.logic import alarm_event
from bot.logic.alarm_event import SOURCE
from bot.model.alarm import AlarmChange
from bot.model.event import Event

NAME: Final = "cloudwatch_contributor"
KIND: Final = "CloudWatch Alarm Contributor State Change"
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "5b9f5a1c-8d0a-4a5e-9d0f-6a1f1f0f6c11",
    "detail-type": KIND,
    "source": SOURCE,
    "account": "111111111111",
    "time": "2026-11-20T14:06:04Z",
    "region": "us-west-2",
    "resources": ["arn:aws:cloudwatch:us-west-2:111111111111:alarm:any-accuracy"],
    "detail": {
        "alarmName": "any-accuracy",
        "alarmContributor": {
            "id": "6d442278dba546f6",
            "attributes": {"AWS.AccountId": "222222222222", "Endpoint": "bank-marketing-2026-11-02-0914"},
        },
        "state": {
            "value": "ALARM",
            "reason": "Threshold Crossed: 1 datapoint was less than the threshold (0.87). The most recent datapoint "
            "which crossed the threshold: [0.7521 (20/11/26 13:00:00)].",
            "timestamp": "2026-11-20T14:06:04.919+0000",
        },
        "configuration": {
            "metrics": [
                {
                    "id": "q1",
                    "expression": 'SELECT MIN(accuracy) FROM SCHEMA("aws/sagemaker/Endpoints/model-metrics", Endpoint, '
                    "MonitoringSchedule) GROUP BY AWS.AccountId, Endpoint",
                    "returnData": True,
                    "period": 3600,
                }
            ],
            "description": "Any endpoint whose accuracy is low",
        },
    },
}


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.source == SOURCE and event.kind == KIND


def parse(event: Event) -> AlarmChange:
    """Raises Malformed."""
    found = alarm_event.change(event)
    if found.contributor is None:
        raise Malformed("detail.alarmContributor lacks")
    return found
