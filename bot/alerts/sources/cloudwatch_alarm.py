"""An alarm came to another state, by EventBridge, which only AWS can write to as `aws.cloudwatch`."""

from typing import Any, Final

from bot.logic import alarm_event
from bot.logic.alarm_event import SOURCE
from bot.model.alarm import AlarmChange
from bot.model.event import Event

NAME: Final = "cloudwatch_alarm"
KIND: Final = "CloudWatch Alarm State Change"
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "0c7ab1de-54a2-4f2c-9d57-2c1f2a6d2f10",
    "detail-type": KIND,
    "source": SOURCE,
    "account": "111111111111",
    "time": "2026-11-20T14:05:41Z",
    "region": "us-west-2",
    "resources": ["arn:aws:cloudwatch:us-west-2:111111111111:alarm:bank-marketing-accuracy"],
    "detail": {
        "alarmName": "bank-marketing-accuracy",
        "state": {
            "value": "ALARM",
            "reason": "Threshold Crossed: 1 datapoint [0.7521 (20/11/26 13:00:00)] was less than the threshold "
            "(0.8734).",
            "reasonData": '{"version":"1.0","queryDate":"2026-11-20T14:05:41.210+0000","statistic":"Average",'
            '"period":3600,"recentDatapoints":[0.7521],"threshold":0.8734}',
            "timestamp": "2026-11-20T14:05:41.212+0000",
        },
        "previousState": {
            "value": "OK",
            "reason": "Threshold Crossed: 1 datapoint [0.9104 (20/11/26 12:00:00)] was not less than the threshold "
            "(0.8734).",
            "timestamp": "2026-11-20T02:05:40.845+0000",
        },
        "configuration": {
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
        },
        "muteDetail": {
            "mutedByArn": "arn:aws:cloudwatch:us-west-2:111111111111:alarm-mute-rule:maintenance",
            "muteWindowStart": "2026-11-20T14:00:00.000+0000",
            "muteWindowEnd": "2026-11-20T16:00:00.000+0000",
        },
    },
}


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.source == SOURCE and event.kind == KIND


def parse(event: Event) -> AlarmChange:
    """Raises Malformed."""
    return alarm_event.change(event)
