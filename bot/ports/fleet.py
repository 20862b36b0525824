"""The fleet: accounts, endpoints, monitors. Adapters are bound to an `Ask`; every method stays within its deadline."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from bot.model.account import Account
from bot.model.fleet import Capture, Depth, Endpoint
from bot.model.monitor import Execution, Report, Schedule, Violation
from bot.ports.ask import Found

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sweep(Generic[T]):
    """What an account and Region listed. `whole`: what it does not name is not there."""

    account_id: str
    region: str
    items: tuple[T, ...]
    whole: bool = True


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


class Resources(Protocol):
    """Endpoints and monitoring schedules as the accounts of the ask's scope list them."""

    def endpoints(self, known: Iterable[Endpoint], depth: Depth) -> Found[Sweep[Endpoint]]:
        """Every endpoint: one listing per account and Region, then descriptions, of `known` ones as `depth` says.

        A configuration is immutable: that of a known endpoint is not asked for. One that is listed and cannot be
        described is as it is known, else as it is listed, and its account a failure.
        """
        ...

    def schedules(self, known: Iterable[Schedule], depth: Depth) -> Found[Sweep[Schedule]]:
        """Every schedule, one listing per account and Region; of `known` ones as much anew as `depth` says.

        One that is listed and cannot be described is as it is known, else by its names, and its account a failure.
        """
        ...

    def capture(self, account_id: str, region: str, config: str) -> Capture | None:
        """What an endpoint's configuration captures; None of one without, or that is not there.

        Raises SourceError when the account does not answer, BotError when the ask's scope has no such account.
        """
        ...


class Refresh(Protocol):
    """Asks for the fleet of the ask's scope anew and keeps it in the inventory."""

    def endpoints(self) -> Found[Endpoint]:
        """What was listed; describes every endpoint."""
        ...

    def schedules(self) -> Found[Schedule]:
        """What was listed; describes those that are new or have changed."""
        ...


class Operations(Protocol):
    """What is changed in an account, in the name of the person who asks."""

    def start(self, schedule: Schedule) -> None:
        """Let a stopped schedule run again. Raises SourceError."""
        ...

    def stop(self, schedule: Schedule) -> None:
        """No more runs until it is started. Raises SourceError."""
        ...
