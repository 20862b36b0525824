"""Packages on their way to a decision, on SQL: one change at a time, its card in the same transaction."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from bot.approvals import Office, decide
from bot.errors import Conflict
from bot.logic.approvals import HOLDS, pressed, waiting
from bot.logic.package_cards import card
from bot.model.account import Account, Scope
from bot.model.package import Approval, Ticket, Vote
from bot.model.person import Person
from bot.ports import Ask
from bot.render.text import plain_text
from bot.store.engine import connect
from bot.store.notices import SqlNotices
from bot.store.packages import SqlApprovals
from sandbox.fakes import FakePeople, FakeRoutes, at
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_packages import ACCOUNT, PIPELINE, REGION, FakePackages, ModelRegistry, package

DRAW = partial(card, accounts={})
ARN = package().ref.arn
PRIYA, INGRID, OMAR = (Person(f"U0{name.upper()}", "T1", name) for name in ("Priya", "Ingrid", "Omar"))


def kept(engine: Engine) -> SqlApprovals:
    """With one that waits."""
    approvals = SqlApprovals(engine)
    approvals.change(ARN, partial(waiting, package=package(PIPELINE), channel="ml-platform"), DRAW, at(9))
    return approvals


def press(approvals: SqlApprovals, person: str) -> str:
    """Somebody approves, of two who are needed."""
    said: list[str] = []

    def step(known: Ticket | None) -> Ticket:
        found = pressed(known, Vote(person, person, at(10)), Approval.APPROVED, two=True)
        said.append(found.said)
        return found.ticket

    approvals.change(ARN, step, DRAW, at(10))
    return said[-1]


def test_what_is_kept_comes_back_whole(engine: Engine) -> None:
    """By another process too, and decided ones are found and do not wait."""
    kept(engine)
    (found,) = SqlApprovals(engine).open()
    assert found == Ticket(package(PIPELINE), "ml-platform")
    assert SqlApprovals(engine).of([ARN, "arn:none"]) == (found,)


def test_many_presses_at_once_are_one_first_and_one_claim(engine: Engine) -> None:
    """Of sixteen operators two are needed; the others are told who decides."""
    approvals = kept(engine)

    def tried(number: int) -> str:
        try:
            return press(SqlApprovals(engine), f"U{number}")
        except Conflict:
            return "told"

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(tried, range(16)))
    assert (said.count("confirmed"), said.count("claimed"), said.count("told")) == (1, 1, 14)
    (ticket,) = approvals.open()
    assert ticket.first is not None
    assert ticket.claim is not None
    assert ticket.first.person_id != ticket.claim.vote.person_id


def test_the_card_is_queued_with_the_change_and_edited_where_it_stands(engine: Engine) -> None:
    """One message: what was replaced while it was posted is shown by an edit, and nothing is lost in between."""
    approvals, notices = kept(engine), SqlNotices(engine)
    (row,) = notices.rows("ml-platform")
    notices.begin(row, at(10))
    assert press(approvals, "U1") == "confirmed"
    notices.done(row, ("C1", "1.1"))
    (row,) = notices.rows("ml-platform")
    assert (row.state, row.channel_id, row.ts, row.revision) == ("waiting", "C1", "1.1", 1)
    assert "It waits for a second operator." in plain_text(notices.reply(row))
    notices.done(row)
    assert notices.rows("ml-platform") == ()
    assert press(approvals, "U2") == "claimed"
    (row,) = notices.rows("ml-platform")
    assert (row.ts, row.revision) == ("1.1", 2)
    notices.redirect(row, "ml-alerts")
    (row,) = notices.rows("ml-alerts")
    assert (row.ts, row.state) == ("", "waiting")


def test_a_step_that_changes_nothing_or_raises_queues_nothing(engine: Engine) -> None:
    """The same person's second press, a refusal, an unknown package."""
    approvals, notices = kept(engine), SqlNotices(engine)
    press(approvals, "U1")
    (before,) = notices.rows("ml-platform")
    assert press(approvals, "U1") == "again"
    approvals.change(ARN, lambda t: t and replace(t, decision=None), DRAW, at(11))
    assert approvals.change("arn:none", lambda t: t, DRAW, at(11)) is None

    def refuses(_: Ticket | None) -> Ticket:
        raise Conflict("no")

    with pytest.raises(Conflict):
        approvals.change(ARN, refuses, DRAW, at(11))
    assert notices.rows("ml-platform") == (before,)


class Died(BaseException):
    """The process was killed: what catches errors does not see it."""


def _dies() -> None:
    raise Died


class Process:
    """One life of the bot: an engine and all that stands on it, over a database and a registry that outlive it."""

    def __init__(self, url: str, registry: ModelRegistry) -> None:
        self._engine = connect(url, statement_timeout_s=20)
        self.approvals, self.notices = SqlApprovals(self._engine), SqlNotices(self._engine)
        self._registry = registry

    def presses(self, person: Person, hour: float) -> str:
        """The card's button, pressed by an operator; what became of it. Raises Conflict."""
        ask = Ask(person, at(hour), Scope((Account(ACCOUNT, "ml-production", (REGION,)),)), 0.0)
        port = FakePackages(self._registry, ask)
        office = Office(self.approvals, port, port, FakePeople(), FakeInventory(), FakeRoutes())
        return decide(office, package(PIPELINE), Approval.APPROVED, "", ask).said

    def ends(self) -> None:
        """Nothing of it is left but what it committed."""
        self._engine.dispose()


def test_a_restart_between_two_confirmations_forgets_nothing(engine: Engine, database_url: str) -> None:
    """The first operator's second press still counts as one; the second operator's approves, and the card says both."""
    registry = ModelRegistry()
    registry.register(package(PIPELINE))
    before = Process(database_url, registry)
    assert before.presses(PRIYA, 10) == "confirmed"
    before.ends()
    engine.dispose()
    after = Process(database_url, registry)
    (kept_first,) = after.approvals.open()
    assert after.presses(PRIYA, 11) == "again"
    assert (after.approvals.open(), registry.written) == ((kept_first,), [])
    assert after.presses(INGRID, 12) == "done"
    after.ends()
    last = Process(database_url, registry)
    assert [(approval, by) for _, approval, _, by in registry.written] == [("Approved", INGRID.id)]
    (ticket,) = last.approvals.of([ARN])
    assert (ticket.waits, ticket.first and ticket.first.at) == (False, at(10))
    (row,) = last.notices.rows(ticket.channel)
    said = plain_text(last.notices.reply(row))
    assert f"Approved by @{INGRID.id}" in said
    assert f"Confirmed first by @{PRIYA.id}" in said
    with pytest.raises(Conflict, match="was approved by Ingrid already"):
        last.presses(PRIYA, 13)
    last.ends()


def test_a_decision_in_which_a_process_died_is_for_a_minute_only_its_persons_to_finish(
    engine: Engine, database_url: str
) -> None:
    """It was claimed and never written: after the restart another is told, and after that minute may decide."""
    registry = ModelRegistry()
    registry.register(package(PIPELINE))
    before = Process(database_url, registry)
    before.presses(PRIYA, 10)
    registry.between = _dies
    with pytest.raises(Died):
        before.presses(INGRID, 11)
    before.ends()
    engine.dispose()
    registry.between = lambda: None
    after = Process(database_url, registry)
    with pytest.raises(Conflict, match="Ingrid decides on bank-marketing version 3 right now"):
        after.presses(OMAR, 11)
    assert after.presses(PRIYA, 11 + HOLDS / timedelta(hours=1)) == "again", "who confirmed is no second operator then"
    assert after.presses(INGRID, 11.01) == "done"
    after.ends()
