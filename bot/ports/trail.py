"""CloudTrail over all accounts. Bound to an `Ask`; every method stays within its deadline."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model.news import Change
from bot.model.observation import Window
from bot.model.trail import Call, Estimate, Place, Record, Rows, Scan, TrailQuery, Wanted
from bot.ports.ask import Failure, Found


@dataclass(frozen=True, slots=True)
class Calls:
    """Recorded calls, newest first. `more`: there were more than were wanted.

    `failures` are accounts that could not be asked for what no log file has yet.
    """

    items: tuple[Call, ...]
    more: bool
    scan: Scan
    failures: tuple[Failure, ...] = ()


class Trail(Protocol):
    """The trail of the accounts and Regions of the ask's scope.

    Every method raises BotError where no trail is set up. Those that read raise it also where the window is longer
    than the settings allow, the table is absent or too old, none of the accounts is in it, somebody cancelled or the
    work group's cutoff was reached; and SourceError for what AWS refuses.
    """

    def events(self) -> Collection[str]:
        """The names of events that the services concerned have, as botocore knows them."""
        ...

    def recorded_in(self, event: str) -> str:
        """The one Region in which an event is recorded, whoever calls; empty where it is the caller's."""
        ...

    def estimate(self, window: Window, reads: int = 1) -> Estimate:
        """What reading `events` so often would scan, at most; nothing is read."""
        ...

    def ask(self, query: TrailQuery, window: Window) -> Rows:
        """Rows of a question, from the log files that were delivered. People who ask the same share a run."""
        ...

    def calls(self, wanted: Wanted, window: Window) -> Calls:
        """Calls within the window, also those that no log file has yet, which are provisional."""
        ...

    def changes(self, since: Mapping[tuple[str, str], datetime], until: datetime) -> Found[Change]:
        """What somebody changed that governance rests on, as each account's own CloudTrail has it; no log file is read.

        `since` has the start for each (account id, Region) that is asked. What is found of an account that then
        refuses, or has more than is looked up, is told, newest first; it is a failure all the same.
        """
        ...

    def before(self, change: Change) -> tuple[Change, ...]:
        """Earlier calls of the same kind in its place, newest first, of the ninety days that CloudTrail keeps them.

        Raises SourceError also where there are more than are looked up.
        """
        ...

    def record(self, place: Place, event_id: str, at: datetime) -> Record:
        """One event, whole. Raises Missing where it is not found."""
        ...

    def stop(self, run: str) -> None:
        """End a run of Athena's by its id; one that has ended stays as it is."""
        ...
