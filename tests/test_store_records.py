"""Deliveries seen, the audit and the inventory on SQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from bot.model.account import Account
from bot.model.audit import AuditEntry
from bot.model.monitor import Schedule
from bot.model.place import Family, Service
from bot.store.audit import SqlAudit
from bot.store.inventory import SqlInventory
from bot.store.seen import SqlSeen

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
ENTRY = AuditEntry("a", T0, "U1", "T1", "C1", "click", "ack 12 6h label feed late", "refused", "no responder", 12)
PROD = Account("111111111111", "ml-production", ("eu-west-1", "us-east-1"), ("AWS::CloudWatch::Metric",))
DEV = Account("222222222222", "ml-test", ("eu-west-1",))
SCHEDULE = Schedule("arn:1", "bank-2026", "111111111111", "eu-west-1", Family.BIAS, "bank-ep", None, Service("bank"))


def test_a_delivery_is_first_once(engine: Engine) -> None:
    """In every process on this database."""
    assert SqlSeen(engine).firsts(["env-1"], T0)[0]
    assert not SqlSeen(engine).firsts(["env-1"], T0)[0]
    assert SqlSeen(engine).firsts(["env-2"], T0)[0]


def test_eight_threads_have_one_first(engine: Engine) -> None:
    """Slack delivers twice at the same moment."""
    seen = SqlSeen(engine)
    with ThreadPoolExecutor(8) as pool:
        for n in range(5):
            assert sum(pool.map(lambda _, n=n: seen.firsts([f"env-{n}"], T0)[0], range(8))) == 1


def test_deliveries_are_forgotten_after_a_day(engine: Engine) -> None:
    """Not before; the table does not grow for ever."""
    seen = SqlSeen(engine)
    seen.firsts(["old"], T0)[0]
    seen.firsts(["young"], T0 + timedelta(hours=3))[0]
    assert seen.firsts(["new"], T0 + timedelta(hours=25))[0]
    assert seen.firsts(["old"], T0 + timedelta(hours=25))[0]
    assert not seen.firsts(["young"], T0 + timedelta(hours=25))[0]


def test_audit_comes_back_newest_first(engine: Engine) -> None:
    """Whole entries, in the order in which they were written, as many as asked for."""
    audit = SqlAudit(engine)
    later = [replace(ENTRY, id=str(n), at=T0 + timedelta(minutes=n)) for n in range(3)]
    for entry in (ENTRY, *later):
        audit.write(entry)
    assert audit.tail(10) == (*reversed(later), ENTRY)
    assert audit.tail(1) == (later[2],)


def test_audit_keeps_the_first_of_an_id(engine: Engine) -> None:
    """Nothing that was written can be written over."""
    audit = SqlAudit(engine)
    audit.write(ENTRY)
    audit.write(replace(ENTRY, outcome="done"))
    assert audit.tail(10) == (ENTRY,)


def test_audit_keeps_any_line(engine: Engine) -> None:
    """What was typed is a stranger's: what no database can keep is replaced, the entry stays."""
    audit = SqlAudit(engine)
    audit.write(replace(ENTRY, line="ack '; DROP TABLE audit; -- \0\ud800 ☃"))
    assert audit.tail(1)[0].line == "ack '; DROP TABLE audit; -- ?? ☃"


def test_accounts_are_remembered_for_ever(engine: Engine) -> None:
    """By label, then id; one that is gone stays, no longer linked; one that is back is linked again."""
    inventory = SqlInventory(engine)
    assert (inventory.accounts(), inventory.seen_at()) == ((), None)
    inventory.remember([DEV, PROD], T0)
    assert inventory.accounts() == (PROD, DEV)
    renamed = replace(DEV, label="a-test", regions=("us-east-1",))
    inventory.remember(iter([renamed]), T0 + timedelta(minutes=5))
    assert inventory.accounts() == (renamed, replace(PROD, linked=False))
    assert inventory.seen_at() == T0 + timedelta(minutes=5)
    inventory.remember([PROD, replace(DEV, linked=False)], T0 + timedelta(minutes=10))
    assert inventory.accounts() == (PROD, replace(DEV, linked=False))


def test_service_names_are_kept_sorted_and_once(engine: Engine) -> None:
    """A re-created schedule has a new ARN and the same service; a service that was renamed stays known."""
    inventory = SqlInventory(engine)
    assert inventory.names() == ()
    inventory.name_service(SCHEDULE)
    inventory.name_service(replace(SCHEDULE, arn="arn:2", name="bank-2027"))
    inventory.name_service(replace(SCHEDULE, endpoint="bank-ep-2"))
    inventory.name_service(replace(SCHEDULE, service=Service("acquisition", "tag")))
    assert inventory.names() == ("acquisition", "bank", "bank-2026", "bank-2027", "bank-ep", "bank-ep-2")


def test_resources_keep_their_service_when_they_are_gone(engine: Engine) -> None:
    """A chart goes on over a redeployment: endpoints and schedules of the past are found by where they were."""
    inventory = SqlInventory(engine)
    gone = replace(SCHEDULE, arn=f"arn:aws:sagemaker:us-west-2:{PROD.id}:monitoring-schedule/old", name="old")
    inventory.name_service(gone)
    inventory.name_service(replace(SCHEDULE, arn="arn:2"))
    found = inventory.resources()
    assert found[PROD.id, "us-west-2", "old"] == SCHEDULE.service.name
    assert found[PROD.id, "us-west-2", SCHEDULE.endpoint] == SCHEDULE.service.name
