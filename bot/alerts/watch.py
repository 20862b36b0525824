"""The poll: every account's finished runs, one listing per account and Region, into incidents."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import cast

from bot.alerts.runs import FINAL, observation
from bot.errors import BotError, SourceError
from bot.incidents import record, tick
from bot.log import LOG
from bot.logic.services import place_of
from bot.model.account import Scope
from bot.model.incident import Status
from bot.model.monitor import Execution, RunStatus
from bot.model.observation import Observation
from bot.model.person import BOT_PERSON_ID, Person
from bot.model.place import Place, Service
from bot.ports import Ask, Clock, Directory, Failure, Incidents, Inventory, Monitors, Routes

BOT = Person(BOT_PERSON_ID, "", "Sagewatch", bot=True)
Observed = tuple[Place, Service, Observation]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the accounts are asked, how long they have, and how far back a run may be."""

    every: timedelta = timedelta(seconds=60)
    look_back: timedelta = timedelta(hours=26)
    list_s: float = 25.0
    """Seconds that the accounts have to list."""
    read_s: float = 10.0
    """Seconds that an account has to hand out one run's schedule or report."""


class Watch:
    """Turns what the accounts list into incidents, and says what ran out."""

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
    ) -> None:
        self._bind = bind
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._clock = clock
        self._pace = pace
        self._changed = changed
        self._stop = Event()

    def run(self, stop: Event) -> None:
        """Poll until stopped. The scheduler's edge: a poll that fails is logged and the next one tries again."""
        self._stop = stop
        while not stop.is_set():
            next_at = self._clock.now() + self._pace.every
            try:
                self.poll()
            except BotError as error:
                LOG.warning("poll failed", cause=error.cause)
            except Exception:  # noqa: BLE001  # the scheduler's edge
                LOG.exception("poll broke")
            self._clock.sleep_until(next_at, stop)

    def poll(self) -> int:
        """One round; returns how many new runs were recorded. Raises StoreDown or Unsaved."""
        recorded = self._take_runs(self._see_accounts())
        places = self._incidents.due_before(self._clock.now())
        if places:
            tick(self._incidents, places, self._routes.route, self._clock.now())
        if recorded or places:
            self._changed()
        return recorded

    def _ask(self, scope: Scope, now: datetime, within_s: float) -> Ask:
        return Ask(BOT, now, scope, time.monotonic() + within_s, cancelled=self._stop.is_set)

    def _see_accounts(self) -> Scope:
        """The fleet of this round. Only a complete answer may take an account off the list."""
        now = self._clock.now()
        try:
            found = self._directory(self._ask(Scope(()), now, self._pace.list_s)).accounts()
        except SourceError as error:
            LOG.warning("accounts not listed", cause=error.cause)
            return Scope(tuple(a for a in self._inventory.accounts() if a.linked))
        _warn(found.failures)
        if found.items and not found.failures:
            self._inventory.remember(found.items, now)
            return Scope(found.items)
        before = {a.id: a for a in self._inventory.accounts() if a.linked}
        return Scope(tuple({**before, **{a.id: a for a in found.items}}.values()))

    def _take_runs(self, scope: Scope) -> int:
        now = self._clock.now()
        found = self._monitors(self._ask(scope, now, self._pace.list_s)).executions(now - self._pace.look_back)
        _warn(found.failures)
        finished = [e for e in found.items if e.status in FINAL]
        new = self._incidents.unseen(e.id for e in finished)
        observed = list(self._observations([e for e in finished if e.id in new], scope, now))
        if observed:
            record(self._incidents, observed, self._routes.route, now)
        return len(observed)

    def _observations(self, runs: list[Execution], scope: Scope, now: datetime) -> Iterator[Observed]:
        """An account that fails is left for the next poll, which finds its runs again: they are not yet seen."""
        silent: set[str] = set()
        for run in runs:
            if run.account.id in silent or self._stop.is_set():
                continue
            try:
                yield self._observe(run, scope, now)
            except SourceError as error:
                silent.add(run.account.id)
                LOG.warning("run not read", run=run.id, cause=error.cause)

    def _observe(self, run: Execution, scope: Scope, now: datetime) -> Observed:
        monitors = self._monitors(self._ask(scope, now, self._pace.read_s))
        schedule = monitors.schedule(run)
        place = place_of(schedule)
        self._inventory.name_service(schedule)
        wanted = run.status is RunStatus.VIOLATED or self._waited_for(place, now)
        return place, schedule.service, observation(run, schedule, monitors.report(run) if wanted else None)

    def _waited_for(self, place: Place, now: datetime) -> bool:
        """Whether a clean run's numbers will be shown: on a card that it may resolve."""
        incident = self._incidents.at(place, now)
        return incident is not None and incident.state.status is not Status.RESOLVED

    def _directory(self, ask: Ask) -> Directory:
        return cast("Directory", self._bind(ask)[Directory])

    def _monitors(self, ask: Ask) -> Monitors:
        return cast("Monitors", self._bind(ask)[Monitors])


def _warn(failures: tuple[Failure, ...]) -> None:
    for f in failures:
        LOG.warning("account did not answer", account=f.account.id, region=f.region, cause=f.error.cause)
