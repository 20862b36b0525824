"""`/ml endpoints` and `/ml status` over a fleet of two accounts, from the inventory and live."""

from dataclasses import replace

import pytest

from bot import approvals
from bot.errors import AccessDenied, BadRequest
from bot.incidents import click, record
from bot.logic.approvals import found
from bot.logic.arns import alarm_arn
from bot.model.account import Scope
from bot.model.alarm import AlarmState, Mute
from bot.model.fleet import Depth
from bot.model.incident import Act
from bot.model.package import ModelPackage
from bot.model.person import Role
from bot.model.place import Family, Place, Service
from bot.model.reply import Reply
from bot.ports import Sweep
from bot.render.text import plain_text
from commands.status import status_now
from sandbox.fakes import FakeRoutes, at, run
from sandbox.fakes_alarm import HUB, alarm, metric, watched
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_glance import (
    BANK,
    CATALOGUE,
    DRIFT,
    LOAN,
    PROD,
    REGION,
    TEST,
    Stage,
    columns,
    drawn,
    endpoint,
    lines,
    ran,
    small_print,
)
from sandbox.fakes_packages import package, ref


@pytest.fixture
def stage() -> Stage:
    """Each test's own."""
    return Stage()


def test_endpoints_say_what_is_served_captured_and_watched(stage: Stage) -> None:
    """By service; what of the monitors does not run stands beside its type."""
    reply = stage.endpoints()
    assert reply.text == ("3 endpoints, 1 without a monitor",)
    assert columns(reply) == {
        "Service": ["bank", "bank", "loan"],
        "Endpoint": ["bank-2026", "bank-2027", "loan-2026"],
        "Account": ["ml-production", "ml-test", "ml-production"],
        "Status": ["InService", "InService", "Updating"],
        "Instance": ["ml.m5.large", "serverless, 3 \N{MULTIPLICATION SIGN} ml.g5.xlarge", "unknown"],
        "Capture": ["100 %", "100 %", "off"],
        "Monitors": ["data quality (stopped), model quality", "model quality (silent)", "none"],
    }
    assert small_print(reply) == "As of  18:30 . Refresh asks the accounts now."
    assert stage.holdings.asked == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("loan", ["loan-2026"]),
        ("BANK", ["bank-2026", "bank-2027"]),
        ("ml-test", ["bank-2027"]),
        ("updating", ["loan-2026"]),
        ("g5.xlarge", ["bank-2027"]),
        ("222222222222", ["bank-2026", "loan-2026"]),
    ],
)
def test_a_text_narrows_by_any_word_of_an_endpoint(stage: Stage, text: str, names: list[str]) -> None:
    """In any case."""
    assert columns(stage.endpoints(text))["Endpoint"] == names


def test_a_name_that_nobody_ever_saw_is_told_with_the_nearest(stage: Stage) -> None:
    """Of endpoints and of monitors; one that was seen in another account is no slip."""
    with pytest.raises(BadRequest, match="no service or endpoint is called laon-2026; did you mean loan-2026"):
        stage.endpoints("laon-2026")
    with pytest.raises(BadRequest, match="no service, endpoint or monitor is called bonk; did you mean bank") as told:
        stage.monitors("bonk")
    assert told.value.next_step == "Known services: bank, loan, nightly."
    with pytest.raises(BadRequest, match="is called loen-2026; did you mean bank-2027") as told:
        stage.endpoints("loen-2026", ask=stage.ask(TEST))
    assert told.value.next_step == "Known services: bank, nightly."
    assert stage.endpoints("loan", ask=stage.ask(TEST)).text == ("0 endpoints",)


def test_whoever_asks_for_a_service_is_told_what_owners_should_know_of_it(stage: Stage) -> None:
    """One name in two accounts, and one that no tag says; nothing of it where all are listed."""
    several, alone = "bank is in several accounts, with incidents of its own in each.", "Known by name alone: loan in"
    for asked in (stage.endpoints, stage.monitors):
        assert several in str(asked("bank").parts)
        assert several not in str(asked("bank", ask=stage.ask(PROD)).parts)
    assert alone in str(stage.endpoints("loan-2026").parts)
    for reply in (stage.endpoints(), stage.endpoints("ml-production"), stage.monitors()):
        assert several not in str(reply.parts)
        assert alone not in str(reply.parts)


def test_refresh_asks_the_accounts_and_keeps_what_they_say(stage: Stage) -> None:
    """With the newest capture where there are few; the button carries text and narrowing."""
    new = endpoint(TEST, "new-2026", Service("new", "tag"))
    stage.holdings.endpoints = [BANK, new]
    ask = stage.ask(narrowing="region=us-west-2")
    assert "endpoints new region=us-west-2 refresh=yes" in lines(stage.endpoints("bank", ask=ask)) + lines(
        stage.endpoints("new", live=True, ask=ask)
    )
    reply = stage.endpoints(live=True)
    assert columns(reply)["Endpoint"] == ["bank-2026", "new-2026"]
    assert columns(reply)["Last capture"] == ["18:00", "18:00"]
    assert {depth for _, _, depth in stage.holdings.asked} == {Depth.EACH}
    assert stage.inventory.endpoints() == (BANK, new)
    assert small_print(reply).startswith("2 of 2 account Regions answered in 0.4 s.")


def test_the_newest_capture_is_looked_for_where_there_are_few(stage: Stage) -> None:
    """Hundreds would take hundreds of listings."""
    stage.holdings.endpoints = [endpoint(PROD, f"bank-{n}", Service("bank")) for n in range(21)]
    assert "Last capture" not in columns(stage.endpoints(live=True))
    assert stage.captures.asked == 0


def test_an_account_that_refuses_is_named_and_shown_as_it_was(stage: Stage) -> None:
    """The others are as they are now."""
    cause = f"role sagewatch-read in ml-test ({TEST.id}) lacks sagemaker:ListEndpoints"
    stage.holdings.refused = {(TEST.id, REGION): AccessDenied(cause, "Add it to the role's policy.")}
    stage.holdings.endpoints = [LOAN]
    reply = stage.endpoints(live=True)
    assert reply.text == ("2 endpoints, 1 without a monitor; 1 account did not answer",)
    assert columns(reply)["Endpoint"] == ["bank-2027", "loan-2026"]
    assert f"ml-test did not answer: {cause}. Add it to the role's policy." in small_print(reply).replace(" : ", ": ")


def test_a_fleet_that_nobody_listed_yet_says_so() -> None:
    """No name is called unknown then."""
    stage = Stage()
    stage.inventory = FakeInventory()
    for reply in (stage.endpoints("bank"), stage.monitors("bank"), stage.status()):
        assert "Nothing was listed yet" in small_print(reply)
    assert stage.status().text == ("2 accounts, not listed yet: nothing is open",)


def test_status_is_a_row_for_each_account_worst_first(stage: Stage) -> None:
    """What is zero everywhere has no column; what an endpoint's stopped monitors do is not monitoring."""
    reply = stage.status()
    assert reply.text == (
        "3 services, 3 endpoints in 2 accounts: nothing is open, 1 monitor silent, 1 endpoint without a monitor",
    )
    assert columns(reply) == {
        "Account": ["ml-test", "ml-production"],
        "Services": ["2", "2"],
        "Monitored": ["1 of 1", "1 of 2"],
        "Open": ["\N{EN DASH}", "\N{EN DASH}"],
        "Silent": ["1", "\N{EN DASH}"],
        "Newest run": ["18:00", "18:00"],
    }
    assert stage.holdings.asked == []
    assert lines(reply)[:2] == ["status refresh=yes", "incidents"]


def test_status_counts_incidents_by_what_became_of_them(stage: Stage) -> None:
    """The account with an open one comes first."""
    place = Place(PROD.id, REGION, "bank", Family.MODEL_QUALITY)
    record(stage.incidents, [(place, BANK.service, run(9, {"accuracy": 0.5}))], FakeRoutes().route, at(9))
    reply = stage.status()
    assert reply.text[0] == (
        "3 services, 3 endpoints in 2 accounts: 1 incident open, 1 monitor silent, 1 endpoint without a monitor"
    )
    assert columns(reply)["Account"] == ["ml-production", "ml-test"]
    assert columns(reply)["Open"] == ["1", "\N{EN DASH}"]


def test_status_counts_what_is_open_in_an_account_that_left(stage: Stage) -> None:
    """Nobody reads that nothing is open while a card is, of an account that is not linked any more."""
    place = Place("999999999999", REGION, "bank", Family.MODEL_QUALITY)
    record(stage.incidents, [(place, BANK.service, run(9, {"accuracy": 0.5}))], FakeRoutes().route, at(9))
    reply = stage.status()
    assert "in 2 accounts: 1 incident open" in reply.text[0]
    assert "Of accounts that left: 1 open incident. /ml accounts tells which, /ml incidents lists" in plain_text(reply)
    narrowed = stage.status(replace(stage.ask(), narrowing="account=ml-test"))
    assert "nothing is open" in narrowed.text[0]
    assert "accounts that left" not in plain_text(narrowed)


def test_an_account_with_something_acknowledged_comes_before_one_with_nothing(stage: Stage) -> None:
    """After those where something is open or silent."""
    stage.inventory.keep_runs([ran(DRIFT, 9)])
    place = Place(TEST.id, REGION, "bank", Family.MODEL_QUALITY)
    record(stage.incidents, [(place, BANK.service, run(9, {"accuracy": 0.5}))], FakeRoutes().route, at(9))
    acknowledge = {"click_id": "c", "person_id": "U1", "now": at(9.1), "routing": FakeRoutes().route}
    click(stage.incidents, 1, Act.ACKNOWLEDGE, **acknowledge)  # type: ignore[arg-type]
    told = columns(stage.status())
    assert told["Account"] == ["ml-test", "ml-production"]
    assert told["Acknowledged"] == ["1", "\N{EN DASH}"]


def test_status_asked_live_lists_endpoints_and_monitors(stage: Stage) -> None:
    """An account that is silent is told once, and when each was seen stands in a column where it differs."""
    stage.holdings.refused = {(TEST.id, REGION): AccessDenied("role lacks sagemaker:ListEndpoints")}
    ask = stage.ask()
    reply = drawn(
        status_now(
            stage.refresh(ask),
            stage.inventory,
            stage.incidents,
            stage.approvals,
            stage.surroundings(),
            CATALOGUE,
            ask,
        )
    )
    assert str(reply.text[0]).endswith("; 1 account did not answer")
    assert [kind for kind, _, _ in stage.holdings.asked] == ["endpoints", "schedules"]
    assert columns(reply)["As of"] == ["18:30", "19:00"]


def test_status_counts_alarms_of_models_in_their_metrics_accounts(stage: Stage) -> None:
    """Wherever an alarm lives; one that watches no model is not counted, nor one whose mute is over."""
    of = {"account_id": PROD.id, "arn": alarm_arn(REGION, PROD.id, "one")}
    listed = (
        alarm("fires"),
        alarm("cannot tell", state=AlarmState.INSUFFICIENT_DATA),
        alarm("is fine", state=AlarmState.OK),
        alarm("web", watched=(watched(metric("Errors", "AWS/Lambda", FunctionName="f")),), **of),
    )
    stage.inventory.keep_alarms([Sweep(HUB, REGION, listed)], at(9))
    mute = Mute("arn:m", "m", HUB, REGION, ("is fine",), at(9), at(12), active=True)
    over = replace(mute, arn="arn:n", alarms=("fires",), start=at(7), end=at(8), active=False)
    stage.inventory.keep_mutes([Sweep(HUB, REGION, (mute, over))], at(9))
    reply = stage.status()
    told = columns(reply)
    counts = {name: dict(zip(told["Account"], told[name], strict=True)) for name in ("In ALARM", "No data", "Muted")}
    none = "\N{EN DASH}"
    assert counts == {name: {"ml-production": "1", "ml-test": none} for name in counts}
    assert "1 alarm firing" in str(reply.text[0])
    assert "alarms" in lines(reply)


def test_status_of_no_account_says_where_to_look() -> None:
    """Before anything is linked."""
    stage = Stage()
    ask = replace(stage.ask(), scope=Scope(()))
    assert "/ml doctor says what lacks" in str(stage.status(ask).parts)


def test_status_says_how_many_packages_wait_and_leads_whoever_may_decide_to_them(stage: Stage) -> None:
    """In the accounts and Regions that are asked of; nothing where none waits. The button narrows as the question."""
    assert "model package" not in plain_text(stage.status())
    keep(stage, package(), package(of=ref(1, "churn", hour=8)), package(of=ref(1, "loan", TEST.id)))
    assert "3 model packages wait for approval." in plain_text(stage.status())
    assert "approve" in lines(stage.status())
    narrowed = stage.ask(TEST, narrowing="account=ml-test")
    assert "1 model package waits for approval." in plain_text(stage.status(narrowed))
    assert "approve account=ml-test" in lines(stage.status(narrowed))
    elsewhere = replace(narrowed, scope=Scope((TEST,), ("eu-west-1",)))
    assert "model package" not in plain_text(stage.status(elsewhere))
    viewer = replace(narrowed, may=lambda role, account_id: role is not Role.OPERATOR or account_id == PROD.id)
    assert "1 model package waits" in plain_text(stage.status(viewer))
    assert "approve" not in str(lines(stage.status(viewer)))
    stage.approvals.change(ref().arn, lambda t: found(t, None, at(10)), lambda _: Reply(("gone",)), at(10))
    assert "2 model packages wait" in plain_text(stage.status())


def keep(stage: Stage, *packages: ModelPackage) -> None:
    """They wait, with a card each."""
    approvals.keep(stage.approvals, FakeRoutes(), {}, packages, stage.ask())
