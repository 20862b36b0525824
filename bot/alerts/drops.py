"""Takes in what other monitors dropped in S3: each object once, each source by itself."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from bot.alerts.placing import Placing
from bot.errors import Malformed, Missing, SourceError
from bot.incidents import record
from bot.log import LOG
from bot.logic import reported
from bot.model.account import Scope
from bot.model.incident import Incident
from bot.model.person import Person
from bot.model.report import Drop, Observed, Source
from bot.ports import Ask, Drops, Incidents, Routes
from bot.ports.incidents import Change
from bot.telemetry import REPORTS

MOST_READ = 200
"""Objects of a source in one poll; the rest is found again by the next one."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an object; `said` is None for one that nobody can be told of."""

    drop: Drop
    said: Observed | None


class DropReader:
    """One round for each poll."""

    def __init__(
        self,
        bind: Callable[[Ask], Mapping[type, object]],
        incidents: Incidents,
        placing: Placing,
        routes: Routes,
        asker: Person,
        *,
        look_back: timedelta,
        round_s: float,
        stopped: Callable[[], bool],
    ) -> None:
        """`round_s` is how long a round may take: after that no further object is begun."""
        self._bind = bind
        self._incidents = incidents
        self._placing = placing
        self._routes = routes
        self._asker = asker
        self._look_back = look_back
        self._round_s = round_s
        self._stopped = stopped

    def take(self, scope: Scope, now: datetime) -> int:
        """Returns how many reports were recorded. Raises StoreDown or Unsaved."""
        end = time.monotonic() + self._round_s
        drops = cast("Drops", self._bind(Ask(self._asker, now, scope, end, cancelled=self._stopped))[Drops])
        found = drops.listed(now - self._look_back)
        for failure in () if self._stopped() else found.failures:
            error = failure.error
            LOG.warning("reports not listed", account=failure.account.id, region=failure.region, cause=error.cause)
        new = self._incidents.unseen(drop.id for drop in found.items)
        sources = _by_source(drop for drop in found.items if drop.id in new)
        taken = [one for mine in sources for one in self._read(drops, mine, end)]
        self._record(taken, now)
        return sum(one.said is not None for one in taken)

    def _read(self, drops: Drops, mine: Sequence[Drop], end: float) -> Iterator[Taken]:
        """A source's objects, oldest first, until its account refuses: then the source waits for the next poll."""
        for drop in mine[:MOST_READ]:
            if self._stopped() or time.monotonic() > end:
                return
            try:
                yield Taken(drop, reported.observed(drop, drops.read(drop)))
            except Missing:
                continue
            except Malformed as error:
                LOG.warning("report not understood", report=drop.uri, cause=error.cause)
                yield Taken(drop, reported.unread(drop, error.cause))
            except SourceError as error:
                LOG.warning("report not read", report=drop.uri, cause=error.cause)
                return

    def _record(self, taken: Sequence[Taken], now: datetime) -> None:
        said = [self._placing.placed(one.said) for one in taken if one.said is not None]
        if said:
            record(self._incidents, said, self._routes.route, now)
        if mute := [one.drop.id for one in taken if one.said is None]:
            self._incidents.change((), _nothing, now=now, seen=mute)
        for one in taken:
            REPORTS.labels(one.drop.source.kind, "taken" if one.said else "refused").inc()


def _by_source(drops: Iterable[Drop]) -> list[list[Drop]]:
    sources: dict[Source, list[Drop]] = {}
    for drop in drops:
        sources.setdefault(drop.source, []).append(drop)
    return list(sources.values())


def _nothing(_: tuple[Incident, ...]) -> Sequence[Change]:
    """A step for ids that are only remembered."""
    return ()
