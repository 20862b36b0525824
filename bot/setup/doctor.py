"""`doctor`: every area looked at, one after the other, and what came of it in order and as text."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.errors import BotError
from bot.logic.alarm_lines import alarm_lines, passed_over
from bot.logic.alarm_scope import Passed
from bot.logic.check_clock import clock_check
from bot.logic.check_handoff import HAND_OFF, handoff_checks
from bot.logic.check_questions import question_checks
from bot.logic.check_routes import ROUTES, file_checks, tag_checks
from bot.logic.check_slack import admin_check
from bot.logic.check_store import (
    DATABASE,
    OUTBOX,
    PROCESSES,
    alive,
    database_checks,
    held,
    last_poll_check,
    outbox_checks,
    parked_checks,
    process_checks,
)
from bot.logic.check_tally import REFUSED_WITHIN, refusal_checks, tally_checks
from bot.logic.words import listing, plural
from bot.model.account import Account, Scope
from bot.model.around import Around
from bot.model.checkup import Check, Queue, Status
from bot.model.handoff import Recipient
from bot.model.question import Questions
from bot.model.route import RouteBook
from bot.ports import ChatHealth, FleetHealth, HandOffs, Inventory, NoticeQueue, Outbox, StoreHealth, Tally, Workers
from bot.ports.workers import POLL

NOWHERE: Final = Scope(())
ORDER: Final[tuple[Status, ...]] = ("bad", "warn", "unknown", "good")
WATCHED_S: Final = 2.0
"""Whoever posts looks at least once a second: a channel that nobody took for so long is nobody's."""


@dataclass(frozen=True, slots=True)
class Stores:
    """The ports on the database that are looked at."""

    health: StoreHealth
    outbox: Outbox
    notices: NoticeQueue
    workers: Workers
    inventory: Inventory
    tally: Tally
    handoffs: HandOffs


@dataclass(frozen=True, slots=True)
class Doctor:
    """`bot.ports.health.Checkup`. Times: `wall` is the machine's clock, `now` the product's."""

    stores: Stores | BotError
    """The error where there is no database to look at."""
    chat: ChatHealth
    fleet: FleetHealth
    wall: Callable[[], datetime]
    now: datetime
    poll_every: timedelta
    admins: int
    """How many people and groups the settings name as admins."""
    routes: RouteBook | BotError
    """The error where the routes' file is mistaken, so that nothing would start with it."""
    questions: Questions = field(default_factory=Questions)
    destinations: tuple[Recipient, ...] = ()
    """Pagers and webhooks of the settings."""
    pause: Callable[[float], None] = time.sleep
    scope: Scope = NOWHERE
    """Whose alarms are counted; everybody's where nobody could be told."""
    around: Around = field(default_factory=Around)
    """What the settings say of alarms."""

    def checks(self) -> tuple[Check, ...]:
        """The database, routes, questions, Slack, AWS; one that does not answer leaves the others their lines."""
        checks = [*self._store(), *self._passed(), *self._routes(), *question_checks(self.questions)]
        channels, remembered = self._remembered()
        routes = () if isinstance(self.routes, BotError) else tuple(rule.route for rule in self.routes.routes)
        checks += self.chat.checks(channels, routes)
        checks += filter(None, (admin_check(self.admins),))
        return (*checks, *self.fleet.checks(remembered))

    def _remembered(self) -> tuple[tuple[str, ...], tuple[Account, ...]]:
        """Channels with messages and accounts ever seen, for the others to look at; none of a silent database."""
        if isinstance(self.stores, BotError):
            return (), ()
        try:
            queues = self.stores.health.queues()
            return tuple(queue.channel for queue in queues), self.stores.inventory.accounts()
        except BotError:
            return (), ()

    def _passed(self) -> Iterator[Check]:
        """What came and was not told."""
        if isinstance(self.stores, BotError):
            return
        try:
            yield from tally_checks(self.stores.tally.counted(), self._untold(self.stores.inventory))
            yield from refusal_checks(self.stores.tally.refused(self.now - REFUSED_WITHIN))
        except BotError:
            return  # the line on the database says it

    def _untold(self, inventory: Inventory) -> Mapping[Passed, int]:
        """Alarms that nobody is told of, of the accounts that are looked at, as `/ml alarms` counts them."""
        known = {alarm.arn: alarm for alarm in inventory.alarms()}
        places = {(account.id, region) for account, region in self.scope.targets()}
        lines = alarm_lines(known.values(), (), replace(self.around, alarms=known), self.now)
        return passed_over(line for line in lines if not places or (line.account_id, line.region) in places)

    def _routes(self) -> Iterator[Check]:
        """The file, and the tags that contradict it where the inventory knows them."""
        if isinstance(self.routes, BotError):
            yield trouble(ROUTES, "file", self.routes)
            return
        yield from file_checks(self.routes)
        if isinstance(self.stores, BotError):
            return
        try:
            inventory = self.stores.inventory
            monitors = [(s.endpoint or s.name, dict(s.tags)) for s in inventory.schedules()]
            endpoints = [(e.name, dict(e.tags)) for e in inventory.endpoints()]
        except BotError:
            return  # the line on the database says it
        yield from tag_checks([*endpoints, *monitors], self.routes.services)

    def _store(self) -> Iterator[Check]:
        """Whether it can be read and written, then what stands in it."""
        stores = self.stores
        try:
            if isinstance(stores, BotError):
                raise stores
            found = stores.health.database()
        except BotError as error:
            yield trouble(DATABASE, "the database", error)
            for area in (OUTBOX, PROCESSES):
                yield Check(area, "all", "unknown", "not looked at", "See the line on the database.")
            return
        yield from database_checks(found)
        if found.clock is not None:
            yield clock_check(found.clock)
        for area, look in ((PROCESSES, self._processes), (OUTBOX, self._outbox), (HAND_OFF, self._handoffs)):
            try:
                yield from look(stores)
            except BotError as error:
                yield trouble(area, "all", error)

    def _processes(self, stores: Stores) -> list[Check]:
        poll = next((lease for lease in stores.workers.leases() if lease.name == POLL), None)
        seen_at = stores.inventory.seen_at()
        found = process_checks(stores.workers.workers(), poll, self.wall())
        return [*found, last_poll_check(seen_at, self.now, self.poll_every)]

    def _outbox(self, stores: Stores) -> list[Check]:
        """A message that was queued this very moment is nobody's yet: such channels are looked at twice."""
        queues, unheld = stores.health.queues(), frozenset[str]()
        if first := self._unheld(queues):
            self.pause(WATCHED_S)
            queues = stores.health.queues()
            unheld = frozenset(channel for channel, _ in first & self._unheld(queues))
        living = alive(stores.workers.workers(), self.wall())
        waiting = outbox_checks(queues, unheld, frozenset(w.id for w in living), self.wall())
        return [*waiting, *parked_checks((*stores.outbox.parked(), *stores.notices.parked()))]

    def _handoffs(self, stores: Stores) -> list[Check]:
        routes = () if isinstance(self.routes, BotError) else tuple(rule.route for rule in self.routes.routes)
        rows = stores.handoffs
        return list(handoff_checks(self.destinations, routes, rows.waiting(), rows.dead(), self.wall()))

    def _unheld(self, queues: Iterable[Queue]) -> set[tuple[str, int]]:
        now = self.wall()
        return {(queue.channel, queue.oldest_id) for queue in queues if not held(queue, now)}


def trouble(area: str, subject: str, error: BotError) -> Check:
    """An error as a line."""
    return Check(area, subject, "bad", error.cause, error.next_step)


def in_order(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Worst first, else as they were found; what is said alike of several things is one line."""
    alike: dict[Check, list[str]] = {}
    for check in checks:
        alike.setdefault(replace(check, subject=""), []).append(check.subject)
    folded = [replace(check, subject=_together(check, subjects)) for check, subjects in alike.items()]
    return tuple(sorted(folded, key=lambda check: ORDER.index(check.status)))


def _together(check: Check, subjects: Iterable[str]) -> str:
    """What is good need not be named to the last."""
    return listing(tuple(dict.fromkeys(subjects)), most=3 if check.status == "good" else 20)


WORDS: Final[Mapping[Status, str]] = {"bad": "failed", "warn": "warning", "unknown": "untested", "good": "good"}


def counts(checks: Sequence[Check]) -> str:
    """`1 failed, 2 warnings, 9 good`, or `Nothing failed, 9 good`."""
    counted = Counter(check.status for check in checks)
    failed = f"{counted['bad']} failed" if counted["bad"] else "Nothing failed"
    warnings = [plural(counted["warn"], WORDS["warn"])] if counted["warn"] else []
    rest: tuple[Status, ...] = ("unknown", "good")
    return ", ".join([failed, *warnings, *(f"{counted[s]} {WORDS[s]}" for s in rest if counted[s])])


def text(checks: Sequence[Check]) -> str:
    """For a terminal: aligned, each line followed by its next step, the counts last."""
    states = max(map(len, WORDS.values()))
    areas = max((len(check.area) for check in checks), default=0)
    lines: list[str] = []
    for check in checks:
        head = f"{WORDS[check.status]:<{states}}  {check.area:<{areas}}  "
        lines.append(_plain(f"{head}{check.subject}: {check.said}"))
        if check.next_step:
            lines.append(_plain(f"{'':<{len(head)}}-> {check.next_step}"))
    return "\n".join([*lines, "", counts(checks), ""])


def _plain(line: str) -> str:
    """Labels and names are others' words: no control character of theirs reaches the terminal."""
    return "".join(c if c.isprintable() else "?" for c in line)
