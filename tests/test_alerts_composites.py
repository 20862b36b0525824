"""Composite alarms, from the message to the card: they are about the models that the alarms in their rule watch."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.alerts.alarm_book import MOST_BELOW
from bot.alerts.sources import cloudwatch_alarm, sns_alarm
from bot.logic.alarm_rule import children
from bot.logic.alarm_scope import MOST_LEVELS
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.alarm import Alarm
from bot.ports import Sweep
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


def chain(sky: Sky, levels: int) -> str:
    """The rule of a composite alarm whose model's alarm is so many levels below it."""
    for level in range(2, levels + 1):
        below = f"level-{level + 1}" if level < levels else ACCURACY
        sky.hold(composite(f"level-{level}", f"ALARM({below})"))
    return "ALARM(level-2)" if levels > 1 else f"ALARM({ACCURACY})"


@pytest.mark.parametrize("levels", range(1, MOST_LEVELS + 1))
def test_composite_alarms_over_composite_ones_are_of_the_model_too(ears: Ears, sky: Sky, levels: int) -> None:
    """A call for each level, and none where the last poll listed them."""
    rule = chain(sky, levels)
    ears.hear(event(rule))
    assert told(ears) == [("bank-marketing", "model quality", "alarm: any")]
    assert len(sky.asked) == levels
    ears.inventory.keep_alarms((Sweep(HUB, REGION, (*sky.alarms.values(), composite("other", rule))),), at(1))
    sky.asked.clear()
    listed = Ears(ears.clock, inventory=ears.inventory, incidents=FakeIncidents(fold), sky=sky)
    listed.hear(event(rule, "other"))
    assert (told(listed), sky.asked) == ([("bank-marketing", "model quality", "alarm: other")], [])


def test_what_is_deeper_is_not_looked_for(ears: Ears, sky: Sky) -> None:
    """Neither by an event nor in what was listed."""
    ears.hear(event(chain(sky, MOST_LEVELS + 1)))
    assert (told(ears), len(sky.asked)) == ([], MOST_LEVELS)


def test_rules_that_go_round_in_a_circle_come_to_an_end(ears: Ears, sky: Sky) -> None:
    """Nobody is asked for twice."""
    sky.hold(
        composite("any", "ALARM(a)"), composite("a", "ALARM(b) OR ALARM(a)"), composite("b", "ALARM(any) OR OK(a)")
    )
    ears.hear(event("ALARM(a)"))
    assert told(ears) == []
    asked = [arn for arns in sky.asked for arn in arns]
    assert len(asked) == len(set(asked)) == 3


def test_a_rule_over_thousands_asks_for_some_hundreds_of_a_level(ears: Ears, sky: Sky) -> None:
    """In the rules' order, so that the first are among them."""
    groups = [f"group-{n}" for n in range(100)]
    for group in groups:
        names = [ACCURACY if group == "group-0" else "", *(f"{group}-{n}" for n in range(99))]
        sky.hold(composite(group, " OR ".join(f"ALARM({name})" for name in names if name)))
    ears.hear(event(f"AT_LEAST(1, ALARM, ({', '.join(groups)}))"))
    assert told(ears) == [("bank-marketing", "model quality", "alarm: any")]
    assert [len(arns) for arns in sky.asked] == [101, MOST_BELOW]
