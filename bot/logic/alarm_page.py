"""Where people look at an alarm in AWS's own console."""

import re
from typing import Final
from urllib.parse import quote

from bot.logic.arns import alarm_of, partition

_HOSTS: Final = {
    "aws": "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
"""By partition (AWS docs: "AWS service endpoints"; GovCloud and China user guides)."""

_SERIES: Final = re.compile(r"#[0-9A-Za-z]{1,16}$")
"""A contributor's id behind its alarm's ARN: of at most 16 characters."""


def alarm_url(arn: str) -> str:
    """The page of an alarm, or of the one that a series is of (`ARN#series`); empty for what is no alarm's ARN."""
    found = alarm_of(arn)
    if found is None:
        return ""
    region, _, named = found
    name = _SERIES.sub("", named)
    host = f"{region}.{_HOSTS[partition(region)]}"
    return f"https://{host}/cloudwatch/home?region={region}#alarmsV2:alarm/{quote(name, safe='')}"
