"""What an alarm does when it changes: each action in words, and which of them a mute must not hold back."""

import re
from typing import Final

from bot.logic.words import shortened
from bot.model.alarm import Alarm

MOST_NAME: Final = 80
_ARN: Final = r"arn:[^:]+:"
_KINDS: Final = tuple(
    (re.compile(_ARN + form), words)
    for form, words in (
        (r"sns:[^:]*:[^:]*:(?P<name>[^:]+)", "SNS topic {name} and all who subscribe to it"),
        (r"lambda:[^:]*:[^:]*:function:(?P<name>.+)", "Lambda function {name}"),
        (r"autoscaling:.*:policyName/(?P<name>.+?)(?::createdBy/.+)?", "Auto Scaling policy {name}"),
        (r"autoscaling:.*[:/](?P<name>[^:/]+)", "Auto Scaling {name}"),
        (r"automate:[^:]*:ec2:(?P<name>\w+)", "EC2: {name} the instance"),
        (r"swf:.*\.(?P<name>\w+)/[\d.]+", "EC2: {name} the instance"),
        (r"ssm:[^:]*:[^:]*:opsitem:(?P<name>\d)(?:#.*)?", "Systems Manager OpsItem of severity {name}"),
        (r"ssm-incidents:.*[:/](?P<name>[^:/]+)", "Incident Manager response plan {name}"),
        (r"aiops:.*[:/](?P<name>[^:/]+)", "CloudWatch investigation {name}"),
    )
)
"""The forms of actions (CloudWatch API reference, PutMetricAlarm: AlarmActions)."""
_SCALING: Final = re.compile(r"arn:[^:]+:autoscaling:")


def told(action: str) -> str:
    """An action in words; one of no known form by its ARN."""
    for pattern, words in _KINDS:
        if found := pattern.fullmatch(action):
            return words.format(name=shortened(found["name"].replace("{", "").replace("}", ""), MOST_NAME))
    return shortened(action, MOST_NAME)


def scaling(alarm: Alarm) -> tuple[str, ...]:
    """Its actions that scale something: who holds them back takes capacity from a model that needs it."""
    return tuple(action for action in alarm.actions if _SCALING.match(action))
