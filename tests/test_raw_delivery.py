"""A topic that delivers raw brings what looks like EventBridge's: where topics come in, good news is confirmed."""

import json
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from bot.alerts.sources import cloudwatch_alarm, cloudwatch_configuration, cloudwatch_contributor
from bot.alerts.topics import Topics
from bot.errors import AccessDenied, SourceError, Throttled
from bot.logic import envelope
from bot.logic.alarm_event import change as read_change
from bot.logic.lifecycle import fold
from bot.logic.moments import moment
from bot.model.account import Account
from bot.model.alarm import Alarm, AlarmState
from bot.model.incident import Incident, Status
from sandbox.fakes import FakeIncidents
from sandbox.fakes_fleet import StillClock
from sandbox.fakes_inbox import Ears, FakeInbox, Sky

HUB, OWNER, REGION = "111111111111", "222222222222", "us-west-2"
NOW = moment("2026-11-20T16:00:00Z")
FINE = "2026-11-20T15:05:40.845+0000"
REFUSED = AccessDenied("sqs:GetQueueAttributes is refused", "Allow it.")
SERIES = json.dumps(cloudwatch_contributor.SAMPLE)
DELETED = json.dumps(
    {**cloudwatch_configuration.SAMPLE, "detail": {**cloudwatch_configuration.SAMPLE["detail"], "operation": "delete"}}
)


@pytest.fixture
def ears() -> Ears:
    """The fleet is known, and CloudWatch has the alarm, which fires."""
    assert NOW is not None
    found = Ears(StillClock(NOW), incidents=FakeIncidents(fold), sky=Sky())
    found.inventory.remember((Account(HUB, "hub", (REGION,), own=True), Account(OWNER, "prod", (REGION,))), NOW)
    sky(found).hold(described(event()))
    return found


def sky(ears: Ears) -> Sky:
    """CloudWatch."""
    assert ears.sky is not None
    return ears.sky


def event(state: str = "ALARM", sample: str = json.dumps(cloudwatch_alarm.SAMPLE), at: str = FINE) -> str:
    """A state change in EventBridge's shape; of good news that it came later."""
    said = json.loads(sample)
    if state != "ALARM":
        said["detail"]["state"] |= {"value": state, "timestamp": at}
    return json.dumps(said)


def described(body: str) -> Alarm:
    """The alarm as CloudWatch describes it after that."""
    return read_change(envelope.event(body)).alarm


def hear(ears: Ears, *bodies: str, topics: bool | SourceError = True) -> FakeInbox:
    """What is left of these in such a queue."""
    inbox = FakeInbox(bodies, topics=topics)
    ears.listening(inbox).loop.round(Event())
    return inbox


def only(ears: Ears) -> Incident:
    """The one incident that is or was open."""
    (found,) = ears.incidents.list(ears.now(), resolved_since=ears.now() - timedelta(days=1))
    return found


def status(ears: Ears) -> Status:
    """Of that one."""
    return only(ears).state.status


@pytest.mark.parametrize("topics", [True, REFUSED])
def test_a_forged_ok_in_eventbridges_shape_changes_nothing(ears: Ears, topics: bool | SourceError) -> None:
    """Where topics come in, and where nobody can tell; it is left for the dead letters, with the reason."""
    hear(ears, event(), topics=topics)
    inbox = hear(ears, event("OK"), event("OK", at="2026-11-20T15:59:59.000+0000"), topics=topics)
    assert (status(ears), len(inbox.messages)) == (Status.OPEN, 2)
    assert set(ears.tally.refusals.values()) == {"perhaps only a topic told it, and CloudWatch says otherwise"}


def test_a_forged_ok_of_a_series_changes_nothing(ears: Ears) -> None:
    """CloudWatch lists the series among those that fire."""
    change = read_change(envelope.event(SERIES))
    sky(ears).hold(change.alarm)
    assert change.contributor is not None
    sky(ears).firing[change.alarm.arn] = (change.contributor,)
    hear(ears, SERIES)
    assert len(hear(ears, event("OK", SERIES)).messages) == 1
    assert status(ears) is Status.OPEN


def test_a_forged_ok_waits_while_nobody_can_be_asked(ears: Ears) -> None:
    """As a topic's does."""
    hear(ears, event())
    sky(ears).refused[HUB, REGION] = Throttled("CloudWatch asks to slow down")
    assert len(hear(ears, event("OK")).messages) == 1
    assert status(ears) is Status.OPEN


def test_a_true_ok_resolves_as_soon_as_it_is_heard(ears: Ears) -> None:
    """And counts once, whichever way tells it again."""
    hear(ears, event())
    sky(ears).hold(described(event("OK")))
    assert hear(ears, event("OK")).messages == []
    assert status(ears) is Status.RESOLVED
    before = only(ears)
    assert hear(ears, event("OK")).messages == []
    assert hear(ears, event("OK"), topics=False).messages == []
    assert only(ears) == before


def test_a_queue_of_eventbridges_alone_is_believed_at_once(ears: Ears) -> None:
    """Also where CloudWatch cannot be asked whether the alarm is fine."""
    hear(ears, event(), topics=False)
    sky(ears).refused[HUB, REGION] = Throttled("CloudWatch asks to slow down")
    assert hear(ears, event("OK"), topics=False).messages == []
    assert status(ears) is Status.RESOLVED


def test_a_deletion_that_may_be_forged_is_looked_at(ears: Ears) -> None:
    """The poll lists the alarms that there are, and tells which are gone."""
    inbox = FakeInbox([event(), DELETED], topics=True)
    listening = ears.listening(inbox)
    listening.loop.round(Event())
    (look,) = listening.looker.waiting()
    assert (inbox.messages, look.at, look.subject) == ([], "alarm", described(event()).arn)
    listening.looker.look(look)
    assert (only(ears).state.departures, status(ears)) == ((), Status.OPEN)


def test_bad_news_waits_for_nobody(ears: Ears) -> None:
    """The queue's policy is not asked for, nor CloudWatch about the state: an alarm is told within two seconds."""
    sky(ears).hold(replace(described(event()), state=AlarmState.OK))
    inbox = hear(ears, event())
    assert (inbox.messages, inbox.asked, status(ears)) == ([], 0, Status.OPEN)


def test_the_policy_is_asked_for_once_in_a_while() -> None:
    """One that is changed is noticed then."""
    inbox = FakeInbox(topics=True)
    topics, eager = Topics(inbox), Topics(inbox, asked_again_s=0.0)
    assert (all(topics.come_in() for _ in range(9)), inbox.asked) == (True, 1)
    assert eager.come_in()
    inbox.topics = False
    assert (eager.come_in(), topics.come_in(), inbox.asked) == (False, True, 3)
