"""Composite alarms whose actions a suppressor holds back, and what is done once it lets go."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.aws.cloudwatch.acting import Acting
from sandbox.aws.cloudwatch.alarm_describing import shown
from sandbox.aws.cloudwatch.alarm_store import AlarmStore, Change
from sandbox.aws.topics import Message

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-west-2:222222222222:alarms"


class Stage:
    """An alarm `over`, suppressed by `works` with two minutes to wait and three of extension."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._acting = Acting(self._notify)
        self.store = AlarmStore("222222222222", "us-west-2", self._told)
        for name in ("child", "works"):
            self.store.put(name, "MetricAlarm", {}, {}, NINE)
        settings = {
            "AlarmRule": "ALARM(child)",
            "AlarmActions": [TOPIC],
            "OKActions": [TOPIC],
            "ActionsSuppressor": "works",
            "ActionsSuppressorWaitPeriod": 120,
            "ActionsSuppressorExtensionPeriod": 180,
        }
        self.store.put("over", "CompositeAlarm", settings, {}, NINE)

    def _notify(self, _topic: str, _service: str, _source: object, message: Message) -> str:
        self.heard.append(json.loads(message.text)["NewStateValue"])
        return ""

    def _told(self, change: Change) -> None:
        self._acting.changed(self.store, change)

    def at(self, minute: int, **states: str) -> tuple[str | None, list[str]]:
        """States come, then the minute is looked at: what is said to suppress, and what was told until now."""
        now = NINE + timedelta(minutes=minute)
        for name, state in states.items():
            self.store.set_state(name, state, "a drill", None, now)
        self._acting.release(self.store, now)
        alarm = self.store.alarm("over")
        assert alarm is not None
        return shown(alarm).get("ActionsSuppressedBy"), self.heard


@pytest.fixture
def stage() -> Stage:
    """Nothing has happened."""
    return Stage()


def test_a_suppressor_in_alarm_holds_back_what_it_would_have_told(stage: Stage) -> None:
    """Until it is over and the extension with it; then the alarm acts by the state that it still has, once."""
    assert stage.at(1, works="ALARM") == ("Alarm", [])
    assert stage.at(2, over="ALARM") == ("Alarm", [])
    assert stage.at(30) == ("Alarm", [])
    assert stage.at(40, works="OK") == ("ExtensionPeriod", [])
    assert stage.at(42) == ("ExtensionPeriod", [])
    assert stage.at(43) == (None, ["ALARM"])
    assert stage.at(44) == (None, ["ALARM"])


def test_the_wait_is_for_a_suppressor_that_may_come(stage: Stage) -> None:
    """Where none comes the alarm acts when it is over; where one comes in time it suppresses."""
    assert stage.at(1, over="ALARM") == ("WaitPeriod", [])
    assert stage.at(2) == ("WaitPeriod", [])
    assert stage.at(3) == (None, ["ALARM"])
    assert stage.at(10, over="OK") == ("WaitPeriod", ["ALARM"])
    assert stage.at(11, works="ALARM") == ("Alarm", ["ALARM"])
    assert stage.at(60) == ("Alarm", ["ALARM"])


def test_what_came_and_went_while_suppressed_is_told_to_nobody(stage: Stage) -> None:
    """A state that is the one acted on last is no news."""
    stage.at(1, over="OK")
    assert stage.at(3) == (None, ["OK"])
    stage.at(4, works="ALARM")
    stage.at(5, over="ALARM")
    stage.at(6, over="OK")
    assert stage.at(7, works="OK") == ("ExtensionPeriod", ["OK"])
    assert stage.at(20) == (None, ["OK"])


def test_an_alarm_that_lost_its_suppressor_acts(stage: Stage) -> None:
    """Put anew without one, or with one that is deleted: nothing holds it back."""
    stage.at(1, works="ALARM", over="ALARM")
    stage.store.delete(["works"], NINE)
    assert stage.at(2) == (None, ["ALARM"])


def test_the_reason_is_worded_as_recorded(stage: Stage) -> None:
    """As in AWS's own sample of an event."""
    stage.at(1, over="ALARM")
    alarm = stage.store.alarm("over")
    assert alarm is not None
    assert shown(alarm)["ActionsSuppressedReason"] == "Actions suppressed by WaitPeriod"
