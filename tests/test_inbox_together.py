"""While the queue gives whole tens, several receives share a transaction; what one of them breaks the others keep."""

import json
from datetime import UTC, datetime
from threading import Event as Signal
from typing import Any

import pytest

from bot.alerts.inbox import MOST_TOGETHER
from bot.alerts.sources import cloudwatch_alarm
from bot.errors import SourceError, StoreDown
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.event import Message
from sandbox.fakes import BrokenIncidents
from sandbox.fakes_fleet import FakeInventory, StillClock
from sandbox.fakes_inbox import Ears, FakeInbox

NOW = datetime(2026, 11, 20, 14, 10, tzinfo=UTC)


class CountingIncidents(BrokenIncidents):
    """How many transactions there were."""

    changes = 0

    def change(self, *args: Any, **more: Any) -> None:
        """One more."""
        super().change(*args, **more)
        self.changes += 1


class FailingInbox(FakeInbox):
    """Of which a receive fails that does not wait."""

    def receive(self, *, wait: bool = True) -> tuple[Message, ...]:
        """Raises SourceError unless it may wait."""
        if not wait:
            raise SourceError("SQS did not answer", "Try again.")
        return super().receive(wait=wait)


class Stage:
    """A store that counts, and a fleet of the alarm's account."""

    def __init__(self) -> None:
        self.incidents = CountingIncidents(fold)
        self.inventory = FakeInventory()
        account = str(cloudwatch_alarm.SAMPLE["account"])
        self.inventory.remember((Account(account, "prod", (cloudwatch_alarm.SAMPLE["region"],)),), NOW)

    def round(self, inbox: FakeInbox, stop: Signal | None = None) -> None:
        """One of the loop's."""
        Ears(StillClock(NOW), self.inventory, self.incidents).listening(inbox).loop.round(stop or Signal())

    @property
    def services(self) -> set[str]:
        """Of the incidents that there are."""
        return {incident.service.name for incident in self.incidents.list(NOW)}


def bodies(many: int) -> list[str]:
    """As many services' alarms that fire."""
    text = json.dumps(cloudwatch_alarm.SAMPLE)
    return [text.replace("bank-marketing", f"service-{n}") for n in range(many)]


@pytest.mark.parametrize(("there", "taken"), [(9, 9), (10, 10), (25, 25), (MOST_TOGETHER + 30, MOST_TOGETHER)])
def test_what_waits_in_whole_tens_is_one_transaction(there: int, taken: int) -> None:
    """Up to the most, all are recorded together and leave the queue; the rest is left for the next round."""
    stage, inbox = Stage(), FakeInbox(bodies(there))
    stage.round(inbox)
    assert (len(stage.services), stage.incidents.changes, len(inbox.messages)) == (taken, 1, there - taken)


def test_a_receive_that_fails_takes_nothing_from_those_before() -> None:
    """What is in hand is recorded and deleted; nobody waits for it to come again."""
    stage, inbox = Stage(), FailingInbox(bodies(15))
    stage.round(inbox)
    assert (len(stage.services), len(inbox.messages)) == (10, 5)


def test_whoever_is_stopped_receives_no_more_and_deletes_nothing() -> None:
    """The first ten come again."""
    stage, inbox, stop = Stage(), FakeInbox(bodies(15)), Signal()
    stop.set()
    stage.round(inbox, stop)
    assert (stage.services, len(inbox.messages)) == (set(), 15)
    assert [m.received for m in inbox.messages] == [1] * 10 + [0] * 5


def test_a_store_that_is_down_leaves_all_of_them_in_the_queue() -> None:
    """None of fifty is lost or half taken, and all are taken when they come again."""
    stage, inbox = Stage(), FakeInbox(bodies(30))
    stage.incidents.downs = 1
    with pytest.raises(StoreDown, match="does not answer"):
        stage.round(inbox)
    assert (stage.services, len(inbox.messages)) == (set(), 30)
    stage.round(inbox)
    assert (len(stage.services), len(inbox.messages)) == (30, 0)


def test_the_same_change_twice_in_different_receives_counts_once() -> None:
    """SQS may give a message twice; the second copy changes nothing and leaves the queue too."""
    stage, inbox = Stage(), FakeInbox([*bodies(12), bodies(1)[0]])
    stage.round(inbox)
    (first,) = [i for i in stage.incidents.list(NOW) if i.service.name == "service-0"]
    assert (len(first.log), len(inbox.messages)) == (1, 0)


def test_a_malformed_one_among_many_is_refused_alone() -> None:
    """The others of its transaction are taken."""
    stage, inbox = Stage(), FakeInbox([*bodies(14), "{"])
    stage.round(inbox)
    assert (len(stage.services), [m.body for m in inbox.messages]) == (14, ["{"])
