"""What a monitor that cannot judge, does not run or is no more says, from end to end: in the world, then in Slack."""

from collections.abc import Callable
from typing import Any, TypeVar

from sandbox.demo import Demo
from sandbox.driver import Declined, Driver, text_of, until
from sandbox.world import fleet

T = TypeVar("T")
Json = dict[str, Any]


def cards(drive: Driver) -> list[Json]:
    """The cards in #ml-alerts, oldest first."""
    return [m for m in drive.messages("maya") if (m.get("blocks") or [{}])[0].get("type") == "header"]


def card(drive: Driver, account: str, *says: str) -> Json:
    """An account's newest card, once it says all of this."""
    return until(lambda: newest(drive, account, *says), f"a card of {account} that says {says}")


def newest(drive: Driver, account: str, *says: str) -> Json:
    """The same, if it does now."""
    found = [m for m in cards(drive) if account in text_of(m)]
    text = text_of(found[-1]) if found else ""
    return found[-1] if found and all(part in text for part in says) else {}


def told(drive: Driver, parent: Json, *says: str) -> list[Json]:
    """The card's thread, once a message says all of this."""
    return until(lambda: thread(drive, parent, *says), f"a thread that says {says}")


def thread(drive: Driver, parent: Json, *says: str) -> list[Json]:
    """The same, if it does now."""
    found = drive.messages("maya", thread_ts=parent["ts"])[1:]
    return found if any(all(part in text_of(m) for part in says) for m in found) else []


def soon(drive: Driver, look: Callable[[], T]) -> T:
    """What is found within some hours: what the list of schedules says is told by the poll after it."""
    for _ in range(4):
        try:
            return until(look, "what the list says", within_s=1.5)
        except AssertionError:
            drive.world("next_hour")
    return until(look, "what the list says")


def acknowledge(drive: Driver) -> Json:
    """Maya takes production's card, however often it is drawn anew; the card then."""

    def press() -> bool:
        try:
            return bool(drive.press("maya", newest(drive, "ml-production", "recall"), "Acknowledge"))
        except Declined:
            return False

    until(press, "the press is taken")
    return card(drive, "ml-production", "Acknowledged", "Maya Okafor")


def pages(drive: Driver) -> int:
    """How many messages stand in the channel itself: cards, and what was said at its bottom."""
    return len(drive.messages("maya"))


def mentions(messages: list[Json]) -> list[str]:
    """What is mentioned in them, however it is written."""
    return [
        text for m in messages for text in (str(m),) if "'type': 'user'" in text or "<@U" in text or "<!sub" in text
    ]


def test_what_keeps_a_monitor_from_judging_is_told_in_words_on_a_card_that_pages_nobody(drive: Driver) -> None:
    """No labels; a job that breaks; a capture that halts; each until it is over."""
    card(drive, "ml-production", "recall")
    drive.world("no_labels", "ml-test")
    blind = card(drive, "ml-test", "cannot be judged", "No ground truth between ", " predictions have a label")
    assert ": 0 of " in text_of(blind)
    assert mentions([blind]) == []
    assert pages(drive) == 2

    drive.world("recover", "ml-test")
    card(drive, "ml-test", "Resolved")
    drive.world("fail_execution", "ml-test")
    again = card(drive, "ml-test", "ran out of memory")
    assert again["ts"] == blind["ts"]

    mine = acknowledge(drive)
    drive.world("drop_capture")
    told(drive, mine, "No captured data between ", "data capture has stopped on the endpoint")
    card(drive, "ml-production", "Acknowledged", "recall", "data capture has stopped")
    drive.world("recover")
    card(drive, "ml-production", "Resolved")
    assert pages(drive) == 2, "none of it was said at the channel's bottom"


def test_the_friday_redeploy_pages_nobody_and_the_acknowledgement_goes_on(drive: Driver) -> None:
    """New endpoint and schedule with today's stamp, the old ones deleted: one card, one owner, one thread."""
    first = card(drive, "ml-production", "recall")
    acknowledge(drive)
    until(lambda: drive.exchanges(text="ListMonitoringSchedules"), "the fleet is listed")
    before = pages(drive)

    new = drive.world("redeploy")["endpoint"]
    soon(drive, lambda: thread(drive, first, "bank-marketing-quality-", "was deleted"))
    drive.world("next_hour")
    same = card(drive, "ml-production", "Acknowledged", "Maya Okafor", new)
    assert same["ts"] == first["ts"]
    said = told(drive, first, f"bank-marketing-quality-{new.removeprefix('bank-marketing-')}")
    assert pages(drive) == before
    assert mentions(said) == []

    drive.world("recover")
    assert card(drive, "ml-production", "Resolved")["ts"] == first["ts"]


def test_a_stopped_monitor_says_so_until_it_runs_again_and_so_does_an_account_without_its_link(
    demo: Demo, drive: Driver
) -> None:
    """By the list of schedules, and that of links; the account's own card, and those of its monitors that are open."""
    card(drive, "ml-production", "recall")
    drive.world("stop_monitor", "ml-test")
    soon(drive, lambda: newest(drive, "bank-marketing in ml-test", "The monitor was stopped and does not run"))
    drive.world("start_monitor", "ml-test")
    card(drive, "bank-marketing in ml-test", "Resolved")

    drive.world("drift", "ml-test")
    again = card(drive, "bank-marketing in ml-test", "recall")
    source = demo.aws.client("oam", fleet.TEST)
    source.delete_link(Identifier=source.list_links()["Items"][0]["Arn"])
    drive.world("next_hour")
    card(drive, "ml-test in ml-test", "account link removed")
    told(drive, again, "nothing of its monitors is read")
    sink = demo.aws.client("oam", fleet.OBSERVABILITY).list_sinks()["Items"][0]["Arn"]
    source.create_link(LabelTemplate="$AccountName", ResourceTypes=["AWS::CloudWatch::Metric"], SinkIdentifier=sink)
    drive.world("next_hour")
    card(drive, "ml-test in ml-test", "Resolved")
