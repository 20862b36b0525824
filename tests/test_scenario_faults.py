"""What goes wrong, and what people meet then."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from bot.app import aws_settings
from bot.outside import World
from bot.redriving import Wish, redriven
from sandbox.demo import Demo
from sandbox.driver import Driver, text_of, until
from sandbox.world import alarms, fleet

Json = dict[str, Any]
PROD, TEST = "222222222222", "333333333333"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all of this file."""
    settings = {"answer_seconds": 6}
    demo = Demo(0, tmp_path_factory.mktemp("faults"), history=timedelta(hours=30), settings=settings)
    demo.start()
    yield demo
    demo.stop()


@pytest.fixture(scope="module")
def drive(running: Demo) -> Driver:
    """The bot is connected and its first card stands."""
    driver = Driver(running.url)
    until(lambda: cards(driver, "ml-production"), "the first card")
    return driver


def cards(drive: Driver, label: str) -> list[Json]:
    """The cards of an account."""
    found = [m for m in drive.messages("maya") if (m.get("blocks") or [{}])[0].get("type") == "header"]
    return [m for m in found if f"in {label}" in text_of(m)]


def fault(drive: Driver, **order: Any) -> None:
    """Order a fault."""
    drive.post("/_sandbox/fault", **order)


def answer(drive: Driver, line: str, who: str = "maya") -> str:
    """What a person is told after typing a line."""
    return text_of(drive.answer(who, line, within_s=40))


def partial(drive: Driver, **order: Any) -> str:
    """An answer without the test account, whose list calls go wrong. A poll can meet the fault first: asked again."""

    def asked() -> str:
        fault(drive, account=TEST, operation="ListMonitoringExecutions", **order)
        said = answer(drive, "/ml violations since=2d")
        return said if "ml-test did not answer" in said else ""

    return until(asked, f"an answer without ml-test after {order}", within_s=60)


def fresh_card(drive: Driver, **order: Any) -> list[Json]:
    """The test account's cards after its model broke anew while something goes wrong; it is healthy again after."""
    before = len(cards(drive, "ml-test"))
    fault(drive, **order)
    drive.world("drift", "ml-test")
    until(lambda: len(cards(drive, "ml-test")) > before, f"a card in spite of {order}", within_s=40)
    time.sleep(2.5)
    found = cards(drive, "ml-test")[before:]
    drive.world("recover", "ml-test")
    until(lambda: "Resolved" in text_of(cards(drive, "ml-test")[-1]), "it resolves", within_s=40)
    for _ in range(7):  # more than three changes in six hours would be flapping, which posts no cards
        drive.world("next_hour")
    return found


@pytest.mark.parametrize("slack", ["lose_reply", "429", "500", "invalid_blocks"])
def test_a_card_arrives_once_in_spite_of_slack(drive: Driver, slack: str) -> None:
    """Its reply lost, refused for now, failed, its blocks refused."""
    assert len(fresh_card(drive, slack=slack, times=1)) == 1


def test_one_account_without_rights_hides_no_other(drive: Driver) -> None:
    """The others answer; a line names the role, the action and what to do."""
    said = partial(drive, aws="deny", times=1)
    assert "sagewatch-read" in said
    assert "sagemaker:ListMonitoringExecutions" in said
    assert "bank-marketing" in said


@pytest.mark.parametrize(("kind", "times", "word"), [("throttle", 8, "throttles"), ("timeout", 1, "within")])
def test_an_account_that_is_slow_is_named(drive: Driver, kind: str, times: int, word: str) -> None:
    """Throttled through every retry, or silent beyond the deadline."""
    said = partial(drive, aws=kind, times=times)
    assert word in said.lower()
    assert "bank-marketing" in said
    until(lambda: "did not answer" not in answer(drive, "/ml violations since=1d"), "it recovers", within_s=60)


def test_what_nobody_understands_becomes_a_dead_letter_and_is_brought_back(running: Demo, drive: Driver) -> None:
    """The doctor tells that it lies there and why; `redrive` puts it back into the queue."""
    sqs, url = running.aws.client("sqs", fleet.OBSERVABILITY), alarms.queue_url(running.aws)
    dead, counted = f"{url}-dead", ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def lie(there: str) -> int:
        found = sqs.get_queue_attributes(QueueUrl=there, AttributeNames=counted)["Attributes"]
        return sum(map(int, found.values()))

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})  # else it takes 2.5 minutes
    drive.post("/_sandbox/queue", body="{")
    until(lambda: lie(dead) == 1, "it is received too often", within_s=30)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30"})
    said = answer(drive, "/ml doctor", "priya")
    assert "a dead-letter queue with 1 message that could not be taken" in said
    assert "1 message refused within a day, the last because it is not JSON" in said
    keys = next(account for account in drive.state()["accounts"] if account["id"] == fleet.OBSERVABILITY)
    session = boto3.Session(keys["access_key_id"], keys["secret_access_key"], region_name=fleet.REGION)
    settings, world, told = running.settings(), World(session=session, aws_url=running.aws.endpoint_url), list[str]()
    for wish in (Wish(only_look=True), Wish()):
        redriven(settings, world, aws_settings(settings, world), wish, told.append)
    assert told == ["Dead: 1\n      1  it is not JSON\n", "Put back: 1\n      1  it is not JSON\n"]
    assert (lie(url), lie(dead)) == (1, 0)
    sqs.purge_queue(QueueUrl=url)


@pytest.mark.parametrize("slack", ["refresh", "cut"])
def test_the_line_survives(drive: Driver, slack: str) -> None:
    """Slack refreshes its connections and lines break; afterwards the bot answers as before."""
    fault(drive, slack=slack, times=1)

    def asked() -> bool:
        return bool(drive.state()["ready"] and drive.say("maya", "/ml incidents")["ok"])

    until(asked, "the bot answers again", within_s=20)


def test_a_mention_that_is_delivered_twice_is_answered_once(drive: Driver) -> None:
    """Slack did not hear the acknowledgement and sends it again."""
    fault(drive, slack="lose_ack", times=1)
    drive.say("maya", "@Sagewatch incidents", channel="ml-platform")
    asked = drive.messages("maya", channel="ml-platform")[-1]

    def replies() -> list[Json]:
        return drive.messages("maya", channel="ml-platform", thread_ts=asked["ts"])[1:]

    until(replies, "an answer")
    time.sleep(5)
    assert len(replies()) == 1


def test_a_click_whose_acknowledgement_is_lost_is_stored(drive: Driver) -> None:
    """Its sender sees a warning, the card sees the click."""
    card = cards(drive, "ml-production")[0]
    fault(drive, slack="lose_ack", times=1)
    drive.press("maya", card, "Acknowledge")
    until(lambda: "Maya Okafor" in text_of(cards(drive, "ml-production")[0]), "the card says who has it")


def test_a_dead_database_is_said_and_nothing_is_lost(drive: Driver, running: Demo) -> None:
    """A command says it, a form says "may not be saved", a click says it; afterwards all is as before."""
    card = cards(drive, "ml-production")[0]
    drive.press("maya", card, "Extend…" if "Acknowledged" in text_of(card) else "With reason and end…")
    view = until(lambda: drive.views("maya"), "the form opens")[-1]
    database = Path(str(running.folder)) / "sagewatch.db"
    hidden = database.with_suffix(".hidden")
    database.rename(hidden)
    try:
        assert "database" in answer(drive, "/ml incidents").lower()
        drive.submit("maya", view, {"reason": "unsure", "end": "4h"})
        left = until(lambda: drive.views("maya"), "the form stays")[-1]
        assert "may not be saved" in str(left["blocks"])
    finally:
        hidden.rename(database)
    until(lambda: "bank-marketing" in answer(drive, "/ml incidents"), "the store answers again", within_s=30)
