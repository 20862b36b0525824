"""`/ml endpoints`, `/ml monitors` and `/ml status` over a fleet of two accounts, from the inventory and live."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.refresh import Refresher
from bot.errors import AccessDenied, BadRequest
from bot.incidents import click, record
from bot.kit import Catalogue
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.blind import Newest
from bot.model.fleet import Capture, Depth, Endpoint, Variant
from bot.model.incident import Act
from bot.model.monitor import Execution, RunStatus, Schedule
from bot.model.person import Person, Role
from bot.model.place import Family, Place, Service
from bot.model.reply import Actions, Bold, Cell, Facts, Number, Press, Reply, Table, Time
from bot.ports import Ask, Found, Refresh, Sweep
from bot.registry import Registry
from bot.render import message
from commands.endpoints import endpoints, endpoints_now
from commands.monitors import monitors, monitors_now
from commands.monitors_start import start
from commands.monitors_stop import stop
from commands.status import status, status_now
from sandbox.fakes import HOUR, FakeIncidents, FakeRoutes, at, run
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_resources import FakeOperations, FakeResources, Holdings
from sandbox.slack.check_surface import problems_of

REGION = "us-west-2"
PROD, TEST = Account("222222222222", "ml-production", (REGION,)), Account("333333333333", "ml-test", (REGION,))
CATALOGUE: Catalogue = Registry({}, {})


def endpoint(account: Account, name: str, service: Service, **parts: object) -> Endpoint:
    """One that serves and captures everything."""
    made = Endpoint(
        arn=f"arn:{account.id}:endpoint/{name}",
        name=name,
        account_id=account.id,
        region=REGION,
        status="InService",
        created_at=at(-90),
        changed_at=at(-90),
        config="config",
        variants=(Variant("AllTraffic", "ml.m5.large", 1),),
        capture=Capture(enabled=True, percentage=100, destination="s3://bucket"),
        service=service,
    )
    return replace(made, **parts)  # type: ignore[arg-type]


def schedule(
    account: Account, name: str, watches: Endpoint | None, family: Family, status: str = "Scheduled"
) -> Schedule:
    """An hourly one, made long ago."""
    return Schedule(
        arn=f"arn:{account.id}:monitoring-schedule/{name}",
        name=name,
        account_id=account.id,
        region=REGION,
        family=family,
        endpoint=watches.name if watches else "",
        cadence=HOUR,
        service=watches.service if watches else Service("nightly", "tag"),
        status=status,
        created_at=at(-90),
        changed_at=at(-90),
    )


def ran(schedule: Schedule, hour: float, status: RunStatus = RunStatus.CLEAN) -> Execution:
    """Its run of that hour."""
    account = PROD if schedule.account_id == PROD.id else TEST
    when = at(hour)
    ended = when + timedelta(minutes=9)
    return Execution(account, REGION, schedule.name, schedule.endpoint, schedule.family, when, ended, status)


BANK = endpoint(PROD, "bank-2026", Service("bank", "tag"))
TESTED = endpoint(
    TEST, "bank-2027", Service("bank", "tag"), variants=(Variant("One"), Variant("Two", "ml.g5.xlarge", 3))
)
LOAN = endpoint(PROD, "loan-2026", Service("loan"), capture=None, status="Updating", variants=())
QUALITY = schedule(PROD, "bank-quality", BANK, Family.MODEL_QUALITY)
DATA = schedule(PROD, "bank-data", BANK, Family.DATA_QUALITY, "Stopped")
DRIFT = schedule(TEST, "bank-quality", TESTED, Family.MODEL_QUALITY)
BATCH = schedule(TEST, "nightly-bias", None, Family.BIAS)


class Captures:
    """`DataHealth` that knows when something was captured last."""

    def __init__(self) -> None:
        self.asked = 0

    def captures(self, wanted: tuple[Endpoint, ...]) -> Found[Newest]:
        """Of each that captures."""
        self.asked += len(wanted)
        return Found(tuple(Newest(e.arn, at(9)) for e in wanted if e.capture), (), 0, 0.1)

    def labels(self, wanted: list[Schedule]) -> Found[Newest]:
        """Of all but those of the test account."""
        self.asked += len(wanted)
        return Found(tuple(Newest(s.arn, at(8) if s.account_id == PROD.id else None) for s in wanted), (), 0, 0.1)


class Stage:
    """The fleet ten hours into its day, last listed half an hour before."""

    def __init__(self) -> None:
        self.inventory, self.incidents = FakeInventory(), FakeIncidents(fold)
        self.holdings = Holdings([BANK, TESTED, LOAN], [QUALITY, DATA, DRIFT, BATCH])
        self.captures = Captures()
        self.inventory.remember((PROD, TEST), at(9.5))
        self.keep(9.5)
        self.inventory.keep_runs([ran(QUALITY, 9, RunStatus.VIOLATED), ran(DRIFT, 6), ran(DATA, 3), ran(BATCH, 9)])

    def keep(self, hour: float) -> None:
        """What is held was listed then."""
        for account in (PROD, TEST):
            mine = tuple(e for e in self.holdings.endpoints if e.account_id == account.id)
            self.inventory.keep_endpoints([Sweep(account.id, REGION, mine)], at(hour))
            watches = tuple(s for s in self.holdings.schedules if s.account_id == account.id)
            self.inventory.keep_schedules([Sweep(account.id, REGION, watches)], at(hour))

    def ask(self, *accounts: Account, narrowing: str = "") -> Ask:
        """Ana's, about these or both."""
        scope = Scope(accounts or (PROD, TEST))
        return Ask(Person("U1", "T1", "Ana"), at(10), scope, time.monotonic() + 9, narrowing=narrowing)

    def refresh(self, ask: Ask) -> Refresh:
        """The port."""
        return Refresher(FakeResources(self.holdings, ask), self.inventory, ask)

    def endpoints(self, text: str = "", *, live: bool = False, ask: Ask | None = None) -> Reply:
        """`/ml endpoints text`."""
        asked = ask or self.ask()
        if live:
            return drawn(endpoints_now(self.refresh(asked), self.captures, self.inventory, asked, text=text))  # type: ignore[arg-type]
        return drawn(endpoints(self.inventory, asked, text=text))

    def monitors(self, service: str | None = None, *, live: bool = False, ask: Ask | None = None) -> Reply:
        """`/ml monitors service`."""
        asked = ask or self.ask()
        if live:
            return drawn(monitors_now(self.refresh(asked), self.captures, self.inventory, asked, service=service))  # type: ignore[arg-type]
        return drawn(monitors(self.inventory, asked, service=service))

    def status(self, ask: Ask | None = None) -> Reply:
        """`/ml status`."""
        return drawn(status(self.inventory, self.incidents, CATALOGUE, ask or self.ask()))


def drawn(reply: Reply) -> Reply:
    """The same; Slack takes what is drawn of it."""
    assert problems_of(message(reply).blocks, "message") == []
    return reply


def word(cell: Cell) -> str:
    """A cell as a reader sees it."""
    match cell:
        case Number():
            return cell.text
        case Press():
            return f"[{cell.label}]"
        case Time():
            return f"{cell.at:%H:%M}"
        case tuple():
            return "".join(word(part) if isinstance(part, Time) else str(part) for part in cell)
        case _:
            return cell


def columns(reply: Reply) -> dict[str, list[str]]:
    """The table by title; what all rows share is told of each."""
    table = next(p for p in reply.parts if isinstance(p, Table))
    found = {c.title: [word(row[i]) for row in table.rows] for i, c in enumerate(table.columns)}
    facts = next((p.items for p in reply.parts if isinstance(p, Facts)), ())
    return found | {label: [word(value)] * len(table.rows) for label, value in facts}


def lines(reply: Reply) -> list[str]:
    """What its buttons say."""
    return [p.line for part in reply.parts if isinstance(part, Actions) for p in part.items if isinstance(p, Press)]


def small_print(reply: Reply) -> str:
    """The footer as text."""
    return " ".join(p.text if isinstance(p, Bold) else word(p) for line in reply.footer for p in line)  # type: ignore[arg-type]


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
    assert told.value.next_step == "Known services: bank, loan."
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
    reply = drawn(status_now(stage.refresh(ask), stage.inventory, stage.incidents, CATALOGUE, ask))
    assert str(reply.text[0]).endswith("; 1 account did not answer")
    assert [kind for kind, _, _ in stage.holdings.asked] == ["endpoints", "schedules"]
    assert columns(reply)["As of"] == ["18:30", "19:00"]


def test_status_of_no_account_says_where_to_look() -> None:
    """Before anything is linked."""
    stage = Stage()
    ask = replace(stage.ask(), scope=Scope(()))
    assert "/ml doctor says what lacks" in str(drawn(status(stage.inventory, stage.incidents, CATALOGUE, ask)).parts)
