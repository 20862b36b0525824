"""An alarm as a topic delivered it, raw or in SNS's envelope: a hint, since whoever may publish can write it."""

import json
from typing import Any, Final

from bot.logic import alarm_notification
from bot.logic.alarm_notification import KIND
from bot.model.alarm import AlarmChange
from bot.model.event import Event

NAME: Final = "sns_alarm"
BODY: Final[dict[str, Any]] = {
    "AlarmName": "bank-marketing-accuracy",
    "AlarmDescription": "Accuracy of bank-marketing against its baseline",
    "AWSAccountId": "111111111111",
    "AlarmConfigurationUpdatedTimestamp": "2026-11-19T09:12:17.672+0000",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed: 1 datapoint [0.7521 (20/11/26 13:00:00)] was less than the threshold "
    "(0.8734).",
    "StateChangeTime": "2026-11-20T14:05:41.212+0000",
    "Region": "US West (Oregon)",
    "AlarmArn": "arn:aws:cloudwatch:us-west-2:111111111111:alarm:bank-marketing-accuracy",
    "OldStateValue": "OK",
    "OKActions": [],
    "AlarmActions": ["arn:aws:sns:us-west-2:111111111111:ml-alarms"],
    "InsufficientDataActions": [],
    "ActionExecutedAfterMuteWindow": False,
    "Trigger": {
        "Period": 3600,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "LessThanThreshold",
        "Threshold": 0.8734,
        "TreatMissingData": "ignore",
        "EvaluateLowSampleCountPercentile": "",
        "Metrics": [
            {
                "Id": "accuracy",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "aws/sagemaker/Endpoints/model-metrics",
                        "MetricName": "accuracy",
                        "Dimensions": [
                            {"value": "bank-marketing-2026-11-02-0914", "name": "Endpoint"},
                            {"value": "bank-marketing-quality-2026-11-02-0941", "name": "MonitoringSchedule"},
                        ],
                    },
                    "Period": 3600,
                    "Stat": "Average",
                },
                "ReturnData": True,
                "AccountId": "222222222222",
            }
        ],
    },
}
"""As SNS delivers it raw."""
SAMPLE: Final[dict[str, Any]] = {
    "Type": "Notification",
    "MessageId": "f3a1c2f2-5f0c-5a9e-8a2e-9b1f6d2c7d13",
    "TopicArn": "arn:aws:sns:us-west-2:111111111111:ml-alarms",
    "Subject": 'ALARM: "bank-marketing-accuracy" in US West (Oregon)',
    "Message": json.dumps(BODY),
    "Timestamp": "2026-11-20T14:05:41.298Z",
}


def recognises(event: Event) -> bool:
    """By its shape: SNS names no kind."""
    return not event.vouched and event.kind == KIND


def parse(event: Event) -> AlarmChange:
    """Raises Malformed."""
    return alarm_notification.change(event)
