"""An alarm was made, changed or deleted: a deletion ends what it said, of the rest the account is asked."""

from typing import Any, Final

from bot.logic import alarm_event
from bot.logic.alarm_event import SOURCE
from bot.logic.aws_json import Told
from bot.model.alarm import AlarmGone
from bot.model.event import Event
from bot.model.news import Look

NAME: Final = "cloudwatch_configuration"
KIND: Final = "CloudWatch Alarm Configuration Change"
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "b3d2f9a0-0f3e-4f2a-8a53-6d0f4f6d7e12",
    "detail-type": KIND,
    "source": SOURCE,
    "account": "111111111111",
    "time": "2026-11-20T14:20:13Z",
    "region": "us-west-2",
    "resources": ["arn:aws:cloudwatch:us-west-2:111111111111:alarm:bank-marketing-accuracy"],
    "detail": {
        "alarmName": "bank-marketing-accuracy",
        "operation": "delete",
        "state": {"value": "ALARM", "timestamp": "2026-11-20T14:05:41.212+0000"},
        "configuration": {
            "alarmName": "bank-marketing-accuracy",
            "description": "Accuracy of bank-marketing against its baseline",
            "metrics": [
                {
                    "id": "accuracy",
                    "metricStat": {
                        "metric": {
                            "namespace": "aws/sagemaker/Endpoints/model-metrics",
                            "name": "accuracy",
                            "dimensions": {
                                "Endpoint": "bank-marketing-2026-11-02-0914",
                                "MonitoringSchedule": "bank-marketing-quality-2026-11-02-0941",
                            },
                        },
                        "period": 3600,
                        "stat": "Average",
                    },
                    "accountId": "222222222222",
                    "returnData": True,
                }
            ],
            "comparisonOperator": "LessThanThreshold",
            "threshold": 0.8734,
            "evaluationPeriods": 1,
            "treatMissingData": "ignore",
            "actionsEnabled": True,
            "okActions": [],
            "alarmActions": [],
            "insufficientDataActions": [],
            "timestamp": "2026-11-19T09:12:17.672+0000",
        },
    },
}


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.source == SOURCE and event.kind == KIND


def parse(event: Event) -> AlarmGone | Look:
    """Raises Malformed."""
    operation = Told(event.detail, "detail.").needed("operation", 64)
    if operation == "delete":
        return alarm_event.gone(event)
    return Look(event.account_id, event.region, alarm_event.arn_of(event), "alarm")
