"""The inventory kept fresh: by whoever leads every few minutes, by a person's press at once."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import TypeVar, cast

from bot.alerts.watch import BOT
from bot.errors import BotError
from bot.log import LOG, traced
from bot.model.account import Account, Scope
from bot.model.fleet import Depth, Endpoint
from bot.model.monitor import Schedule
from bot.ports import Ask, Clock, Found, Inventory, Resources, Sweep

R = TypeVar("R", Endpoint, Schedule)
TOGETHER = 4
"""Accounts that are asked side by side: a sweep of hundreds leaves threads for those who wait for an answer."""


@dataclass(frozen=True, slots=True)
class Refresher:
    """`bot.ports.fleet.Refresh`, for one question."""

    resources: Resources
    inventory: Inventory
    ask: Ask
    depth: Depth = Depth.EACH

    def endpoints(self) -> Found[Endpoint]:
        """Lists them, describes them, keeps them."""
        found = self.resources.endpoints(self.inventory.endpoints(), self.depth)
        self.inventory.keep_endpoints(found.items, self.ask.now)
        return _flat(found)

    def schedules(self) -> Found[Schedule]:
        """Lists them, keeps them; a list tells of every change, so only changed ones are described."""
        depth = Depth.TAGS if self.depth is Depth.TAGS else Depth.CHANGED
        found = self.resources.schedules(self.inventory.schedules(), depth)
        self.inventory.keep_schedules(found.items, self.ask.now)
        return _flat(found)


@dataclass(frozen=True, slots=True)
class Often:
    """How often the fleet is listed, its tags are read, and how long a few accounts have."""

    every: timedelta = timedelta(minutes=10)
    tags: timedelta = timedelta(hours=1)
    first: timedelta = timedelta(seconds=0.5)
    """How often it is looked for accounts while none is known: somebody who starts wants to see the fleet."""
    look: timedelta = timedelta(seconds=5)
    """How often a process that does not list looks whether it should."""
    within_s: float = 60.0


class Refreshing:
    """The loop. An account that does not answer delays those beside it, and takes nothing from anybody."""

    def __init__(
        self,
        bind: Callable[[Ask], Mapping[type, object]],
        inventory: Inventory,
        clock: Clock,
        *,
        often: Often,
        named: frozenset[str] = frozenset(),
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """`named` are the accounts that the settings name; `leads` says whether this process asks for all."""
        self._bind = bind
        self._inventory = inventory
        self._clock = clock
        self._often = often
        self._named = named
        self._leads = leads
        self._stop = Event()
        self._tags_at: datetime | None = None

    def run(self, stop: Event) -> None:
        """List until stopped. A scheduler's edge: what fails is logged and tried again the next time."""
        self._stop = stop
        while not stop.is_set():
            pause = self._turn()
            self._clock.sleep_until(self._clock.now() + pause, stop)

    def _turn(self) -> timedelta:
        """A sweep, if there is one to make and it is this process's; how long to wait then."""
        with traced():
            try:
                accounts = self._accounts()
                if not accounts:
                    return self._often.first
                if not self._leads():
                    return self._often.look
                self.sweep(accounts)
            except BotError as error:
                LOG.warning("fleet not listed", cause=error.cause)
            except Exception:  # noqa: BLE001  # the scheduler's edge
                LOG.exception("listing the fleet broke")
        return self._often.every

    def sweep(self, accounts: Sequence[Account]) -> None:
        """All of them, a few at a time. What breaks among a few is raised once the others are kept."""
        depth, broken = self._depth(), list[Exception]()
        for some in _few(accounts):
            if self._stop.is_set():
                return
            try:
                self._list(some, depth)
            except Exception as error:  # noqa: BLE001  # raised below
                broken.append(error)
        if broken:
            raise broken[0]

    def _list(self, some: Sequence[Account], depth: Depth) -> None:
        now = self._clock.now()
        scope, end = Scope(tuple(some)), time.monotonic() + self._often.within_s
        ask = Ask(BOT, now, scope, end, cancelled=self._stop.is_set)
        refresher = Refresher(cast("Resources", self._bind(ask)[Resources]), self._inventory, ask, depth)
        self._warn(refresher.endpoints())
        self._warn(refresher.schedules())

    def _accounts(self) -> tuple[Account, ...]:
        """The fleet as the poll last saw it."""
        return tuple(a for a in self._inventory.accounts() if a.linked or a.id in self._named)

    def _depth(self) -> Depth:
        """Tags now and then: they change without a trace in any list."""
        now = self._clock.now()
        if self._tags_at is not None and now - self._tags_at < self._often.tags:
            return Depth.CHANGED
        self._tags_at = now
        return Depth.TAGS

    def _warn(self, found: Found[Endpoint] | Found[Schedule]) -> None:
        for f in () if self._stop.is_set() else found.failures:
            LOG.warning("fleet not listed in full", account=f.account.id, region=f.region, cause=f.error.cause)


def _few(accounts: Sequence[Account]) -> Iterator[tuple[Account, ...]]:
    for first in range(0, len(accounts), TOGETHER):
        yield tuple(accounts[first : first + TOGETHER])


def _flat(found: Found[Sweep[R]]) -> Found[R]:
    items = tuple(item for sweep in found.items for item in sweep.items)
    return Found(items, found.failures, found.asked, found.took_s)
