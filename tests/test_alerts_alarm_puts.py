"""An alarm that was put: made, of which nothing is said, or changed, and what of it fires later since."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.alerts.changing import Ours
from bot.alerts.listening import Wanted
from bot.alerts.sources import cloudtrail_change
from bot.errors import AccessDenied
from bot.logic.alarm_event import CREATED
from bot.logic.lifecycle import fold
from bot.logic.moments import moment
from bot.model.account import Account
from bot.model.alarm import Alarm, AlarmState
from bot.model.route import Route
from bot.ports import Failure, Sweep
from bot.render.text import plain_text
from sandbox import fakes_trail as people
from sandbox.fakes import FakeIncidents, FakeRoutes
from sandbox.fakes_alarm import HUB, REGION, alarm
from sandbox.fakes_fleet import StillClock
from sandbox.fakes_inbox import Ears
from sandbox.fakes_trail import Told
from sandbox.fakes_trail_port import BOT_ROLE

ACCOUNT = Account(HUB, "hub", (REGION,), own=True)
FOUND = moment("2026-11-20T16:00:00Z")
assert FOUND is not None
NOW = FOUND
NAME = "bank-marketing-accuracy"
LIMIT = {"alarmName": NAME, "comparisonOperator": "LessThanThreshold", "threshold": 0.8734, "evaluationPeriods": 1}


@pytest.fixture
def ears() -> Ears:
    """The account is known, and one route wants changes."""
    routes = FakeRoutes(Route("ml-governance", changes=True))
    wanted = Wanted(ours=Ours(BOT_ROLE))
    found = Ears(StillClock(NOW), incidents=FakeIncidents(fold), routes=routes, wanted=wanted)
    found.inventory.remember((ACCOUNT,), NOW)
    return found


def put(days: float = 0.0, who: people.Who = people.MAYA, **more: Any) -> dict[str, Any]:
    """The alarm was put so long ago."""
    request = {**LIMIT, "treatMissingData": "ignore", **more}
    return people.record(Told(days, HUB, who, "PutMetricAlarm", request, service="monitoring"), NOW)


def deleted(days: float, *names: str) -> dict[str, Any]:
    """Alarms were deleted so long ago."""
    return people.record(
        Told(days, HUB, people.MAYA, "DeleteAlarms", {"alarmNames": list(names)}, service="monitoring"), NOW
    )


def hear(ears: Ears, body: dict[str, Any], *known: Alarm) -> list[str]:
    """What is said of the call, as text, where the inventory has these; the account tells the call itself too."""
    ears.inventory.keep_alarms([Sweep(HUB, REGION, known)], NOW)
    ears.trailed.records.append(body)
    about = {"account": HUB, "detail": body, "source": "aws.monitoring", "id": body["eventID"]}
    assert ears.hear(json.dumps({**cloudtrail_change.SAMPLE, **about})).messages == []
    return [plain_text(reply) for _, reply in ears.notices.said.values()]


def as_left(seconds: float = 0.0, **more: Any) -> Alarm:
    """As the call of just now left it, in its state for so long before that."""
    return replace(alarm(), changed_at=NOW, state_at=NOW - timedelta(seconds=seconds), **more)


NEW = {"state": AlarmState.INSUFFICIENT_DATA, "reason": CREATED}
MADE = {
    "not judged yet": (as_left(**NEW), ()),
    "kept by the form, a second before its call": (as_left(1, **NEW), ()),
    "judged since": (as_left(-60), ()),
    "made anew after it was deleted": (as_left(-60), (put(9, threshold=0.9), deleted(8, "other", NAME))),
}


@pytest.mark.parametrize(("known", "earlier"), MADE.values(), ids=MADE)
def test_of_an_alarm_that_was_made_nothing_is_said(ears: Ears, known: Alarm, earlier: tuple[Any, ...]) -> None:
    """Its first state is since the call, or its account has no call before that it lived from."""
    ears.trailed.records = list(earlier)
    assert hear(ears, put(), known) == []
    (counted,) = ears.tally.counted()
    assert counted.name.startswith("PutMetricAlarm: made, ")


CHANGED = {
    "loosened": (as_left(-60), (put(9, threshold=0.9),), "limit 0.9 → 0.8734"),
    "loosened before it was ever judged": (as_left(9, **NEW), (put(0.0001, threshold=0.9),), "limit 0.9 → 0.8734"),
    "more periods": (as_left(90), (put(9), put(30, evaluationPeriods=3)), ""),
    "fewer periods before": (as_left(90), (put(9, evaluationPeriods=1),), ""),
    "another treatment": (as_left(90), (put(9, treatMissingData="breaching"),), "missing data breaching → ignore"),
    "of another alarm": (as_left(-60), (put(9, alarmName="other", threshold=0.9),), ""),
    "the same again": (as_left(90), (put(9),), ""),
    "tightened": (as_left(90), (put(9, threshold=0.5),), ""),
    "deleted before that": (as_left(90), (deleted(10, NAME), put(9, threshold=0.9)), "limit 0.9 → 0.8734"),
}


@pytest.mark.parametrize(("known", "earlier", "expected"), CHANGED.values(), ids=CHANGED)
def test_a_change_that_a_poll_listed_first_is_compared_with_the_call_before_it(
    ears: Ears, known: Alarm, earlier: tuple[Any, ...], expected: str
) -> None:
    """As the account's own CloudTrail has that; what fires as soon as before is not told."""
    ears.trailed.records = list(earlier)
    assert [expected in text for text in hear(ears, put(), known)] == [True] * bool(expected)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (as_left(90), f"Alarm {NAME} was changed\n\nHow it was before is not known."),
        (as_left(-60), f"Alarm {NAME} was made or changed\n\nWhether it was there before, and how it was then, is not"),
        (as_left(**NEW), None),
    ],
)
def test_where_the_account_tells_nothing_no_more_is_said_than_is_known(
    ears: Ears, known: Alarm, expected: str | None
) -> None:
    """Neither that it fires later nor that it was there, unless its state tells that."""
    ears.trailed.failures = (Failure(ACCOUNT, REGION, AccessDenied("the role lacks it", "Add it.")),)
    found = hear(ears, put(), known)
    assert [(expected or "") in text for text in found] == [True] * bool(expected)
    assert not any("loosened" in text or "later" in text for text in found)


def test_an_old_alarm_of_which_its_account_has_no_call_is_told_as_changed(ears: Ears) -> None:
    """It was put more than ninety days ago; its state shows that it was there."""
    (text,) = hear(ears, put(), as_left(90))
    assert text.startswith(f"Alarm {NAME} was changed in hub\n")


def test_what_this_bot_puts_is_made(ears: Ears) -> None:
    """It refuses a name that is taken; nobody need be asked."""
    ears.trailed.failures = (Failure(ACCOUNT, REGION, AccessDenied("the role lacks it", "Add it.")),)
    assert hear(ears, put(0.0, people.BOT), as_left(-60)) == []


def test_what_this_bot_put_otherwise_than_it_was_is_told(ears: Ears) -> None:
    """What was known before is compared, whoever acts."""
    known = replace(as_left(90), threshold=0.9, changed_at=NOW - timedelta(days=9))
    (text,) = hear(ears, put(0.0, people.BOT), known)
    assert "limit 0.9 → 0.8734" in text
