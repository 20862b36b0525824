"""What watch last saw of the fleet; kept in the store, so reading it asks no account."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from bot.model.account import Account
from bot.model.alarm import Alarm, Mute
from bot.model.fleet import Earlier, Endpoint, Vanished
from bot.model.monitor import Execution, MonitorKey, Schedule
from bot.ports.fleet import Sweep

Swept = Literal["endpoint", "schedule", "alarm", "mute"]


class Inventory(Protocol):
    """Accounts, endpoints, schedules and their newest runs, alarms and their mutes.

    Methods raise StoreDown, those that keep also Unsaved.
    """

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

    def names(self) -> tuple[str, ...]:
        """Every service, schedule and endpoint ever seen, of whatever account, sorted."""
        ...

    def resources(self) -> Mapping[tuple[str, str, str], str]:
        """The service of each endpoint and schedule ever seen, by account id, Region and name."""
        ...

    def keep_endpoints(self, sweeps: Iterable[Sweep[Endpoint]], now: datetime) -> None:
        """Keep what was listed. Of a whole listing what it lacks has vanished; one that is not whole only adds."""
        ...

    def keep_schedules(self, sweeps: Iterable[Sweep[Schedule]], now: datetime) -> None:
        """The same of schedules; the last run of one that vanished goes with it."""
        ...

    def keep_alarms(self, sweeps: Iterable[Sweep[Alarm]], now: datetime) -> None:
        """The same of alarms."""
        ...

    def keep_mutes(self, sweeps: Iterable[Sweep[Mute]], now: datetime) -> None:
        """The same of mute rules, which vanish without being told."""
        ...

    def keep_runs(self, runs: Iterable[Execution]) -> None:
        """Of each schedule the run that was scheduled last stays, as it was seen last."""
        ...

    def endpoints(self) -> tuple[Endpoint, ...]:
        """By account, Region, name; of every account ever seen."""
        ...

    def schedules(self) -> tuple[Schedule, ...]:
        """By account, Region, name; of every account ever seen."""
        ...

    def alarms(self) -> tuple[Alarm, ...]:
        """By account, Region, name; of every account ever seen."""
        ...

    def mutes(self) -> tuple[Mute, ...]:
        """By account, Region, name; of every account ever seen."""
        ...

    def last_runs(self) -> Mapping[MonitorKey, Execution]:
        """The newest run of each schedule."""
        ...

    def as_of(self, kind: Swept) -> Mapping[tuple[str, str], datetime]:
        """When each (account id, Region) was last listed as a whole."""
        ...

    def earlier(self) -> Mapping[str, Earlier]:
        """By ARN, alarms and endpoints as they were before their configuration last changed or they vanished.

        For a day at least, so that whoever hears late of a change can still tell what was before.
        """
        ...

    def vanished(self) -> tuple[Vanished, ...]:
        """What vanished and nobody has dealt with yet, oldest first."""
        ...

    def forget(self, vanished: Iterable[Vanished]) -> None:
        """They are dealt with. What vanished again since then is told again."""
        ...
