"""One press for all of a storm, on every kind of database: what it takes, what it leaves, and that it counts once."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine

import commands
from bot.alerts.placing import Placing
from bot.errors import Conflict, NotFound
from bot.incidents import click, record
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.incident import Act, Click, Incident, Status
from bot.model.person import Person
from bot.model.place import Family, Place, Service
from bot.model.post import CardKey
from bot.model.reply import Form, Reply, Table
from bot.parse import Reader
from bot.ports import Approvals, Ask, Incidents, Inventory, Routes, Storms, Surroundings
from bot.registry import discover
from bot.render import plain_text
from bot.store.incidents import SqlIncidents
from bot.store.storm_queue import SqlStormQueue
from bot.store.storms import SqlStorms
from sandbox.fakes import FakeRoutes, at, run
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_packages import FakeApprovals

REGISTRY = discover(commands)
PROD, TEST = Account("2" * 12, "ml-production", ("r",)), Account("3" * 12, "ml-test", ("r",))
COUNT = 30


class Desk:
    """A storm of thirty incidents, ten of them of the test account, and people who press."""

    def __init__(self, engine: Engine) -> None:
        self.store = SqlIncidents(engine, fold)
        self.storms, self.queue = SqlStorms(engine), SqlStormQueue(engine)
        self.routes = FakeRoutes()
        self.presses = 0
        for n in range(COUNT):
            self.observe(n, 1, accuracy=0.5)
        keys = [CardKey(i.number, 1) for i in self.open_ones()]
        self.queue.gather("ml-alerts", keys, at(1), started_at=at(1))
        self.draw()

    def observe(self, nth: int, hour: float, **bad: float) -> None:
        """A run of one service: what is not bad is good."""
        account = TEST if nth % 3 == 2 else PROD
        place = Place(account.id, "r", f"s{nth:02d}", Family.MODEL_QUALITY)
        good = {m: 0.99 for m in ("accuracy", "recall") if m not in bad}
        observed = run(hour, bad, good, by=place.service)
        record(self.store, [(place, Service(place.service), observed)], self.routes.route, at(hour))

    def draw(self) -> int:
        """As the poster does."""
        opened = [i for i in self.open_ones() if i.state.status is Status.OPEN]
        return self.queue.draw(1, {i.number: i.revision for i in opened})

    def open_ones(self, hour: float = 2) -> tuple[Incident, ...]:
        """Those not resolved, by number."""
        return tuple(sorted(self.store.list(at(hour)), key=lambda i: i.number))

    def owners(self) -> list[str]:
        """Who has each."""
        return [i.state.owner_id for i in self.open_ones()]

    def ask(
        self, line: str, person: str = "U1", accounts: Sequence[Account] = (PROD, TEST), id_: str = "", *, form: bool
    ) -> Reply | Form:
        """Run a line as somebody."""
        read = REGISTRY.read(line, Reader(at(2), "UTC"), form=form)
        self.presses += 1
        id_ = id_ or f"press:{self.presses}"
        ask = Ask(Person(person, "T1", person), at(2), Scope(tuple(accounts)), 1e9, id=id_)
        inventory = FakeInventory()
        inventory.remember((PROD, TEST), at(1))
        ports = {
            Incidents: self.store,
            Storms: self.storms,
            Routes: self.routes,
            Inventory: inventory,
            Surroundings: Placing(inventory, self.routes),
            Approvals: FakeApprovals(),
            Ask: ask,
        }
        return read.declared.function(*(ports[kind] for _, kind in read.declared.ports), **read.values)

    def press(self, line: str, person: str = "U1", **asked: object) -> Reply:
        """Press a button."""
        content = self.ask(line, person, form=False, **asked)  # type: ignore[arg-type]
        assert isinstance(content, Reply)
        return content


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    """Drawn once."""
    return Desk(engine)


def text(reply: Reply) -> str:
    """On one line."""
    return " ".join(plain_text(reply).split())


def test_one_press_takes_all(desk: Desk) -> None:
    """Each as by a press of its own, for as long as its route says; the card tells, so the presser is not told."""
    told = desk.press("ack-all 1 at=1")
    assert set(desk.owners()) == {"U1"}
    assert {i.state.status for i in desk.open_ones()} == {Status.ACKNOWLEDGED}
    assert {i.state.acknowledgement.until for i in desk.open_ones() if i.state.acknowledgement} == {at(26)}
    assert (told.quiet, "You have 30 incidents of storm 1 until" in text(told)) == (True, True)


def test_the_same_press_again_changes_nothing(desk: Desk) -> None:
    """Slack delivers some twice."""
    desk.press("ack-all 1 at=1", id_="once")
    before = [i.revision for i in desk.open_ones()]
    told = desk.press("ack-all 1 at=1", id_="once")
    assert [i.revision for i in desk.open_ones()] == before
    assert "You have 30 incidents" in text(told)


def test_what_a_death_cut_off_is_completed_by_the_next_press(desk: Desk) -> None:
    """Some are theirs already; nothing is taken twice from anybody, and all of them end alike."""
    for incident in desk.open_ones()[:12]:
        asked = {"click_id": "press:1", "person_id": "U1", "now": at(2), "routing": desk.routes.route}
        click(desk.store, incident.number, Act.ACKNOWLEDGE, **asked)  # type: ignore[arg-type]
    desk.press("ack-all 1 at=1", id_="press:1")
    assert set(desk.owners()) == {"U1"}
    assert {sum(isinstance(e, Click) for e in i.log) for i in desk.open_ones()} == {1}


def test_who_comes_second_is_told_who_has_it(desk: Desk) -> None:
    """Nothing changes hands."""
    desk.press("ack-all 1 at=1", "U1")
    with pytest.raises(Conflict, match=r"#1, #2, .* and 20 more somebody else has"):
        desk.press("ack-all 1 at=1", "U2")
    assert set(desk.owners()) == {"U1"}


def test_what_others_have_is_left_to_them(desk: Desk) -> None:
    """And said."""
    desk.press("ack 5", "U2")
    told = text(desk.press("ack-all 1 at=1"))
    assert desk.owners() == ["U1"] * 4 + ["U2"] + ["U1"] * 25
    assert "You have 29 incidents of storm 1" in told
    assert "Not taken: #5 somebody else has. @U2 has 1." in told


def test_it_takes_what_the_pressed_card_showed(desk: Desk) -> None:
    """Not what was resolved, broke in another way or joined since; what broke more keeps its new row open."""
    desk.observe(0, 1.5, accuracy=0.5, recall=0.1)
    for hour in (1.4, 1.5):
        desk.observe(1, hour)
    desk.observe(90, 1.5, accuracy=0.5)
    desk.queue.gather("ml-alerts", [CardKey(31, 1)], at(1.6), started_at=at(1), into=desk.storms.get(1))
    assert desk.draw() == 2
    told = text(desk.press("ack-all 1 at=1"))
    by_number = {i.number: i.state for i in desk.store.many(range(1, 32), at(2))}
    assert by_number[1].status is Status.OPEN
    assert [(r.row.metric, r.taken) for r in sorted(by_number[1].bad_rows, key=lambda r: r.number)] == [
        ("accuracy", True),
        ("recall", False),
    ]
    assert (by_number[2].status, by_number[31].status) == (Status.RESOLVED, Status.OPEN)
    assert "Not taken: #2 changed since that card was drawn" in told
    assert "29 incidents" in told


def test_a_role_that_covers_some_accounts_takes_those(desk: Desk) -> None:
    """The rest is named."""
    told = text(desk.press("ack-all 1 at=1", accounts=(PROD,)))
    assert desk.owners().count("U1") == 20
    assert "Not taken: #3, #6" in told
    assert "your role does not cover" in told
    listed = desk.press("storm 1", accounts=(TEST,))
    assert "Storm 1: 10 incidents" in text(listed)


def test_a_reason_and_an_end_hold_for_all(desk: Desk) -> None:
    """From the form, which remembers the drawing."""
    form = desk.ask("ack-all-with 1 at=1", form=True)
    assert isinstance(form, Form)
    assert form.line == "ack-all 1 at=1"
    desk.press(f"{form.line} 4h the network is down")
    held = [i.state.acknowledgement for i in desk.open_ones()]
    assert {(a.until, a.reason) for a in held if a} == {(at(2) + timedelta(hours=4), "the network is down")}


@pytest.mark.parametrize("line", ["ack-all 1 at=77", "ack-all 9 at=1", "storm 9"])
def test_a_drawing_or_storm_that_there_is_not_is_said(desk: Desk, line: str) -> None:
    """And nothing is taken."""
    with pytest.raises(NotFound):
        desk.press(line)
    assert set(desk.owners()) == {""}


def test_a_file_has_all_of_them(desk: Desk) -> None:
    """Worst first, with who has each."""
    desk.press("ack 5", "U2")
    desk.observe(7, 1.5, accuracy=0.01)
    (table,) = [part for part in desk.press("storm 1").parts if isinstance(part, Table)]
    assert [row[0] for row in table.rows][:1] == ["8"]
    assert [row[0] for row in table.rows][-1] == "5"
    assert (len(table.rows), table.total) == (COUNT, COUNT)


def test_lists_say_which_incidents_a_storm_stands_for(desk: Desk) -> None:
    """A thirty-first, which has a card of its own, is not among them."""
    desk.observe(90, 1.5, accuracy=0.5)
    said = text(desk.press("incidents"))
    assert "31 open" in said
    assert "30 incidents are on one card: storm 1 in #ml-alerts." in said
    (table,) = [part for part in desk.press("incidents").parts if isinstance(part, Table)]
    assert sorted({str(row[4]) for row in table.rows}) == ["open", "open, in storm 1"]
    assert "30 incidents are on one card" in text(desk.press("home"))
