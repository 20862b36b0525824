"""Composite alarms, from the message to the card: they are about the models that the alarms in their rule watch."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.alerts.sources import cloudwatch_alarm, sns_alarm
from bot.logic.alarm_rule import children
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.alarm import Alarm
from sandbox.fakes import FakeIncidents, at
from sandbox.fakes_alarm import HUB, OWNER, REGION, alarm, metric, watched
from sandbox.fakes_fleet import StillClock
from sandbox.fakes_inbox import Ears, Sky

ACCURACY = "bank-marketing-accuracy"
RULES = (
    f'ALARM("{ACCURACY}") OR ALARM(queue)',
    f"AT_LEAST(1, ALARM, ({ACCURACY}, queue))",
    f'AT_LEAST(50%, NOT OK, (\n  queue,\n  "{ACCURACY}"\n))',
)


@pytest.fixture
def sky() -> Sky:
    """An alarm on a model, and one on a queue."""
    found = Sky()
    found.hold(alarm(ACCURACY), alarm("queue", watched=(watched(metric("Age", "AWS/SQS", QueueName="q")),)))
    return found


@pytest.fixture
def ears(sky: Sky) -> Ears:
    """The fleet is known."""
    found = Ears(StillClock(at(1)), incidents=FakeIncidents(fold), sky=sky)
    found.inventory.remember((Account(HUB, "hub", (REGION,), own=True), Account(OWNER, "prod", (REGION,))), at(0))
    return found


def composite(name: str, rule: str) -> Alarm:
    """As CloudWatch describes it."""
    return alarm(name, kind="composite", expression=rule, children=children(rule), watched=(), period_s=None)


def event(rule: str, name: str = "any") -> str:
    """Of a composite alarm that fired, as EventBridge tells it."""
    sample: dict[str, Any] = json.loads(json.dumps(cloudwatch_alarm.SAMPLE).replace(ACCURACY, name))
    detail = sample["detail"]
    detail["configuration"] = {"alarmRule": rule}
    detail["state"] = {"value": "ALARM", "reason": "it fired", "timestamp": at(0).isoformat()}
    return json.dumps(sample)


def topic(rule: str) -> str:
    """The same as a topic delivers it."""
    told = {"AlarmName": "any", "AlarmArn": composite("any", rule).arn, "AlarmRule": rule}
    body = {key: value for key, value in sns_alarm.BODY.items() if key != "Trigger"} | told
    body |= {"NewStateValue": "ALARM", "StateChangeTime": at(0).isoformat(), "OldStateValue": "OK"}
    return json.dumps({**sns_alarm.SAMPLE, "Message": json.dumps(body)})


def told(ears: Ears) -> list[tuple[str, str, str]]:
    """Service, family and row of what is open."""
    found = ears.incidents.list(ears.now(), resolved_since=ears.now() - timedelta(days=1))
    return [(i.place.service, i.place.family.value, r.row.metric) for i in found for r in i.state.bad_rows]


@pytest.mark.parametrize("rule", RULES)
def test_a_composite_alarm_is_a_row_of_its_models_card_however_its_rule_names_them(ears: Ears, rule: str) -> None:
    """By EventBridge, by a topic; the same change counts once."""
    ears.hear(event(rule))
    assert told(ears) == [("bank-marketing", "model quality", "alarm: any")]
    assert ears.sky is not None
    ears.sky.hold(composite("any", rule))
    ears.hear(topic(rule))
    assert told(ears) == [("bank-marketing", "model quality", "alarm: any")]


@pytest.mark.parametrize("rule", RULES)
def test_a_topic_alone_tells_of_it_too(ears: Ears, rule: str) -> None:
    """CloudWatch confirms it, and its rule is read from there."""
    assert ears.sky is not None
    ears.sky.hold(composite("any", rule))
    ears.hear(topic(rule))
    assert told(ears) == [("bank-marketing", "model quality", "alarm: any")]


@pytest.mark.parametrize("rule", ["AT_LEAST(1, ALARM, (queue))", "ALARM(queue)", "TRUE"])
def test_one_over_no_models_alarm_is_counted(ears: Ears, rule: str) -> None:
    """Not told."""
    ears.hear(event(rule))
    assert (told(ears), [p.name for p in ears.tally.passed]) == ([], ["watching nothing of models"])
