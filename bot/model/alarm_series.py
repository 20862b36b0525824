"""The ARN of a subject that is one of an alarm's many series: its alarm's, a mark, and the contributor's id.

The mark is a control character, which no name may hold (CloudWatch API reference, PutMetricAlarm: "can't contain ASCII
control characters"), and which is refused in whatever is read. Names may hold anything else, `#` too, and of an id AWS
promises a length alone (1 to 16 characters; those in its examples are hexadecimal).
"""

from dataclasses import replace
from typing import Final

from bot.model.observation import Subject

MARK: Final = "\x1f"
_FORMER: Final = "#"
"""The mark in what earlier versions kept."""


def series_arn(alarm_arn: str, contributor_id: str) -> str:
    """The identity of one series."""
    return f"{alarm_arn}{MARK}{contributor_id}"


def alarm_and_series(arn: str) -> tuple[str, str]:
    """The ARN of the alarm, and the id of its series; empty of what is no series, whose ARN is its own."""
    alarm_arn, _, contributor_id = arn.partition(MARK)
    return alarm_arn, contributor_id


def alarm_of_subject(arn: str) -> str:
    """The ARN of the alarm that a subject is, or is a series of."""
    return arn.partition(MARK)[0]


def former_arn(arn: str) -> str:
    """The same as earlier versions kept it."""
    return arn.replace(MARK, _FORMER)


def renewed(kept: Subject) -> Subject:
    """A subject that was kept, with the mark of now.

    Series were marked as alarms may be named. But an alarm is called what its ARN says, and a series by its alarm's
    name alone, or with what tells it apart behind it: `name (value, value)`.
    """
    alarm_arn, _, contributor_id = kept.arn.rpartition(_FORMER)
    name = alarm_arn.partition(":alarm:")[2]
    if not name or not (kept.name == name or kept.name.startswith(f"{name} (")):
        return kept
    return replace(kept, arn=series_arn(alarm_arn, contributor_id))
