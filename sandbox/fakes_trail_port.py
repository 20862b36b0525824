"""The trail in memory, for tests of who asks it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any

from bot.errors import BotError, Missing
from bot.logic.changes import change_of
from bot.logic.trail_records import call, fits, merged, moment
from bot.model.news import Change
from bot.model.observation import Window
from bot.model.trail import Estimate, Place, Record, Rows, Scan, Shown, TrailQuery, Wanted
from bot.ports import Ask, Calls, Failure, Found

BOT_ROLE = "sagewatch-operate"
EVENTS = (
    "CreateEndpoint",
    "DeleteEndpoint",
    "UpdateEndpoint",
    "StopMonitoringSchedule",
    "DisableAlarmActions",
    "CreateRole",
)


def open_gate() -> Event:
    """One that holds nobody up."""
    gate = Event()
    gate.set()
    return gate


@dataclass(slots=True)
class Trailed:
    """What was recorded, up to when its log files were delivered, and what was asked."""

    records: list[dict[str, Any]] = field(default_factory=list)
    delivered: datetime | None = None
    """None: all of them."""
    columns: tuple[str, ...] = ("eventtime", "actor", "known_by", "account", "times")
    rows: tuple[tuple[Shown, ...], ...] = ()
    """What every question is answered with."""
    estimate: Estimate = field(default_factory=lambda: Estimate(2**20, 0.0001))
    scan: dict[str, Any] = field(default_factory=dict)
    """Members of the Scan beside its window."""
    refused: BotError | None = None
    failures: tuple[Failure, ...] = ()
    asked: list[tuple[TrailQuery | Wanted, Window]] = field(default_factory=list)
    looked_since: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """From when each (account id, Region) was last looked through for changes."""
    stopped: list[str] = field(default_factory=list)
    gate: Event = field(default_factory=open_gate)
    """Holds every question up while it is not set."""


class FakeTrail:
    """`bot.ports.trail.Trail` of what was recorded, for one question."""

    def __init__(self, trailed: Trailed, ask: Ask) -> None:
        self._trailed = trailed
        self._ask = ask

    def events(self) -> Collection[str]:
        """A few."""
        return EVENTS

    def recorded_in(self, event: str) -> str:
        """Roles are made in us-east-1."""
        return "us-east-1" if event == "CreateRole" else ""

    def estimate(self, window: Window, reads: int = 1) -> Estimate:
        """The same for every window."""
        del window, reads
        if self._trailed.refused:
            raise self._trailed.refused
        return self._trailed.estimate

    def ask(self, query: TrailQuery, window: Window) -> Rows:
        """The same for every question, within its limit."""
        self._trailed.asked.append((query, window))
        self._ask.progress("Athena has read 2 GB so far…")
        self._ask.running("run-1")
        self._trailed.gate.wait(20)
        rows = self._trailed.rows
        return Rows(self._trailed.columns, rows[: query.limit], len(rows) > query.limit, self._scan(window))

    def calls(self, wanted: Wanted, window: Window) -> Calls:
        """Those of the scope; what was not delivered is provisional."""
        self._trailed.asked.append((wanted, window))
        found = merged(
            [], [one for one, body in self._each() if window.start <= one.at < window.end and fits(one, body, wanted)]
        )
        kept = tuple(found[: wanted.limit])
        return Calls(kept, len(found) > len(kept), self._scan(window), self._trailed.failures)

    def changes(self, since: Mapping[tuple[str, str], datetime], until: datetime) -> Found[Change]:
        """Those of the scope within the window of their place."""
        self._trailed.looked_since = dict(since)
        found = [change_of(body, one.account_id, one.region, polled=True) for one, body in self._each()]
        inside = tuple(c for c in found if c and since.get((c.account_id, c.region), until) <= c.at < until)
        return Found(inside, self._trailed.failures, len(self._ask.scope.targets()))

    def before(self, change: Change) -> tuple[Change, ...]:
        """Those of the same kind and place. Raises SourceError where its account refuses."""
        if refused := next((f.error for f in self._trailed.failures if f.account.id == change.account_id), None):
            raise refused
        found = [change_of(body, one.account_id, one.region) for one, body in self._each()]
        here = (change.event, change.account_id, change.region)
        earlier = [c for c in found if c and (c.event, c.account_id, c.region) == here and c.at < change.at]
        return tuple(sorted(earlier, key=lambda c: c.at, reverse=True))

    def record(self, place: Place, event_id: str, at: datetime) -> Record:
        """By its id."""
        for one, body in self._each():
            if (one.id, one.at, (one.account_id, one.region)) == (event_id, at, place):
                return Record(one, body)
        raise Missing("that event is not found", "Ask for it with /ml who.")

    def stop(self, run: str) -> None:
        """Remember it."""
        self._trailed.stopped.append(run)

    def _each(self) -> list[tuple[Any, dict[str, Any]]]:
        end = self._trailed.delivered
        found = []
        for body in self._trailed.records:
            place = (body["recipientAccountId"], body["awsRegion"])
            early = end is not None and (moment(body["eventTime"]) or end) > end
            one = call(body, place, BOT_ROLE, provisional=early)
            if one and place in {(a.id, r) for a, r in self._ask.scope.targets()}:
                found.append((one, body))
        return found

    def _scan(self, window: Window) -> Scan:
        return Scan(window, **self._trailed.scan)
