"""`/ml accounts`: who is linked and readable, and who left: since when, what is open of theirs, what to do."""

import time
from dataclasses import replace

import pytest

import commands
from bot.errors import AccessDenied
from bot.incidents import click, record
from bot.logic import links
from bot.logic.access import Leave
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.incident import Act
from bot.model.observation import Verdict
from bot.model.person import Person
from bot.model.place import Family, Place, Service
from bot.model.reply import Reply
from bot.parse import Reader
from bot.ports import Ask, Failure, Found
from bot.registry import discover
from bot.render.text import plain_text
from bot.scopes import resolve
from commands.accounts import accounts
from sandbox.fakes import FakeIncidents, FakeRoutes, at, run

REGION = "us-west-2"
HERE = Account("222222222222", "ml-production", (REGION,), ("AWS::CloudWatch::Metric",))
NAMED = Account("444444444444", "archive", (REGION,), linked=False)
GONE = Account("333333333333", "ml-test", (REGION,), linked=False)


class Reached:
    """`Directory` where only the linked account's read role works."""

    def accounts(self) -> Found[Account]:
        """All three."""
        return Found((HERE, NAMED, GONE))

    def reachable(self) -> Found[Account]:
        """Each is asked once."""
        refused = tuple(Failure(a, REGION, AccessDenied("no role", "Make it.")) for a in (NAMED, GONE))
        return Found((HERE,), refused, 3, 0.2)


@pytest.fixture
def store() -> FakeIncidents:
    """The link of ml-test is gone since 09:00, with one more incident open there."""
    made = FakeIncidents(fold)
    linked = replace(GONE, linked=True)
    link = (links.place_of(linked), links.service_of(linked), links.link(linked, Verdict.BAD, at(8), at(9)))
    bank = Place(GONE.id, REGION, "bank", Family.MODEL_QUALITY)
    record(made, [link, (bank, Service("bank"), run(9, {"accuracy": 0.5}))], FakeRoutes().route, at(9))
    return made


def asked(store: FakeIncidents, narrowing: str = "") -> Reply:
    """`/ml accounts`, of all three."""
    scope = Scope((HERE, NAMED, GONE))
    ask = Ask(Person("U1", "T1", "Ana"), at(10), scope, time.monotonic() + 9, narrowing=narrowing)
    return accounts(Reached(), store, ask)


def resolved(store: FakeIncidents, number: int) -> None:
    """By hand."""
    given = {"click_id": f"c{number}", "person_id": "U1", "now": at(9.5), "routing": FakeRoutes().route}
    click(store, number, Act.RESOLVE, **given)  # type: ignore[arg-type]


def test_an_account_that_left_is_told_with_what_is_open_and_what_to_do(store: FakeIncidents) -> None:
    """Apart from those that are there; one that the settings name never left."""
    reply = asked(store)
    text = plain_text(reply)
    assert reply.text == ("2 accounts, 1 readable; 1 left the fleet",)
    (here, gone) = text.split("Accounts that left")
    assert "ml-test" not in here
    assert "archive" in here
    assert "ml-test" in gone
    assert "2 incidents: #1, #2" in gone
    assert "create the link to the observability account in that account again" in gone
    assert "/ml resolve 1 and so on." in gone


def test_nobody_expects_an_account_that_left_to_answer(store: FakeIncidents) -> None:
    """The small print counts the others, and does not name it."""
    footer = str(asked(store).footer)
    assert "1 of 2 account Regions answered" in footer
    assert "ml-test" not in footer
    assert "archive did not answer" in footer


def test_what_is_all_resolved_by_hand_is_told_only_to_who_names_it(store: FakeIncidents) -> None:
    """It left for good: the list is of what somebody waits for."""
    resolved(store, 1)
    left = plain_text(asked(store))
    assert "1 incident: #2" in left
    assert "/ml resolve 2." in left
    resolved(store, 2)
    assert "ml-test" not in plain_text(asked(store))
    assert "nothing" in plain_text(asked(store, "account=ml-test"))


@pytest.mark.parametrize(
    ("line", "allowed", "expected"),
    [
        ("accounts", Leave(everywhere=True), (HERE, NAMED, GONE)),
        ("accounts", Leave(everywhere=False, accounts=frozenset({HERE.id})), (HERE,)),
        ("violations", Leave(everywhere=True), (HERE, NAMED)),
    ],
)
def test_those_that_left_are_told_as_far_as_the_role_covers_them(
    line: str, allowed: Leave, expected: tuple[Account, ...]
) -> None:
    """A command that asks for what is now asks nobody who left."""
    meant = discover(commands).read(line, Reader(at(10), "UTC"))
    assert resolve(meant, (HERE, NAMED, GONE), allowed, frozenset({NAMED.id})).accounts == expected
