"""The alarms of one account and Region, and what became of them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from sandbox.aws.cloudwatch.alarm_rules import Rule
from sandbox.aws.cloudwatch.alarm_rules import parse as parsed_rule
from sandbox.aws.cloudwatch.mute_store import MuteStore

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
KEPT = timedelta(weeks=2)
"""How long history stays (CloudWatch CLI reference, mon-describe-alarm-history)."""
_LONGEST = 4095
"""Characters of HistoryData."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it was put, and its state. `settings` are PutMetricAlarm's or PutCompositeAlarm's own members."""

    arn: str
    name: str
    kind: str
    settings: Mapping[str, Any]
    updated_at: datetime
    actions_enabled: bool
    state: str
    reason: str
    reason_data: str | None
    state_updated_at: datetime
    transitioned_at: datetime
    tags: Mapping[str, str] = field(default_factory=dict)
    suppressed_by: str = ""
    """Of a composite alarm whose actions are held back: `WaitPeriod`, `ExtensionPeriod` or `Alarm`."""

    @property
    def rule(self) -> Rule:
        """A composite alarm's."""
        return parsed_rule(self.settings["AlarmRule"])

    def actions(self) -> Iterable[str]:
        """The ARNs of every action."""
        for name in ("OKActions", "AlarmActions", "InsufficientDataActions"):
            yield from self.settings.get(name, ())


@dataclass(frozen=True, slots=True)
class Contributing:
    """A time series of an alarm over many: its id of at most 16 characters, what tells it apart, and its state."""

    id: str
    attributes: Mapping[str, str]
    reason: str
    transitioned_at: datetime
    state: str = "ALARM"
    """Or `OK`: never without data."""

    def of(self, alarm: Alarm) -> Alarm:
        """The alarm as this series has it, for what is told of the series alone."""
        at = self.transitioned_at
        return replace(
            alarm, state=self.state, reason=self.reason, reason_data=None, state_updated_at=at, transitioned_at=at
        )


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of history; `data` is JSON."""

    number: int
    at: datetime
    name: str
    kind: str
    item_type: str
    summary: str
    data: str
    contributor: Contributing | None = None
    """Whose it is, where it is not the alarm's own."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an alarm: `create`, `update`, `delete` of its configuration, `state`, or `contributor`."""

    act: str
    before: Alarm | None
    after: Alarm | None
    at: datetime
    contributor: Contributing | None = None
    """Whose state changed; `before` and `after` are the alarm as this series has it."""
    by_series: bool = False
    """Whether series came to the same state in the same minute, and were told of by themselves."""


class AlarmStore:
    """Safe for threads. Whoever evaluates alarms reads `alarms` and tells `set_state`."""

    def __init__(self, account_id: str, region: str, told: Callable[[Change], None] = lambda _: None) -> None:
        """`told` hears of each change, after it is made."""
        self._told = told
        self.account_id = account_id
        self._start = f"arn:aws:cloudwatch:{region}:{account_id}:alarm:"
        self._alarms: dict[str, Alarm] = {}
        self._contributing: dict[str, tuple[Contributing, ...]] = {}
        self._history: list[Happening] = []
        self._number = 0
        self.lock = RLock()
        self.mutes = MuteStore(account_id, region)

    def arn(self, name: str) -> str:
        """An alarm's ARN, whether there is one of that name or not."""
        return self._start + name

    def alarms(self) -> list[Alarm]:
        """All, by name."""
        with self.lock:
            return [alarm for _, alarm in sorted(self._alarms.items())]

    def alarm(self, name: str) -> Alarm | None:
        """One, if there is."""
        return self._alarms.get(name)

    def referred(self, reference: str) -> Alarm | None:
        """By name, or by the ARN of this account and Region, as rules refer to alarms."""
        return self._alarms.get(reference.removeprefix(self._start))

    def parents(self, name: str) -> list[Alarm]:
        """The composite alarms whose rules refer to an alarm."""
        return [
            alarm
            for alarm in self.alarms()
            if alarm.kind == COMPOSITE and any(child.removeprefix(self._start) == name for child in alarm.rule.children)
        ]

    def put(self, name: str, kind: str, settings: Mapping[str, Any], tags: Mapping[str, str], at: datetime) -> None:
        """Create, or overwrite all settings and leave state and tags."""
        with self.lock:
            before = self._alarms.get(name)
            own = {key: value for key, value in settings.items() if key not in {"Tags", "ActionsEnabled", "AlarmName"}}
            enabled = settings.get("ActionsEnabled", True)
            if before is None:
                alarm = Alarm(
                    arn=self.arn(name),
                    name=name,
                    kind=kind,
                    settings=own,
                    updated_at=at,
                    actions_enabled=enabled,
                    state="INSUFFICIENT_DATA",
                    reason="Unchecked: Initial alarm creation",
                    reason_data=None,
                    state_updated_at=at,
                    transitioned_at=at,
                    tags=tags,
                )
            else:
                alarm = replace(before, settings=own, updated_at=at, actions_enabled=enabled)
            self._alarms[name] = alarm
            self._configured("Update" if before else "Create", before, alarm, at)

    def existed(self, alarms: Iterable[Alarm]) -> None:
        """Alarms that had long been there, in their states: nobody is told of them now."""
        with self.lock:
            self._alarms.update({alarm.name: alarm for alarm in alarms})

    def set_state(
        self, name: str, state: str, reason: str, reason_data: str | None, at: datetime, *, by_series: bool = False
    ) -> bool:
        """Put an alarm into a state; whether it changed. Raises KeyError for one that there is not."""
        with self.lock:
            before = self._alarms[name]
            changed = state != before.state
            self._alarms[name] = replace(
                before,
                state=state,
                reason=reason,
                reason_data=reason_data,
                state_updated_at=at if changed or before.kind == COMPOSITE else before.state_updated_at,
                transitioned_at=at if changed else before.transitioned_at,
            )
            if changed:
                self._moved(before, self._alarms[name], at)
                self._told(Change("state", before, self._alarms[name], at, by_series=by_series))
            return changed

    def acted(
        self, alarm: Alarm, at: datetime, summary: str, data: str, contributor: Contributing | None = None
    ) -> None:
        """A line of history about an action, the alarm's own or a contributor's."""
        with self.lock:
            kind = "AlarmContributorAction" if contributor else "Action"
            self._note(alarm, at, kind, summary[:255], data, contributor)

    def suppress(self, name: str, by: str) -> None:
        """Say what holds a composite alarm's actions back; nothing does where it is empty."""
        with self.lock:
            self._alarms[name] = replace(self._alarms[name], suppressed_by=by)

    def contribute(
        self, name: str, firing: Iterable[Contributing], ended: Iterable[Contributing] = ()
    ) -> frozenset[str]:
        """Which of an alarm's series are in ALARM, and which are OK again: whoever evaluates it says so.

        Those that were not in ALARM before are told of, and those that ended: the states that this told. Raises
        KeyError for no such alarm.
        """
        with self.lock:
            was = {one.id for one in self.contributing(name)}
            self._contributing[name] = tuple(firing)
            news = [one for one in self._contributing[name] if one.id not in was]
            told = (*news, *ended)
            for one in told:
                self._contributed(self._alarms[name], one)
            return frozenset(one.state for one in told)

    def contributing(self, name: str) -> tuple[Contributing, ...]:
        """Those that were told last; none of an alarm on one series."""
        return self._contributing.get(name, ())

    def enable(self, names: Iterable[str], at: datetime, *, enabled: bool) -> None:
        """Let actions happen or not; names that there are not are left out."""
        with self.lock:
            for alarm in [self._alarms[name] for name in names if name in self._alarms]:
                self._alarms[alarm.name] = replace(alarm, actions_enabled=enabled, updated_at=at)
                self._configured("Update", alarm, self._alarms[alarm.name], at)

    def tag(self, name: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> bool:
        """Give an alarm other tags; False where there is none of that name."""
        with self.lock:
            alarm = self._alarms.get(name)
            if alarm is not None:
                self._alarms[name] = replace(alarm, tags=change(alarm.tags))
            return alarm is not None

    def delete(self, names: Iterable[str], at: datetime) -> None:
        """Names that there are not are left out; history stays."""
        with self.lock:
            for alarm in [self._alarms.pop(name) for name in dict.fromkeys(names) if name in self._alarms]:
                self._contributing.pop(alarm.name, None)
                self._configured("Delete", alarm, alarm, at)

    def history(self, now: datetime) -> list[Happening]:
        """What is kept, the oldest first, of deleted alarms too."""
        with self.lock:
            self._history = [happening for happening in self._history if happening.at > now - KEPT]
            return list(self._history)

    def _configured(self, act: str, before: Alarm | None, alarm: Alarm, at: datetime) -> None:
        said = f"{act.lower()}d"
        data: dict[str, Any] = {"version": "1.0", "type": act}
        whole = data | {f"{said}Alarm": _shown(alarm)}
        short = data | {f"{said}Alarm": {"alarmName": alarm.name, "alarmArn": alarm.arn}}
        text = json.dumps(whole, default=str)
        text = text if len(text) <= _LONGEST else json.dumps(short)
        self._note(alarm, at, "ConfigurationUpdate", f'Alarm "{alarm.name}" {said}'[:255], text)
        self._told(Change(act.lower(), before, None if act == "Delete" else alarm, at))

    def _moved(self, before: Alarm, after: Alarm, at: datetime) -> None:
        data = {"version": "1.0", "oldState": _state(before), "newState": _state(after)}
        text = json.dumps(data)
        if len(text) > _LONGEST:  # two reasons with their data may be longer than a line of history
            text = json.dumps(
                data | {"oldState": {"stateValue": before.state}, "newState": {"stateValue": after.state}}
            )
        self._note(after, at, "StateUpdate", f"Alarm updated from {before.state} to {after.state}", text)

    def _contributed(self, alarm: Alarm, one: Contributing) -> None:
        before, after = replace(one, state="OK" if one.state == "ALARM" else "ALARM").of(alarm), one.of(alarm)
        data = json.dumps({"version": "1.0", "newState": _state(after)})
        kind, summary = "AlarmContributorStateUpdate", f"Contributor state updated to {one.state}"
        self._note(alarm, one.transitioned_at, kind, summary, data, one)
        self._told(Change("contributor", before, after, one.transitioned_at, one))

    def _note(
        self,
        alarm: Alarm,
        at: datetime,
        item_type: str,
        summary: str,
        data: str,
        contributor: Contributing | None = None,
    ) -> None:
        self._number += 1
        self._history.append(Happening(self._number, at, alarm.name, alarm.kind, item_type, summary, data, contributor))


def _state(alarm: Alarm) -> dict[str, Any]:
    data = {"stateReasonData": json.loads(alarm.reason_data)} if alarm.reason_data else {}
    return {"stateValue": alarm.state, "stateReason": alarm.reason} | data


def _shown(alarm: Alarm) -> dict[str, Any]:
    """The settings with names as history spells them."""
    settings = {name[0].lower() + name[1:]: value for name, value in alarm.settings.items()}
    settings["okactions"] = settings.pop("oKActions", [])
    return {
        "alarmName": alarm.name,
        "alarmArn": alarm.arn,
        "actionsEnabled": alarm.actions_enabled,
        "stateValue": alarm.state,
        **settings,
    }
