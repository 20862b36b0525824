"""`/ml approve` and `/ml reject`: what waits, who may decide, and what becomes of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from bot.approvals import keep, look
from bot.errors import AccessDenied, BadRequest, Conflict, NotAllowed, TimedOut, Unkept
from bot.logic.approvals import HOLDS, outcome
from bot.model.account import Account, Scope
from bot.model.package import Approval, ModelPackage, Registrant, Ticket
from bot.model.person import Person
from bot.model.reply import Form, Reply
from bot.ports import Ask, Failure
from bot.render.text import plain_text
from commands.approve import approve
from commands.reject import reject, reject_with
from sandbox.fakes import FakePeople, FakeRoutes, at, down
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_glance import drawn, lines
from sandbox.fakes_packages import (
    ACCOUNT,
    DIEGO,
    PIPELINE,
    REGION,
    FakeApprovals,
    FakePackages,
    ModelRegistry,
    package,
    ref,
)

PROD, TEST = Account(ACCOUNT, "ml-production", (REGION,)), Account("333333333333", "ml-test", (REGION,))
PRIYA = Person("U0PRIYA", "T1", "Priya Natarajan", email="priya.natarajan@example.com", handle="priya")
INGRID = Person("U0INGRID", "T1", "Ingrid Solberg", email="ingrid.solberg@example.com", handle="ingrid")
DIEGO_IN_SLACK = Person("U0DIEGO", "T1", "Diego Ramírez", email="diego.ramirez@example.com", handle="diego")


class Desk:
    """Two accounts, and operators of both."""

    def __init__(self) -> None:
        self.registry, self.approvals, self.inventory = ModelRegistry(), FakeApprovals(), FakeInventory()
        self.people = FakePeople()
        self.people.addresses = {p.email: p for p in (PRIYA, INGRID, DIEGO_IN_SLACK)}
        self.inventory.remember((PROD, TEST), at(9))
        self.hour = 10.0
        self.scope = Scope((PROD, TEST))

    def waits(self, registrant: Registrant = DIEGO) -> ModelPackage:
        """One that has a card."""
        made = package(registrant)
        self.registry.register(made)
        accounts = {account.id: account for account in (PROD, TEST)}
        keep(self.approvals, FakeRoutes(), accounts, [made], self.ask(PRIYA))
        return made

    def ask(self, person: Person) -> Ask:
        """A question of theirs."""
        return Ask(person, at(self.hour), self.scope, 0.0)

    def approve(self, person: Person, *words: Any, **more: Any) -> str:
        """`/ml approve`."""
        return plain_text(self.approved(person, *words, **more))

    def approved(self, person: Person, *words: Any, **more: Any) -> Reply:
        """The answer."""
        ask, (name, version) = self.ask(person), (*words, None, None)[:2]
        port = FakePackages(self.registry, ask)
        rest = (self.approvals, self.people, self.inventory, FakeRoutes(), ask)
        return drawn(approve(port, port, *rest, name=name, version=version, **more))

    def reject(self, person: Person, name: str, version: int | None, reason: str = "recall fell") -> str:
        """`/ml reject`."""
        ask = self.ask(person)
        port = FakePackages(self.registry, ask)
        rest = (self.approvals, self.people, self.inventory, FakeRoutes(), ask)
        return plain_text(drawn(reject(port, port, *rest, name=name, version=version, reason=reason)))

    def ticket(self) -> Ticket:
        """The one that there is."""
        (found,) = self.approvals.of([ref().arn])
        return found

    def card(self) -> str:
        """As it is to stand in the channel."""
        return plain_text(self.approvals.card(self.ticket()))


@pytest.fixture
def desk() -> Desk:
    """Each test's own."""
    return Desk()


def test_what_waits_is_listed_with_who_registered_it_and_who_did_not_answer(desk: Desk) -> None:
    """One without a card too; a press leads to its question."""
    desk.waits()
    desk.registry.register(package(PIPELINE, ref(8, "churn", TEST.id, hour=9.5)))
    shown = desk.approve(PRIYA)
    assert "2 model packages wait" in shown
    assert "diego.ramirez@example.com" in shown
    assert "a pipeline" in shown
    assert f"line='approve {ref().arn}'" in str(desk.approved(PRIYA).parts)
    desk.registry.failures = (Failure(TEST, REGION, AccessDenied("role x lacks sagemaker:ListModelPackages")),)
    shown = desk.approve(PRIYA)
    assert "1 model package waits; 1 account did not answer" in shown
    assert "ml-test did not answer: role x lacks sagemaker:ListModelPackages." in shown


def test_nothing_waits(desk: Desk) -> None:
    """And it is said what would."""
    assert "registered with PendingManualApproval" in desk.approve(PRIYA)


def test_a_typed_approval_shows_the_numbers_and_asks_first(desk: Desk) -> None:
    """Beside the approved version's; the button carries that very package and the reason."""
    made = desk.waits()
    shown = desk.approve(PRIYA, "Bank-Marketing", 3, reason='"good" enough')
    assert [word in shown for word in ("0.912", "0.905", "+0.007", "Approved: 2")] == [True] * 4
    asked = desk.approved(PRIYA, "bank-marketing", 3, reason='"good" enough')
    assert rf'approve {made.ref.arn} confirm=yes reason="\"good\" enough"' in lines(asked)
    assert desk.registry.written == []


def test_a_colleagues_package_takes_one_operator(desk: Desk) -> None:
    """Written in their name, with the reason, and the card says who, when and why."""
    made = desk.waits()
    assert "was approved by Priya Natarajan" in desk.approve(PRIYA, "bank-marketing", 3, confirm=True, reason="better")
    text = "Approved in Slack by Priya Natarajan (U0PRIYA): better"
    assert desk.registry.written == [(made.ref.arn, "Approved", text, "U0PRIYA")]
    assert "bank-marketing version 3 was approved" in desk.card()
    assert "Approved by @U0PRIYA" in desk.card()
    assert ": better." in desk.card()
    assert "Approve" not in str(lines(desk.approvals.card(desk.ticket())))


def test_whoever_registered_it_decides_nothing(desk: Desk) -> None:
    """Neither yes nor no."""
    desk.waits()
    with pytest.raises(NotAllowed, match="was registered by you"):
        desk.reject(DIEGO_IN_SLACK, "bank-marketing", 3)
    with pytest.raises(NotAllowed, match="was registered by you") as refused:
        desk.approve(DIEGO_IN_SLACK, "bank-marketing", 3, confirm=True)
    assert refused.value.next_step == "Ask another operator to decide."
    assert (desk.registry.written, desk.ticket().first) == ([], None)


@pytest.mark.parametrize("registrant", [PIPELINE, Registrant(role="shared"), Registrant(session="diego")])
def test_where_it_cannot_be_told_two_operators_confirm(desk: Desk, registrant: Registrant) -> None:
    """The first press is kept and shown; the same person's second changes nothing."""
    made = desk.waits(registrant)
    assert "waits for a second operator" in desk.approve(PRIYA, made.ref.arn, confirm=True, reason="looks right")
    assert "Confirmed by @U0PRIYA" in desk.card()
    assert "looks right. It waits for a second operator." in desk.card()
    before = desk.ticket()
    again = desk.approved(PRIYA, made.ref.arn, confirm=True)
    assert ("confirmed bank-marketing version 3 already" in plain_text(again), again.changed) == (True, False)
    assert (desk.ticket(), desk.registry.written) == (before, [])
    desk.hour = 11
    assert "was approved by Ingrid Solberg" in desk.approve(INGRID, made.ref.arn, confirm=True)
    assert [by for *_, by in desk.registry.written] == ["U0INGRID"]
    assert "Confirmed first by @U0PRIYA" in desk.card()


def test_a_rejection_takes_one_and_needs_a_reason(desk: Desk) -> None:
    """It deploys nothing. The form says of what it is."""
    made = desk.waits(PIPELINE)
    desk.approve(PRIYA, made.ref.arn, confirm=True)
    ask = desk.ask(INGRID)
    form = reject_with(FakePackages(desk.registry, ask), desk.approvals, ask, name=made.ref.arn)
    assert isinstance(form, Form)
    assert form.line == f"reject {made.ref.arn}"
    assert "was rejected by Ingrid Solberg" in desk.reject(INGRID, made.ref.arn, None, "recall\nfell")
    assert desk.registry.written[0][2] == "Rejected in Slack by Ingrid Solberg (U0INGRID): recall fell"
    assert "bank-marketing version 3 was rejected" in desk.card()
    with pytest.raises(Conflict, match="was rejected by Ingrid Solberg already"):
        desk.approve(PRIYA, made.ref.arn, confirm=True)


def test_a_decision_made_elsewhere_is_never_overwritten(desk: Desk) -> None:
    """Though the listing and the card were older: what is written was looked at right before."""
    made = desk.waits()
    desk.registry.between = lambda: desk.registry.decide(made.ref.arn, Approval.REJECTED, "erin", "not yet")
    answer = desk.approved(PRIYA, made.ref.arn, confirm=True)
    assert "was rejected by erin already; nothing was written" in plain_text(answer)
    assert (answer.changed, desk.registry.written) == (False, [])
    assert "Rejected outside of Slack by erin" in desk.card()


@pytest.mark.parametrize("registrant", [DIEGO, PIPELINE])
def test_two_presses_at_once_make_one_approval(desk: Desk, registrant: Registrant) -> None:
    """Of a colleague's package one wins; of a pipeline's one confirms and the other approves."""
    made = desk.waits(registrant)
    together = Barrier(2)

    def press(person: Person) -> str:
        together.wait(5)
        try:
            return desk.approve(person, made.ref.arn, confirm=True)
        except Conflict as error:
            return error.cause

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(press, (PRIYA, INGRID)))
    assert len(desk.registry.written) == 1, said
    assert desk.ticket().decision is not None


def test_who_presses_while_another_decides_is_told(desk: Desk) -> None:
    """For a minute; then whoever began and vanished holds nothing up."""
    made = desk.waits()
    desk.registry.refuses = TimedOut("ml-production did not answer")
    with pytest.raises(TimedOut):
        desk.approve(PRIYA, made.ref.arn, confirm=True)
    with pytest.raises(Conflict, match="Priya Natarajan decides on bank-marketing version 3 right now"):
        desk.approve(INGRID, made.ref.arn, confirm=True)
    desk.registry.refuses = None
    desk.hour += HOLDS / timedelta(hours=1)
    assert "was approved by Ingrid" in desk.approve(INGRID, made.ref.arn, confirm=True)


def test_an_approval_that_the_store_does_not_keep_is_told_and_found_again(desk: Desk) -> None:
    """SageMaker has it; the next look sees whose it was."""
    made = desk.waits()
    desk.registry.between = lambda: setattr(desk.approvals, "change", down)
    with pytest.raises(Unkept, match=r"bank-marketing version 3 is approved in SageMaker, but the database did not"):
        desk.approve(PRIYA, made.ref.arn, confirm=True)
    del desk.approvals.change  # type: ignore[method-assign]
    ask = desk.ask(INGRID)
    assert look(desk.approvals, FakePackages(desk.registry, ask), {PROD.id: PROD}, made.ref, ask)
    assert "was approved by Priya Natarajan" in outcome(desk.ticket().decision)


def test_what_the_operator_role_may_not_is_told_and_holds_nothing_up(desk: Desk) -> None:
    """The next press may try at once."""
    made = desk.waits()
    desk.registry.refuses = AccessDenied("role sagewatch-operate lacks sagemaker:UpdateModelPackage")
    with pytest.raises(AccessDenied):
        desk.approve(PRIYA, made.ref.arn, confirm=True)
    assert (desk.ticket().claim, desk.ticket().waits) == (None, True)
    desk.registry.refuses = None
    assert "was approved by Ingrid" in desk.approve(INGRID, made.ref.arn, confirm=True)


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("bank-marketin", 3), "no model package bank-marketin version 3 waits; did you mean bank-marketing\\?"),
        (("bank-marketing", 9), "no model package bank-marketing version 9 waits"),
        (("twice", None), "several versions of twice wait"),
        (("both", 1), "both waits in several places; say account="),
        (("arn:aws:sagemaker:us-west-2:222222222222:model-package/x/1", None), "that model package does not wait"),
    ],
)
def test_what_is_not_clear_is_asked_back(desk: Desk, words: tuple[str, int | None], cause: str) -> None:
    """With what there is."""
    desk.waits()
    desk.registry.register(package(of=ref(1, "twice")), package(of=ref(2, "twice")))
    desk.registry.register(package(of=ref(1, "both")), package(of=ref(1, "both", TEST.id)))
    with pytest.raises(BadRequest, match=cause):
        desk.approve(PRIYA, *words)


def test_an_operator_of_another_account_decides_nothing_here(desk: Desk) -> None:
    """By the card's button, which names the package whole."""
    made = desk.waits()
    desk.scope = Scope((TEST,))
    with pytest.raises(NotAllowed, match="does not cover the account 222222222222"):
        desk.approve(PRIYA, made.ref.arn, confirm=True)
    assert replace(desk.ticket(), decision=None) == desk.ticket()
