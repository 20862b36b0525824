"""What is sent, from the message to the incident: belief, order, doubles, what is passed over, what is refused."""

import json
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.alerts.listening import Wanted
from bot.alerts.placing import Wider
from bot.alerts.sources import (
    cloudwatch_alarm,
    cloudwatch_configuration,
    cloudwatch_contributor,
    report,
    sagemaker_endpoint,
    sagemaker_model_package,
    sagemaker_schedule,
    sns_alarm,
)
from bot.errors import StoreDown, Throttled
from bot.logic import envelope
from bot.logic.alarm_event import CREATED
from bot.logic.alarm_event import change as read_change
from bot.logic.lifecycle import fold
from bot.logic.moments import moment
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm, AlarmState
from bot.model.alarm_series import alarm_and_series
from bot.model.incident import Incident, Status
from bot.model.news import Look
from bot.model.place import Family
from bot.store.incidents import SqlIncidents
from bot.store.tally import SqlTally
from sandbox.fakes import BrokenIncidents, FakeIncidents, at
from sandbox.fakes_fleet import StillClock
from sandbox.fakes_inbox import Ears, FakeInbox

HUB, OWNER, REGION = "111111111111", "222222222222", "us-west-2"
LOW = "2026-11-20T14:05:41.212+0000"
FINE = "2026-11-20T15:05:40.845+0000"
NOW = moment("2026-11-20T16:00:00Z")


@pytest.fixture
def ears() -> Ears:
    """The fleet is known."""
    assert NOW is not None
    found = Ears(StillClock(NOW), incidents=FakeIncidents(fold))
    found.inventory.remember((Account(HUB, "hub", (REGION,), own=True), Account(OWNER, "prod", (REGION,))), NOW)
    return found


def event(state: str = "ALARM", at: str = LOW, before: str = "OK", name: str = "bank-marketing-accuracy") -> str:
    """As EventBridge tells it; EventBridge tells each thing in an event of its own."""
    sample = json.loads(json.dumps(cloudwatch_alarm.SAMPLE).replace("bank-marketing-accuracy", name))
    detail = sample["detail"]
    reason = {"OK": "1 datapoint [0.91 (20/11/26 14:00:00)] was not less than the threshold (0.8734)."}
    detail["state"] = {**detail["state"], "value": state, "timestamp": at}
    detail["state"]["reason"] = reason.get(state, detail["state"]["reason"])
    detail["previousState"] = {**detail["previousState"], "value": before}
    return json.dumps(sample)


def topic(state: str = "ALARM", at: str = LOW, before: str = "OK", *, raw: bool = False, **more: Any) -> str:
    """As a topic delivers it; anybody could."""
    body = {**sns_alarm.BODY, "NewStateValue": state, "OldStateValue": before, "StateChangeTime": at, **more}
    return json.dumps(body if raw else {**sns_alarm.SAMPLE, "Message": json.dumps(body)})


def described(state: str = "ALARM", at: str = LOW) -> Alarm:
    """The same alarm as CloudWatch describes it."""
    return read_change(envelope.event(event(state, at))).alarm


def only(ears: Ears) -> Incident:
    """The one incident that is or was open within the day."""
    (found,) = ears.incidents.list(ears.now(), resolved_since=ears.now() - timedelta(days=1))
    return found


def test_an_alarm_becomes_a_row_of_its_services_incident(ears: Ears) -> None:
    """And wakes whoever shows it."""
    inbox = ears.hear(event())
    found = only(ears)
    assert (found.place.account_id, found.place.service, found.place.family) == (
        OWNER,
        "bank-marketing",
        Family.MODEL_QUALITY,
    )
    assert [(r.row.metric, r.last.seen, r.last.limit) for r in found.state.bad_rows] == [
        ("alarm: bank-marketing-accuracy", 0.7521, 0.8734)
    ]
    assert (inbox.messages, ears.woken) == ([], 1)
    ears.hear(event("OK", FINE, "ALARM"))
    assert only(ears).state.status is Status.RESOLVED


def test_a_forged_ok_of_a_topic_changes_nothing(ears: Ears) -> None:
    """Raw or in SNS's envelope; it is left for the dead letters, with the reason."""
    assert ears.sky is not None
    ears.hear(event())
    before = only(ears)
    ears.sky.hold(described())
    for raw in (False, True):
        inbox = ears.hear(topic("OK", FINE, "ALARM", raw=raw), rounds=3)
        assert only(ears) == before
        assert len(inbox.messages) == 1
    assert ears.tally.refusals == {"0": "only a topic told it, and CloudWatch says otherwise"}


def test_a_forged_ok_of_a_series_outlasts_no_true_alarm(ears: Ears) -> None:
    """CloudWatch says that it does not fire, and not since when: a time to come is taken for now."""
    assert ears.sky is not None
    sample = cloudwatch_contributor.SAMPLE
    ears.sky.hold(replace(read_change(envelope.event(json.dumps(sample))).alarm, state=AlarmState.OK))
    series = sample["detail"]["alarmContributor"]
    query = {"Id": "q1", "Expression": sample["detail"]["configuration"]["metrics"][0]["expression"], "Period": 3600}
    told = {
        "AlarmName": "any-accuracy",
        "AlarmArn": sample["resources"][0],
        "AlarmContributorId": series["id"],
        "AlarmContributorAttributes": series["attributes"],
        "Trigger": {"Period": 3600, "Metrics": [{**query, "ReturnData": True}]},
    }
    ears.hear(topic("OK", "2026-11-20T16:14:00.000+0000", "ALARM", **told))
    state = {**sample["detail"]["state"], "timestamp": "2026-11-20T16:05:00.000+0000"}
    ears.hear(json.dumps({**sample, "detail": {**sample["detail"], "state": state}}))
    assert only(ears).state.status is Status.OPEN


def test_a_topics_ok_counts_once_cloudwatch_says_so(ears: Ears) -> None:
    """Not while nobody can be asked."""
    assert ears.sky is not None
    ears.hear(event())
    ears.sky.refused[HUB, REGION] = Throttled("CloudWatch asks to slow down")
    inbox = ears.hear(topic("OK", FINE, "ALARM"))
    assert (only(ears).state.status, len(inbox.messages)) == (Status.OPEN, 1)
    ears.sky.refused.clear()
    ears.sky.hold(described("OK", FINE))
    assert ears.hear(topic("OK", FINE, "ALARM")).messages == []
    assert only(ears).state.status is Status.RESOLVED


def test_good_news_that_nothing_waited_for_is_told_again_once_something_does(ears: Ears) -> None:
    """An outdated hint has CloudWatch asked, whose newer word no log keeps; the alarm that it ends comes later."""
    assert ears.sky is not None
    ears.sky.hold(described("OK", FINE))
    ears.hear(topic("OK", "2026-11-20T13:05:40.845+0000", "ALARM"))
    ears.hear(event())
    assert only(ears).state.status is Status.OPEN
    ears.hear(event("OK", FINE, "ALARM"))
    assert only(ears).state.status is Status.RESOLVED


def test_a_topics_alarm_is_told_though_nobody_can_be_asked(ears: Ears) -> None:
    """It says by whose word; without an adapter too."""
    ears.sky = None
    assert ears.hear(topic()).messages == []
    found = only(ears)
    assert (found.state.status, found.state.detail) == (
        Status.OPEN,
        "Only a topic told it: CloudWatch could not be asked.",
    )
    assert len(ears.hear(topic("OK", FINE, "ALARM")).messages) == 1
    assert only(ears).state.status is Status.OPEN


def test_a_topic_that_tells_of_no_alarm_there_is_opens_nothing(ears: Ears) -> None:
    """Nor does one whose time has not come: it would outlast every true word."""
    name, arn = "made-up", f"arn:aws:cloudwatch:{REGION}:{HUB}:alarm:made-up"
    inbox = ears.hear(topic(AlarmName=name, AlarmArn=arn), topic(at="2026-11-21T16:00:00.000+0000"))
    assert ears.incidents.list(ears.now()) == ()
    assert [ears.tally.refusals[m.id] for m in inbox.messages] == [
        "only a topic told it, and there is no such alarm",
        "StateChangeTime has not come yet",
    ]


def test_the_same_change_by_three_ways_counts_once(ears: Ears) -> None:
    """In one batch and over several, in any order; CloudWatch is asked only where nothing else told it."""
    assert ears.sky is not None
    ears.sky.hold(described())
    ears.hear(topic(), event(), topic(raw=True), event())
    ears.hear(event(), topic())
    ears.hear(topic(), topic(raw=True))
    found = only(ears)
    assert (found.state.runs, len(found.log)) == (1, 1)
    assert ears.sky.asked == [(described().arn,)]  # for its description, once


def test_what_is_older_never_undoes_what_is_newer(ears: Ears) -> None:
    """The good news overtook the bad, in the same batch or before it."""
    ears.hear(event("OK", FINE, "ALARM"))
    ears.hear(event())
    assert ears.incidents.list(ears.now()) == ()
    assert ears.incidents.outbox.asked == []
    ears.hear(event("OK", FINE, "ALARM", "recall"), event(name="recall"))
    assert ears.incidents.list(ears.now()) == ()


def test_a_storm_of_doubles_is_one_card(ears: Ears) -> None:
    """Two hundred deliveries of twenty changes."""
    bodies = [event(name=f"alarm-{n}") for n in range(20)] * 10
    inbox = ears.hear(*bodies, rounds=len(bodies) // 10)
    found = only(ears)
    assert (inbox.messages, found.state.runs, len(found.state.bad_rows)) == ([], 20, 20)
    assert ears.sky is not None
    assert len(ears.sky.asked) == 1  # the descriptions of all that wait at a time, and no second time


def test_what_the_event_does_not_tell_is_asked_once_and_then_known(ears: Ears) -> None:
    """The treatment of missing data is wrong, which the card says; a foreign alarm is not asked for."""
    assert ears.sky is not None
    said = read_change(envelope.event(event())).alarm
    ears.sky.hold(replace(said, missing="breaching"))
    ears.hear(event(), _foreign())
    (bad,) = only(ears).state.bad_rows
    assert bad.hint.startswith("It counts missing data as breaching")
    assert ears.sky.asked == [(said.arn,)]


def _foreign() -> str:
    """Nothing of ours."""
    return event(name="queue-age").replace("aws/sagemaker/Endpoints/model-metrics", "AWS/SQS")


def test_what_is_nobodys_news_is_counted(ears: Ears) -> None:
    """Auto Scaling's alarms, those that watch nothing of models, events that no source knows."""
    scaling = event(name="TargetTracking-endpoint/bank/variant/AllTraffic-AlarmLow-3f")
    strange = json.dumps({**cloudwatch_alarm.SAMPLE, "source": "aws.ecs", "detail-type": "ECS Task State Change"})
    inbox = ears.hear(scaling, scaling, _foreign(), strange, json.dumps({**sns_alarm.SAMPLE, "Message": "hello"}))
    assert (inbox.messages, ears.incidents.list(ears.now())) == ([], ())
    assert [(one.kind, one.name, one.count) for one in ears.tally.counted()] == [
        ("alarm", "made by Auto Scaling", 2),
        ("alarm", "watching nothing of models", 1),
        ("event", "SNS / Notification", 1),
        ("event", "aws.ecs / ECS Task State Change", 1),
    ]


def test_a_sample_of_an_unknown_event_keeps_no_secret(ears: Ears) -> None:
    """Keys that may hold one are hidden, and what opens a door anywhere."""
    detail = {"Environment": {"DB": "hunter2"}, "ApiKey": "hunter2", "Status": "Failed", "note": "xoxb-1-hunter2"}
    ears.hear(json.dumps({**cloudwatch_alarm.SAMPLE, "source": "com.example", "detail": detail}))
    (passed,) = ears.tally.passed
    assert "hunter2" not in passed.sample
    assert json.loads(passed.sample)["detail"]["Status"] == "Failed"


def test_the_settings_say_which_other_alarms_are_of_models(ears: Ears) -> None:
    """By namespace with its family, by name."""
    ears.wanted = Wanted(wider=Wider({"AWS/SQS": Family.DATA_QUALITY}))
    ears.hear(_foreign())
    assert only(ears).place.family is Family.DATA_QUALITY


def test_a_service_is_what_the_inventory_knows(ears: Ears) -> None:
    """An endpoint's event has no more than its name."""
    body = json.dumps(sagemaker_endpoint.SAMPLE)
    ears.hear(body)
    found = only(ears)
    assert (found.place.service, found.place.family) == ("loan-default", Family.OPERATIONS)
    assert [r.row.metric for r in found.state.bad_rows] == ["endpoint"]
    good = {**sagemaker_endpoint.SAMPLE["detail"], "EndpointStatus": "IN_SERVICE"}
    ears.hear(json.dumps({**sagemaker_endpoint.SAMPLE, "time": "2026-11-20T14:45:00Z", "detail": good}))
    assert only(ears).state.status is Status.RESOLVED


def test_a_deleted_alarm_ends_its_row_and_those_of_its_series(ears: Ears) -> None:
    """Once nothing goes on in its place."""
    ears.hear(json.dumps(cloudwatch_contributor.SAMPLE))
    assert len(only(ears).state.bad_rows) == 1
    sample = cloudwatch_contributor.SAMPLE
    detail = {**sample["detail"], "operation": "delete"}
    kind = {**cloudwatch_configuration.SAMPLE, "resources": sample["resources"], "detail": detail}
    ears.hear(json.dumps(kind))
    (gone,) = only(ears).state.departures
    assert alarm_and_series(gone.subject.arn)[1] == "6d442278dba546f6"


def test_a_package_is_looked_at_in_its_account(ears: Ears) -> None:
    """Once for several events, by who reads packages and not by who reads runs."""
    looked: list[Scope] = []
    ears.packages = lambda scope: len(looked.append(scope) or "1")
    listening = ears.listening(FakeInbox([json.dumps(sagemaker_model_package.SAMPLE)] * 2))
    listening.loop.round(Event())
    (look,) = listening.looker.waiting()
    listening.looker.look(look)
    assert [s.targets() for s in looked] == [((Account(OWNER, "prod", (REGION,)), REGION),)]
    assert ears.woken


def test_a_hint_at_a_monitors_run_is_looked_at_once(ears: Ears) -> None:
    """After the message is gone: the poll is the net."""
    looked: list[Scope] = []
    ears.runs = lambda scope: len(looked.append(scope) or "1")
    inbox = FakeInbox([json.dumps(sagemaker_schedule.SAMPLE)] * 3)
    listening = ears.listening(inbox)
    listening.loop.round(Event())
    assert inbox.messages == []
    listening.looker.look(Look(OWNER, REGION, "x"))
    assert [s.targets() for s in looked] == [((Account(OWNER, "prod", (REGION,)), REGION),)]


def test_a_changed_alarm_is_looked_at(ears: Ears) -> None:
    """Its new description is known then, and its state where that is news."""
    assert ears.sky is not None
    ears.sky.hold(described())
    ears.listening(FakeInbox()).looker.look(Look(HUB, REGION, described().arn, "alarm"))
    assert only(ears).state.status is Status.OPEN
    ears.hear(event())
    assert only(ears).state.runs == 1
    before = only(ears).log
    ears.sky.hold(replace(described(), state=AlarmState.INSUFFICIENT_DATA, state_at=at(99), reason=CREATED))
    ears.listening(FakeInbox()).looker.look(Look(HUB, REGION, described().arn, "alarm"))
    assert only(ears).log == before, "one that was made anew was never judged: that is no news"


def test_one_bad_message_takes_nothing_from_the_others(ears: Ears) -> None:
    """Malformed, of a stranger, breaking its reader in the middle of the transaction."""
    stranger = event().replace(HUB, "999999999999")

    class Odd(FakeIncidents):
        """Breaks on one service, whoever else is in the same change."""

        def change(self, places: Any, step: Any, **more: Any) -> None:
            """Raises what nobody expects."""
            if any(place.service == "odd" for place in places):
                raise ZeroDivisionError
            super().change(places, step, **more)

    ears.incidents = Odd(fold)
    odd = json.dumps({**report.SAMPLE, "detail": {**report.SAMPLE["detail"], "service": "odd"}})
    inbox = ears.hear("{", stranger, odd, event(), rounds=2)
    assert [m.body for m in inbox.messages] == ["{", stranger, odd]
    assert ears.tally.refusals == {
        "0": "it is not JSON",
        "1": "account 999999999999 is not in the fleet",
        "2": "it broke its reader",
    }
    assert only(ears).place.service == "bank-marketing"


def test_nothing_leaves_the_queue_while_the_store_is_down(ears: Ears) -> None:
    """What was passed over is counted again, what was told is not told twice."""
    ears.incidents = BrokenIncidents(fold)
    ears.incidents.downs = 1
    inbox = FakeInbox([event(), event("OK", FINE, "ALARM")])
    loop = ears.listening(inbox).loop
    with pytest.raises(StoreDown):
        loop.round(Event())
    assert len(inbox.messages) == 2
    loop.round(Event())
    assert (inbox.messages, len(only(ears).log)) == ([], 2)


@pytest.fixture
def stored(engine: Engine, ears: Ears) -> Ears:
    """The same over a real database of each kind."""
    ears.incidents, ears.tally = SqlIncidents(engine, fold), SqlTally(engine)
    return ears


def test_on_a_real_database_a_batch_is_one_transaction(stored: Ears) -> None:
    """Ten alarms of five services, doubles and disorder among them; names passed over are bounded."""
    bodies = [event(name=f"a-{n}").replace("bank-marketing", f"bank-{n % 5}") for n in range(8)]
    fine = event("OK", FINE, "ALARM", "a-3").replace("bank-marketing", "bank-3")
    stored.hear(*bodies, bodies[0], fine)
    stored.hear(*bodies)
    found = stored.incidents.list(stored.now())
    assert sorted(i.place.service for i in found) == ["bank-0", "bank-1", "bank-2", "bank-4"]
    assert [sum(len(i.state.bad_rows) for i in found), sum(i.state.runs for i in found)] == [7, 7]
    strange = {**cloudwatch_alarm.SAMPLE, "source": "com.example"}
    stored.hear(*(json.dumps({**strange, "detail-type": f"Kind {n}"}) for n in range(230)), rounds=23)
    counted = stored.tally.counted()
    assert (len(counted), sum(one.count for one in counted)) == (201, 230)
    assert stored.tally.reasons(["none"]) == {}
