"""The poll while the store is down, while our own code fails, and when it is stopped: nothing else is lost by it."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from threading import Event

import pytest

from bot.alerts.watch import Pace, Watch
from bot.errors import StoreDown
from bot.incidents import click
from bot.logic.lifecycle import fold
from bot.model.incident import Act
from bot.model.monitor import Execution, Report, Schedule
from bot.model.place import Place
from bot.ports import Monitors, Step
from sandbox.fakes import FakeIncidents, FakeRoutes, at
from sandbox.fakes_fleet import FakeInventory, FakeMonitors
from sandbox.fakes_rounds import PROD, TEST, Stage, run


class Nameless(FakeInventory):
    """An inventory whose store is down for names."""

    def name_service(self, schedule: Schedule) -> None:
        """Raises."""
        raise StoreDown(f"no name for {schedule.name}")


def test_a_name_that_cannot_be_kept_takes_no_run_away() -> None:
    """It only serves suggestions."""
    stage = Stage(run(PROD, 9))
    stage.inventory = Nameless()
    assert stage.again(Pace()).poll() == 1
    assert "ml-production bank" in stage.cards()


class Refusing(FakeIncidents):
    """A store that is down whenever one account's incidents are changed."""

    def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
        """Raises for the production account."""
        if any(place.account_id == PROD.id for place in places):
            raise StoreDown("the database does not answer")
        super().change(places, step, now=now, seen=seen)


def test_a_change_that_is_not_stored_is_raised_once_the_others_are() -> None:
    """Its run is found again, theirs is not lost."""
    stage = Stage(run(PROD, 9), run(TEST, 9), incidents=Refusing(fold))
    with pytest.raises(StoreDown):
        stage.watch.poll()
    assert set(stage.cards()) == {"ml-test bank"}
    assert stage.incidents.unseen(r.id for r in stage.fleet.runs) == {stage.fleet.runs[0].id}


def test_a_fault_of_ours_in_one_account_is_raised_once_the_others_are_recorded() -> None:
    """Not swallowed, and no reason to see nothing."""
    stage = Stage(run(PROD, 9), run(TEST, 9))

    class Broken(FakeMonitors):
        """Breaks on the production account."""

        def report(self, execution: Execution) -> Report:
            """Raises what no port raises."""
            if execution.account.id == PROD.id:
                raise KeyError("x")
            return super().report(execution)

    bound = stage.fleet.bind
    watch = Watch(
        lambda ask: {**bound(ask), Monitors: Broken(stage.fleet, ask)},
        stage.incidents,
        stage.inventory,
        FakeRoutes(),
        stage.clock,
        pace=Pace(),
        changed=lambda: None,
    )
    with pytest.raises(KeyError):
        watch.poll()
    assert set(stage.cards()) == {"ml-test bank"}


def test_a_run_that_breaks_its_reader_takes_none_of_its_account_away() -> None:
    """It comes last from then on, and is raised once it is the only one."""
    stage = Stage(run(PROD, 7), run(PROD, 8), run(PROD, 9))
    poison = stage.fleet.runs[0].id

    class Broken(FakeMonitors):
        """Breaks on the first run."""

        def report(self, execution: Execution) -> Report:
            """Raises what no port raises."""
            if execution.id == poison:
                raise KeyError("x")
            return super().report(execution)

    bound = stage.fleet.bind
    watch = stage.again(Pace(), lambda ask: {**bound(ask), Monitors: Broken(stage.fleet, ask)})
    with pytest.raises(KeyError):
        watch.poll()
    assert watch.poll() == 2
    with pytest.raises(KeyError):
        watch.poll()
    assert stage.incidents.unseen(r.id for r in stage.fleet.runs) == {poison}


class Stumbling(FakeIncidents):
    """A store that breaks at its next change, once it was told to."""

    stumbles = False

    def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
        """Raises what no store raises."""
        if self.stumbles:
            self.stumbles = False
            raise KeyError("x")
        super().change(places, step, now=now, seen=seen)


def test_a_fault_of_ours_in_what_is_recorded_first_hides_no_other_account() -> None:
    """Whichever comes first."""
    incidents = Stumbling(fold)
    stage = Stage(run(PROD, 9), run(TEST, 9), incidents=incidents)
    incidents.stumbles = True
    with pytest.raises(KeyError):
        stage.watch.poll()
    assert len(stage.cards()) == 1


def test_a_fault_of_ours_in_one_incident_keeps_no_clock_of_another_and_no_digest() -> None:
    """It would be the first at every poll."""
    incidents, said = Stumbling(fold), list[datetime]()
    stage = Stage(run(PROD, 9), run(TEST, 9), incidents=incidents)
    stage.watch.poll()
    for number in (1, 2):
        until = at(10.5)
        click(
            incidents,
            number,
            Act.ACKNOWLEDGE,
            click_id=f"c{number}",
            person_id="U1",
            now=at(10),
            routing=FakeRoutes().route,
            until=until,
        )
    stage.clock.time = at(11)
    watch = stage.again(Pace(), says=(lambda now: bool(said.append(now)),))
    incidents.stumbles = True
    with pytest.raises(KeyError):
        watch.poll()
    assert len(incidents.due_before(at(11))) == 1
    assert said == [at(11)]


def test_what_runs_out_is_said_though_the_round_fails() -> None:
    """The clock waits for no account."""
    said: list[str] = []

    class Ending(Refusing):
        """Notes that it was asked what ended."""

        def due_before(self, now: datetime) -> tuple[Place, ...]:
            """As the store's."""
            said.append(now.isoformat())
            return super().due_before(now)

    stage = Stage(run(PROD, 9), incidents=Ending(fold))
    with pytest.raises(StoreDown):
        stage.watch.poll()
    assert said == [at(10).isoformat()]


def within(seconds: float, check: Callable[[], bool]) -> bool:
    """Whether it holds soon."""
    end = time.monotonic() + seconds
    while not check() and time.monotonic() < end:
        time.sleep(0.01)
    return check()


def test_a_stop_ends_the_poll_though_an_account_hangs() -> None:
    """Its question is cancelled; what the others gave is recorded."""
    stage = Stage(run(PROD, 8), run(TEST, 9), pace=Pace(read_s=60))
    stage.fleet.hung = {(PROD.id, "us-west-2")}
    stop = Event()
    polling = threading.Thread(target=stage.watch.run, args=(stop,))
    polling.start()
    assert within(5, lambda: bool(stage.woken))
    stop.set()
    began = time.monotonic()
    polling.join(10)
    assert time.monotonic() - began < 2
    assert not polling.is_alive()
    assert set(stage.cards()) == {"ml-test bank"}


def test_a_poll_that_fails_is_followed_by_the_next() -> None:
    """The loop outlives a store that is down for a while."""
    failures = [StoreDown("the database does not answer"), KeyError("a fault of ours")]

    class Flaky(FakeIncidents):
        """Down twice."""

        def unseen(self, ids: Iterable[str]) -> frozenset[str]:
            """Raises while there is a failure left."""
            if failures:
                raise failures.pop()
            return super().unseen(ids)

    stage = Stage(run(PROD, 9), incidents=Flaky(fold))
    stop = Event()
    polling = threading.Thread(target=stage.watch.run, args=(stop,))
    polling.start()
    assert within(5, lambda: bool(stage.woken))
    stop.set()
    polling.join(10)
    assert failures == []
