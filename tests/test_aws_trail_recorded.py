"""The bot's trail over what the sandbox's CloudTrail itself recorded and delivered: real calls, real delays."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.model.observation import Window
from bot.model.trail import Wanted
from bot.render.inline import words
from commands.who import who_
from sandbox.aws.stage import deploy
from sandbox.aws.trail.deliveries import LATE, LATEST, Layout, delivered_at, seen_at
from sandbox.aws.trail.files import unpacked
from sandbox.aws.trail.stage import policy
from sandbox.aws.trail.trails import Founding
from sandbox.fakes_trail import LOG_ARCHIVE, OBSERVABILITY, PRODUCTION, REGION
from sandbox.fakes_trail_site import LOGS, NOW, ORGANISATION, ROOT, Site, served

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PLACE = (PRODUCTION, REGION)
USUAL = "1" * 8
"""The beginning of an event's id that comes with the file of its own five minutes."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """With a trail that writes where the bot's table reads, and event history as slow as AWS's."""
    with served() as made:
        made.aws.trail.recorder.history.seen_at = seen_at
        made.aws.client("s3", OBSERVABILITY).put_bucket_policy(Bucket=LOGS, Policy=policy(LOGS))
        made.calendar.today = NOW - 30 * DAY
        layout = Layout(ORGANISATION, ORGANISATION)
        made.aws.trail.trails.found(
            Founding("all", LOG_ARCHIVE, OBSERVABILITY, REGION, LOGS, layout, made.calendar.today)
        )
        yield made


def deployed(site: Site, name: str, at: datetime) -> None:
    """An endpoint of production, made two hours before a moment; what was called until then is delivered."""
    site.calendar.today = at - timedelta(hours=2)
    deploy(site.aws, name)
    later(site, at)


def delete(site: Site, name: str) -> None:
    """Somebody deletes it now."""
    site.aws.client("sagemaker", PRODUCTION).delete_endpoint(EndpointName=name)


def later(site: Site, at: datetime) -> None:
    """Let time pass until then, for CloudTrail too."""
    site.calendar.today = at
    site.aws.trail.recorder.deliver(at)


def who(site: Site, name: str, **more: Any) -> str:
    """What `/ml who DeleteEndpoint <name>` says first; by a bot that remembers no listing."""
    ask = site.ask(PRODUCTION)
    reply = who_(site.layer().trail(ask), ask, event="DeleteEndpoint", resource=name, **more)
    assert "failed" not in str(reply.footer)
    return words(reply.text[0])


def day_on_which_a_file_comes(at: timedelta, wanted: str) -> datetime:
    """The first day of the month on which what is called at that time of day is delivered at that one."""
    days = (NOW.replace(hour=0) + number * DAY for number in range(-28, 0))
    return next(day for day in days if f"{delivered_at(PLACE, day + at, USUAL):%H:%M}" == wanted)


def test_a_call_of_2358_that_comes_at_0004_is_found_for_its_day(site: Site) -> None:
    """And not for the next, in whose folder its file lies."""
    late = timedelta(hours=23, minutes=58)
    day = day_on_which_a_file_comes(late, "00:04")
    deployed(site, "midnight", day + late)
    delete(site, "midnight")
    later(site, day + DAY + timedelta(hours=9))
    (key,) = files_with(site, "midnight")
    assert f"/{day + DAY:%Y/%m/%d}/{PRODUCTION}_CloudTrail_{REGION}_{day + DAY:%Y%m%d}T0004Z_" in key
    assert who(site, "midnight", since=DAY, until=day + DAY) == "DeleteEndpoint of midnight: 1 call in 1 d"
    assert who(site, "midnight", since=DAY, until=day + 2 * DAY) == "DeleteEndpoint of midnight: 0 calls in 1 d"


def files_with(site: Site, name: str) -> list[str]:
    """Of log files that have the endpoint's deletion."""
    held = {key: unpacked(site.aws.get_object(OBSERVABILITY, LOGS, key)) for key in files(site)}
    wanted = {"endpointName": name}
    return [
        key
        for key, records in held.items()
        if any((each["eventName"], each["requestParameters"]) == ("DeleteEndpoint", wanted) for each in records)
    ]


def files(site: Site) -> Iterable[str]:
    """Of production."""
    return site.aws.list_objects(OBSERVABILITY, LOGS, f"{ROOT}{PRODUCTION}/")


def test_a_deletion_is_provisional_until_its_file_came_and_is_there_once(site: Site) -> None:
    """Two minutes after it happened event history has it; then both have it; then the file alone is asked."""
    at = site.calendar.today + timedelta(hours=3)
    deployed(site, "just-now", at)
    delete(site, "just-now")
    later(site, at + 2 * MINUTE)
    assert files_with(site, "just-now") == []
    assert who(site, "just-now", since=DAY) == "DeleteEndpoint of just-now: 1 call, 1 provisional in 1 d"
    later(site, at + LATEST + MINUTE)
    assert len(files_with(site, "just-now")) == 1
    assert who(site, "just-now", since=DAY) == "DeleteEndpoint of just-now: 1 call in 1 d"
    later(site, at + 12 * timedelta(hours=1))
    assert who(site, "just-now", since=DAY) == "DeleteEndpoint of just-now: 1 call in 1 d"


def test_what_was_changed_is_looked_up_of_those_places_that_are_asked(site: Site) -> None:
    """By what CloudTrail recorded, without a log file; from another moment on for each place."""
    at = site.calendar.today + timedelta(hours=3)
    deployed(site, "changed", at)
    delete(site, "changed")
    later(site, at + 15 * MINUTE)
    trail = site.layer().trail(site.ask(PRODUCTION))
    until = at + 14 * MINUTE
    (change,) = trail.changes({PLACE: at - MINUTE}, until).items
    assert (change.event, change.request, change.account_id) == (
        "DeleteEndpoint",
        {"endpointName": "changed"},
        PRODUCTION,
    )
    assert change.polled
    assert trail.changes({PLACE: at + MINUTE}, until).items == ()
    assert trail.changes({(OBSERVABILITY, REGION): at - MINUTE}, until).asked == 0


def test_what_a_late_file_has_is_looked_up_and_is_there_once(site: Site) -> None:
    """While no newer file came, as in a Region where little happens."""
    at = site.calendar.today + timedelta(hours=3)
    deployed(site, "waiting", at)
    site.aws.fault("late", PRODUCTION, "PutObject")
    delete(site, "waiting")
    later(site, at + 3 * LATEST)
    assert files_with(site, "waiting") == []
    assert who(site, "waiting", since=DAY) == "DeleteEndpoint of waiting: 1 call, 1 provisional in 1 d"
    later(site, at + LATEST + LATE)
    assert len(files_with(site, "waiting")) == 1
    assert who(site, "waiting", since=DAY) == "DeleteEndpoint of waiting: 1 call in 1 d"


def test_a_file_that_came_damaged_is_left_out_and_its_calls_are_looked_up(site: Site) -> None:
    """As long as event history is asked about that time; the answer names the file."""
    at = site.calendar.today + timedelta(hours=3)
    deployed(site, "broken", at)
    site.aws.fault("damage", PRODUCTION, "PutObject")
    delete(site, "broken")
    later(site, at + LATEST + MINUTE)
    assert files_with(site, "broken") == []
    ask = site.ask(PRODUCTION)
    found = site.layer().trail(ask).calls(Wanted("DeleteEndpoint", "broken"), Window(at - DAY, ask.now))
    assert [call.provisional for call in found.items] == [True]
    (damaged,) = (key for key in files(site) if not unpacked(site.aws.get_object(OBSERVABILITY, LOGS, key)))
    assert damaged.rpartition("/")[2] in str(found.scan.remarks)
