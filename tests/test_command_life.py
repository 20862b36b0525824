"""`/ml snooze`, `assign`, `note` and `incidents mine`, as typed and as forms send them."""

from datetime import datetime

import pytest

import commands
from bot.errors import BadRequest, Conflict, NotAllowed
from bot.incidents import record
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.incident import Incident, Status
from bot.model.person import Person
from bot.model.place import Place, Service
from bot.model.reply import DateField, Form, Reply, UserField
from bot.parse import Reader
from bot.ports import Ask, Incidents, Inventory, People, Routes, Storms
from bot.registry import discover
from bot.render import plain_text
from sandbox.fakes import PLACE, FakeIncidents, FakePeople, FakeRoutes, at, run
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_storms import FakeStorms

PROD = Account("222222222222", "ml-production", ("us-east-1",))
OTHER = Place(PROD.id, PLACE.region, "churn", PLACE.family)
REGISTRY = discover(commands)
BAD = {"accuracy": 0.75, "recall": 0.4}


class Office(FakePeople):
    """Two Mayas, a bot, somebody of another company; everybody else is called by their id."""

    def named(self, name: str) -> tuple[Person, ...]:
        """As the workspace lists them."""
        known = {
            "@maya": (Person("U1", "T1", "Maya O"), Person("U2", "T1", "Maya P")),
            "@helper": (Person("U3", "T1", "Helper", bot=True),),
            "@partner": (Person("U4", "T2", "Partner", stranger=True),),
            "@diego": (Person("U5", "T1", "Diego"),),
        }
        return known.get(name, ())


class Desk:
    """A store with one incident, bad since 10:00 UTC, and people who type."""

    def __init__(self) -> None:
        self.store = FakeIncidents(fold)
        self.routes = FakeRoutes()
        self._typed = 0
        record(self.store, [(PLACE, Service("bank-marketing"), run(1, BAD))], self.routes.route, at(1))

    def says(
        self,
        line: str,
        person: str = "U9",
        *,
        tz: str = "Europe/London",
        hour: float = 2,
        form: bool = False,
        accounts: tuple[Account, ...] = (PROD,),
        **fields: str,
    ) -> Reply | Form:
        """Run a line as somebody, with a form's fields."""
        read = REGISTRY.read(line, Reader(at(hour), tz), form=form, extra=fields)
        self._typed += 1
        ask = Ask(Person(person, "T1", person, tz), at(hour), Scope(accounts), 1e9, id=f"typed:{self._typed}")
        ports = {
            Incidents: self.store,
            Routes: self.routes,
            People: Office(),
            Inventory: FakeInventory(),
            Storms: FakeStorms(self.store.outbox),
            Ask: ask,
        }
        return read.declared.function(*(ports[kind] for _, kind in read.declared.ports), **read.values)

    def text(self, line: str, person: str = "U9", **asked: float) -> str:
        """The answer as text."""
        content = self.says(line, person, hour=asked.get("hour", 2))
        assert isinstance(content, Reply)
        return " ".join(plain_text(content).split())

    def incident(self, hour: float = 2) -> Incident:
        """As of an hour."""
        return self.store.get(1, at(hour))


def snoozed_until(desk: Desk) -> datetime | None:
    """Until when it rests."""
    snooze = desk.incident().state.snooze
    return snooze.until if snooze else None


@pytest.mark.parametrize(
    ("line", "fields", "until"),
    [
        ("snooze 1 4h", {}, at(6)),
        ("snooze #1 tomorrow the labels come at noon", {}, at(24)),
        ("snooze 1 2026-11-27", {}, at(25 * 24)),
        ("snooze 1", {"until": "1h", "reason": "x"}, at(3)),
        ("snooze 1", {"until": "1h", "day": "2026-11-04"}, at(48)),
    ],
)
def test_snooze_until(line: str, fields: dict[str, str], until: datetime) -> None:
    """As typed; a form's day counts where one is picked."""
    desk = Desk()
    desk.says(line, **fields)
    assert (snoozed_until(desk), desk.incident().state.status) == (until, Status.SNOOZED)


def test_what_a_snooze_answers() -> None:
    """And who has it, where somebody does."""
    desk = Desk()
    assert desk.text("snooze 1 4h") == "#1 bank-marketing is snoozed until 2026-11-02 15:00 UTC."
    taken = Desk()
    taken.says("ack 1", "U1")
    assert "#1 is acknowledged by @U1 until" in taken.text("snooze 1 4h")
    assert snoozed_until(taken) is None


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("snooze 1", "<until> is missing"),
        ("snooze 1 yesterday", "yesterday is no duration and no day"),
        ("snooze 1 2026-10-31", "2026-10-31 at 09:00 is past"),
        ("snooze 1 2028-01-01", "2028-01-01 is more than a year away"),
        ("snooze 1.2 4h", "a single row cannot be snoozed"),
        ("snooze 7 4h", "no incident #7"),
        ("note 1", "<text> is missing"),
        ("note 1.1 x", "a single row cannot be noted"),
        (f"note 1 {'x' * 2_001}", "has 2,001 characters"),
        ("assign 1", "<to> is missing"),
        ("assign 1 @nobody", "no member is called @nobody"),
        ("assign 1 @helper", "no member is called @helper"),
        ("assign 1 @partner", "no member is called @partner"),
        ("assign 1 @maya", "several are called @maya: Maya O (U1), Maya P (U2)"),
        ("assign 1.9 @diego", "#1 has no bad row 9"),
    ],
)
def test_what_cannot_be_done_is_told(line: str, cause: str) -> None:
    """Nothing is changed."""
    desk = Desk()
    with pytest.raises(BadRequest) as told:
        desk.says(line)
    assert cause in told.value.cause
    assert desk.incident().revision == 1


@pytest.mark.parametrize("line", ["snooze 1 yesterday", "snooze 1 until=yesterday"])
def test_what_a_snooze_takes_is_told_whole(line: str) -> None:
    """Durations, tomorrow and a day, however it was put."""
    with pytest.raises(BadRequest) as told:
        Desk().says(line)
    assert told.value.next_step == "Write it like 4h, 7d, tomorrow or a coming day such as 2026-12-01."
    assert told.value.field == "until"


def test_another_accounts_incident_is_left_alone() -> None:
    """Whatever is asked of it."""
    desk = Desk()
    for line in ("snooze 1 4h", "assign 1 @diego", "note 1 x"):
        with pytest.raises(NotAllowed, match="does not cover"):
            desk.says(line, accounts=())


@pytest.mark.parametrize(
    ("line", "owner", "rows"),
    [("assign 1 @diego he knows", "U5", 2), ("assign 1 me 6h", "U9", 2), ("assign 1.1 @diego", "U5", 1)],
)
def test_assign_gives_it_whoever_has_it(line: str, owner: str, rows: int) -> None:
    """All of it or a row."""
    desk = Desk()
    desk.says("ack 1", "U1")
    desk.says(line)
    held = {a.person_id: len(a.rows) for a in desk.incident().state.acknowledgements}
    assert held[owner] == rows
    assert sum(held.values()) == 2


def test_a_note_is_kept_with_who_wrote_it() -> None:
    """Whole."""
    desk = Desk()
    assert desk.text("note 1 labels are late, ticket 4711") == "Noted on #1 bank-marketing."
    noted = desk.incident().state.noted
    assert noted is not None
    assert (noted.person_id, noted.reason) == ("U9", "labels are late, ticket 4711")


def test_forms_send_what_the_commands_take() -> None:
    """A picker for people and for days; what is resolved is not put to rest."""
    desk = Desk()
    kinds: dict[str, set[type]] = {}
    for name in ("snooze-with", "assign-with", "note-with"):
        form = desk.says(f"{name} 1", form=True)
        assert isinstance(form, Form)
        kinds[name] = {type(one) for one in form.fields}
        known = {p.name for p in REGISTRY.read(form.line, Reader(at(2)), extra=_filled(form)).declared.params}
        assert {one.name for one in form.fields} <= known
    assert DateField in kinds["snooze-with"]
    assert UserField in kinds["assign-with"]
    desk.says("resolve 1")
    with pytest.raises(Conflict, match="resolved already"):
        desk.says("snooze-with 1", form=True)


def _filled(form: Form) -> dict[str, str]:
    """Something in each field that must have it."""
    return {one.name: {"until": "1h", "to": "@diego", "text": "x"}.get(one.name, "") for one in form.fields}


def test_mine_is_what_one_has_or_let_rest_or_was_given() -> None:
    """And the list says who, how and until when."""
    desk = Desk()
    nobodys = desk.text("incidents mine")
    assert "No incident is yours now" in nobodys
    assert "Nothing is yours" in nobodys
    assert "Nothing is open" not in nobodys, "one is, and it is nobody's"
    for line, person, how in (
        ("snooze 1 4h", "U9", "snoozed"),
        ("assign 1 @diego", "U5", "acknowledged"),
        ("ack 1", "U5", "acknowledged"),
    ):
        desk.says(line, "U9" if person == "U9" else "U5")
        mine = desk.text("incidents mine", person)
        assert f"{how} 2 2026-11-02 10:00 UTC @{person}" in mine
    assert "No incident is yours now" in desk.text("incidents mine", "U9")
    desk.says("resolve 1 fixed the feed", "U5", hour=2.5)
    assert "fixed, waiting for the window" in desk.text("incidents", hour=2.6)
    with pytest.raises(BadRequest, match="not understood"):
        desk.says("incidents yours")


def test_incidents_are_counted_by_state_without_zeros() -> None:
    """Open first; where nothing is listed it says that."""
    desk = Desk()
    assert desk.text("incidents").startswith("1 open ")
    record(desk.store, [(OTHER, Service("churn"), run(1, BAD, by="churn"))], desk.routes.route, at(1))
    desk.says("ack 2")
    assert desk.text("incidents").startswith("1 open, 1 acknowledged ")
    assert desk.text("incidents mine").startswith("1 acknowledged ")
    assert desk.text("incidents mine", "U8").startswith("Nothing is yours ")
