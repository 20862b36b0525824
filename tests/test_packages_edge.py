"""A model package's card on the strict sandbox: its form, its buttons, and the message that is edited."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.alerts.watch import BOT
from bot.approvals import keep
from bot.logic.approvals import found
from bot.logic.package_cards import card as drawn
from bot.model.account import Scope
from bot.model.package import ModelPackage
from bot.model.person import Grant, Role
from bot.ports import Ask, PackageOperations, Packages
from sandbox.driver import Declined, text_of, until
from sandbox.fakes import FakeRoutes
from sandbox.fakes_office import ACCOUNT, Office, office
from sandbox.fakes_packages import PIPELINE, FakePackages, ModelRegistry, package, ref
from sandbox.slack import payloads

OPERATORS = Grant(Role.OPERATOR, ("U0MAYA", "U0SAM"))


class Registry(ModelRegistry):
    """One for the office's account, and a package of a pipeline's in it."""

    def made(self) -> ModelPackage:
        """It waits."""
        one = package(PIPELINE, replace(ref(), region=ACCOUNT.regions[0]))
        self.register(one)
        return one


@pytest.fixture
def registry() -> Registry:
    """With nothing in it."""
    return Registry()


@pytest.fixture
def there(registry: Registry, tmp_path: Path) -> Iterator[Office]:
    """An office with two operators."""

    def more(ask: Ask) -> dict[type, object]:
        return dict.fromkeys((Packages, PackageOperations), FakePackages(registry, ask))

    with office(str(tmp_path / "sagewatch.db"), OPERATORS, more=more) as made:
        yield made


def waits(there: Office, registry: Registry) -> ModelPackage:
    """A package whose card is queued."""
    made = registry.made()
    keep(there.approvals, FakeRoutes(), {}, [made], Ask(BOT, there.fleet.now(), Scope((ACCOUNT,)), 0.0))
    return made


def card(there: Office, word: str) -> dict[str, Any]:
    """The one message that all see in the channel, once everything is shown; it says that word."""
    until(lambda: there.posts() or not there.notices.channels(), "all is shown")
    (message,) = [m for m in there.drive.messages("maya") if m.get("metadata")]
    assert word in text_of(message), text_of(message)
    return message


def opened(there: Office, message: dict[str, Any], who: str = "maya") -> dict[str, Any]:
    """The form that the card's button opens."""
    there.drive.press(who, message, "Reject…")
    return until(lambda: there.drive.views(who), "the form opens")[-1]


def test_a_rejection_by_the_cards_form_is_written_with_its_reason_and_the_card_says_so(
    there: Office, registry: Registry
) -> None:
    """SageMaker's description has who and why; the form had closed, so its sender is told alone."""
    made = waits(there, registry)
    before = card(there, "waits for approval")
    form = opened(there, before)
    assert "bank-marketing version 3 in ml-production" in text_of(form)
    assert there.drive.submit("maya", form, {"reason": "recall fell\nby <!channel> two & a half"})["ok"]
    until(lambda: registry.written, "it is written")
    text = "Rejected in Slack by Maya Okafor (U0MAYA): recall fell by <!channel> two & a half"
    assert registry.written == [(made.ref.arn, "Rejected", text, "U0MAYA")]
    until(lambda: "was rejected by Maya Okafor" in told(there), "it is told")
    assert "was rejected" not in told(there, "sam")
    after = card(there, "was rejected")
    assert after["ts"] == before["ts"]
    assert "recall fell\nby <!channel> two & a half." in text_of(after), "as a text, which mentions nobody"
    assert "broadcast" not in str(after["blocks"])
    assert there.drive.views("maya") == []


@pytest.mark.parametrize("reason", [None, "", "   ", "\n", "\u200b", " \u2060 --"])
def test_a_rejection_without_a_reason_is_refused_on_its_field(
    there: Office, registry: Registry, reason: str | None
) -> None:
    """Whatever the client lets pass: nothing is written, and the form stands for another try."""
    waits(there, registry)
    form = opened(there, card(there, "waits for approval"))
    if not (reason or "").strip():
        with pytest.raises(Declined, match="complete this required field"):
            there.drive.submit("maya", form, {"reason": reason or ""})
    refused = there.take(sent(there, form, reason))
    assert refused is not None
    assert (refused["response_action"], list(refused["errors"])) == ("errors", ["reason"])
    there.settle()
    assert registry.written == []
    assert there.drive.submit("maya", form, {"reason": "recall fell"})["ok"]
    until(lambda: registry.written, "it is written")
    there.settle()


def sent(there: Office, form: dict[str, Any], reason: str | None) -> dict[str, Any]:
    """Maya's form as a client might send it that checks nothing."""
    user = there.slack.workspace.users["U0MAYA"]
    base = there.on_loop(lambda: payloads.interaction(there.slack, "view_submission", user))
    state = {"values": {"reason": {"value": {"type": "plain_text_input", "value": reason}}}}
    return {**base, "view": {**form, "state": state}, "response_urls": []}


def test_a_form_that_was_opened_before_another_decided_writes_nothing(there: Office, registry: Registry) -> None:
    """Whoever sends it is told who decided, and the card keeps what it says."""
    waits(there, registry)
    message = card(there, "waits for approval")
    form = opened(there, message)
    theirs = opened(there, message, "sam")
    assert there.drive.submit("sam", theirs, {"reason": "recall fell"})["ok"]
    until(lambda: registry.written, "it is written")
    there.settle()
    assert there.drive.submit("maya", form, {"reason": "bias"})["ok"]
    until(lambda: "was rejected by Sam" in told(there), "it is told")
    assert [by for *_, by in registry.written] == ["U0SAM"]
    assert "recall fell" in text_of(card(there, "was rejected"))


def told(there: Office, who: str = "maya") -> str:
    """What one person alone sees in the channel."""
    return " ".join(text_of(m) for m in there.drive.messages(who) if not m.get("metadata"))


def test_an_edit_whose_reply_was_lost_is_repeated_and_the_card_stands_once(there: Office, registry: Registry) -> None:
    """In Slack's own channel, first the post's reply lost too: found by its mark and edited, never posted again."""
    made = waits(there, registry)
    there.slack.faults.add("lose_reply", 1)
    there.posts()
    assert there.notices.counts()["ambiguous"] == 1
    before = card(there, "waits for approval")
    assert before["metadata"]["event_payload"]["card"] == f"notice:package:{made.ref.arn}:1"
    there.slack.faults.add("lose_reply", 1)
    gone = partial(found, state=None, now=there.fleet.now())
    there.approvals.change(made.ref.arn, gone, partial(drawn, accounts={}), there.fleet.now())
    there.posts()
    assert there.notices.counts()["waiting"] == 1
    assert card(there, "was deleted")["ts"] == before["ts"]
