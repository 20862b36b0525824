"""What alarms do when their state changes, unless a mute rule or a suppressor holds it back until that is over.

Source: CloudWatch user guide, "Alarm actions", "How alarm mute rules work": what was held back is done at the end of
the window if the alarm is still in the state that it was muted in, and with the actions that it has by then. Topics
are called; an action of any other kind is noted in the history, as there is nobody here to do it. What a suppressor
held back is done by the state that the alarm has when it may act again ("Suppressing composite alarm actions"), and
not at all where that is the state that it acted on last.

Of an alarm over many series each contributor acts by itself ("Acting on alarm changes": which kinds of action are the
alarm's, which the contributors'). As recorded, the alarm does not tell a topic again what its contributors told; a
state that none of them came to in that minute, as where there is no series at all, it tells.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch import alarm_notices
from sandbox.aws.cloudwatch.alarm_events import stamp
from sandbox.aws.cloudwatch.alarm_store import COMPOSITE, Alarm, AlarmStore, Change, Contributing
from sandbox.aws.cloudwatch.suppression import Suppression
from sandbox.aws.topics import Message

SERVICE = "cloudwatch.amazonaws.com"
_MEMBERS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_CONTRIBUTORS = frozenset({"sns", "lambda", "ssm"})
"""Services whose actions contributors carry out; all others that may stand on a query are the alarm's alone."""
Notify = Callable[[str, str, Mapping[str, str], Message], str]
"""`Topics.notify`."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be done for a change of state, of the alarm or of a contributor."""

    before: str
    state: str
    contributor: Contributing | None = None
    by_series: bool = False

    def key(self, alarm: Alarm) -> tuple[str, str]:
        """Of whom there is one at a time."""
        return alarm.arn, self.contributor.id if self.contributor else ""

    def seen(self, alarm: Alarm) -> Alarm:
        """The alarm as whoever acts has it."""
        return self.contributor.of(alarm) if self.contributor else alarm

    def holds(self, store: AlarmStore, alarm: Alarm) -> bool:
        """Whether the state is still what it was."""
        if self.contributor is None:
            return alarm.state == self.state
        fires = any(one.id == self.contributor.id for one in store.contributing(alarm.name))
        return fires is (self.state == "ALARM")

    def does(self, arn: str) -> bool:
        """Whether this action is the contributor's, or the alarm's."""
        shared = arn.split(":")[2] in _CONTRIBUTORS
        return shared if self.contributor else not (shared and self.by_series)


class Acting:
    """Its caller holds the store's lock."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._suppression = Suppression()
        self._held: dict[tuple[str, str], Deed] = {}
        """By ARN, and the contributor's id or nothing."""
        self._suppressed: dict[str, str] = {}
        """The state that a composite alarm acted on last, by ARN, while its suppressor holds back what came since."""

    def changed(self, store: AlarmStore, change: Change) -> dict[str, Any] | None:
        """Carry out a change of state; returns the event's muteDetail where a rule holds the actions back."""
        before, alarm = change.before, change.after
        if change.act not in {"state", "contributor"} or before is None or alarm is None:
            return None
        if change.act == "state":
            self._suppression.heard(change)
        deed = Deed(before.state, alarm.state, change.contributor, change.by_series)
        self._held.pop(deed.key(alarm), None)
        muted = store.mutes.muting(alarm.name, change.at)
        if muted is None:
            if not self._suppresses(store, before.state, alarm, change.at):
                self._act(store, deed, alarm, change.at, after_mute=False)
            return None
        self._held[deed.key(alarm)] = deed
        rule, (begin, end) = muted
        return {"mutedByArn": rule.arn, "muteWindowStart": stamp(begin), "muteWindowEnd": stamp(end)}

    def release(self, store: AlarmStore, now: datetime) -> None:
        """Do what no rule and no suppressor holds back any more."""
        for alarm in store.alarms():
            held = [deed for (arn, _), deed in self._held.items() if arn == alarm.arn]
            if held and store.mutes.muting(alarm.name, now) is None:
                for deed in held:
                    del self._held[deed.key(alarm)]
                    if deed.holds(store, alarm) and not self._suppresses(store, deed.before, alarm, now):
                        self._act(store, deed, deed.seen(alarm), now, after_mute=True)
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
        if by or (alarm.arn, "") in self._held:
            return
        before = self._suppressed.pop(alarm.arn, alarm.state)
        if before != alarm.state:
            self._act(store, Deed(before, alarm.state), alarm, now, after_mute=False)

    def _act(self, store: AlarmStore, deed: Deed, alarm: Alarm, at: datetime, *, after_mute: bool) -> None:
        if not alarm.actions_enabled:
            return
        for arn in filter(deed.does, alarm.settings.get(_MEMBERS[alarm.state], ())):
            problem = ""
            if ":sns:" in arn:
                text = alarm_notices.body(deed.before, alarm, deed.contributor, after_mute=after_mute)
                source = {"arn": alarm.arn, "account": store.account_id}
                problem = self._notify(arn, SERVICE, source, Message(text, alarm_notices.subject(alarm), at))
            store.acted(alarm, at, _summary(arn, problem), json.dumps(_data(arn, problem)), deed.contributor)


def _summary(arn: str, problem: str) -> str:
    return f"Failed to execute action {arn}. Reason: {problem}" if problem else f"Successfully executed action {arn}"


def _data(arn: str, problem: str) -> dict[str, str]:
    done = {"actionState": "Failed" if problem else "Succeeded", "notificationResource": arn}
    return done | ({"error": problem} if problem else {})
