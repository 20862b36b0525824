"""Looks at what an event hinted at: a monitor's runs, an alarm, model packages.

Each place once, however many events hint at it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Condition, Event
from typing import Final

from bot.alerts.alarm_book import AlarmBook
from bot.alerts.placing import Placing
from bot.errors import BotError
from bot.incidents import record
from bot.log import LOG, traced
from bot.logic import alarms
from bot.logic.alarm_event import CREATED
from bot.logic.alarm_scope import children_of
from bot.model.account import Scope
from bot.model.news import Look
from bot.ports import Clock, Incidents, Inventory, Routes

APART_S: Final = 5.0
"""Between two looks at one place: a run's two jobs and its schedule tell of it within seconds."""
MOST_WANTED: Final = 10_000
_LOOK_S: Final = 0.5
Place = tuple[str, str, str]
"""What is looked at, account and Region; of an alarm its ARN stands for both."""


class Looker:
    """Wishes of all threads, done by one. What is lost when the process dies, the poll finds.

    An event may come before the listing shows what it tells of: where nothing new is found it is looked once more.
    """

    def __init__(
        self,
        incidents: Incidents,
        inventory: Inventory,
        routes: Routes,
        clock: Clock,
        *,
        placing: Placing,
        book: AlarmBook,
        runs: Callable[[Scope], int],
        packages: Callable[[Scope], int],
        changed: Callable[[], None],
    ) -> None:
        """`runs` takes in the finished runs of some accounts and Regions and says how many were new.

        `packages` does so with the model packages that wait there.
        """
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._clock = clock
        self._placing = placing
        self._book = book
        self._runs = runs
        self._packages = packages
        self._changed = changed
        self._wanted: dict[Place, Look] = {}
        self._not_before: dict[Place, float] = {}
        self._ready = Condition()

    def want(self, looks: Sequence[Look]) -> bool:
        """At once, or as soon as it is time to look there again; False where too much waits, and none is taken down."""
        with self._ready:
            if len(self._wanted) >= MOST_WANTED:
                return False
            for look in looks:
                self._wanted.setdefault(_place(look), look)
            self._ready.notify()
        return True

    def waiting(self) -> list[Look]:
        """What is still to be looked at."""
        with self._ready:
            return list(self._wanted.values())

    def run(self, stop: Event) -> None:
        """Until stopped. A thread's edge: what fails is logged, and the poll is the net."""
        while not stop.is_set():
            with self._ready:
                if not (due := self._due()):
                    self._ready.wait(_LOOK_S)
                    continue
            for look in due:
                if stop.is_set():
                    return
                self._turn(look)

    def _turn(self, look: Look) -> None:
        with traced():
            try:
                self.look(look)
            except BotError as error:
                LOG.warning("not looked at", subject=look.subject, cause=error.cause)
            except Exception:  # noqa: BLE001  # the thread's edge
                LOG.exception("look broke", subject=look.subject)

    def look(self, look: Look) -> None:
        """Now. Raises StoreDown or Unsaved."""
        if look.at == "alarm":
            self._look_at_alarm(look.subject)
            return
        account = next((a for a in self._inventory.accounts() if a.id == look.account_id), None)
        if account is None or look.region not in account.regions:
            return
        take = self._packages if look.at == "packages" else self._runs
        found = take(Scope((account,), (look.region,)))
        if found and look.at == "packages":
            self._changed()
        if not found and not look.again:
            self.want([replace(look, again=True)])

    def _look_at_alarm(self, arn: str) -> None:
        """Its state as it is described, told where it is news; of one that was never judged there is none."""
        self._book.forget(arn)
        alarm = self._book.asked([arn])[arn].alarm
        if alarm is None or alarm.reason == CREATED:
            return
        around = self._placing.around(self._book.known(children_of(alarm)))
        change = alarms.as_polled(alarm)
        said = alarms.observed(change, around)
        if not isinstance(said, str) and self._incidents.unseen([change.id]):
            record(self._incidents, [self._placing.placed(said)], self._routes.route, self._clock.now())
            self._changed()

    def _due(self) -> list[Look]:
        now = time.monotonic()
        due = [place for place in self._wanted if self._not_before.get(place, 0.0) <= now]
        self._not_before = {place: at for place, at in self._not_before.items() if at > now}
        self._not_before.update(dict.fromkeys(due, now + APART_S))
        return [self._wanted.pop(place) for place in due]


def _place(look: Look) -> Place:
    return (look.at, look.account_id, look.subject if look.at == "alarm" else look.region)
