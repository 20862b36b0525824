"""What a card of operations is titled: the endpoint, the job, the alarm, since a service has no operations."""

from dataclasses import replace

import pytest

from bot.logic import phrases
from bot.logic.arns import alarm_arn
from bot.logic.cards import card
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Act, Click, Entry, Incident, Queued
from bot.model.observation import (
    DELETED,
    ENDPOINT_FAILED,
    JOB_FAILED,
    LEFT,
    NO_DATA,
    ROLLED_BACK,
    Finding,
    Observation,
    Reading,
    Row,
    Subject,
    Verdict,
)
from bot.model.place import Family, Place, Service
from sandbox.fakes import at

HOME = "222222222222"
ACCOUNTS = {HOME: Account(HOME, "ml-production", ("us-west-2",))}
ERRORS, LATENCY = (Row(f"alarm: {name}", "GreaterThanThreshold") for name in ("bank-errors", "bank-latency"))
BY_HAND = Click("click", Act.RESOLVE, at(2), "U1")


def said(hour: float, row: Row, verdict: Verdict = Verdict.BAD, who: str = "") -> Observation:
    """By an alarm or an endpoint."""
    name = row.alarm or who or "loan-1"
    arn = alarm_arn("us-west-2", HOME, name) if row.alarm or who else f"arn:aws:sagemaker:us-west-2:{HOME}:endpoint/x"
    reading = Reading(9.0, 2.0) if row.alarm else Reading()
    return Observation(
        f"{name}:{row}:{hour}", Subject(arn, name), at(hour), (Finding(row, verdict, reading),), complete=False
    )


def incident(*log: Entry, family: Family = Family.OPERATIONS) -> Incident:
    """Of the service loan."""
    place = Place(HOME, "us-west-2", "loan", family)
    return Incident(4, place, Service("loan", "tag"), log, Queued(), fold(log, at(9)))


TITLES: dict[str, tuple[tuple[Entry, ...], str]] = {
    "failed": ((said(1, ENDPOINT_FAILED),), "endpoint failed"),
    "good again": ((said(1, ENDPOINT_FAILED), said(2, ENDPOINT_FAILED, Verdict.GOOD)), "endpoint is good again"),
    "job": ((said(1, JOB_FAILED), said(2, JOB_FAILED, Verdict.GOOD)), "processing job is good again"),
    "link": ((said(1, LEFT), said(2, LEFT, Verdict.GOOD)), "account link is good again"),
    "two": (
        (
            said(1, ENDPOINT_FAILED),
            said(1.1, ROLLED_BACK),
            said(2, ENDPOINT_FAILED, Verdict.GOOD),
            said(2, ROLLED_BACK, Verdict.GOOD),
        ),
        "deployment and 1 more are good again",
    ),
    "by hand": ((said(1, ENDPOINT_FAILED), BY_HAND), "endpoint was resolved by hand"),
    "deleted": ((said(1, ENDPOINT_FAILED), said(2, DELETED, Verdict.GONE)), "endpoint was deleted"),
    "alarm": ((said(1, ERRORS),), "alarm bank-errors fired"),
    "alarms": ((said(1, ERRORS), said(1, LATENCY)), "alarm bank-errors and 1 more fired"),
    "alarm good again": ((said(1, ERRORS), said(2, ERRORS, Verdict.GOOD)), "alarm bank-errors is good again"),
    "blind alarm": ((said(1, NO_DATA, Verdict.BLIND, "bank-errors"),), "alarm bank-errors cannot be judged"),
}


@pytest.mark.parametrize(("log", "title"), TITLES.values(), ids=TITLES)
def test_a_card_of_operations_names_what_it_is_about(log: tuple[Entry, ...], title: str) -> None:
    """In every state, and nowhere as if the family were a thing."""
    found = incident(*log)
    assert phrases.heading(found) == f"loan: {title}"
    told = "".join(map(str, card(found, at(9), ACCOUNTS).text))
    assert "operations" not in f"{told} {phrases.broken(found)}"


def test_a_family_that_says_what_it_is_of_keeps_its_name() -> None:
    """Many constraints are one model's quality."""
    fired = incident(said(1, ERRORS), family=Family.MODEL_QUALITY)
    assert phrases.heading(fired) == "loan: model quality alarm fired"
    over = incident(said(1, ERRORS), said(2, ERRORS, Verdict.GOOD), family=Family.MODEL_QUALITY)
    assert phrases.heading(over) == "loan: model quality is good again"
    assert phrases.heading(replace(over, service=Service("bank"))).startswith("bank: ")
