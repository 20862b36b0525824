"""Each channel's digest: once a day, by whichever process polls, of the incidents that go there."""

import threading
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.alerts.digest import Digests
from bot.errors import StoreDown
from bot.incidents import record
from bot.logic.lifecycle import fold
from bot.model.incident import Incident
from bot.model.place import About, Place, Service
from bot.model.reply import Reply
from bot.model.route import Route
from bot.render import plain_text
from bot.routing.file import RoutingFile
from bot.store.notices import SqlNotices
from sandbox.fakes import HOUR, PLACE, START, FakeIncidents, FakeRoutes, at, run
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_notices import FakeNotices

FILE = """
[[route]]
name = "bank"
service = "bank-*"
channel = "bank"
digest = "12:00"

[[route]]
name = "also bank"
service = "loan-*"
channel = "#bank"
digest = "12:00"

[[route]]
name = "early"
service = "churn"
channel = "bank"
digest = "11:00"

[[route]]
name = "silent"
channel = "rest"
"""


class Desk:
    """Incidents of four services at nine, and what is said of them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "routes.toml"
        self.path.write_text(FILE)
        self.routes = RoutingFile(self.path, Route("default", digest_at=time(12)), lambda: START)
        self.incidents, self.notices = FakeIncidents(fold), FakeNotices()
        for name in ("bank-marketing", "loan-default", "churn", "other"):
            place = Place(PLACE.account_id, PLACE.region, name, PLACE.family)
            record(
                self.incidents, [(place, Service(name), run(0, {"accuracy": 0.5}, by=name))], self.routes.route, at(0)
            )
        self.digests = self.process()

    def process(self) -> Digests:
        """Another one that begins now."""
        return Digests(self.incidents, FakeInventory(), self.routes, self.notices)

    def said(self) -> dict[str, tuple[str, str]]:
        """By key: channel and text."""
        return {key: (channel, plain_text(reply)) for key, (channel, reply) in self.notices.said.items()}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_routes_that_share_channel_and_hour_share_a_digest(desk: Desk) -> None:
    """Another hour of the same channel is another digest; a route without an hour has none."""
    assert not desk.digests.say(at(1.9))
    assert desk.digests.say(at(2))
    assert list(desk.said()) == ["digest:bank:11:00:UTC:2026-11-02"]
    assert desk.digests.say(at(3))
    early, bank, default = desk.said().values()
    assert ("churn" in early[1], "loan-default" in early[1]) == (True, False)
    assert (bank[0], "loan-default" in bank[1], "bank-marketing" in bank[1], "churn" in bank[1]) == (
        "bank",
        True,
        True,
        False,
    )
    assert default[0] == "default"
    assert "nothing is open" in default[1]
    assert "other" not in str(desk.said())


def test_a_digest_is_said_once_a_day_by_whichever_process(desk: Desk) -> None:
    """Another that takes over says it no second time; the next day has its own."""
    desk.digests.say(at(3))
    assert not desk.digests.say(at(3.5))
    assert not desk.process().say(at(4))
    assert desk.process().say(at(27))
    assert len(desk.said()) == 6


def test_channels_of_one_hour_share_one_reading_of_the_incidents(desk: Desk) -> None:
    """Fifty teams' digests at nine must not hold up the poll."""
    asked: list[datetime | None] = []

    class Counting(FakeIncidents):
        """Notes since when it was asked."""

        def list(self, now: datetime, *, resolved_since: datetime | None = None) -> tuple[Incident, ...]:
            """As the store's."""
            asked.append(resolved_since)
            return super().list(now, resolved_since=resolved_since)

    routes = RoutingFile(desk.path, Route("default", digest_at=time(12)), lambda: START)
    Digests(Counting(fold), FakeInventory(), routes, desk.notices).say(at(3.1))
    assert len(desk.notices.said) == 3
    assert len(asked) == 2


def test_who_was_down_at_the_hour_makes_up_for_it_for_six(desk: Desk) -> None:
    """Later it is no news any more."""
    assert desk.process().say(at(8.9))
    assert len(desk.said()) == 2
    assert not desk.process().say(at(12))


def test_what_the_store_did_not_take_is_tried_again(desk: Desk) -> None:
    """And said once."""
    put, down = desk.notices.put, [StoreDown("The database does not answer.")]

    class Failing(FakeNotices):
        def put(self, key: str, channel: str, reply: Reply, now: object) -> bool:
            if down:
                raise down.pop()
            return put(key, channel, reply, at(0))

    digests = Digests(desk.incidents, FakeInventory(), FakeRoutes(Route("x", digest_at=time(9))), Failing())
    with pytest.raises(StoreDown):
        digests.say(at(1))
    assert digests.say(at(1))
    assert not digests.say(at(1))


def test_two_processes_at_once_queue_it_once(engine: Engine) -> None:
    """The database decides."""
    incidents, routes = FakeIncidents(fold), FakeRoutes(Route("x", digest_at=time(9)))
    begin, said = threading.Barrier(4), list[bool]()

    def say() -> None:
        digests = Digests(incidents, FakeInventory(), routes, SqlNotices(engine))
        begin.wait()
        said.append(digests.say(at(1)))

    threads = [threading.Thread(target=say) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False, False, False, True]
    assert SqlNotices(engine).counts()["waiting"] == 1


def test_what_was_resolved_since_the_last_one_is_told(desk: Desk) -> None:
    """By the routes of now."""
    bank = next(i for i in desk.incidents.list(at(1)) if i.place.service == "bank-marketing")
    fine = run(2, good={"accuracy": 0.95}, by="bank-marketing")
    record(desk.incidents, [(bank.place, Service(bank.place.service, about=About()), fine)], desk.routes.route, at(2))
    desk.digests.say(at(3))
    assert "Resolved: #1 bank-marketing after 2 h." in desk.said()["digest:bank:12:00:UTC:2026-11-02"][1]
    desk.process().say(at(27) + timedelta(minutes=1))
    assert "bank-marketing" not in desk.said()["digest:bank:12:00:UTC:2026-11-03"][1]
    assert timedelta(hours=1) == HOUR
