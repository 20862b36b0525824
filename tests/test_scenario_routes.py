"""Routes from a file, in a world with a bot: where cards go, whom /ml route names, the day's digest, a change."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo import ROUTES, Demo, routes
from sandbox.driver import Driver, text_of, until

Json = dict[str, Any]
FILE = """
[[route]]
name = "nowhere"
account = "333333333333"
channel = "not-there"

[[route]]
name = "production"
account = "222222222222"
severity = "high"
channel = "ml-platform"
group = "S0MLONCALL"
hand_off = ["pager", "tickets"]

[[service]]
name = "bank-marketing"
team = "campaigns"
severity = "high"
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """With routes of its own."""
    started = Demo(0, tmp_path_factory.mktemp("routes"), history=timedelta(hours=3), routes=FILE)
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def drive(demo: Demo) -> Driver:
    """Drives it."""
    return Driver(demo.url)


def told(drive: Driver, what: str, channel: str) -> Json:
    """The first message of a channel that says it."""

    def look() -> Json | None:
        return next((m for m in drive.messages("priya", channel=channel) if what in text_of(m)), None)

    return until(look, f"{what} in #{channel}") or {}


def test_a_card_goes_where_the_file_says(drive: Driver) -> None:
    """By what the settings say of its service."""
    assert "in ml-production" in text_of(told(drive, "bank-marketing", "ml-platform"))


def handed(drive: Driver, to: str) -> list[tuple[str, str]]:
    """What the sandbox's receiver got, and what it said, in order."""
    got = (one for one in drive.get("/_sandbox/handed")["received"] if one["to"] == to)
    return [(one["event"].get("event_action") or one["event"]["action"], one["said"]) for one in got]


def test_a_route_to_a_channel_that_there_is_not_leads_to_the_default_one_and_says_so(drive: Driver) -> None:
    """With the cause; the card stands there."""
    drive.world("drift", "ml-test")
    assert "is shown here: The bot is in no channel not-there." in text_of(told(drive, "not-there", "ml-alerts"))
    told(drive, "in ml-test", "ml-alerts")


def answer(drive: Driver, line: str) -> str:
    """What an admin is told."""
    return text_of(drive.answer("priya", line))


def test_route_says_whom_it_calls_and_why(demo: Demo, drive: Driver) -> None:
    """Slack tells who is in the group."""
    text = answer(drive, "/ml route")
    assert "3 routes; the first that fits holds" in text
    assert all(one in text for one in ("Maya Okafor", "Diego", "everything else", str(demo.folder)))
    assert "Not 1 nowhere: its account is 222222222222." in answer(drive, "/ml route bank-marketing")


def test_a_change_holds_without_a_restart_and_the_digest_of_a_new_hour_comes(demo: Demo, drive: Driver) -> None:
    """Of that route's incidents, in that route's channel, in which nobody is mentioned."""
    assert demo.folder is not None
    hour = demo.clock.now() - timedelta(minutes=5)
    file = demo.folder / ROUTES
    file.write_text(
        f'{FILE}\n[[route]]\nchannel = "ml-alerts"\n'.replace("S0MLONCALL", f'S0MLONCALL"\ndigest = "{hour:%H:%M}')
    )
    until(lambda: "4 routes" in answer(drive, "/ml route"), "the change holds")
    drive.world("next_hour")
    text = text_of(told(drive, "Daily digest", "ml-platform"))
    assert "1 open" in text
    assert "ml-production" in text
    assert "ml-test" not in text
    assert not any("Daily digest" in text_of(m) for m in drive.messages("priya", channel="ml-alerts"))


def test_a_mistake_is_told_by_route_and_doctor_and_the_former_routes_hold(demo: Demo, drive: Driver) -> None:
    """With its line."""
    assert demo.folder is not None
    (demo.folder / ROUTES).write_text('[[route]]\nchanel = "ml-alerts"\n')
    until(lambda: "line 2: there is no chanel here; did you mean channel?" in answer(drive, "/ml route"), "it is told")
    assert "4 routes" in answer(drive, "/ml route")
    assert "there is no chanel here" in answer(drive, "/ml doctor")


def test_a_pager_and_a_webhook_hear_of_it_until_it_is_over(drive: Driver) -> None:
    """Triggered, acknowledged, resolved by the key of the episode; what is refused is told by doctor."""
    until(lambda: ("trigger", "alert opened") in handed(drive, "pagerduty"), "the pager is called")
    first = next(o["event"] for o in drive.get("/_sandbox/handed")["received"] if o["to"] == "pagerduty")
    number = first["payload"]["summary"].partition("#")[2].split()[0]
    drive.say("maya", f"/ml ack {number}")
    until(lambda: ("acknowledge", "alert acknowledged") in handed(drive, "pagerduty"), "the pager knows who has it")
    until(lambda: ("acknowledge", "kept") in handed(drive, "webhook"), "the webhook does")
    drive.post("/_sandbox/handed", fault="400", times=2)
    drive.say("maya", f"/ml resolve {number} known")
    until(lambda: not drive.get("/_sandbox/handed")["faults"], "both refuse")
    until(lambda: f"refused for good, the last of #{number}" in answer(drive, "/ml doctor"), "doctor tells it")
    drive.say("maya", f"/ml reopen {number}")
    until(lambda: handed(drive, "webhook")[-1] == ("trigger", "kept"), "a re-open triggers again")


def test_the_demos_own_routes_are_good(tmp_path: Path) -> None:
    """What a newcomer reads first: written once, and left alone where it is kept."""
    demo = Demo(0, tmp_path, routes=routes())
    assert demo._routes_file(tmp_path) == str(tmp_path / ROUTES)
    (tmp_path / ROUTES).write_text("# mine")
    assert demo._routes_file(tmp_path)
    assert (tmp_path / ROUTES).read_text() == "# mine"
