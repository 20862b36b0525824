"""What alarms do when their state changes, unless a mute rule holds it back until its window ends.

Source: CloudWatch user guide, "Alarm actions", "How alarm mute rules work": what was held back is done at the end of
the window if the alarm is still in the state that it was muted in, and with the actions that it has by then. Topics
are called; an action of any other kind is noted in the history, as there is nobody here to do it.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch import alarm_notices
from sandbox.aws.cloudwatch.alarm_events import stamp
from sandbox.aws.cloudwatch.alarm_store import Alarm, AlarmStore, Change
from sandbox.aws.topics import Message

SERVICE = "cloudwatch.amazonaws.com"
_MEMBERS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
Notify = Callable[[str, str, Mapping[str, str], Message], str]
"""`Topics.notify`."""


class Acting:
    """Its caller holds the store's lock."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._held: dict[str, tuple[str, str]] = {}
        """(state before, state that was muted) by ARN."""

    def changed(self, store: AlarmStore, change: Change) -> dict[str, Any] | None:
        """Carry out a change of state; returns the event's muteDetail where a rule holds the actions back."""
        before, alarm = change.before, change.after
        if change.act != "state" or before is None or alarm is None:
            return None
        self._held.pop(alarm.arn, None)
        muted = store.mutes.muting(alarm.name, change.at)
        if muted is None:
            self._act(store, before.state, alarm, change.at, after_mute=False)
            return None
        self._held[alarm.arn] = before.state, alarm.state
        rule, (begin, end) = muted
        return {"mutedByArn": rule.arn, "muteWindowStart": stamp(begin), "muteWindowEnd": stamp(end)}

    def release(self, store: AlarmStore, now: datetime) -> None:
        """Do what no rule holds back any more."""
        for alarm in store.alarms() if self._held else ():
            if alarm.arn in self._held and store.mutes.muting(alarm.name, now) is None:
                before, state = self._held.pop(alarm.arn)
                if alarm.state == state:
                    self._act(store, before, alarm, now, after_mute=True)

    def _act(self, store: AlarmStore, before: str, alarm: Alarm, at: datetime, *, after_mute: bool) -> None:
        if not alarm.actions_enabled:
            return
        for arn in alarm.settings.get(_MEMBERS[alarm.state], ()):
            problem = ""
            if ":sns:" in arn:
                text = alarm_notices.body(before, alarm, after_mute=after_mute)
                source = {"arn": alarm.arn, "account": store.account_id}
                problem = self._notify(arn, SERVICE, source, Message(text, alarm_notices.subject(alarm), at))
            store.acted(alarm, at, _summary(arn, problem), json.dumps(_data(arn, problem)))


def _summary(arn: str, problem: str) -> str:
    return f"Failed to execute action {arn}. Reason: {problem}" if problem else f"Successfully executed action {arn}"


def _data(arn: str, problem: str) -> dict[str, str]:
    done = {"actionState": "Failed" if problem else "Succeeded", "notificationResource": arn}
    return done | ({"error": problem} if problem else {})
