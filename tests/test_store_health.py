"""The database as the doctor looks at it, on SQLite and PostgreSQL."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.errors import StoreDown
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.around import Around
from bot.model.checkup import Check, Queue
from bot.model.incident import Queued, Reason
from bot.model.observation import Finding, Observation, Row, Subject, Verdict
from bot.model.place import Family, Place
from bot.model.post import CardKey, Outgoing
from bot.model.worker import Worker
from bot.ports import Sweep
from bot.ports.incidents import Change
from bot.setup.doctor import Doctor, Stores
from bot.store.engine import connect
from bot.store.handoffs import SqlHandOffs
from bot.store.health import SqlHealth
from bot.store.incidents import SqlIncidents
from bot.store.inventory import SqlInventory
from bot.store.notices import SqlNotices
from bot.store.outbox import SqlOutbox
from bot.store.tally import SqlTally
from bot.store.workers import SqlWorkers
from sandbox.fakes import FakeRoutes
from sandbox.fakes_alarm import HUB, REGION, alarm, metric, watched

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLACE = Place("111111111111", "eu-west-1", "bank-marketing", Family.MODEL_QUALITY)
CARD = CardKey(1, 1)


def wall() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def queue(engine: Engine, *channels: str) -> None:
    """An incident whose card is to be shown in these channels."""
    bad = Observation("run", Subject("arn:s", "s"), T0, (Finding(Row("auc", "c"), Verdict.BAD),), complete=True)
    out = tuple(Outgoing("card", CARD, 1, Reason.FIRST, channel) for channel in channels)
    store = SqlIncidents(engine, fold)
    store.change([PLACE], lambda locked: [Change(1, locked[0].service, (bad,), Queued(), out)], now=T0)


def test_a_database_is_read_and_written(engine: Engine) -> None:
    """A file of this machine has room and no clock; a server has a clock, which here is the same."""
    found = SqlHealth(engine, wall).database()
    assert found.revision
    assert 0 < found.wrote_s < 20
    if found.kind == "SQLite":
        assert (found.clock, (found.free_bytes or 0) > 0) == (None, True)
    else:
        assert found.clock is not None
        assert abs(found.clock.said_at - found.clock.here_at) < MINUTE
        assert found.free_bytes is None


def test_what_waits_is_counted_by_channel_with_its_lease(engine: Engine) -> None:
    """The longest try counts; what was parked no longer waits."""
    health, outbox = SqlHealth(engine, wall), SqlOutbox(engine)
    assert health.queues() == ()
    queue(engine, "ml-alerts", "ml-alerts", "ml-platform")
    assert [(q.channel, q.rows, q.tried_at, q.held_until) for q in health.queues()] == [
        ("ml-alerts", 2, None, None),
        ("ml-platform", 1, None, None),
    ]
    outbox.lease("w1", T0, 60)
    first, second = outbox.rows("ml-alerts")
    outbox.begin(second, T0)
    outbox.begin(first, T0 + MINUTE)
    outbox.park(outbox.rows("ml-platform")[0], "Slack says `invalid_blocks`.")
    assert health.queues() == (Queue("ml-alerts", 2, first.id, T0, 1, "w1", T0 + MINUTE),)


def test_tables_that_lack_are_told_and_not_made(tmp_path: Path) -> None:
    """The doctor migrates nothing."""
    engine = connect(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreDown) as told:
        SqlHealth(engine, wall).database()
    assert "bot migrate" in told.value.next_step
    with engine.connect() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
    engine.dispose()


class Nobody:
    """Slack or AWS with nothing to tell; notes what it was asked about."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def checks(self, about: Iterable[object], routes: Iterable[object] = ()) -> tuple[Check, ...]:
        """No line."""
        self.asked = list(about)
        return ()


def doctor(engine: Engine, chat: Nobody, pause: Callable[[float], None]) -> Doctor:
    """On this database and nothing else."""
    outbox, notices = SqlOutbox(engine), SqlNotices(engine)
    health, inventory = SqlHealth(engine, wall), SqlInventory(engine)
    stores = Stores(health, outbox, notices, SqlWorkers(engine), inventory, SqlTally(engine), SqlHandOffs(engine))
    return Doctor(stores, chat, Nobody(), wall, wall(), MINUTE, 1, FakeRoutes().book(), pause=pause)


def test_messages_that_nobody_takes_are_told_once_somebody_had_the_time_to(engine: Engine) -> None:
    """A message queued this very moment is no trouble; a parked one is told; Slack is asked about the channels."""
    queue(engine, "ml-alerts", "ml-platform", "ml-lost")
    outbox, chat, paused = SqlOutbox(engine), Nobody(), list[float]()
    outbox.park(outbox.rows("ml-lost")[0], "Slack says `invalid_blocks`.")
    SqlWorkers(engine).beat(Worker("w1", "run", "1", wall(), wall()), MINUTE)

    def take_one(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == 1:
            outbox.lease("w1", wall(), 60)
            outbox.park(outbox.rows("ml-platform")[0], "gone meanwhile")

    first = [c for c in doctor(engine, chat, take_one).checks() if c.area == "outbox"]
    assert [c.status for c in first if "parked" not in c.said] == ["good", "warn", "warn"]
    assert chat.asked == ["ml-alerts"]
    outbox.release("w1")
    told = {c.said: c.status for c in doctor(engine, chat, take_one).checks() if c.area == "outbox"}
    assert told["1 message waits to be shown and nobody posts"] == "bad"
    assert told["1 message given up: Slack says `invalid_blocks`."] == "warn"
    assert len(paused) == 2


def test_a_database_that_dies_in_between_leaves_a_line(engine: Engine) -> None:
    """Its error is told where it came; Slack and AWS are asked all the same."""
    chat = Nobody()
    looked = doctor(engine, chat, print)
    stores = looked.stores
    assert isinstance(stores, Stores)
    gone = connect("postgresql://nobody@127.0.0.1:1/none")
    checks = replace(looked, stores=replace(stores, workers=SqlWorkers(gone))).checks()
    gone.dispose()
    told = {c.area: c.status for c in checks if c.area != "clock"}
    assert told == {"database": "good", "processes": "bad", "outbox": "bad", "routes": "good"}


def test_alarms_that_nobody_is_told_of_are_counted_as_a_list_of_them_counts(engine: Engine) -> None:
    """Whether or not a change of theirs was ever heard; of the accounts that are looked at, by the settings' list."""
    scaling = [alarm(f"TargetTracking-{n}", watched=()) for n in "ab"]
    website = [alarm(f"website-{n}", watched=(watched(metric(namespace="AWS/EC2", InstanceId=n)),)) for n in "ab"]
    SqlInventory(engine).keep_alarms([Sweep(HUB, REGION, (alarm(), *scaling, *website))], wall())
    looked = doctor(engine, Nobody(), print)
    scope = Scope((Account(HUB, "hub", (REGION,), own=True),))
    listed = "alarms listed that nobody is told of: 2 made by Auto Scaling, "

    def said(one: Doctor) -> list[str]:
        return [check.said for check in one.checks() if check.area == "alarms"]

    assert said(looked) == said(replace(looked, scope=scope)) == [f"4 {listed}2 watching nothing of models"]
    assert said(replace(looked, around=Around(names=("website-a",)))) == [f"3 {listed}1 watching nothing of models"]
    assert said(replace(looked, scope=Scope((Account("222222222222", "prod", (REGION,)),)))) == []
