"""Where people look at an alarm in AWS's own console."""

from typing import Final
from urllib.parse import quote

from bot.logic.arns import alarm_of, partition
from bot.model.alarm_series import alarm_of_subject

_HOSTS: Final = {
    "aws": "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
"""By partition (AWS docs: "AWS service endpoints"; GovCloud and China user guides)."""


def alarm_url(arn: str) -> str:
    """The page of an alarm, or of the one that a series is of; empty for what is no alarm's ARN."""
    found = alarm_of(alarm_of_subject(arn))
    if found is None:
        return ""
    region, _, name = found
    host = f"{region}.{_HOSTS[partition(region)]}"
    return f"https://{host}/cloudwatch/home?region={region}#alarmsV2:alarm/{quote(name, safe='')}"
