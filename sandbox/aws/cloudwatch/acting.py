"""What alarms do when their state changes, unless a mute rule or a suppressor holds it back until that is over.

Source: CloudWatch user guide, "Alarm actions", "How alarm mute rules work": what was held back is done at the end of
the window if the alarm is still in the state that it was muted in, and with the actions that it has by then. Topics
are called; an action of any other kind is noted in the history, as there is nobody here to do it. What a suppressor
held back is done by the state that the alarm has when it may act again ("Suppressing composite alarm actions"), and
not at all where that is the state that it acted on last.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch import alarm_notices
from sandbox.aws.cloudwatch.alarm_events import stamp
from sandbox.aws.cloudwatch.alarm_store import COMPOSITE, Alarm, AlarmStore, Change
from sandbox.aws.cloudwatch.suppression import Suppression
from sandbox.aws.topics import Message

SERVICE = "cloudwatch.amazonaws.com"
_MEMBERS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
Notify = Callable[[str, str, Mapping[str, str], Message], str]
"""`Topics.notify`."""


class Acting:
    """Its caller holds the store's lock."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._suppression = Suppression()
        self._held: dict[str, tuple[str, str]] = {}
        """(state before, state that was muted) by ARN."""
        self._suppressed: dict[str, str] = {}
        """The state that a composite alarm acted on last, by ARN, while its suppressor holds back what came since."""

    def changed(self, store: AlarmStore, change: Change) -> dict[str, Any] | None:
        """Carry out a change of state; returns the event's muteDetail where a rule holds the actions back."""
        before, alarm = change.before, change.after
        if change.act != "state" or before is None or alarm is None:
            return None
        self._suppression.heard(change)
        self._held.pop(alarm.arn, None)
        muted = store.mutes.muting(alarm.name, change.at)
        if muted is None:
            if not self._suppresses(store, before.state, alarm, change.at):
                self._act(store, before.state, alarm, change.at, after_mute=False)
            return None
        self._held[alarm.arn] = before.state, alarm.state
        rule, (begin, end) = muted
        return {"mutedByArn": rule.arn, "muteWindowStart": stamp(begin), "muteWindowEnd": stamp(end)}

    def release(self, store: AlarmStore, now: datetime) -> None:
        """Do what no rule and no suppressor holds back any more."""
        for alarm in store.alarms():
            if alarm.arn in self._held and store.mutes.muting(alarm.name, now) is None:
                before, state = self._held.pop(alarm.arn)
                if alarm.state == state and not self._suppresses(store, before, alarm, now):
                    self._act(store, before, alarm, now, after_mute=True)
            elif "ActionsSuppressor" in alarm.settings or alarm.suppressed_by:
                self._resume(store, alarm, now)

    def _suppresses(self, store: AlarmStore, before: str, alarm: Alarm, at: datetime) -> bool:
        if alarm.kind != COMPOSITE:
            return False
        by = self._suppression.by(store, alarm, at, waiting=True)
        store.suppress(alarm.name, by)
        if by:
            self._suppressed.setdefault(alarm.arn, before)
        else:
            self._suppressed.pop(alarm.arn, None)
        return bool(by)

    def _resume(self, store: AlarmStore, alarm: Alarm, now: datetime) -> None:
        by = self._suppression.by(store, alarm, now, waiting=alarm.arn in self._suppressed)
        store.suppress(alarm.name, by)
        if by or alarm.arn in self._held:
            return
        before = self._suppressed.pop(alarm.arn, alarm.state)
        if before != alarm.state:
            self._act(store, before, alarm, now, after_mute=False)

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
