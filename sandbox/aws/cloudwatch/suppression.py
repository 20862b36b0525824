"""Why a composite alarm's actions are held back by its suppressor, if they are.

Source: CloudWatch user guide, "Suppressing composite alarm actions"; API, CompositeAlarm (`ActionsSuppressedBy`). The
reason's words are those of AWS's sample event of a composite alarm ("Actions suppressed by WaitPeriod").
"""

from datetime import datetime, timedelta

from sandbox.aws.cloudwatch.alarm_store import Alarm, AlarmStore, Change

ALARM, EXTENSION, WAIT = "Alarm", "ExtensionPeriod", "WaitPeriod"


class Suppression:
    """When suppressors went out of ALARM, and what follows from it. Its caller holds the store's lock."""

    def __init__(self) -> None:
        self._over: dict[str, datetime] = {}
        """When an alarm went out of ALARM, by ARN."""

    def heard(self, change: Change) -> None:
        """Note that an alarm went out of ALARM: it may be somebody's suppressor."""
        before, alarm = change.before, change.after
        if before is not None and alarm is not None and before.state == "ALARM" != alarm.state:
            self._over[alarm.arn] = change.at

    def by(self, store: AlarmStore, alarm: Alarm, now: datetime, *, waiting: bool) -> str:
        """`ActionsSuppressedBy`, or nothing; `waiting` says that the alarm has something to do since its last change.

        A suppressor in ALARM holds back whatever the periods say; the wait begins with the alarm's own change.
        """
        suppressor = store.referred(alarm.settings.get("ActionsSuppressor", ""))
        if suppressor is None:
            return ""
        if suppressor.state == "ALARM":
            return ALARM
        over = self._over.get(suppressor.arn)
        if over is not None and now < over + _period(alarm, "ActionsSuppressorExtensionPeriod"):
            return EXTENSION
        if waiting and now < alarm.transitioned_at + _period(alarm, "ActionsSuppressorWaitPeriod"):
            return WAIT
        return ""


def _period(alarm: Alarm, member: str) -> timedelta:
    return timedelta(seconds=alarm.settings[member])
