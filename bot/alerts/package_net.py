"""Model packages as SageMaker lists them, against what is kept: the poll's net, and what an event's look asks."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, cast

from bot.alerts.watch import BOT
from bot.approvals import keep, look
from bot.errors import SourceError
from bot.log import LOG
from bot.model.account import Account, Scope
from bot.model.package import Approval, PackageRef, Ticket
from bot.ports import Approvals, Ask, Clock, Failure, Inventory, Packages, Routes

MOST_NEW: Final = 20
"""Cards of one round: a registry that has waited for months does not fill a channel, and the next round goes on."""
SETTLES: Final = timedelta(minutes=5)
"""A listing that was asked for before a decision may still show what waited."""


class PackageNet:
    """For the process that polls, and for the thread that looks at what events hint at."""

    def __init__(
        self,
        bind: Callable[[Ask], Mapping[type, object]],
        approvals: Approvals,
        inventory: Inventory,
        routes: Routes,
        clock: Clock,
        *,
        look_back: timedelta,
        within_s: float,
        stopped: Callable[[], bool],
    ) -> None:
        """What was registered longer than `look_back` ago gets no card by itself; `/ml approve` lists it all."""
        self._bind = bind
        self._approvals = approvals
        self._inventory = inventory
        self._routes = routes
        self._clock = clock
        self._look_back = look_back
        self._within_s = within_s
        self._stopped = stopped
        self._tried: Mapping[PackageRef, int] = {}
        """How often what has no card was asked for in vain: what was tried least comes first."""

    def look(self, scope: Scope) -> int:
        """What an event told of, between polls."""
        return self.take(scope, self._clock.now())

    def take(self, scope: Scope, now: datetime) -> int:
        """Give what waits a card, and see what became of what waited; how much changed. Raises StoreDown, Unsaved."""
        ask = Ask(BOT, now, scope, time.monotonic() + self._within_s, cancelled=self._stopped)
        packages = cast("Packages", self._bind(ask)[Packages])
        found = packages.waiting()
        self._warn(found.failures)
        if self._stopped():
            return 0
        accounts = {account.id: account for account in self._inventory.accounts()}
        listed = {ref.arn: ref for sweep in found.items for ref in sweep.items}
        answered = {(sweep.account_id, sweep.region) for sweep in found.items if sweep.whole}
        kept = [t for t in self._approvals.open() if (t.ref.account_id, t.ref.region) in answered]
        changed = self._ended([t for t in kept if t.ref.arn not in listed], packages, accounts, ask)
        known = {ticket.ref.arn for ticket in kept}
        self._tried = {
            ref: times
            for ref, times in self._tried.items()
            if ref.arn in listed or (ref.account_id, ref.region) not in answered
        }
        return changed + self._new([ref for arn, ref in listed.items() if arn not in known], packages, accounts, ask)

    def _ended(self, tickets: Sequence[Ticket], packages: Packages, accounts: Mapping[str, Account], ask: Ask) -> int:
        """Those that do not wait any more: what became of each is asked for."""
        ended = 0
        for ticket in tickets:
            try:
                ended += look(self._approvals, packages, accounts, ticket.ref, ask)
            except SourceError as error:
                LOG.warning("package not looked at", package=ticket.ref.arn, cause=error.cause)
        return ended

    def _new(self, refs: Sequence[PackageRef], packages: Packages, accounts: Mapping[str, Account], ask: Ask) -> int:
        before = {ticket.ref.arn: ticket for ticket in self._approvals.of([ref.arn for ref in refs])}
        fresh = [ref for ref in refs if ref.arn not in before and ask.now - ref.created_at <= self._look_back]
        again = [ref for ref in refs if ref.arn in before and self._waits_again(before[ref.arn], packages, ask)]
        wanted = sorted((*fresh, *again), key=lambda ref: (self._tried.get(ref, 0), ref.created_at))[:MOST_NEW]
        if not wanted:
            return 0
        described = packages.described(wanted)
        self._warn(described.failures)
        told = {package.ref for package in described.items}
        tried = {ref: self._tried.get(ref, 0) + 1 for ref in wanted if ref not in told}
        self._tried = {**{ref: n for ref, n in self._tried.items() if ref not in told}, **tried}
        return keep(self._approvals, self._routes, accounts, described.items, ask)

    def _waits_again(self, ticket: Ticket, packages: Packages, ask: Ask) -> bool:
        """Somebody put back to waiting what was decided: asked apart, since listings may be late."""
        if ticket.decision is None or ask.now - ticket.decision.at < SETTLES:
            return False
        try:
            return packages.state(ticket.ref).approval is Approval.WAITING
        except SourceError as error:
            LOG.warning("package not looked at", package=ticket.ref.arn, cause=error.cause)
            return False

    def _warn(self, failures: tuple[Failure, ...]) -> None:
        for f in () if self._stopped() else failures:
            LOG.warning("packages not read", account=f.account.id, region=f.region, cause=f.error.cause)
