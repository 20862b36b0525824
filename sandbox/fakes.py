"""The store's incidents and small ports in memory, with real semantics, and makers of observations, for unit tests."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

from bot.errors import NotFound, StoreDown, Unknowable
from bot.model.audit import AuditEntry
from bot.model.handoff import HandOff
from bot.model.incident import Entry, Incident, Queued, State, Status
from bot.model.observation import Finding, Observation, Reading, Row, Subject, Verdict, Window
from bot.model.person import Person
from bot.model.place import About, Family, Place, Service
from bot.model.post import Outgoing
from bot.model.route import Match, Route, RouteBook, RouteRule
from bot.ports.incidents import Change, Step
from sandbox.fakes_outbox import FakeOutbox

Fold = Callable[[tuple[Entry, ...], datetime], State]


START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""When the tests' first hour begins."""
HOUR = timedelta(hours=1)
PLACE = Place("222222222222", "us-east-1", "bank-marketing", Family.MODEL_QUALITY)
LIMITS = {"accuracy": 0.87, "recall": 0.5, "false_positive_rate": 0.05}
"""Constraints of the tests' monitor; other metrics are held to 0.5."""


def at(hour: float) -> datetime:
    """So many hours after START."""
    return START + hour * HOUR


def row(metric: str) -> Row:
    """The row of a metric: rates that must stay low are `GreaterThanThreshold`."""
    return Row(metric, "GreaterThanThreshold" if metric.endswith("_rate") else "LessThanThreshold")


def finding(metric: str, seen: float | None, verdict: Verdict = Verdict.BAD, error: float | None = 0.001) -> Finding:
    """One constraint's finding, of 1,000 records."""
    return Finding(row(metric), verdict, Reading(seen, LIMITS.get(metric, 0.5), error, 1_000))


def subject(name: str = "bank-marketing-quality") -> Subject:
    """A monitoring schedule of PLACE."""
    arn = f"arn:aws:sagemaker:us-east-1:222222222222:monitoring-schedule/{name}"
    return Subject(arn, name, "bank-marketing-2026-11-02-0914")


def run(
    hour: float,
    bad: Mapping[str, float | None] | None = None,
    good: Mapping[str, float | None] | None = None,
    *,
    by: str = "bank-marketing-quality",
    complete: bool = True,
    window: Window | None = None,
    cadence: timedelta | None = HOUR,
    error: float | None = 0.001,
) -> Observation:
    """A monitor's run that ended so many hours after START; its data is the hour before, unless given."""
    findings = [finding(metric, seen, error=error) for metric, seen in (bad or {}).items()]
    findings += [finding(metric, seen, Verdict.GOOD) for metric, seen in (good or {}).items()]
    span = window or Window(at(hour - 1), at(hour))
    return Observation(f"run:{by}:{hour}", subject(by), at(hour), tuple(findings), complete, span, cadence)


class FakeIncidents:
    """`Incidents` in memory; one lock stands for the transaction."""

    def __init__(self, fold: Fold, outbox: FakeOutbox | None = None) -> None:
        self.outbox = outbox or FakeOutbox()
        self.handed: list[HandOff] = []
        """What was ever handed off, in order."""
        self._fold = fold
        self._kept: dict[Place, Incident] = {}
        self._wakes: dict[Place, datetime | None] = {}
        self._heard: dict[str, Place] = {}
        self._seen: set[str] = set()
        self._lock = RLock()

    def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
        """Run the step under the lock and keep all of it, or nothing if it raises."""
        with self._lock:
            locked = tuple(self._of(place, now, nth) for nth, place in enumerate(sorted(set(places))))
            changes = step(locked)
            after = [(*self._apply(locked, change), change) for change in changes]
            for incident, out, change in after:
                self._kept[incident.place] = incident
                self._wakes[incident.place] = change.wakes_at
                self.handed += change.handed
                self._heard |= {e.subject.arn: incident.place for e in incident.log if isinstance(e, Observation)}
                self.outbox.add(out)
            self._seen.update(seen)

    def get(self, number: int, now: datetime) -> Incident:
        """By number; raises NotFound."""
        with self._lock:
            for incident in self._kept.values():
                if incident.number == number:
                    return self._read(incident, now)
        raise NotFound(f"There is no incident #{number}", "`/ml incidents` lists those there are.")

    def many(self, numbers: Iterable[int], now: datetime) -> tuple[Incident, ...]:
        """By number."""
        wanted = frozenset(numbers)
        with self._lock:
            found = [self._read(i, now) for i in self._kept.values() if i.number in wanted]
        return tuple(sorted(found, key=lambda i: i.number))

    def at(self, place: Place, now: datetime) -> Incident | None:
        """By place."""
        kept = self._kept.get(place)
        return self._read(kept, now) if kept else None

    def list(self, now: datetime, *, resolved_since: datetime | None = None) -> tuple[Incident, ...]:
        """Those not resolved, and those resolved since then; newest start first."""
        with self._lock:
            read = [self._read(i, now) for i in self._kept.values()]
        wanted = [i for i in read if _is_listed(i.state, resolved_since)]
        return tuple(sorted(wanted, key=lambda i: (i.state.started_at or now, i.number), reverse=True))

    def unseen(self, ids: Iterable[str]) -> frozenset[str]:
        """Those never remembered."""
        return frozenset(ids) - self._seen

    def due_before(self, now: datetime) -> tuple[Place, ...]:
        """Places of which a clock may have something said."""
        with self._lock:
            return tuple(sorted(p for p, wakes_at in self._wakes.items() if wakes_at and wakes_at <= now))

    def places_of(self, subject_arns: Iterable[str]) -> Mapping[str, Place]:
        """Where the incidents are that heard them last, unless those are resolved as of their last change."""
        with self._lock:
            open_ones = {a: self._kept[self._heard[a]] for a in subject_arns if a in self._heard}
            folded = {a: self._fold(i.log, i.log[-1].at) for a, i in open_ones.items()}
        return {a: open_ones[a].place for a, state in folded.items() if state.status is not Status.RESOLVED}

    def _of(self, place: Place, now: datetime, nth: int) -> Incident:
        """The incident of a place, or a blank one with the number that it would have."""
        kept = self._kept.get(place)
        if kept is not None:
            return self._read(kept, now)
        number = max((i.number for i in self._kept.values()), default=0) + 1 + nth
        return Incident(number, place, Service(place.service), (), Queued(), self._fold((), now))

    def _read(self, incident: Incident, now: datetime) -> Incident:
        """With the state of now."""
        return replace(incident, state=self._fold(incident.log, now))

    @staticmethod
    def _apply(locked: tuple[Incident, ...], change: Change) -> tuple[Incident, tuple[Outgoing, ...]]:
        """The incident after a change; raises ValueError where the step broke the port's rules."""
        before = next((i for i in locked if i.number == change.number), None)
        if before is None:
            raise ValueError(f"incident {change.number} was not locked")
        ids = [e.id for e in (*before.log, *change.entries)]
        if len(set(ids)) < len(ids):
            raise ValueError("the log holds this entry already")
        if not ids:
            raise ValueError("a change without entries cannot make an incident")
        log = (*before.log, *change.entries)
        return replace(before, service=change.service, log=log, queued=change.queued), change.out


class BrokenIncidents(FakeIncidents):
    """A store that is down as often as it was told to be."""

    downs = 0

    def change(self, *args: Any, **more: Any) -> None:
        """Raises StoreDown while it is down."""
        if self.downs:
            self.downs -= 1
            raise StoreDown("the database does not answer")
        super().change(*args, **more)


class FakeRoutes:
    """`Routes` with one route, to #ml-alerts unless told otherwise."""

    def __init__(self, only: Route | None = None) -> None:
        self.only = only or Route("ml-alerts")

    def book(self) -> RouteBook:
        """The one, for anything."""
        return RouteBook((RouteRule(Match(), self.only),))

    def route(self, place: Place, about: About) -> Route:
        """Always the same."""
        del place, about
        return self.only

    def all(self) -> tuple[Route, ...]:
        """The one."""
        return (self.only,)

    def problem(self) -> str:
        """None."""
        return ""


class FakePeople:
    """`People` of one workspace: everybody is a member. A group that is not among `groups` cannot be told."""

    def __init__(self, groups: Mapping[str, Iterable[str]] | None = None) -> None:
        self.groups = {group: frozenset(members) for group, members in (groups or {}).items()}
        self.addresses: dict[str, Person] = {}

    def person(self, user_id: str, team_id: str) -> Person:
        """By id."""
        return Person(user_id, team_id, user_id)

    def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """As they were given."""
        del fresh
        if group not in self.groups:
            raise Unknowable("Slack does not say who is in that group.")
        return self.groups[group]

    def named(self, name: str) -> tuple[Person, ...]:
        """By id."""
        return (self.person(name, ""),)

    def by_email(self, address: str) -> Person | None:
        """Of `addresses`."""
        return self.addresses.get(address)

    def is_external(self, channel_id: str) -> bool:
        """None is."""
        del channel_id
        return False


class FakeSeen:
    """`Seen` in memory; forgets after a day, as the store does."""

    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}
        self._lock = RLock()

    def firsts(self, ids: Sequence[str], now: datetime) -> tuple[bool, ...]:
        """True once per id and day."""
        with self._lock:
            return tuple(self._first(id_, now) for id_ in ids)

    def _first(self, id_: str, now: datetime) -> bool:
        seen_at = self._at.get(id_)
        if seen_at is not None and now - seen_at < timedelta(days=1):
            return False
        self._at[id_] = now
        return True

    def forget(self, id: str) -> None:  # noqa: A002  # the port's word
        """New again."""
        with self._lock:
            self._at.pop(id, None)


def down(*_: object, **__: object) -> None:
    """Raises StoreDown: in place of what keeps something."""
    raise StoreDown("The database does not answer; nothing was changed.")


class FakeAudit:
    """`Audit` in memory."""

    def __init__(self) -> None:
        self.entries: dict[str, AuditEntry] = {}

    def write(self, entry: AuditEntry) -> None:
        """Keep one act, once per id."""
        self.entries.setdefault(entry.id, entry)

    def tail(self, limit: int) -> tuple[AuditEntry, ...]:
        """The newest first."""
        return tuple(sorted(self.entries.values(), key=lambda e: (e.at, e.id), reverse=True)[:limit])


def _is_listed(state: State, resolved_since: datetime | None) -> bool:
    """Whether `list` shows an incident in this state."""
    if state.status is not Status.RESOLVED:
        return True
    return resolved_since is not None and state.resolved_at is not None and state.resolved_at >= resolved_since
