"""`/ml monitors` over a fleet of two accounts, and what operators do with it."""

from dataclasses import replace

import pytest

from bot.errors import AccessDenied, BadRequest, Unkept
from bot.model.person import Role
from bot.model.place import Family
from bot.model.reply import Press, Table
from bot.ports import Sweep
from commands.monitors_start import start
from commands.monitors_stop import stop
from sandbox.fakes import at, down
from sandbox.fakes_glance import (
    BANK,
    DATA,
    DRIFT,
    LOAN,
    PROD,
    REGION,
    TEST,
    Stage,
    columns,
    drawn,
    lines,
    schedule,
)
from sandbox.fakes_resources import FakeOperations


@pytest.fixture
def stage() -> Stage:
    """Each test's own."""
    return Stage()


def test_the_newest_label_is_looked_for_of_few_monitors_that_want_labels_and_only_live(stage: Stage) -> None:
    """A model-quality monitor lives from them; one that never got any says so."""
    assert "Last label" not in columns(stage.monitors())
    found = columns(stage.monitors(live=True))
    by_name = dict(zip(zip(found["Monitor"], found["Account"], strict=True), found["Last label"], strict=True))
    assert by_name["bank-quality", "ml-production"] == "17:00"
    assert by_name["bank-quality", "ml-test"] == "none"
    assert by_name["bank-data", "ml-production"] == by_name["nightly-bias", "ml-test"] == ""
    assert stage.captures.asked == 2
    stage.holdings.schedules = [schedule(PROD, f"bank-{n}", BANK, Family.MODEL_QUALITY) for n in range(21)]
    assert "Last label" not in columns(stage.monitors(live=True))
    assert stage.captures.asked == 2


def test_monitors_say_how_they_run_worst_first(stage: Stage) -> None:
    """Silent after two missed runs; of a stopped one no next run is told."""
    reply = stage.monitors()
    assert reply.text == ("4 monitors, 1 silent, 1 stopped",)
    told = columns(reply)
    assert told["Monitor"] == ["bank-quality", "bank-data", "bank-quality", "nightly-bias"]
    assert told["State"] == ["silent", "stopped", "runs", "runs"]
    assert told["Type"] == ["model quality", "data quality", "model quality", "bias"]
    assert told["Last run"] == ["15:00", "12:00", "18:00", "18:00"]
    assert told["Result"] == ["clean", "clean", "violations", "clean"]
    assert told["Next run"] == ["20:00", "", "20:00", "20:00"]
    assert told["Act"] == ["[Stop]", "[Start]", "[Stop]", "[Stop]"]
    assert told["Runs"] == ["hourly"] * 4


def test_only_what_the_asker_may_do_is_offered(stage: Stage) -> None:
    """Where that is nothing there is no column, nor a way back after the act."""
    in_test = replace(stage.ask(), may=lambda role, account_id: (role, account_id) == (Role.OPERATOR, TEST.id))
    told = columns(stage.monitors(ask=in_test))
    assert list(zip(told["Account"], told["Act"], strict=True)) == [
        ("ml-test", "[Stop]"), ("ml-production", ""), ("ml-production", ""), ("ml-test", "[Stop]"),
    ]  # fmt: skip
    nowhere = replace(stage.ask(), may=lambda *_: False)
    assert "Act" not in columns(stage.monitors(ask=nowhere))
    assert "Act" not in columns(stage.monitors("nightly", ask=nowhere))
    assert "Act" not in columns(stage.monitors(ask=replace(stage.ask(), whole=True)))


def test_monitors_of_a_service_an_endpoint_or_by_name(stage: Stage) -> None:
    """Live as well: a monitor that was made since is listed."""
    assert len(columns(stage.monitors("bank"))["Monitor"]) == 3
    assert columns(stage.monitors("BANK-2027"))["Account"] == ["ml-test"]
    new = schedule(PROD, "loan-bias", LOAN, Family.BIAS)
    stage.holdings.schedules.append(new)
    assert columns(stage.monitors("loan-2026", live=True))["Last run"] == ["never seen"]
    assert stage.monitors("loan-2026").text == ("1 monitor, 1 silent",)


def test_an_act_is_asked_about_before_it_is_done(stage: Stage) -> None:
    """Typed without `confirm=yes` nothing happens but a button; a row's button asks in a dialog."""
    ask = stage.ask()
    asked = drawn(stop(FakeOperations(stage.holdings), stage.inventory, ask, name="bank-data", confirm=False))
    assert stage.holdings.changed == []
    said = f"monitors stop bank-data account={PROD.id} region={REGION} confirm=yes"
    assert said in lines(asked)
    table = next(p for p in stage.monitors("bank-2027").parts if isinstance(p, Table))
    press = next(c for c in table.rows[0] if isinstance(c, Press))
    assert press.line == f"monitors stop bank-quality account={TEST.id} region={REGION} confirm=yes"
    assert press.confirm is not None
    assert "bank-quality in ml-test" in press.confirm.text


def test_what_an_operator_did_shows_at_once(stage: Stage) -> None:
    """Before anybody lists the account again, and back."""
    operations, ask = FakeOperations(stage.holdings), stage.ask()
    stopped = drawn(stop(operations, stage.inventory, ask, name="nightly-bias", confirm=True))
    assert stopped.text == ("nightly-bias in ml-test is stopped.",)
    assert columns(stage.monitors("nightly"))["State"] == ["stopped"]
    assert f"monitors start nightly-bias account={TEST.id} region={REGION} confirm=yes" in lines(stopped)
    start(operations, stage.inventory, ask, name="Nightly-Bias", confirm=True)
    assert columns(stage.monitors("nightly"))["State"] == ["runs"]
    assert [act for act, _ in stage.holdings.changed] == ["stop", "start"]


def test_a_stop_is_told_though_the_store_does_not_keep_it(stage: Stage) -> None:
    """SageMaker has stopped it."""
    stage.inventory.keep_schedules = down  # type: ignore[method-assign]
    with pytest.raises(Unkept, match=r"nightly-bias in ml-test is stopped, but the database did not take that\."):
        stop(FakeOperations(stage.holdings), stage.inventory, stage.ask(), name="nightly-bias", confirm=True)
    assert [act for act, _ in stage.holdings.changed] == ["stop"]


def test_a_name_that_is_not_clear_is_asked_back(stage: Stage) -> None:
    """In two accounts with both ids, unknown with the nearest; outside the operator's accounts there is none."""
    operations = FakeOperations(stage.holdings)
    with pytest.raises(BadRequest, match=f"in 2 accounts; say account={PROD.id} or {TEST.id}"):
        stop(operations, stage.inventory, stage.ask(), name="bank-quality", confirm=True)
    stop(operations, stage.inventory, stage.ask(TEST), name="bank-quality", confirm=True)
    with pytest.raises(BadRequest, match="no monitor is called bank-qality; did you mean bank-quality"):
        stop(operations, stage.inventory, stage.ask(), name="bank-qality", confirm=True)
    with pytest.raises(BadRequest, match="no monitor is called nightly-bias"):
        stop(operations, stage.inventory, stage.ask(PROD), name="nightly-bias", confirm=True)
    there = replace(DATA, region="eu-west-1", arn="arn:other")
    stage.inventory.keep_schedules([Sweep(PROD.id, "eu-west-1", (there,))], at(9.5))
    both = replace(PROD, regions=(REGION, "eu-west-1"))
    with pytest.raises(BadRequest, match="in several Regions; say region=eu-west-1 or us-west-2"):
        stop(operations, stage.inventory, stage.ask(both), name="bank-data", confirm=True)
    assert stage.holdings.changed == [("stop", DRIFT.arn)]


def test_an_act_that_aws_refuses_changes_nothing_here(stage: Stage) -> None:
    """The error is the answer."""
    stage.holdings.refused = {(PROD.id, REGION): AccessDenied("cannot assume role sagewatch-operate")}
    with pytest.raises(AccessDenied):
        stop(FakeOperations(stage.holdings), stage.inventory, stage.ask(), name="bank-data", confirm=True)
    assert stage.inventory.schedules() == tuple(sorted(stage.holdings.schedules, key=lambda s: s.monitor))
