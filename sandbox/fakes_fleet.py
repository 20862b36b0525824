"""The fleet's ports in memory: accounts, their runs and what becomes of reading them, for unit tests of the poll."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event

from bot.errors import SourceError, TimedOut
from bot.model.account import Account
from bot.model.alarm import Alarm, Mute
from bot.model.blind import Newest, RunFacts
from bot.model.fleet import Earlier, Endpoint, Vanished
from bot.model.monitor import Execution, MonitorKey, Report, Schedule, Violation
from bot.model.place import Service
from bot.ports import Ask, DataHealth, Directory, Failure, Found, Monitors, Sweep, Swept

LOOK_S = 0.01


class StillClock:
    """`Clock` that stands until it is set."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        """What it was set to."""
        return self.time

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """It is that time at once, unless stopped."""
        if not stop.wait(LOOK_S):
            self.time = max(self.time, when)


class FakeInventory:
    """`Inventory` in memory."""

    def __init__(self) -> None:
        self._schedules: dict[str, Schedule] = {}
        self._fleet: dict[str, Endpoint | Schedule | Alarm] = {}
        self._mutes: dict[str, Mute] = {}
        self._runs: dict[MonitorKey, Execution] = {}
        self._swept: dict[tuple[Swept, tuple[str, str]], datetime] = {}
        self._vanished: dict[str, Vanished] = {}
        self._earlier: dict[str, Earlier] = {}
        self._kept: dict[str, Account] = {}
        self._seen_at: datetime | None = None

    def remember(self, accounts: Iterable[Account], now: datetime) -> None:
        """Keep these, the others no longer linked."""
        self._kept = {i: replace(a, linked=False) for i, a in self._kept.items()} | {a.id: a for a in accounts}
        self._seen_at = now

    def accounts(self) -> tuple[Account, ...]:
        """By label, then id."""
        return tuple(sorted(self._kept.values(), key=lambda a: (a.label, a.id)))

    def seen_at(self) -> datetime | None:
        """When last refreshed."""
        return self._seen_at

    def name_service(self, schedule: Schedule) -> None:
        """Keep the names."""
        self._schedules[schedule.arn] = schedule

    def names(self) -> tuple[str, ...]:
        """Every name of a service, endpoint or schedule, sorted."""
        each = {n for s in self._schedules.values() for n in (s.service.name, s.endpoint, s.name)}
        each |= {n for e in self.endpoints() for n in (e.service.name, e.name)}
        return tuple(sorted(each - {""}))

    def resources(self) -> Mapping[tuple[str, str, str], str]:
        """Of the schedules that were named and what is kept."""
        seen = self._schedules.values()
        found = {(s.account_id, s.region, name): s.service.name for s in seen for name in (s.name, s.endpoint)}
        found |= {(s.account_id, s.region, s.name): s.service.name for s in self.schedules()}
        found |= {(e.account_id, e.region, e.name): e.service.name for e in self.endpoints()}
        return {key: service for key, service in found.items() if key[2]}

    def keep_endpoints(self, sweeps: Iterable[Sweep[Endpoint]], now: datetime) -> None:
        """As listed."""
        for sweep in sweeps:
            self._keep("endpoint", sweep, now)

    def keep_schedules(self, sweeps: Iterable[Sweep[Schedule]], now: datetime) -> None:
        """As listed."""
        for sweep in sweeps:
            self._keep("schedule", sweep, now)
            listed = {s.monitor for s in sweep.items}
            place = (sweep.account_id, sweep.region)
            dead = {m for m in self._runs if m[:2] == place and m not in listed} if sweep.whole else set()
            self._runs = {m: run for m, run in self._runs.items() if m not in dead}

    def keep_alarms(self, sweeps: Iterable[Sweep[Alarm]], now: datetime) -> None:
        """As listed."""
        for sweep in sweeps:
            self._keep("alarm", sweep, now)

    def keep_mutes(self, sweeps: Iterable[Sweep[Mute]], now: datetime) -> None:
        """As listed."""
        for sweep in sweeps:
            place = (sweep.account_id, sweep.region)
            stay = {arn: m for arn, m in self._mutes.items() if not sweep.whole or (m.account_id, m.region) != place}
            self._mutes = stay | {mute.arn: mute for mute in sweep.items}
            if sweep.whole:
                self._swept["mute", place] = now

    def keep_runs(self, runs: Iterable[Execution]) -> None:
        """The newest of each schedule."""
        for run in sorted((*self._runs.values(), *runs), key=lambda r: r.scheduled_at):
            self._runs[run.monitor] = run

    def endpoints(self) -> tuple[Endpoint, ...]:
        """By account, Region, name."""
        found = [r for r in self._fleet.values() if isinstance(r, Endpoint)]
        return tuple(sorted(found, key=lambda e: (e.account_id, e.region, e.name)))

    def schedules(self) -> tuple[Schedule, ...]:
        """By account, Region, name."""
        found = [r for r in self._fleet.values() if isinstance(r, Schedule)]
        return tuple(sorted(found, key=lambda s: s.monitor))

    def alarms(self) -> tuple[Alarm, ...]:
        """By account, Region, name."""
        found = [r for r in self._fleet.values() if isinstance(r, Alarm)]
        return tuple(sorted(found, key=lambda a: (a.account_id, a.region, a.name)))

    def mutes(self) -> tuple[Mute, ...]:
        """By account, Region, name."""
        return tuple(sorted(self._mutes.values(), key=lambda m: (m.account_id, m.region, m.name)))

    def last_runs(self) -> Mapping[MonitorKey, Execution]:
        """Of each schedule."""
        return dict(self._runs)

    def as_of(self, kind: Swept) -> Mapping[tuple[str, str], datetime]:
        """Of each target that was listed as a whole."""
        return {place: at for (swept, place), at in self._swept.items() if swept == kind}

    def earlier(self) -> Mapping[str, Earlier]:
        """As they were."""
        return dict(self._earlier)

    def vanished(self) -> tuple[Vanished, ...]:
        """Oldest first."""
        return tuple(sorted(self._vanished.values(), key=lambda v: (v.at, v.resource.arn)))

    def forget(self, vanished: Iterable[Vanished]) -> None:
        """They are dealt with."""
        told = set(vanished)
        self._vanished = {arn: v for arn, v in self._vanished.items() if v not in told}

    def _keep(self, kind: Swept, sweep: Sweep[Endpoint] | Sweep[Schedule] | Sweep[Alarm], now: datetime) -> None:
        wanted = {"endpoint": Endpoint, "schedule": Schedule, "alarm": Alarm}[kind]
        found: dict[str, Endpoint | Schedule | Alarm] = {item.arn: item for item in sweep.items}
        place = (sweep.account_id, sweep.region)
        there = [r for r in self._fleet.values() if isinstance(r, wanted) and (r.account_id, r.region) == place]
        for old in there:
            new = found.get(old.arn, None if sweep.whole else old)
            if not isinstance(old, Schedule) and _version(old) != _version(new):
                self._earlier[old.arn] = Earlier(old, now)
            if new is None:
                self._vanished[old.arn] = Vanished(self._fleet.pop(old.arn), now)
        if sweep.whole:
            self._swept[kind, place] = now
        self._fleet.update(found)
        self._vanished = {arn: v for arn, v in self._vanished.items() if arn not in found}


def _version(one: Endpoint | Schedule | Alarm | None) -> object:
    return one.changed_at if isinstance(one, Alarm) else one.config if isinstance(one, Endpoint) else one


@dataclass(slots=True)
class Fleet:
    """What there is. `schedules` and `reports` hold by run id what reading it raises or gives.

    A target in `hung` answers nothing until its question's deadline, or until it is cancelled. `read` are the ids of
    the runs whose schedule was asked for, in order.
    """

    accounts: tuple[Account, ...] = ()
    unlisted: tuple[Failure, ...] = ()
    runs: list[Execution] = field(default_factory=list)
    schedules: dict[str, SourceError] = field(default_factory=dict)
    reports: dict[str, Report | SourceError] = field(default_factory=dict)
    hung: set[tuple[str, str]] = field(default_factory=set)
    read: list[str] = field(default_factory=list)
    violations: tuple[Violation, ...] = ()
    facts: dict[str, RunFacts] = field(default_factory=dict)
    looked: list[str] = field(default_factory=list)
    """The ids of the runs whose data was looked at, in order."""
    cadence: timedelta = timedelta(hours=1)

    def bind(self, ask: Ask) -> Mapping[type, object]:
        """The ports for one question."""
        return {
            Directory: FakeDirectory(self),
            Monitors: FakeMonitors(self, ask),
            DataHealth: FakeDataHealth(self),
        }


class FakeDirectory:
    """`Directory` of a fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def accounts(self) -> Found[Account]:
        """All, and who could not be listed."""
        return Found(self._fleet.accounts, self._fleet.unlisted)

    def reachable(self) -> Found[Account]:
        """All."""
        return Found(self._fleet.accounts)


class FakeDataHealth:
    """`DataHealth` of a fleet: the facts that it holds by run id, and no files."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def facts(self, execution: Execution, schedule: Schedule) -> RunFacts:
        """As the fleet holds them."""
        del schedule
        self._fleet.looked.append(execution.id)
        return self._fleet.facts.get(execution.id, RunFacts())

    def captures(self, endpoints: Sequence[Endpoint]) -> Found[Newest]:
        """None has any."""
        return Found(tuple(Newest(e.arn, None) for e in endpoints))

    def labels(self, schedules: Sequence[Schedule]) -> Found[Newest]:
        """None has any."""
        return Found(tuple(Newest(s.arn, None) for s in schedules))


class FakeMonitors:
    """`Monitors` of a fleet, for one question."""

    def __init__(self, fleet: Fleet, ask: Ask) -> None:
        self._fleet = fleet
        self._ask = ask

    def executions(self, since: datetime) -> Found[Execution]:
        """Those of the question's targets."""
        targets = {(a.id, region) for a, region in self._ask.scope.targets()}
        runs = [r for r in self._fleet.runs if (r.account.id, r.region) in targets and r.ended_at > since]
        return Found(tuple(sorted(runs, key=lambda r: r.ended_at)), asked=len(targets))

    def schedule(self, execution: Execution) -> Schedule:
        """Of the service that the endpoint is called by."""
        self._fleet.read.append(execution.id)
        self._wait(execution)
        if error := self._fleet.schedules.get(execution.id):
            raise error
        owner = f"{execution.region}:{execution.account.id}"
        return Schedule(
            arn=f"arn:aws:sagemaker:{owner}:monitoring-schedule/{execution.schedule_name}",
            name=execution.schedule_name,
            account_id=execution.account.id,
            region=execution.region,
            family=execution.family,
            endpoint=execution.endpoint,
            cadence=self._fleet.cadence,
            service=Service(execution.endpoint),
        )

    def report(self, execution: Execution) -> Report:
        """As the fleet holds it; a run without one has nothing to tell."""
        found = self._fleet.reports.get(execution.id, Report((), None, None, None, "", readable=True))
        if isinstance(found, SourceError):
            raise found
        return found

    def violations(self, service: str | None, since: timedelta) -> Found[Violation]:
        """All, or those of a service."""
        del since
        return Found(tuple(v for v in self._fleet.violations if service in {None, v.service.name}))

    def _wait(self, execution: Execution) -> None:
        """As long as a target that does not answer lets one wait."""
        hung = (execution.account.id, execution.region) in self._fleet.hung
        forever = Event()
        while hung and self._ask.left_s() and not self._ask.cancelled():
            forever.wait(LOOK_S)
        if hung:
            raise TimedOut(f"{execution.account.label} did not answer")
