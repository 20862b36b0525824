"""ARNs that are read, or written where only names are told."""

import re
from typing import Final

_ALARM: Final = re.compile(r"arn:aws[a-z-]*:cloudwatch:([a-z0-9-]+):([0-9]{12}):alarm:(.{1,255})")
_PARTITIONS: Final = {"cn": "aws-cn", "us-gov": "aws-us-gov"}


def partition(region: str) -> str:
    """Of a Region by its code."""
    return _PARTITIONS.get(region.rsplit("-", 2)[0], "aws")


def alarm_arn(region: str, account_id: str, name: str) -> str:
    """Of an alarm by its name."""
    return f"arn:{partition(region)}:cloudwatch:{region}:{account_id}:alarm:{name}"


def alarm_of(arn: str) -> tuple[str, str, str] | None:
    """Region, account and name in an alarm's ARN; None of what is none."""
    found = _ALARM.fullmatch(arn)
    return (found[1], found[2], found[3]) if found else None
