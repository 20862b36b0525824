"""The poll and who does not speak: monitors that are silent, stopped or deleted, accounts that fail or leave."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.alerts.watch import Pace, Watch
from bot.errors import StoreDown, TimedOut
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Status
from bot.model.monitor import Execution, Report, RunStatus, Schedule
from bot.model.observation import DELETED, LEFT, Observation, Verdict
from bot.model.place import Family, Place, Service
from bot.ports import Ask, Failure, Found, Monitors, Step, Sweep
from sandbox.fakes import FakeIncidents, FakeRoutes, at, finding
from sandbox.fakes_fleet import FakeInventory, FakeMonitors, Fleet, StillClock

REGION = "us-west-2"
PROD = Account("222222222222", "ml-production", (REGION,))
TEST = Account("333333333333", "ml-test", (REGION,))


def schedule(account: Account = PROD, name: str = "bank-quality") -> Schedule:
    """Hourly, made long ago."""
    arn = f"arn:aws:sagemaker:{REGION}:{account.id}:monitoring-schedule/{name}"
    hour = timedelta(hours=1)
    known = Schedule(arn, name, account.id, REGION, Family.MODEL_QUALITY, "bank", hour, Service("bank"))
    return replace(known, created_at=at(-240))


def run(hour: float, account: Account = PROD, status: RunStatus = RunStatus.VIOLATED) -> Execution:
    """A run for that hour, over at once."""
    when = at(hour)
    return Execution(account, REGION, "bank-quality", "bank", Family.MODEL_QUALITY, when, when, status)


class Stage:
    """Two accounts whose schedules were listed just now; one run in each at five."""

    def __init__(self, incidents: FakeIncidents | None = None) -> None:
        runs = [run(5), run(5, TEST)]
        bad = Report((finding("accuracy", 0.4),), None, 1000, 1, "s3://b/r", readable=True)
        self.fleet = Fleet((PROD, TEST), runs=runs, reports={r.id: bad for r in runs})
        self.incidents = incidents or FakeIncidents(fold)
        self.inventory = FakeInventory()
        self.clock = StillClock(at(5.1))
        self.failures: tuple[Failure, ...] = ()
        self.listed: dict[str, tuple[Schedule, ...]] = {a.id: (schedule(a),) for a in (PROD, TEST)}
        self.watch = Watch(
            lambda ask: {**self.fleet.bind(ask), Monitors: Partial(self, ask)},
            self.incidents,
            self.inventory,
            FakeRoutes(),
            self.clock,
            pace=Pace(),
            changed=lambda: None,
        )

    def poll(self, hour: float) -> None:
        """The schedules are listed, then the runs."""
        self.clock.time = at(hour)
        sweeps = [Sweep(account_id, REGION, items) for account_id, items in self.listed.items()]
        self.inventory.keep_schedules(sweeps, at(hour))
        self.watch.poll()

    def seen(self, *ids: str) -> list[bool]:
        """Whether these were recorded."""
        new = self.incidents.unseen(ids)
        return [id_ not in new for id_ in ids]

    def log(self) -> list[tuple[str, str]]:
        """Id and sentence of what production's incident was told."""
        entries = (e for e in self.incidents.get(1, self.clock.now()).log if isinstance(e, Observation))
        return [(e.id, e.findings[0].note) for e in entries]


class Partial(FakeMonitors):
    """Lists what there is, and says who did not answer."""

    def __init__(self, stage: Stage, ask: Ask) -> None:
        super().__init__(stage.fleet, ask)
        self._stage = stage

    def executions(self, since: datetime) -> Found[Execution]:
        """Less than all where somebody fails."""
        del since
        failed = {f.account.id for f in self._stage.failures}
        runs = tuple(r for r in self._stage.fleet.runs if r.account.id not in failed)
        return Found(runs, self._stage.failures, 2)


def ids(account: Account) -> str:
    """What the silence from six o'clock on is called."""
    return f"silent:{schedule(account).arn}:{at(6):%Y-%m-%dT%H:%M:%SZ}"


def test_a_monitor_that_missed_two_runs_is_told_once_and_one_that_ran_is_not() -> None:
    """By whatever account answered; the other one is not silent, nobody knows of it."""
    stage = Stage()
    stage.poll(5.1)
    stage.poll(7.2)
    assert stage.seen(ids(PROD), ids(TEST)) == [False, False]
    stage.failures = (Failure(TEST, REGION, TimedOut("no answer")),)
    stage.poll(7.5)
    assert stage.seen(ids(PROD), ids(TEST)) == [True, False]
    stage.failures = ()
    stage.fleet.runs.append(run(7, TEST, RunStatus.RUNNING))
    revision = stage.incidents.get(1, at(8)).revision
    stage.poll(8)
    assert stage.seen(ids(PROD), ids(TEST)) == [True, False]
    assert stage.incidents.get(1, at(8)).revision == revision, "it was said"


def test_schedules_that_were_not_listed_since_are_not_judged() -> None:
    """They may have been stopped or deleted."""
    stage = Stage()
    stage.poll(5.1)
    stage.clock.time = at(8)
    stage.watch.poll()
    assert stage.seen(ids(PROD)) == [False]


def test_schedules_that_were_listed_after_the_runs_are_not_judged_by_what_ran_since() -> None:
    """Both are listed by threads of their own: what began between the two listings is known to neither."""
    stage = Stage()
    stage.poll(5.1)
    sweeps = [Sweep(account_id, REGION, items) for account_id, items in stage.listed.items()]
    stage.inventory.keep_schedules(sweeps, at(7.5))
    stage.clock.time = at(7.2)
    stage.watch.poll()
    assert stage.seen(ids(PROD), ids(TEST)) == [False, False]
    stage.clock.time = at(7.4)
    stage.watch.poll()
    assert stage.seen(ids(PROD), ids(TEST)) == [True, True]


def test_a_stopped_monitor_is_told() -> None:
    """Its last run is known, and when it was stopped."""
    stage = Stage()
    stage.poll(5.1)
    stage.listed[PROD.id] = (replace(schedule(), status="Stopped", changed_at=at(5.2)),)
    stage.poll(5.3)
    assert stage.seen(f"stopped:{schedule().arn}:{at(5.2):%Y-%m-%dT%H:%M:%SZ}") == [True]


def test_a_deleted_monitor_is_gone_from_its_incident_and_is_dealt_with() -> None:
    """One without an incident is nobody's news; one of an account that could not be listed is there."""
    stage = Stage()
    stage.poll(5.1)
    stage.listed[PROD.id] = ()
    del stage.listed[TEST.id]
    stage.poll(6)
    assert stage.log()[-1] == (
        f"gone:{schedule().arn}:{at(-240):%Y-%m-%dT%H:%M:%SZ}",
        "",
    )
    (last,) = (e for e in stage.incidents.get(1, at(6)).log if isinstance(e, Observation) and e.at == at(6))
    assert (last.findings[0].row, last.findings[0].verdict) == (DELETED, Verdict.GONE)
    assert stage.inventory.vanished() == ()
    assert [s.account_id for s in stage.inventory.schedules()] == [TEST.id]
    quiet = Stage()
    quiet.fleet.runs.clear()
    quiet.listed = {PROD.id: (replace(schedule(), created_at=at(5)),)}
    quiet.poll(5.1)
    quiet.listed[PROD.id] = ()
    quiet.poll(6)
    assert quiet.inventory.vanished() == ()
    assert quiet.incidents.list(at(6)) == ()


def test_an_account_that_leaves_the_fleet_is_an_incident_until_it_is_linked_again() -> None:
    """Only a complete answer says so; the open cards of its monitors are told, and no others are made."""
    stage = Stage()
    stage.poll(5.1)
    stage.fleet.accounts = (PROD,)
    stage.fleet.unlisted = (Failure(PROD, REGION, TimedOut("no answer")),)
    stage.poll(5.2)
    assert {i.place.family for i in stage.incidents.list(at(6))} == {Family.MODEL_QUALITY}
    stage.fleet.unlisted = ()
    stage.poll(5.3)
    stage.poll(5.4)
    (left,) = (i for i in stage.incidents.list(at(6)) if i.place.family is Family.OPERATIONS)
    assert left.place == Place(TEST.id, REGION, "ml-test", Family.OPERATIONS)
    assert left.service == Service("ml-test")
    assert left.revision == 1
    (row,) = left.state.bad_rows
    assert row.row == LEFT
    note = "The account ml-test (333333333333) is no longer linked"
    assert row.note.startswith(note)
    others = stage.incidents.at(Place(TEST.id, REGION, "bank", Family.MODEL_QUALITY), at(6))
    assert others
    assert isinstance(others.log[-1], Observation)
    assert others.log[-1].findings[0].note.startswith(note)
    stage.fleet.accounts = (PROD, replace(TEST, label="ml-testing"))
    stage.poll(5.5)
    assert stage.incidents.get(left.number, at(6)).state.status is Status.RESOLVED


class Down(FakeIncidents):
    """A store that is down for a deletion, once."""

    down = True

    def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
        """Raises where a deletion is to be kept."""
        kept = tuple(seen)
        if self.down and any(id_.startswith("gone:") for id_ in kept):
            self.down = False
            raise StoreDown("the database does not answer")
        super().change(places, step, now=now, seen=kept)


def test_what_vanished_is_told_again_until_it_is_stored() -> None:
    """A store that is down forgets nothing."""
    stage = Stage(Down(fold))
    stage.poll(5.1)
    stage.listed[PROD.id] = ()
    with pytest.raises(StoreDown):
        stage.poll(6)
    assert len(stage.inventory.vanished()) == 1
    stage.watch.poll()
    assert stage.log()[-1][0].startswith("gone:")
    assert stage.inventory.vanished() == ()
