"""Two at once, processes that die, restarts: one owner, nothing confirmed is lost, nothing half is kept."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine

from bot.errors import Conflict
from bot.logic.lifecycle import fold
from bot.model.incident import Act, Click, Incident, Queued
from bot.model.observation import Finding, Observation, Row, Subject, Verdict
from bot.model.place import Family, Place
from bot.ports.incidents import Change
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.migrate import migrate
from bot.store.outbox import SqlOutbox
from bot.store.seen import SqlSeen

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
LATER = T0 + timedelta(minutes=1)
AUC = Row("auc", "LessThanThreshold")
ROOT = Path(__file__).parents[1]

CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from bot.logic.lifecycle import fold
from bot.model.incident import Act, Click, Queued, Reason
from bot.model.place import Family, Place
from bot.model.post import CardKey, Outgoing
from bot.ports.incidents import Change
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from sqlalchemy import event

url, when = sys.argv[1:]
now = datetime(2026, 11, 20, 9, tzinfo=UTC)
engine = connect(url)
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if when == "before the commit":
    event.listen(engine, "commit", die)

def step(locked):
    if when == "in the step":
        die()
    click = Click("click", Act.ACKNOWLEDGE, now, "U1")
    out = Outgoing("note", CardKey(1, 1), 2, Reason.ACKNOWLEDGED, "ml-alerts")
    return [Change(1, locked[0].service, (click,), Queued(revision=2), (out,))]

place = Place("111111111111", "eu-west-1", "s1", Family.MODEL_QUALITY)
SqlIncidents(engine, fold).change([place], step, now=now, seen=["x"])
die()
"""


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A fresh database of each kind, with the open incident 1 of service s1."""
    SqlIncidents(engine, fold).change([place(1)], lambda locked: [appended(locked[0])], now=T0)
    return engine


def place(number: int) -> Place:
    """One of many."""
    return Place("111111111111", "eu-west-1", f"s{number}", Family.MODEL_QUALITY)


def appended(incident: Incident) -> Change:
    """A bad run more."""
    number = incident.revision
    bad = Observation(f"run:{number}", Subject("arn", "s"), T0, (Finding(AUC, Verdict.BAD),), complete=True)
    return Change(incident.number, incident.service, (bad,), Queued())


def test_two_who_acknowledge_at_once_have_one_owner(engine: Engine) -> None:
    """Twenty times: the other is told whose it is."""
    store = SqlIncidents(engine, fold)
    barrier = Barrier(2)

    def takes(person: str, service: int) -> str:
        def step(locked: tuple[Incident, ...]) -> Sequence[Change]:
            (incident,) = locked
            if incident.state.acknowledgement:
                raise Conflict(incident.state.owner_id)
            click = Click(person, Act.ACKNOWLEDGE, LATER, person, (AUC,), LATER + timedelta(hours=1))
            return [Change(incident.number, incident.service, (click,), incident.queued)]

        barrier.wait(30)
        try:
            store.change([place(service)], step, now=LATER)
        except Conflict as conflict:
            return conflict.cause
        return person

    with ThreadPoolExecutor(2) as pool:
        for service in range(1, 21):
            store.change([place(service)], lambda locked: [appended(locked[0])], now=T0)
            owners = set(pool.map(takes, ["U1", "U2"], [service] * 2))
            kept = store.at(place(service), LATER)
            assert kept is not None
            assert owners == {kept.state.owner_id}


def test_many_who_begin_incidents_at_once_share_no_number(engine: Engine) -> None:
    """Eight threads, each with new and common places, in any order: every entry is kept, every number is one's own."""
    store = SqlIncidents(engine, fold)

    def begins(worker: int) -> None:
        for turn in range(4):
            places = [place(worker * 10 + turn + 2), place(100 + turn), place(1)]
            store.change(places[::-1], lambda locked: [appended(i) for i in locked], now=T0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begins, range(8)))
    kept = store.list(T0)
    assert sorted(i.number for i in kept) == list(range(1, 1 + 1 + 32 + 4))
    revisions = {i.place.service: i.revision for i in kept}
    assert revisions["s1"] == 1 + 32
    assert [revisions[f"s{100 + turn}"] for turn in range(4)] == [8] * 4


def test_busy_writers_do_not_starve_each_other(engine: Engine, database_url: str) -> None:
    """Eight threads that write without pause all get through within the product's own timeout."""
    store = connect(database_url)
    seen = SqlSeen(store)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda n: seen.firsts([str(n)], T0)[0], range(320)))
    store.dispose()


@pytest.mark.parametrize("when", ["in the step", "before the commit", "after the commit"])
def test_killed_process_leaves_all_or_nothing(engine: Engine, database_url: str, when: str) -> None:
    """SIGKILL at each point: log, outbox and seen ids agree, and the next one is not locked out."""
    died = subprocess.run([sys.executable, "-c", CHILD, database_url, when], cwd=ROOT, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    store, outbox = SqlIncidents(engine, fold), SqlOutbox(engine)
    saved = int(when == "after the commit")
    assert store.get(1, T0).revision == 1 + saved
    assert store.get(1, T0).queued.revision == 2 * saved
    assert len(outbox.rows("ml-alerts")) == saved
    assert len(store.unseen(["x"])) == 1 - saved
    store.change([place(1)], lambda locked: [appended(locked[0])], now=T0)
    assert store.get(1, T0).revision == 2 + saved


def test_restart_keeps_everything(engine: Engine, database_url: str) -> None:
    """Another process's engine, migrated again, reads the very same."""
    before = SqlIncidents(engine, fold).list(T0)
    engine.dispose()
    again = connect(database_url, statement_timeout_s=20)
    migrate(again)
    assert SqlIncidents(again, fold).list(T0) == before
    again.dispose()
