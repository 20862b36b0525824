"""The inventory is kept fresh: every few minutes by who leads, tags every hour, a few accounts at a time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event

import pytest

from bot.alerts.refresh import TOGETHER, Often, Refreshing
from bot.errors import AccessDenied, StoreDown
from bot.model.account import Account
from bot.model.fleet import Depth, Endpoint
from bot.model.monitor import Schedule
from bot.model.place import Family, Service
from bot.ports import Ask, Resources, Sweep
from sandbox.fakes import HOUR, at
from sandbox.fakes_fleet import FakeInventory, StillClock
from sandbox.fakes_resources import FakeResources, Holdings

REGION = "us-west-2"
ACCOUNTS = tuple(Account(f"{n:012}", f"account-{n}", (REGION,)) for n in range(6))


def endpoint(account: Account, name: str) -> Endpoint:
    """An endpoint that serves."""
    arn = f"arn:{account.id}:{name}"
    return Endpoint(arn, name, account.id, REGION, "InService", at(0), at(0), "", (), None, Service(name))


def schedule(account: Account, name: str) -> Schedule:
    """An hourly one."""
    return Schedule(f"arn:{account.id}:{name}", name, account.id, REGION, Family.BIAS, "", HOUR, Service(name))


class EndingClock(StillClock):
    """Stops who sleeps beyond its end."""

    end = at(0)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """It is that time at once."""
        self.time = when
        if when > self.end:
            stop.set()


class Stage:
    """The loop on fakes."""

    def __init__(self, inventory: FakeInventory | None = None) -> None:
        self.inventory = inventory or FakeInventory()
        self.holdings = Holdings()
        self.clock = EndingClock(at(10))
        self.leads = True
        self.loop = Refreshing(
            self.bind, self.inventory, self.clock, often=Often(), named=frozenset({"named"}), leads=lambda: self.leads
        )

    def bind(self, ask: Ask) -> Mapping[type, object]:
        """The one port that is asked."""
        return {Resources: FakeResources(self.holdings, ask)}

    def run(self, until: timedelta) -> None:
        """Let the loop run for so long on its clock."""
        self.clock.end = self.clock.now() + until
        self.loop.run(Event())

    def depths(self, kind: str = "endpoints") -> list[Depth]:
        """How deep the first accounts were asked, sweep by sweep."""
        return [depth for what, accounts, depth in self.holdings.asked if what == kind and ACCOUNTS[0].id in accounts]


def test_a_fleet_is_listed_every_ten_minutes_and_its_tags_every_hour() -> None:
    """The first time with them; in between only what changed is asked for."""
    stage = Stage()
    stage.inventory.remember(ACCOUNTS[:1], at(10))
    stage.run(timedelta(minutes=65))
    assert stage.depths() == stage.depths("schedules")
    assert stage.depths() == [Depth.TAGS, *[Depth.CHANGED] * 5, Depth.TAGS]


def test_what_is_listed_is_kept_and_what_is_not_has_vanished() -> None:
    """Endpoints and schedules, as of the moment that they were asked for."""
    stage = Stage()
    stage.holdings.endpoints = [endpoint(ACCOUNTS[0], "bank"), endpoint(ACCOUNTS[1], "loan")]
    stage.holdings.schedules = [schedule(ACCOUNTS[0], "bank-bias")]
    stage.loop.sweep(ACCOUNTS[:2])
    assert [e.name for e in stage.inventory.endpoints()] == ["bank", "loan"]
    assert [s.name for s in stage.inventory.schedules()] == ["bank-bias"]
    assert set(stage.inventory.as_of("schedule").values()) == {at(10)}
    stage.holdings.endpoints.pop()
    stage.loop.sweep(ACCOUNTS[:2])
    assert [v.resource.name for v in stage.inventory.vanished()] == ["loan"]


def test_an_account_that_refuses_keeps_what_was_known_of_it() -> None:
    """It vanishes from nothing, and the others are as they are now."""
    stage = Stage()
    old = endpoint(ACCOUNTS[1], "loan")
    stage.inventory.keep_endpoints([Sweep(old.account_id, REGION, (old,))], at(9))
    stage.holdings.endpoints = [endpoint(ACCOUNTS[0], "bank")]
    stage.holdings.refused = {(ACCOUNTS[1].id, REGION): AccessDenied("role lacks sagemaker:ListEndpoints")}
    stage.loop.sweep(ACCOUNTS[:2])
    assert [e.name for e in stage.inventory.endpoints()] == ["bank", "loan"]
    assert stage.inventory.vanished() == ()
    assert stage.inventory.as_of("endpoint") == {(ACCOUNTS[0].id, REGION): at(10), (ACCOUNTS[1].id, REGION): at(9)}


def test_a_fault_of_ours_with_one_account_is_raised_once_the_others_are_kept() -> None:
    """Those asked after it would never be listed again."""
    stage = Stage()
    stage.holdings.endpoints = [endpoint(ACCOUNTS[-1], "loan")]
    bound = stage.bind

    def bind(ask: Ask) -> Mapping[type, object]:
        """Breaks on the first account."""
        if ACCOUNTS[0] in ask.scope.accounts:
            raise KeyError("x")
        return bound(ask)

    loop = Refreshing(bind, stage.inventory, stage.clock, often=Often())
    with pytest.raises(KeyError):
        loop.sweep(ACCOUNTS)
    assert [e.name for e in stage.inventory.endpoints()] == ["loan"]


def test_a_few_accounts_are_asked_at_a_time() -> None:
    """A sweep of hundreds leaves threads for who waits for an answer."""
    stage = Stage()
    stage.loop.sweep(ACCOUNTS)
    sizes = [len(accounts) for what, accounts, _ in stage.holdings.asked if what == "endpoints"]
    assert sizes == [TOGETHER, len(ACCOUNTS) - TOGETHER]


def test_accounts_of_the_fleet_are_asked_and_no_others() -> None:
    """Linked ones and those that the settings name; one that left is not."""
    stage = Stage()
    here, left, named = ACCOUNTS[0], replace(ACCOUNTS[1], linked=False), Account("named", "x", (REGION,), linked=False)
    stage.inventory.remember((here, left, named), at(10))
    stage.run(timedelta(minutes=1))
    assert {account for _, accounts, _ in stage.holdings.asked for account in accounts} == {here.id, "named"}


def test_who_does_not_lead_asks_nobody_until_it_does() -> None:
    """It looks every few seconds."""
    stage = Stage()
    stage.inventory.remember(ACCOUNTS[:1], at(10))
    stage.leads = False
    stage.run(timedelta(minutes=30))
    assert stage.holdings.asked == []
    stage.leads = True
    stage.run(timedelta(seconds=6))
    assert stage.depths() == [Depth.TAGS]


class Stuck(FakeInventory):
    """A store that is down for a while."""

    down = True

    def accounts(self) -> tuple[Account, ...]:
        """Fails at first."""
        if self.down:
            self.down = False
            raise StoreDown("the database is locked")
        return super().accounts()


def test_a_store_that_is_down_ends_nothing() -> None:
    """The next round lists."""
    stage = Stage(Stuck())
    stage.inventory.remember(ACCOUNTS[:1], at(10))
    stage.run(timedelta(minutes=11))
    assert stage.depths() == [Depth.TAGS]
