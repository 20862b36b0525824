"""The poll: every account's finished runs, one listing per account and Region, into incidents."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import cast

from bot.alerts.links import Links
from bot.alerts.reader import Observed, Reading, RunReader
from bot.alerts.runs import FINAL
from bot.alerts.silence import Silence, deleted
from bot.errors import BotError, SourceError
from bot.incidents import record, tick
from bot.log import LOG, traced
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm
from bot.model.monitor import Execution
from bot.model.person import BOT_PERSON_ID, Person
from bot.ports import Ask, Clock, DataHealth, Directory, Failure, Found, Incidents, Inventory, Monitors, Routes
from bot.telemetry import POLLED_AT, POLLS, RUNS

BOT = Person(BOT_PERSON_ID, "", "Sagewatch", bot=True)
Intake = Callable[[Scope, datetime], int]
"""Takes in of these accounts what is there now; returns how much was new."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the accounts are asked, how long they have, and how far back a run may be."""

    every: timedelta = timedelta(seconds=60)
    look_back: timedelta = timedelta(hours=26)
    look: timedelta = timedelta(seconds=5)
    """How often a process that does not poll looks whether it should."""
    list_s: float = 25.0
    """Seconds that the accounts have to list."""
    read_s: float = 10.0
    """Seconds that an account has to hand out one run's schedule or report."""
    round_s: float = 45.0
    """Seconds after which a poll begins no further run: what is left is found again by the next one."""


class Watch:
    """Turns what the accounts list into incidents, and says what ran out and what a day brought."""

    def __init__(
        self,
        bind: Callable[[Ask], Mapping[type, object]],
        incidents: Incidents,
        inventory: Inventory,
        routes: Routes,
        clock: Clock,
        *,
        pace: Pace,
        changed: Callable[[], None],
        leads: Callable[[], bool] = lambda: True,
        also: Sequence[Intake] = (),
        says: Sequence[Callable[[datetime], bool]] = (),
    ) -> None:
        """`leads` says whether this process asks the accounts for all; `changed` wakes whoever shows it.

        `also` take in what else there is to be read, at each poll. `says` queue what is due of messages of their
        own (digests, charts) and tell whether there was any.
        """
        self._bind = bind
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._clock = clock
        self._pace = pace
        self._changed = changed
        self._leads = leads
        self._also = also
        self._says = says
        self._stop = Event()
        self._reader = RunReader(incidents, inventory, self._stopping)
        self._hinted = RunReader(incidents, inventory, self._stopping)
        self._links = Links(incidents, inventory)
        self._silence = Silence(incidents, inventory, pace.look_back)

    def run(self, stop: Event) -> None:
        """Poll until stopped. The scheduler's edge: a poll that fails is logged and the next one tries again."""
        self._stop = stop
        while not stop.is_set():
            next_at = self._clock.now() + (self._pace.every if self._turn() else self._pace.look)
            self._clock.sleep_until(next_at, stop)

    def _turn(self) -> bool:
        """A poll, if it is this process's to do; True when it was."""
        began = time.monotonic()
        outcome = "ok"
        with traced():
            try:
                if not self._leads():
                    return False
                self.poll()
                POLLED_AT.set_to_current_time()
            except BotError as error:
                outcome = type(error).__name__
                LOG.warning("poll failed", cause=error.cause)
            except Exception:  # noqa: BLE001  # the scheduler's edge
                outcome = "broke"
                LOG.exception("poll broke")
        POLLS.labels(outcome).observe(time.monotonic() - began)
        return True

    def poll(self) -> int:
        """One round; returns how many new runs were recorded. Raises StoreDown or Unsaved."""
        try:
            scope = self._see_accounts()
            try:
                return self._take_runs(scope)
            finally:
                self._take_others(scope)
        finally:
            try:
                self._say_what_ran_out()
            finally:
                self._say_more()

    def _say_more(self) -> None:
        """Each by itself. What breaks in one is raised once the others are said."""
        broken: list[Exception] = []
        for say in self._says:
            try:
                if say(self._clock.now()):
                    self._changed()
            except Exception as error:  # noqa: BLE001  # raised below
                broken.append(error)
        if broken:
            raise broken[0]

    def _take_others(self, scope: Scope) -> None:
        """Each by itself. What breaks in one is raised once the others are taken."""
        broken: list[Exception] = []
        for take in self._also:
            try:
                if take(scope, self._clock.now()):
                    self._changed()
            except Exception as error:  # noqa: BLE001  # raised below
                broken.append(error)
        if broken:
            raise broken[0]

    def _say_what_ran_out(self) -> None:
        """Each place by itself. What breaks in one is raised once the others are said."""
        places = self._incidents.due_before(self._clock.now())
        broken: list[Exception] = []
        for place in places:
            try:
                tick(self._incidents, [place], self._routes.route, self._clock.now())
            except Exception as error:  # noqa: BLE001  # raised below
                broken.append(error)
        if places:
            self._changed()
        if broken:
            raise broken[0]

    def _stopping(self) -> bool:
        return self._stop.is_set()

    def _ask(self, scope: Scope, now: datetime, within_s: float) -> Ask:
        return Ask(BOT, now, scope, time.monotonic() + within_s, cancelled=self._stopping)

    def _see_accounts(self) -> Scope:
        """The fleet of this round. Only a complete answer may take an account or a Region off the list."""
        now = self._clock.now()
        before = tuple(a for a in self._inventory.accounts() if a.linked)
        try:
            found = self._directory(self._ask(Scope(()), now, self._pace.list_s)).accounts()
        except SourceError as error:
            LOG.warning("accounts not listed", cause=error.cause)
            return Scope(before)
        self._warn(found.failures)
        whole = bool(found.items) and not found.failures
        fleet = found.items if whole else united(before, found.items)
        if whole:
            self._tell(self._links.observed(found.items, now))
        if fleet:
            self._inventory.remember(fleet, now)
        return Scope(fleet)

    def _take_runs(self, scope: Scope) -> int:
        """Each account's as soon as they are read. What breaks in one is raised once the others are recorded."""
        now = self._clock.now()
        found = self._listed_runs(scope, now)
        recorded, broken = self._read(self._reader, found, scope, now)
        try:
            self._listen(scope, found, now)
        except Exception as unsaved:  # noqa: BLE001  # raised below
            broken.append(unsaved)
        if broken:
            raise broken[0]
        return recorded

    def look(self, scope: Scope) -> int:
        """Take in what these accounts' monitors finished, between polls and in whatever process; how many were new.

        One thread's work. Raises StoreDown or Unsaved.
        """
        now = self._clock.now()
        recorded, broken = self._read(self._hinted, self._listed_runs(scope, now), scope, now)
        if broken:
            raise broken[0]
        return recorded

    def _read(
        self, reader: RunReader, found: Found[Execution], scope: Scope, now: datetime
    ) -> tuple[int, list[BaseException]]:
        """How many of the runs were new and are recorded, and what broke among them."""
        recorded, broken = 0, list[BaseException]()
        for read in reader.read(self._new(found.items), now, partial(self._reading, scope, now), self._pace.round_s):
            if (error := read.exception()) is not None:
                broken.append(error)
                continue
            try:
                recorded += self._record(read.result())
            except Exception as unsaved:  # noqa: BLE001  # raised by the caller
                broken.append(unsaved)
        return recorded, broken

    def _listen(self, scope: Scope, runs: Found[Execution], now: datetime) -> None:
        """Who did not speak, and who never will again."""
        if self._stopping():
            return
        vanished = [v for v in self._inventory.vanished() if not isinstance(v.resource, Alarm)]
        self._tell([*self._silence.observed(scope, runs, now), *deleted(vanished)])
        if vanished:
            self._inventory.forget(vanished)

    def _tell(self, observed: list[Observed]) -> None:
        if observed:
            record(self._incidents, observed, self._routes.route, self._clock.now())
            self._changed()

    def _listed_runs(self, scope: Scope, now: datetime) -> Found[Execution]:
        found = self._monitors(self._ask(scope, now, self._pace.list_s)).executions(now - self._pace.look_back)
        self._warn(found.failures)
        return found

    def _new(self, runs: Iterable[Execution]) -> list[Execution]:
        """The finished ones that are not known yet."""
        finished = [e for e in runs if e.status in FINAL]
        new = self._incidents.unseen(e.id for e in finished)
        return [e for e in finished if e.id in new]

    def _reading(self, scope: Scope, now: datetime) -> Reading:
        ports = self._bind(self._ask(scope, now, self._pace.read_s))
        return Reading(cast("Monitors", ports[Monitors]), cast("DataHealth", ports[DataHealth]))

    def _record(self, observed: list[Observed]) -> int:
        self._tell(observed)
        RUNS.inc(len(observed))
        return len(observed)

    def _warn(self, failures: tuple[Failure, ...]) -> None:
        """Not at the end of the process, when every question is cut short."""
        for f in () if self._stopping() else failures:
            LOG.warning("account did not answer", account=f.account.id, region=f.region, cause=f.error.cause)

    def _directory(self, ask: Ask) -> Directory:
        return cast("Directory", self._bind(ask)[Directory])

    def _monitors(self, ask: Ask) -> Monitors:
        return cast("Monitors", self._bind(ask)[Monitors])


def united(before: Iterable[Account], found: Iterable[Account]) -> tuple[Account, ...]:
    """What was known and what was found, each account with the Regions of both; otherwise as it was found."""
    known = {account.id: account for account in before}
    for account in found:
        old = known.get(account.id, account)
        known[account.id] = replace(
            account,
            regions=tuple(dict.fromkeys((*account.regions, *old.regions))),
            telemetry=tuple(sorted({*account.telemetry, *old.telemetry})),
            linked=account.linked or old.linked,
        )
    return tuple(known.values())
