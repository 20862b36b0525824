"""`/ml route`: the routes in force, and why something goes where it goes."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import BadRequest
from bot.incidents import record
from bot.logic.handing import shown
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.fleet import Endpoint
from bot.model.handoff import Destination, Recipient
from bot.model.monitor import Schedule
from bot.model.person import Person
from bot.model.place import About, Family, Service, Severity
from bot.model.reply import Group, Reply, User
from bot.model.route import Route
from bot.ports import Ask
from bot.ports.fleet import Sweep
from bot.render import message, plain_text
from bot.routing.file import RoutingFile
from commands.route import route
from sandbox.fakes import HOUR, PLACE, START, FakeIncidents, FakePeople, at, run
from sandbox.fakes_fleet import FakeInventory

PROD = Account("222222222222", "ml-production", ("us-east-1",))
TEST = Account("333333333333", "ml-test", ("us-east-1",))
FILE = """
[[route]]
name = "severe"
severity = "high"
team = "risk"
channel = "risk-alerts"
group = "S0RISK"
escalate_minutes = 15
digest = "08:30"
zone = "Europe/London"
quiet = { from = "22:00", to = "07:00" }

[[route]]
name = "production"
account = "222222222222"
channel = "C0MLALERTS"
group = "S0ONCALL"

[[service]]
pattern = "^old-"
name = "legacy"
severity = "critical"
team = "risk"
"""


class Desk:
    """An admin's questions, of a fleet with one incident, one monitor and one endpoint."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "routes.toml"
        self.path.write_text(FILE)
        self.seconds = 0.0
        self.routes = RoutingFile(self.path, Route("ml-rest"), lambda: START, lambda: self.seconds)
        self.people = FakePeople({"S0RISK": ("U2", "U1"), "S0ONCALL": ()})
        self.incidents = FakeIncidents(fold)
        service = Service(PLACE.service, "tag", About("Risk", Severity.CRITICAL))
        record(self.incidents, [(PLACE, service, run(1, {"accuracy": 0.5}))], self.routes.route, at(1))
        self.inventory = FakeInventory()
        arn = f"arn:aws:sagemaker:us-east-1:{TEST.id}"
        endpoint = Endpoint(
            f"{arn}:endpoint/old-1",
            "old-1",
            TEST.id,
            "us-east-1",
            "InService",
            START,
            START,
            "c",
            (),
            None,
            Service("x"),
        )
        self.monitor = Schedule(
            f"{arn}:schedule/m", "m-quality", TEST.id, "us-east-1", Family.BIAS, "m", HOUR, Service("m")
        )
        self.inventory.keep_endpoints([Sweep(TEST.id, "us-east-1", (endpoint,))], START)
        self.inventory.keep_schedules([Sweep(TEST.id, "us-east-1", (self.monitor,))], START)
        self.inventory.name_service(self.monitor)

    def ask(self, what: str = "", *accounts: Account) -> Reply:
        """The answer."""
        ask = Ask(Person("U9", "T1", "Priya"), at(2), Scope(accounts or (PROD, TEST)), 1e9)
        return route(self.routes, self.people, self.incidents, self.inventory, ask, what=what)

    def text(self, what: str = "", *accounts: Account) -> str:
        """As text, on one line."""
        return " ".join(plain_text(self.ask(what, *accounts)).split())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_routes_are_listed_in_their_order_with_whom_they_call(desk: Desk) -> None:
    """The settings' own stands last; nobody is told that they were listed."""
    text = desk.text()
    assert text.startswith("3 routes; the first that fits holds")
    assert "team risk; at least high" in text
    assert "22:00 to 07:00 Europe/London, unless critical" in text
    assert "08:30 Europe/London" in text
    assert "S0ONCALL (nobody is in it)" in text
    assert text.index("severe") < text.index("C0MLALERTS") < text.index("everything else")
    assert f"{desk.path} as it was read" in text
    inlines = repr(desk.ask())
    assert repr(User("U1")) in inlines
    assert Group.__name__ not in inlines.replace("groups", "")
    assert len(message(desk.ask()).blocks) < 10


def test_a_group_that_slack_does_not_tell_is_shown_by_its_id(desk: Desk) -> None:
    """The rest of the answer stands."""
    desk.people.groups.clear()
    assert "S0RISK (Slack does not say who that is just now)" in desk.text()


def test_why_a_service_goes_where_it_goes(desk: Desk) -> None:
    """The route that holds, and what does not fit those before it; by the name of service, endpoint or schedule."""
    text = desk.text("Bank-Marketing")
    assert (
        "1 severe, to #risk-alerts. It takes team risk; at least high. ml-production (222222222222): model quality"
        in text
    )
    assert "Not" not in text
    text = desk.text("m-quality")
    assert "3 default, to #ml-rest. It takes everything else. ml-test (333333333333): bias" in text
    assert "Not 1 severe: nobody said its team, nobody said how severe it is." in text
    assert "Not 2 production: its account is 333333333333." in text
    assert "1 severe, to #risk-alerts." in desk.text("old-1")
    assert "ml-test (333333333333): operations" in desk.text("old-1")
    assert desk.text("legacy") == desk.text("old-1").replace("old-1", "legacy")


def test_an_account_is_named_once_with_all_that_goes_there(desk: Desk) -> None:
    """However many families a service's monitors are of."""
    more = [replace(desk.monitor, family=f, arn=f.value) for f in (Family.MODEL_QUALITY, Family.DATA_QUALITY)]
    desk.inventory.keep_schedules([Sweep(TEST.id, "us-east-1", (desk.monitor, *more))], START)
    assert desk.text("m").count(TEST.id) == 2  # the other says why an earlier route does not take it
    assert "ml-test (333333333333): bias, data quality, model quality Not 1 severe" in desk.text("m")


@pytest.mark.parametrize("what", ["1", "Severe"])
def test_one_route_is_shown_with_what_goes_there(desk: Desk, what: str) -> None:
    """By its number or its name; with its line in the file."""
    text = desk.text(what)
    assert text.startswith("Route 1, severe")
    assert "Goes there now: bank-marketing, legacy." in text
    assert "Not resolved: #1." in text
    assert "Line 2 of the file." in text


def test_an_asker_sees_nothing_of_accounts_that_their_role_does_not_cover(desk: Desk) -> None:
    """Nor where they are."""
    with pytest.raises(BadRequest, match="is called bank-marketing"):
        desk.ask("bank-marketing", TEST)
    with pytest.raises(BadRequest, match="no account that you may see lists m now"):
        desk.ask("m", PROD)
    assert "bank-marketing" not in desk.text("1", TEST)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("0", "no service, endpoint or route is called 0"),
        ("productoin", "did you mean production?"),
        ("9" * 5_000, "no service, endpoint or route is called 9"),
    ],
)
def test_a_slip_is_told_with_the_nearest_name(desk: Desk, what: str, told: str) -> None:
    with pytest.raises(BadRequest) as error:
        desk.ask(what)
    assert told in error.value.cause
    assert "from 1 to 3" in error.value.next_step


def test_a_mistaken_file_is_told_while_the_former_one_holds(desk: Desk) -> None:
    """With its line, above the routes."""
    desk.path.write_text("[[route]]\n")
    for _ in range(2):
        desk.seconds += 3
        text = desk.text()
    assert "The file as it is now is not in force" in text
    assert "line 1: channel is missing" in text
    assert "risk-alerts" in text


def test_hand_offs_are_shown_without_what_is_secret(tmp_path: Path) -> None:
    """Name, kind and host of each; `none` elsewhere."""
    path = tmp_path / "routes.toml"
    path.write_text('[[route]]\nchannel = "a"\nhand_off = "tickets"\n')
    to = Destination("tickets", "webhook", "https://tickets.example.com/t0k3n", "s3cr3t" * 4)
    known = {"tickets": Recipient("tickets", shown(to))}
    routes = RoutingFile(path, Route("ml-alerts"), lambda: START, known=known)
    scope = Scope((PROD,))
    ask = Ask(Person("U1", "T1", "Priya"), START, scope, 1e12)
    text = plain_text(route(routes, FakePeople({}), FakeIncidents(fold), FakeInventory(), ask))
    assert "tickets: webhook (tickets.example.com)" in text
    assert "none" in text
    assert "t0k3n" not in text
    assert "s3cr3t" not in text
