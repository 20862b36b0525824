"""A card about what cannot be judged names the endpoint that failed, and the incident of it."""

from dataclasses import replace

import pytest

from bot.incidents import record
from bot.logic.lifecycle import fold
from bot.model.observation import ENDPOINT_FAILED, NO_DATA, ROLLED_BACK, Finding, Observation, Row, Subject, Verdict
from bot.model.place import Family, Place, Service
from bot.model.post import CardKey
from bot.render.text import plain_text
from bot.slack.drawing import Drawing
from sandbox.fakes import FakeIncidents, FakeRoutes, at, run
from sandbox.fakes_fleet import FakeInventory, StillClock

PROD, REGION, SERVICE = "222222222222", "us-west-2", Service("loan", "tag")
MONITOR = Subject("arn:schedule", "loan-quality", "loan-2026")
QUALITY = Place(PROD, REGION, "loan", Family.MODEL_QUALITY)
OPERATIONS = replace(QUALITY, family=Family.OPERATIONS)
BLIND = Observation("blind", MONITOR, at(3), (Finding(NO_DATA, Verdict.BLIND, note="no traffic"),), complete=False)
SAID = "Probable cause: its endpoint loan-2026 failed (#"


def endpoint(
    hour: float, row: Row = ENDPOINT_FAILED, verdict: Verdict = Verdict.BAD, name: str = "loan-2026"
) -> Observation:
    """What an event tells of it."""
    who = Subject(f"arn:aws:sagemaker:{REGION}:{PROD}:endpoint/{name}", name, name)
    return Observation(f"{name}:{row}:{hour}", who, at(hour), (Finding(row, verdict),), complete=False)


def card(*heard: tuple[Place, Observation]) -> str:
    """The card of the monitor's incident, as the poster draws it."""
    store = FakeIncidents(fold)
    for place, one in heard:
        record(store, [(place, SERVICE, one)], FakeRoutes().route, one.at)
    found = store.at(QUALITY, at(5))
    assert found is not None
    return plain_text(Drawing(store, FakeInventory(), StillClock(at(5))).card(CardKey(found.number, 1))[0])


def test_an_endpoint_that_failed_is_told_as_the_cause_with_its_incident() -> None:
    """Beside what the monitor itself knows."""
    text = card((OPERATIONS, endpoint(2)), (QUALITY, BLIND))
    assert f"{SAID}1)." in text
    assert "cannot be judged: no traffic" in text


@pytest.mark.parametrize(
    "heard",
    [
        [(OPERATIONS, endpoint(1)), (OPERATIONS, endpoint(2, verdict=Verdict.GOOD)), (QUALITY, BLIND)],
        [(OPERATIONS, endpoint(2, name="loan-2025")), (QUALITY, BLIND)],
        [(OPERATIONS, endpoint(2, ROLLED_BACK)), (QUALITY, BLIND)],
        [(QUALITY, BLIND), (OPERATIONS, endpoint(4))],
        [(replace(OPERATIONS, service="bank"), endpoint(2)), (QUALITY, BLIND)],
        [(replace(OPERATIONS, account_id="333333333333"), endpoint(2)), (QUALITY, BLIND)],
        [(OPERATIONS, endpoint(2)), (QUALITY, run(3, {"accuracy": 0.5}))],
        [(QUALITY, BLIND)],
    ],
    ids=[
        "good again",
        "another endpoint",
        "rolled back: the old one serves",
        "failed later",
        "another service",
        "another account",
        "it can judge",
        "nothing failed",
    ],
)
def test_nothing_else_is_taken_for_the_cause(heard: list[tuple[Place, Observation]]) -> None:
    """Nobody is sent after what did not make the monitor blind."""
    assert "Probable cause" not in card(*heard)
