"""Packages on their way to a decision, on SQL: one change at a time, its card in the same transaction."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Engine

from bot.errors import Conflict
from bot.logic.approvals import pressed, waiting
from bot.logic.package_cards import card
from bot.model.package import Approval, Ticket, Vote
from bot.render.text import plain_text
from bot.store.notices import SqlNotices
from bot.store.packages import SqlApprovals
from sandbox.fakes import at
from sandbox.fakes_packages import PIPELINE, package

DRAW = partial(card, accounts={})
ARN = package().ref.arn


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
