"""The threads that take what is sent: those that receive, one that holds, one that looks."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Final

from bot.alerts.alarm_book import AlarmBook
from bot.alerts.changing import Changing, Ours
from bot.alerts.holding import Holding
from bot.alerts.inbox import InboxLoop
from bot.alerts.intake import Intake
from bot.alerts.looker import Looker
from bot.alerts.placing import Placing, Wider
from bot.alerts.topics import Topics
from bot.alerts.understanding import Understanding
from bot.alerts.watch import BOT
from bot.model.account import Scope
from bot.ports import Ask, Clock, Inbox, Incidents, Inventory, Notices, Routes, Tally

_RECEIVES: Final = "inbox"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings say of it."""

    named: Collection[str] = ()
    """Accounts that they name."""
    wider: Wider = field(default_factory=Wider)
    workers: int = 1
    ours: Ours = field(default_factory=Ours)


class Listening:
    """A process's; any number of processes may have one."""

    def __init__(
        self,
        inbox: Inbox,
        stores: Mapping[type, Any],
        bind: Callable[[Ask], Mapping[type, object]],
        clock: Clock,
        wanted: Wanted,
        *,
        runs: Callable[[Scope], int],
        packages: Callable[[Scope], int],
        changed: Callable[[], None],
        stopped: Callable[[], bool],
    ) -> None:
        """`runs` takes in the finished runs of some accounts, `packages` what waits there.

        `changed` wakes whoever shows incidents.
        """
        incidents, inventory, routes = stores[Incidents], stores[Inventory], stores[Routes]
        placing = Placing(inventory, routes, wanted.wider)
        book = AlarmBook(bind, inventory, clock, BOT, listed=placing.alarms, stopped=stopped)
        self._holding = Holding(inbox)
        self.looker = Looker(
            incidents,
            inventory,
            routes,
            clock,
            placing=placing,
            book=book,
            runs=runs,
            packages=packages,
            changed=changed,
        )
        intake = Intake(
            incidents,
            inventory,
            routes,
            clock,
            placing=placing,
            understanding=Understanding(incidents, clock, placing, book),
            changing=Changing(
                bind, incidents, inventory, routes, stores[Notices], clock, BOT, placing=placing, ours=wanted.ours
            ),
            notices=stores[Notices],
            tally=stores[Tally],
            named=wanted.named,
            topics=Topics(inbox),
        )
        self.loop = InboxLoop(inbox, inventory, intake, self._holding, changed=changed, look=self.looker.want)
        self._workers = wanted.workers

    def threads(self, stop: Event) -> tuple[Thread, ...]:
        """Not started."""
        works = {"holding": self._holding.run, "looker": self.looker.run}
        works |= {f"{_RECEIVES}-{n}": self.loop.run for n in range(self._workers)}
        return tuple(Thread(target=work, args=(stop,), name=name, daemon=True) for name, work in works.items())
