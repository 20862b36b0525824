"""The fleet: accounts and their monitors. Adapters are bound to an `Ask`; every method stays within its deadline."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.account import Account
from bot.model.monitor import Execution, Report, Schedule, Violation
from bot.ports.ask import Found


class Directory(Protocol):
    """The accounts that are linked to the observability account."""

    def accounts(self) -> Found[Account]:
        """Every linked account, labels as the links give them, and those named in the settings.

        Regions in which the sink cannot be read become failures. Not limited by the ask's scope.
        """
        ...

    def reachable(self) -> Found[Account]:
        """The accounts of the scope whose read role can be assumed; the others are the failures."""
        ...


class Monitors(Protocol):
    """Model Monitor across the accounts of the ask's scope."""

    def executions(self, since: datetime) -> Found[Execution]:
        """Every run created after `since`, oldest end first; one listing per account and Region."""
        ...

    def schedule(self, execution: Execution) -> Schedule:
        """The schedule of a run; one that was deleted, or that the role may not read, is known by its names.

        Raises SourceError when the account does not answer.
        """
        ...

    def report(self, execution: Execution) -> Report:
        """What a finished run found. A missing, malformed or refused report is no error: `readable` is False.

        Raises SourceError when the account does not answer.
        """
        ...

    def violations(self, service: str | None, since: timedelta) -> Found[Violation]:
        """Rows that were bad within `since`, newest first; `service` limits to one service or endpoint."""
        ...


class Inventory(Protocol):
    """What watch last saw of the fleet; kept in the store, so reading it asks no account."""

    def remember(self, accounts: Iterable[Account], now: datetime) -> None:
        """Keep these; accounts seen before and not among them stay, no longer linked."""
        ...

    def accounts(self) -> tuple[Account, ...]:
        """Every account ever seen, by label, then id."""
        ...

    def seen_at(self) -> datetime | None:
        """When the accounts were last refreshed."""
        ...

    def name_service(self, schedule: Schedule) -> None:
        """Keep what a schedule and its endpoint are called, so names can be suggested."""
        ...

    def services(self) -> tuple[str, ...]:
        """Every service name ever seen, sorted."""
        ...

    def names(self) -> tuple[str, ...]:
        """Every service, schedule and endpoint ever seen, sorted."""
        ...
