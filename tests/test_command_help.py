"""`/ml help`: examples that would work for whoever asks, and nothing of what they may not see."""

from collections.abc import Callable
from dataclasses import replace

import pytest

import commands
from bot.incidents import record
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.fleet import Endpoint
from bot.model.person import Person, Role
from bot.model.place import Service
from bot.model.reply import Code, Paragraph, Reply
from bot.parse import Reader
from bot.ports import Ask, Sweep
from bot.registry import discover
from bot.render import message, plain_text
from bot.render.forms import reading
from commands.help import help_
from sandbox.fakes import PLACE, START, FakeIncidents, FakeRoutes, at, run
from sandbox.fakes_fleet import FakeInventory
from sandbox.slack.check_surface import problems_of

REGISTRY = discover(commands)
PROD, TEST = (
    Account("222222222222", "ml-production", ("us-east-1",)),
    Account("333333333333", "ml test", ("us-east-1",)),
)


def asked(
    command: str,
    *accounts: Account,
    incidents: FakeIncidents | None = None,
    may: Callable[[Role, str], bool] = lambda *_: True,
) -> Reply:
    """By somebody who may see these accounts, of a fleet with an endpoint in each of two."""
    inventory = FakeInventory()
    inventory.remember((PROD, TEST), START)
    for account, name in ((PROD, "a-secret"), (TEST, "credit risk")):
        arn = f"arn:aws:sagemaker:us-east-1:{account.id}:endpoint/e"
        made = Endpoint(arn, "e", account.id, "us-east-1", "InService", START, START, "c", (), None, Service(name))
        inventory.keep_endpoints([Sweep(account.id, "us-east-1", (made,))], START)
    ask = Ask(Person("U1", "T1", "Maya"), at(1), Scope(accounts), 1e9, may=may)
    return help_(REGISTRY, incidents or FakeIncidents(fold), inventory, ask, command=command)


@pytest.mark.parametrize("accounts", [(TEST,), ()])
def test_examples_name_nothing_that_the_asker_may_not_see(accounts: tuple[Account, ...]) -> None:
    """Neither a service nor an account of elsewhere; plausible names where they may see nothing."""
    text = " ".join(plain_text(asked(name, *accounts)) for name in ("", *REGISTRY.commands))
    assert "a-secret" not in text
    assert "ml-production" not in text
    assert ("credit risk" in text) == bool(accounts)
    assert ("my-service" in text) != bool(accounts)


def test_every_example_is_understood_as_it_is_written() -> None:
    """Names of several words stand in quotes."""
    for name in REGISTRY.commands:
        codes = [piece for part in asked(name, TEST).parts if isinstance(part, Paragraph) for piece in part.text]
        example = [piece.text for piece in codes if isinstance(piece, Code)][-1]
        REGISTRY.read(example.removeprefix("/ml "), Reader(START))


def listed(reply: Reply) -> dict[str, list[str]]:
    """The lines of each group, by its title."""
    texts = [plain_text(Reply(part.text)).split("\n") for part in reply.parts if isinstance(part, Paragraph)]
    return {title: lines for title, *lines in texts if lines}


def test_help_is_grouped_by_what_one_does_with_a_short_line_for_each() -> None:
    """Every command but help stands once; both renderings have it whole, as do modals, within Slack's limits."""
    reply = asked("", TEST)
    groups = listed(reply)
    assert list(groups) == ["Look", "Look into who did what", "Act on incidents", "Operate", "Administer"]
    named = [line.partition("  ")[0].removeprefix("/ml ") for lines in groups.values() for line in lines]
    assert sorted(named) == [c.name for c in REGISTRY.visible() if c.name != "help"]
    assert max(len(line) for lines in groups.values() for line in lines) <= 90
    made = message(reply)
    assert made.fallback is not None
    for one, where in (
        (made.blocks, "message"),
        (made.fallback.blocks, "message"),
        (reading(reply)["blocks"], "modal"),
    ):
        assert problems_of(one, where) == []
        assert all(f"/ml {name}" in str(one) for name in named)


def test_whoever_may_not_do_a_thing_is_not_told_of_it_in_the_list() -> None:
    """In one account or everywhere; which role a command needs is told to anybody."""

    def may(role: Role, account_id: str) -> bool:
        return role is Role.VIEWER or (role is Role.OPERATOR and account_id == TEST.id)

    assert list(listed(asked("", PROD, TEST, may=may))) == ["Look", "Operate"]
    assert list(listed(asked("", PROD, may=may))) == list(listed(asked("", may=may))) == ["Look"]
    assert "Needs the role responder." in plain_text(asked("ack", may=may))


def test_what_a_help_names_is_code_and_no_bare_backtick() -> None:
    """Slack's rich text would show them."""
    for name in ("", *REGISTRY.commands):
        assert "`" not in plain_text(asked(name))
    (said,) = [part for part in asked("assign").parts if isinstance(part, Paragraph) and Code("me") in part.text]
    assert "`" not in str(said.text)


def test_an_example_s_incident_is_one_of_the_asker_s_accounts() -> None:
    """Resolved or not; of somebody else's the number is none of theirs."""
    incidents = FakeIncidents(fold)
    for account, last in ((PROD, {"accuracy": 0.5}), (TEST, {})):
        place = replace(PLACE, account_id=account.id)
        for hour, bad in ((0.5, {"accuracy": 0.5}), (1, last)):
            ran = (place, Service("bank"), run(hour, bad, by=account.id))
            record(incidents, [ran], FakeRoutes().route, at(hour))
    for accounts, number in (((PROD, TEST), 1), ((TEST,), 2), ((), 12)):
        assert f"/ml ack {number} " in plain_text(asked("ack", *accounts, incidents=incidents))
