"""Hand-offs over HTTP to the sandbox's pager and webhook, and what these two take and refuse."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from bot.handoff import pagerduty, webhook
from bot.handoff.post import post
from bot.handoff.request import Request
from bot.handoff.worker import Worker
from bot.logic.handing import Links
from bot.model.handoff import Destination, HandOff, HandOffRow, Recipient
from bot.model.incident import Act
from bot.model.route import Route
from sandbox import receiver
from sandbox.control import create_app
from sandbox.driver import Declined, Driver
from sandbox.fakes import run
from sandbox.fakes_handoffs import FakeHandOffs
from sandbox.fakes_incident import Story
from sandbox.slack import tiny
from sandbox.slack.server import SlackServer

Json = dict[str, Any]


class Site:
    """The sandbox's receivers, and the bot's destinations that lead there."""

    def __init__(self, url: str) -> None:
        self.driver = Driver(url)
        self.pager = Destination("pager", "pagerduty", f"{url}{receiver.PAGER}", receiver.KEY, deadline_s=1)
        self.hook = Destination("tickets", "webhook", f"{url}{receiver.WEBHOOK}", receiver.SECRET, deadline_s=1)

    def got(self) -> list[Json]:
        """What came."""
        found: list[Json] = self.driver.get("/_sandbox/handed")["received"]
        return found

    def fault(self, kind: str, **more: Any) -> None:
        """The next one goes wrong."""
        self.driver.post("/_sandbox/handed", fault=kind, **more)

    def asked(self, **changes: Any) -> Json:
        """A good trigger with these changes, sent; what came of it."""
        request = pagerduty.request(self.pager, HandOffRow(1, life()[0], "waiting"), Links())
        body = {**json.loads(request.body), **changes}
        post(self.pager, replace(request, body=json.dumps(body).encode()), datetime.now(UTC))
        return self.got()[-1]


@pytest.fixture(scope="module")
def served() -> Iterator[Site]:
    """Served once for the file."""
    server = SlackServer(create_app(tiny.workspace(), tiny.StillWorld(), tiny.StillAws()))
    yield Site(server.start())
    server.stop()


@pytest.fixture
def site(served: Site) -> Site:
    """With nothing received."""
    served.driver.post("/_sandbox/handed", clear=True)
    return served


def life() -> tuple[HandOff, ...]:
    """Triggered, acknowledged, resolved; each life is of another incident."""
    story = Story(Route("c", hand_off=(Recipient("pager", ""), Recipient("tickets", ""))))
    story.hears(run(1, {"accuracy": 0.7}))
    story.does(Act.ACKNOWLEDGE, 1.5)
    story.hears(run(2, good={"accuracy": 0.95}))
    service = f"svc-{time.monotonic_ns()}"
    out = (o for o in story.store.handed if o.destination == "pager")
    return tuple(replace(o, told=replace(o.told, place=replace(o.told.place, service=service))) for o in out)


def sends(site: Site, to: Destination, *out: HandOff, later: timedelta = timedelta(0)) -> tuple[FakeHandOffs, Worker]:
    """A worker's first turn; not all of them wait, so that nothing of them is moot."""
    rows = FakeHandOffs(*(replace(o, destination=to.name, fresh=False) for o in out))
    clock = [timedelta(0)]

    def wall() -> datetime:
        return datetime.now(UTC) + clock[0]

    worker = Worker(to, rows, links=lambda _: Links(), leads=lambda: True, storm_over=10, wall=wall, post=post)
    worker.turn(Event())
    clock[0] += later
    del site
    return rows, worker


def test_the_pager_opens_acknowledges_and_resolves_by_the_key(site: Site) -> None:
    """A life over HTTP: three 202, one alert."""
    rows, _ = sends(site, site.pager, *life())
    assert rows.kept == []
    assert set(rows.gathered) == {("pager", 10)}
    got = site.got()
    assert [(one["status"], one["said"]) for one in got] == [
        (202, "alert opened"),
        (202, "alert acknowledged"),
        (202, "alert resolved"),
    ]
    (key,) = {one["event"]["dedup_key"] for one in got}
    assert site.driver.get("/_sandbox/handed")["alerts"][key] == "resolved"
    assert receiver.KEY not in json.dumps(got)


def test_the_webhook_checks_signature_and_age(site: Site) -> None:
    """What is ours is kept; another secret, another body or an old signature is not."""
    rows, _ = sends(site, site.hook, *life())
    assert (rows.kept, rows.gathered) == ([], [])  # it wakes nobody and gets all of a storm
    assert [(one["status"], one["said"]) for one in site.got()] == [(200, "kept")] * 3
    good = webhook.request(site.hook, HandOffRow(9, life()[0], "waiting"), Links(), datetime.now(UTC))
    forged = webhook.request(replace(site.hook, secret="x" * 20), HandOffRow(9, life()[0], "waiting"), Links(), _now())
    old = webhook.request(
        site.hook, HandOffRow(9, life()[0], "waiting"), Links(), datetime.now(UTC) - timedelta(minutes=6)
    )
    for wrong in (forged, old, replace(good, body=good.body + b" ")):
        assert post(site.hook, wrong, _now()).said == "it answers 401"
    for said in ("kept", "known already"):
        assert post(site.hook, good, _now()).outcome == "sent"
        assert site.got()[-1]["said"] == said


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"routing_key": "short"}, "should be 32 characters"),
        ({"routing_key": "x" * 32}, "Invalid routing key"),
        ({"event_action": "page"}, "event_action"),
        ({"event_action": "resolve", "dedup_key": ""}, "dedup_key"),
        ({"dedup_key": "k" * 256}, "dedup_key"),
        ({"payload": None}, "payload"),
        ({"payload": {"summary": "s" * 1025, "source": "a", "severity": "error"}}, "summary"),
        ({"payload": {"summary": "s", "source": "", "severity": "error"}}, "source"),
        ({"payload": {"summary": "s", "source": "a", "severity": "high"}}, "severity"),
        ({"client": "x" * 600_000}, "512 KB"),
    ],
)
def test_the_pager_refuses_what_pagerduty_refuses(site: Site, changes: Json, error: str) -> None:
    """With 400 and what is wrong."""
    got = site.asked(**changes)
    assert got["status"] == 400
    assert error in got["said"]


def test_the_pager_drops_and_reopens_as_documented(site: Site) -> None:
    """What comes without an alert is dropped, a trigger on an open one is logged, one after a resolve opens anew."""
    trigger, held, over = life()
    sends(site, site.pager, held, trigger, trigger, over, over, trigger)
    assert [one["said"] for one in site.got()] == [
        "dropped: no alert is open",
        "alert opened",
        "logged on an alert that is triggered",
        "alert resolved",
        "dropped: no alert is open",
        "alert opened",
    ]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("429", "it answers 429"),
        ("500", "it answers 500"),
        ("cut", "it cannot be reached"),
        ("hang", "it does not answer within 1 s"),
    ],
)
def test_what_is_not_taken_comes_again(site: Site, fault: str, said: str) -> None:
    """Later, and then it is taken; a receiver that hangs is left after the deadline."""
    site.fault(fault)
    began = time.monotonic()
    rows, worker = sends(site, site.pager, life()[0], later=timedelta(minutes=10))
    assert time.monotonic() - began < 5
    assert [(row.state, row.cause) for row in rows.kept] == [("waiting", said)]
    worker.turn(Event())
    assert rows.kept == []
    assert site.got()[-1]["status"] == 202


def test_a_retry_after_comes_through(site: Site) -> None:
    """As the row's next time."""
    site.fault("429", retry_after="120")
    rows, worker = sends(site, site.pager, life()[0], later=timedelta(seconds=110))
    (row,) = rows.kept
    assert row.next_at is not None
    assert timedelta(seconds=115) < row.next_at - datetime.now(UTC) <= timedelta(seconds=120)
    assert worker.turn(Event()) == 0


def test_a_redirect_is_not_followed_and_a_silent_port_comes_again(site: Site) -> None:
    """`/` on the page answers a POST with 405; nobody listens on port 9."""
    wrong = replace(site.pager, url=f"{site.driver.url}/")
    assert post(wrong, Request(wrong.url, {}, b"{}"), _now()).said == "it answers 405"
    nobody = replace(site.pager, url="http://127.0.0.1:9/")
    assert post(nobody, Request(nobody.url, {}, b"{}"), _now()).outcome == "again"


def test_more_events_than_the_pager_takes_in_a_minute_are_429(site: Site) -> None:
    """None of them is lost: those that were too many wait."""
    trigger = life()[0]
    rows, _ = sends(site, site.pager, *(replace(trigger, revision=n) for n in range(receiver.PER_MINUTE + 1)))
    assert [row.cause for row in rows.kept if row.cause] == ["it answers 429"]
    assert site.got()[-1]["status"] == 429


def test_wrong_orders_are_refused_in_words(site: Site) -> None:
    """The control API's own sentences."""
    with pytest.raises(Declined, match="fault must be one of"):
        site.fault("fire")
    with pytest.raises(Declined, match="times must be"):
        site.fault("500", times=0)
