"""What an alarm may do when its state changes: ARNs of the documented forms.

Source: API reference, PutMetricAlarm and PutCompositeAlarm; user guide, "Alarm data queries" (alarms on expressions
cannot perform EC2 actions). AWS refuses an ARN of another Region with "Invalid region … specified".
"""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.aws.cloudwatch.queries import invalid

_PLACE = r"arn:aws[a-z-]*:{service}:(?P<region>[a-z0-9-]+):\d{{12}}:"
_FORMS = {
    "sns": _PLACE.format(service="sns") + r"[\w-]{1,256}(\.fifo)?",
    "lambda": _PLACE.format(service="lambda") + r"function:[\w-]+(:[\w$-]+)?",
    "ssm": _PLACE.format(service="ssm") + r"opsitem:[1-4](#CATEGORY=\w+)?",
    "ssm-incidents": r"arn:aws[a-z-]*:ssm-incidents::\d{12}:response-?plan/[\w.-]+",
    "aiops": _PLACE.format(service="aiops") + r"investigation-group[:/][\w-]+",
    "autoscaling": _PLACE.format(service="autoscaling") + r"scalingPolicy:[\w-]+:.+",
    "automate": r"arn:aws[a-z-]*:automate:(?P<region>[a-z0-9-]+):ec2:(stop|terminate|reboot|recover)",
    "swf": _PLACE.format(service="swf") + r"action/actions/AWS_EC2\.InstanceId\.(Stop|Terminate|Reboot|Recover)/1\.0",
}
_PATTERNS = {service: re.compile(form) for service, form in _FORMS.items()}
_EC2 = frozenset({"automate", "swf"})
_INCIDENTS = frozenset({"ssm", "ssm-incidents", "aiops"})
_OF_COMPOSITES = frozenset({"sns", "lambda"}) | _INCIDENTS
MEMBERS = ("OKActions", "AlarmActions", "InsufficientDataActions")


def refuse_actions(params: Mapping[str, Any], region: str, *, ec2: bool = True, composite: bool = False) -> None:
    """Raises AwsError for an ARN of no such form, of another Region, or of what this alarm cannot do."""
    for member in MEMBERS:
        for arn in params.get(member, ()):
            service, found = _form(arn)
            if found is None:
                raise invalid(f"Invalid arn syntax: {arn}")
            place = found.groupdict().get("region", region)
            if place != region:
                raise invalid(f"Invalid region {place} specified. Only {region} is supported.")
            if (composite and service not in _OF_COMPOSITES) or (service in _EC2 and not ec2):
                raise invalid(f"The action {arn} is not supported for this alarm")
            if service in (_INCIDENTS if composite else {"aiops"}) and member != "AlarmActions":
                raise invalid(f"The action {arn} is supported only for the ALARM state")


def _form(arn: str) -> tuple[str, re.Match[str] | None]:
    service = [*arn.split(":", 3), "", "", ""][2]
    pattern = _PATTERNS.get(service)
    return service, pattern.fullmatch(arn) if pattern else None
