"""Nothing leaves the queue before what it changed is stored: what was counted, looked at, refused for good."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import Event
from typing import Any

import pytest

from bot.alerts.batch import Batch, Item
from bot.alerts.giving_up import MOST_RECEIVES
from bot.alerts.listening import Listening
from bot.alerts.looker import MOST_WANTED
from bot.alerts.sources import cloudtrail_change, cloudwatch_alarm, sagemaker_schedule
from bot.errors import BotError, StoreDown, Unsaved
from bot.logic.lifecycle import fold
from bot.logic.moments import moment
from bot.model.account import Account
from bot.model.event import Message
from bot.model.news import Look
from bot.model.passing import Passing
from sandbox.fakes import FakeIncidents, down
from sandbox.fakes_fleet import StillClock
from sandbox.fakes_inbox import Ears, FakeInbox
from sandbox.fakes_tally import FakeTally

HUB, OWNER, REGION = "111111111111", "222222222222", "us-west-2"
NOW = moment("2026-11-20T16:00:00Z")
ALARM = json.dumps(cloudwatch_alarm.SAMPLE)
SCALING = ALARM.replace("bank-marketing-accuracy", "TargetTracking-endpoint/bank/variant/AllTraffic-AlarmLow-3f")
STRANGE = json.dumps({**cloudwatch_alarm.SAMPLE, "source": "aws.sagemaker", "detail-type": "Brand New"})
BY_AWS = {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}
CHANGE = json.dumps(
    {**cloudtrail_change.SAMPLE, "detail": {**cloudtrail_change.SAMPLE["detail"], "userIdentity": BY_AWS}}
)
HINT = json.dumps(sagemaker_schedule.SAMPLE)


class AwayIncidents(FakeIncidents):
    """The database takes nothing, once."""

    downs = 1

    def change(self, *args: Any, **more: Any) -> None:
        """Raises Unsaved the first time."""
        if self.downs:
            self.downs -= 1
            raise Unsaved("the database is away", "Wait.")
        super().change(*args, **more)


class AwayTally(FakeTally):
    """The same of what is counted and what was refused."""

    downs = 1

    def count(self, passed: Iterable[Passing], now: datetime) -> None:
        """Raises StoreDown the first time."""
        self._fail()
        super().count(passed, now)

    def refuse(self, reasons: Mapping[str, str], now: datetime) -> None:
        """Raises StoreDown the first time."""
        self._fail()
        super().refuse(reasons, now)

    def _fail(self) -> None:
        if self.downs:
            self.downs -= 1
            raise StoreDown("the database is away", "Wait.")


def ears(**more: Any) -> Ears:
    """The fleet is known."""
    assert NOW is not None
    found = Ears(StillClock(NOW), **{"incidents": FakeIncidents(fold), **more})
    found.inventory.remember((Account(HUB, "hub", (REGION,), own=True), Account(OWNER, "prod", (REGION,))), NOW)
    return found


def bodies(inbox: FakeInbox) -> list[str]:
    """What is left."""
    return [message.body for message in inbox.messages]


def failing_round(listening: Listening) -> None:
    """One that the database breaks."""
    with pytest.raises(BotError, match="the database is away"):
        listening.loop.round(Event())


def test_what_is_to_be_counted_waits_for_what_is_recorded_beside_it() -> None:
    """It is counted once, with its sample, when the database is back."""
    heard, inbox = ears(incidents=AwayIncidents(fold)), FakeInbox([STRANGE, ALARM])
    listening = heard.listening(inbox)
    failing_round(listening)
    assert (bodies(inbox), heard.tally.passed) == ([STRANGE, ALARM], [])
    listening.loop.round(Event())
    (passed,) = heard.tally.passed
    assert (bodies(inbox), passed.name) == ([], "aws.sagemaker / Brand New")
    assert passed.sample


@pytest.mark.parametrize("passed_over", [STRANGE, SCALING, CHANGE])
def test_what_could_not_be_counted_stays_and_nothing_else_does(passed_over: str) -> None:
    """Unknown events, alarms and changes that are counted only. The alarm beside them counts once."""
    heard, inbox = ears(tally=AwayTally()), FakeInbox([passed_over, ALARM, HINT])
    listening = heard.listening(inbox)
    failing_round(listening)
    assert bodies(inbox) == [passed_over]
    assert [look.at for look in listening.looker.waiting()] == ["runs"]
    listening.loop.round(Event())
    (incident,) = heard.incidents.list(heard.now())
    assert (bodies(inbox), len(heard.tally.passed), len(incident.log)) == ([], 1, 1)


def test_nothing_is_received_while_the_database_is_away() -> None:
    """After a round that failed it is asked first: good messages never come near the dead letters for its sake."""
    heard, inbox = ears(incidents=AwayIncidents(fold)), FakeInbox([ALARM])
    listening, known = heard.listening(inbox), heard.inventory.seen_at
    failing_round(listening)
    (message,) = inbox.messages
    heard.inventory.seen_at = down  # type: ignore[method-assign,assignment]
    for _ in range(9):
        with pytest.raises(StoreDown):
            listening.loop.round(Event())
    assert inbox.messages == [message], "received once"
    heard.inventory.seen_at = known  # type: ignore[method-assign]
    listening.loop.round(Event())
    assert (inbox.messages, len(heard.incidents.list(heard.now()))) == ([], 1)


def test_what_is_told_in_part_stays_until_the_rest_is_counted() -> None:
    """One message may hold a change that is told and one that is not."""
    told = Item(Message("1", "r", "{}", 1), outcome="taken", uncounted=(Passing("alarm", "told by its series"),))
    batch = Batch([told])
    assert batch.done == []
    told.uncounted = ()
    assert batch.done == [told.message]


def test_a_hint_that_nobody_takes_down_stays() -> None:
    """Too much waits to be looked at; the next time there is room."""
    heard, inbox = ears(), FakeInbox([HINT, ALARM])
    listening = heard.listening(inbox)
    assert listening.looker.want([Look(OWNER, REGION, f"arn:{n}", "alarm") for n in range(MOST_WANTED)])
    listening.loop.round(Event())
    assert bodies(inbox) == [HINT]
    assert len(listening.looker.waiting()) == MOST_WANTED
    roomy = heard.listening(inbox)
    roomy.loop.round(Event())
    assert (bodies(inbox), len(roomy.looker.waiting())) == ([], 1)


def test_what_is_given_up_leaves_once_its_reason_is_kept() -> None:
    """Else nobody could ever tell what became of it."""
    heard, inbox = ears(tally=AwayTally()), FakeInbox(["{"], received=MOST_RECEIVES - 1)
    listening = heard.listening(inbox)
    listening.loop.round(Event())
    assert bodies(inbox) == ["{"]
    listening.loop.round(Event())
    assert (bodies(inbox), heard.tally.refusals) == ([], {"0": "it is not JSON"})
