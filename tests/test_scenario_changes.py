"""Who changed what, from the call in the world to the message in Slack, and back from an incident to who did it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox.demo import Demo
from sandbox.driver import Driver, text_of, until
from sandbox.world import fleet

Json = dict[str, Any]
ROUTES = """
[[route]]
name = "governance"
family = "governance"
channel = "ml-platform"
changes = true
"""


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """With a trail; a day of history, for a first card."""
    running = Demo(0, history=timedelta(days=1), monitors=("ModelQuality",), trail=True, routes=ROUTES)
    running.start()
    yield running
    running.stop()


def later(demo: Demo, minutes: float) -> None:
    """Let time pass in the world."""
    demo.clock.advance_to(demo.clock.now() + timedelta(minutes=minutes))


def heard(drive: Driver, *says: str) -> Json:
    """The channel's message that says all of this."""
    found = [m for m in drive.messages("ingrid", channel="ml-platform") if all(part in text_of(m) for part in says)]
    return found[-1] if found else {}


def test_a_change_that_belongs_to_no_incident_is_told_in_the_channel(demo: Demo) -> None:
    """Somebody writes the sink's policy anew: where, by which call."""
    drive = Driver(demo.url)
    oam = demo.aws.client("oam", fleet.OBSERVABILITY, fleet.REGION)
    (sink,) = oam.list_sinks()["Items"]
    policy = oam.get_sink_policy(SinkIdentifier=sink["Arn"])["Policy"]
    oam.put_sink_policy(SinkIdentifier=sink["Arn"], Policy=policy)
    later(demo, 2)
    message = until(lambda: heard(drive, "has another policy"), "a change notice")
    assert f"ml-observability ({fleet.OBSERVABILITY})" in text_of(message)
    assert "PutSinkPolicy" in text_of(message)


def test_a_monitor_s_stop_is_told_with_its_person_in_the_card_that_it_explains(demo: Demo) -> None:
    """The card says that nobody judges, its thread who did that."""
    drive = Driver(demo.url)
    drive.world("stop_monitor_as", account=fleet.TEST, person="diego")
    drive.world("next_hour")
    card = until(lambda: card_of(drive, "ml-test"), "a card")
    (said,) = until(lambda: thread(drive, card, "was stopped in ml-test"), "the thread says who")
    assert "diego" in text_of(said)
    assert heard(drive, "was stopped") == {}


def test_an_incident_s_button_says_who_changed_what_in_its_thread(demo: Demo) -> None:
    """Person, act, resource and time for all; how the person is known for whoever pressed."""
    drive = Driver(demo.url)
    drive.world("drift", account=fleet.PRODUCTION)
    drive.world("next_hour")
    card = until(lambda: card_of(drive, "ml-production"), "a card")
    assert drive.press("ingrid", card, "Who Changed It?")["ok"]
    (said,) = until(lambda: thread(drive, card, "by people or pipelines before"), "the thread says it")
    assert "Known by" not in text_of(said)
    until(lambda: [m for m in drive.messages("ingrid") if "Said in the card's thread." in text_of(m)], "the answer")


def card_of(drive: Driver, account: str) -> Json:
    """The first card of an account."""
    found = [m for m in drive.messages("ingrid") if (m.get("blocks") or [{}])[0].get("type") == "header"]
    return next((m for m in found if account in text_of(m) and "Who Changed It?" in text_of(m)), {})


def thread(drive: Driver, parent: Json, says: str) -> list[Json]:
    """Its messages that say so."""
    return [m for m in drive.messages("ingrid", thread_ts=parent["ts"])[1:] if says in text_of(m)]
