"""The fleet as it was last seen, on SQL and in the fake alike."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.model.account import Account
from bot.model.alarm import Alarm, AlarmState, Mute, Watched
from bot.model.fleet import Capture, Earlier, Endpoint, Vanished, Variant
from bot.model.metric import Metric, Query
from bot.model.monitor import Execution, RunStatus, Schedule
from bot.model.place import About, Family, Service, Severity
from bot.ports import Inventory, Sweep
from bot.store.engine import connect
from bot.store.inventory import SqlInventory
from bot.store.migrate import migrate
from sandbox.fakes_fleet import FakeInventory

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
PROD, TEST, REGION = "222222222222", "333333333333", "us-west-2"
BANK = Endpoint(
    arn="arn:bank",
    name="bank-2026",
    account_id=PROD,
    region=REGION,
    status="InService",
    created_at=T0 - 9 * HOUR,
    changed_at=T0 - 8 * HOUR,
    config="bank-config",
    variants=(Variant("AllTraffic", "ml.m5.large", 2), Variant("Shadow")),
    capture=Capture(enabled=True, percentage=100, destination="s3://bucket/capture"),
    service=Service("bank", "tag", About("risk", Severity.HIGH, "https://wiki/bank", "ana")),
    tags=(("sagewatch:service", "bank"), ("☃", "'; DROP TABLE fleet; --")),
)
LOAN = replace(BANK, arn="arn:loan", name="loan-2026", capture=None, service=Service("loan"), tags=())
HOURLY = Schedule("arn:hourly", "bank-quality", PROD, REGION, Family.BIAS, "bank-2026", HOUR, Service("bank"))
RUN = Execution(
    account=Account(PROD, "ml-production", (REGION,)),
    region=REGION,
    schedule_name="bank-quality",
    endpoint="bank-2026",
    family=Family.BIAS,
    scheduled_at=T0,
    ended_at=T0 + timedelta(minutes=9),
    status=RunStatus.VIOLATED,
)


QUALITY = Metric(TEST, REGION, "aws/sagemaker/Endpoints/model-metrics", "auc", (("Endpoint", "bank-2026"),))
ALARM = Alarm(
    arn=f"arn:aws:cloudwatch:{REGION}:{PROD}:alarm:auc",
    name="auc",
    account_id=PROD,
    region=REGION,
    kind="metric",
    state=AlarmState.ALARM,
    state_at=T0 + timedelta(milliseconds=212),
    watched=(Watched(Query(QUALITY, "Average"), 3600),),
    threshold=0.87,
    actions=("arn:topic",),
    changed_at=T0 - HOUR,
    tags=(("sagewatch:made-by", "sagewatch"),),
)
MUTE = Mute("arn:mute", "mute", PROD, REGION, ("auc", "any"), T0, T0 + HOUR, active=True, description="why")


@pytest.fixture(params=["sqlite", "postgresql", "fake"])
def inventory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Inventory]:
    """Each kind; the fake must not promise what the store does not keep."""
    if request.param == "fake":
        yield FakeInventory()
        return
    url = f"sqlite:///{tmp_path}/fleet.db"
    engine = connect(url if request.param == "sqlite" else request.getfixturevalue("new_database")())
    migrate(engine)
    yield SqlInventory(engine)
    engine.dispose()


def endpoints(*items: Endpoint, account: str = PROD, whole: bool = True) -> list[Sweep[Endpoint]]:
    """What one account listed."""
    return [Sweep(account, REGION, items, whole)]


def test_what_was_listed_comes_back_as_it_was(inventory: Inventory) -> None:
    """Endpoints by account and name; their names are known for suggestions."""
    inventory.keep_endpoints([*endpoints(LOAN, BANK), *endpoints(account=TEST)], T0)
    assert inventory.endpoints() == (BANK, LOAN)
    assert inventory.as_of("endpoint") == {(PROD, REGION): T0, (TEST, REGION): T0}
    assert inventory.as_of("schedule") == {}
    assert inventory.names() == ("bank", "bank-2026", "loan", "loan-2026")


def test_a_whole_listing_says_what_vanished_until_it_is_dealt_with(inventory: Inventory) -> None:
    """In its own account and Region only; a process that dies before it dealt with it is told again."""
    elsewhere = replace(BANK, arn="arn:test", account_id=TEST)
    inventory.keep_endpoints([*endpoints(BANK, LOAN), *endpoints(elsewhere, account=TEST)], T0)
    inventory.keep_endpoints(endpoints(BANK), T0 + HOUR)
    assert inventory.endpoints() == (BANK, elsewhere)
    gone = Vanished(LOAN, T0 + HOUR)
    assert inventory.vanished() == (gone,)
    inventory.keep_endpoints(endpoints(BANK), T0 + 2 * HOUR)
    assert inventory.vanished() == (gone,)
    inventory.forget([gone])
    assert inventory.vanished() == ()


def test_a_listing_that_broke_off_only_adds(inventory: Inventory) -> None:
    """Nothing vanishes, and nothing is called listed."""
    inventory.keep_endpoints(endpoints(BANK), T0)
    inventory.keep_endpoints(endpoints(LOAN, whole=False), T0 + HOUR)
    assert inventory.endpoints() == (BANK, LOAN)
    assert inventory.vanished() == ()
    assert inventory.as_of("endpoint") == {(PROD, REGION): T0}


def test_what_comes_back_has_not_vanished(inventory: Inventory) -> None:
    """And when it vanishes again, what was dealt with before does not count."""
    inventory.keep_endpoints(endpoints(BANK), T0)
    inventory.keep_endpoints(endpoints(), T0 + HOUR)
    first = inventory.vanished()
    inventory.keep_endpoints(endpoints(BANK), T0 + 2 * HOUR)
    assert inventory.vanished() == ()
    inventory.keep_endpoints(endpoints(), T0 + 3 * HOUR)
    inventory.forget(first)
    assert inventory.vanished() == (Vanished(BANK, T0 + 3 * HOUR),)


def test_schedules_vanish_with_their_last_run(inventory: Inventory) -> None:
    """Its endpoint stays; a change of what is known is kept."""
    inventory.keep_endpoints(endpoints(BANK), T0)
    inventory.keep_schedules([Sweep(PROD, REGION, (HOURLY,))], T0)
    stopped = replace(HOURLY, status="Stopped", created_at=T0, changed_at=T0 + HOUR, definition="job")
    inventory.keep_schedules([Sweep(PROD, REGION, (stopped,))], T0 + HOUR)
    inventory.keep_runs([RUN])
    assert inventory.schedules() == (stopped,)
    inventory.keep_schedules([Sweep(PROD, REGION, ())], T0 + 2 * HOUR)
    assert (inventory.schedules(), dict(inventory.last_runs())) == ((), {})
    assert inventory.vanished() == (Vanished(stopped, T0 + 2 * HOUR),)
    assert inventory.endpoints() == (BANK,)


def test_of_each_schedule_the_newest_run_is_kept(inventory: Inventory) -> None:
    """As it was seen last; an older one that is listed again does not come before it."""
    running = replace(RUN, scheduled_at=T0 + HOUR, status=RunStatus.RUNNING)
    done = replace(running, status=RunStatus.CLEAN, ended_at=T0 + 2 * HOUR)
    other = replace(RUN, schedule_name="other")
    inventory.keep_runs([running, RUN])
    assert inventory.last_runs() == {HOURLY.monitor: running}
    inventory.keep_runs([RUN, done, other])
    assert inventory.last_runs() == {HOURLY.monitor: done, other.monitor: other}
    inventory.keep_runs([RUN])
    assert inventory.last_runs()[HOURLY.monitor] == done


def test_a_fleet_of_more_rows_than_one_statement_takes(engine: Engine) -> None:
    """All of them, and all of them gone."""
    inventory = SqlInventory(engine)
    many = tuple(replace(BANK, arn=f"arn:{n:04}", name=f"bank-{n:04}") for n in range(1_201))
    inventory.keep_endpoints(endpoints(*many), T0)
    assert inventory.endpoints() == many
    inventory.keep_endpoints(endpoints(), T0 + HOUR)
    assert len(inventory.vanished()) == 1_201


def test_alarms_and_mutes_are_kept_as_they_were_listed(inventory: Inventory) -> None:
    """A deleted alarm is told once, a mute that is over is not."""
    forever = replace(MUTE, arn="arn:always", name="always", start=None, end=None)
    inventory.keep_alarms([Sweep(PROD, REGION, (ALARM, replace(ALARM, arn="arn:any", name="any")))], T0)
    inventory.keep_mutes([Sweep(PROD, REGION, (MUTE, forever))], T0)
    assert inventory.alarms() == (replace(ALARM, arn="arn:any", name="any"), ALARM)
    assert inventory.mutes() == (forever, MUTE)
    assert inventory.as_of("alarm") == inventory.as_of("mute") == {(PROD, REGION): T0}
    inventory.keep_alarms([Sweep(PROD, REGION, (), whole=False)], T0 + HOUR)
    inventory.keep_mutes([Sweep(PROD, REGION, (), whole=False)], T0 + HOUR)
    assert (len(inventory.alarms()), len(inventory.mutes())) == (2, 2)
    inventory.keep_alarms([Sweep(PROD, REGION, (replace(ALARM, state=AlarmState.OK),))], T0 + HOUR)
    inventory.keep_mutes([Sweep(PROD, REGION, (forever,))], T0 + HOUR)
    gone = Vanished(replace(ALARM, arn="arn:any", name="any"), T0 + HOUR)
    assert inventory.vanished() == (gone,)
    assert [alarm.state for alarm in inventory.alarms()] == [AlarmState.OK]
    assert inventory.mutes() == (forever,)
    inventory.forget([gone])
    assert inventory.vanished() == ()


def test_what_changed_or_vanished_is_remembered_as_it_was(inventory: Inventory) -> None:
    """Not what came to another state, nor what a listing that is not whole lacks; schedules are not."""
    made, other = replace(ALARM, changed_at=T0 - HOUR), replace(BANK, config="other-config", capture=None)
    inventory.keep_alarms([Sweep(PROD, REGION, (made,))], T0)
    inventory.keep_endpoints([Sweep(PROD, REGION, (BANK, LOAN))], T0)
    inventory.keep_alarms([Sweep(PROD, REGION, (replace(made, state=AlarmState.OK),))], T0 + HOUR)
    inventory.keep_endpoints([Sweep(PROD, REGION, (replace(BANK, status="Updating"),), whole=False)], T0 + HOUR)
    assert inventory.earlier() == {}
    inventory.keep_alarms([Sweep(PROD, REGION, (replace(made, threshold=0.1, changed_at=T0 + HOUR),))], T0 + 2 * HOUR)
    inventory.keep_endpoints([Sweep(PROD, REGION, (other,))], T0 + 2 * HOUR)
    assert inventory.earlier() == {
        ALARM.arn: Earlier(replace(made, state=AlarmState.OK), T0 + 2 * HOUR),
        BANK.arn: Earlier(replace(BANK, status="Updating"), T0 + 2 * HOUR),
        LOAN.arn: Earlier(LOAN, T0 + 2 * HOUR),
    }
    inventory.keep_alarms([Sweep(PROD, REGION, ())], T0 + 3 * HOUR)
    found = inventory.earlier()[ALARM.arn].resource
    assert isinstance(found, Alarm)
    assert found.threshold == 0.1


def test_what_was_long_ago_is_forgotten_when_more_is_remembered(engine: Engine) -> None:
    """A fleet that deploys each day must not keep every endpoint that ever was."""
    inventory = SqlInventory(engine)
    for day in range(4):
        name = f"bank-{day}"
        inventory.keep_endpoints(endpoints(replace(BANK, arn=f"arn:{name}", name=name)), T0 + day * 25 * HOUR)
    assert set(inventory.earlier()) == {"arn:bank-2"}
