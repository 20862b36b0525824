"""The routes' file: what it says, what is wrong with it and where, and what holds while it changes."""

import os
import re
import threading
import time as clock
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import BadRequest
from bot.model.handoff import Recipient
from bot.model.place import About, Family, ServiceRule, Severity
from bot.model.route import Match, Quiet, Route
from bot.routing.file import RoutingFile, routes_of
from bot.routing.lines import headers, line_of
from bot.routing.reading import read
from bot.routing.shapes import TABLES
from bot.settings import Fixed
from sandbox.fakes import PLACE, START

DEFAULT = Route("ml-alerts", timedelta(hours=12))
FULL = """
[[route]]                      # 2
name = "money"
account = ["222222222222", "333333333333"]
team = "risk"
family = ["model quality", "bias"]
severity = "high"
service = "fraud-*"
channel = "#fraud-alerts"
acknowledge_hours = 4
escalate_minutes = 30
group = "S0MLONCALL"
digest = "08:30"
zone = "Europe/London"
quiet = { from = "22:00", to = "07:00", unless = "critical" }

[[route]]
channel = "C0MLPLATFM"

[[service]]
pattern = '^prod-(?P<model>\\w+)-'
name = '\\g<model>'
team = "risk"
severity = "critical"
runbook = "https://runbooks.example/fraud"
owner = "maya@example.com"
"""


def test_a_full_file_says_routes_and_services() -> None:
    """What a route does not say is as in the settings."""
    book = read(FULL, DEFAULT, "routes.toml", START)
    money, rest, default = book.routes
    accounts = ("222222222222", "333333333333")
    families = (Family.MODEL_QUALITY, Family.BIAS)
    assert money.match == Match(accounts, ("risk",), (), families, Severity.HIGH, ("fraud-*",))
    assert money.route == Route(
        "fraud-alerts",
        timedelta(hours=4),
        "money",
        "S0MLONCALL",
        timedelta(minutes=30),
        Quiet(time(22), time(7), "Europe/London", Severity.CRITICAL),
        time(8, 30),
        "Europe/London",
    )
    assert (rest.route, rest.match) == (Route("C0MLPLATFM", timedelta(hours=12), "route 2"), Match())
    assert (money.line, rest.line, default.line, default.route) == (2, 17, 0, DEFAULT)
    about = About("risk", Severity.CRITICAL, "https://runbooks.example/fraud", "maya@example.com")
    assert book.services == (ServiceRule(r"^prod-(?P<model>\w+)-", r"\g<model>", about),)
    assert (book.source, book.read_at, book.problem) == ("routes.toml", START, "")


ROUTE = '[[route]]\nchannel = "x"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[route]]\nchannel = "x', "line 2: "),
        ("[[route]]\nchannel = [", "line 2: "),
        ('[[route]]\nchannel = "x"\nchannel = "y"', "line 3: "),
        (
            '[[route]]\nchanel = "x"',
            "line 1: channel is missing; line 2: there is no chanel here; did you mean channel?",
        ),
        (f"{ROUTE}quiet = {{ form = '22:00', to = '07:00' }}", "line 3: there is no form here; did you mean from?"),
        (f"{ROUTE}\n[[routes]]", "there is no routes here; did you mean route?"),
        (f"{ROUTE}escalate_minutes = 'soon'", "line 3: escalate_minutes: Input should be a valid number"),
        (f"{ROUTE}escalate_minutes = 0", "line 3: escalate_minutes: Input should be greater than or equal to 1"),
        (f"{ROUTE}acknowledge_hours = nan", "line 3: acknowledge_hours: "),
        (f"{ROUTE}digest = '8.30'", 'line 3: digest: 8.30 is no hour of the day; write it like "08:30"'),
        (f"{ROUTE}digest = '24:00'", "line 3: digest: 24:00 is no hour"),
        (f"{ROUTE}zone = 'Europe/Londn'", "there is no time zone Europe/Londn; did you mean Europe/London?"),
        (f"{ROUTE}zone = '../etc/passwd'", "line 3: zone: there is no time zone ../etc/passwd"),
        (f"{ROUTE}zone = 7", "line 3: zone: there is no time zone 7"),
        (f"{ROUTE}family = 'drift'", "line 3: family: there is no family drift"),
        (f"{ROUTE}family = ['bias', 'model qality']", "there is no family model qality; did you mean model quality?"),
        (f"{ROUTE}severity = 'hihg'", "line 3: severity: there is no severity hihg; did you mean high?"),
        (f"{ROUTE}account = 'ml-production'", "is no account id; labels can lie: write its twelve digits"),
        (
            f"{ROUTE}account = 222222222222",
            "line 3: account: 222222222222 is no account id; write the twelve digits in quotes",
        ),
        (f"{ROUTE}group = '@ml-oncall'", "@ml-oncall is no user group's id"),
        (f"{ROUTE}quiet = {{ from = '22:00' }}", "line 3: to is missing"),
        (f"{ROUTE}quiet = {{ from = '22:00', to = '22:00' }}", "line 3: quiet: it ends when it begins"),
        ("[[route]]\nchannel = ''", "line 2: channel: name a channel"),
        ("[[route]]\nchannel = '#'", "line 2: channel: name a channel"),
        ("[route]\nchannel = 'x'", "line 1: route: write it as a table in two pairs of brackets: [[route]]"),
        ("service = 'x'", "line 1: service: write it as a table in two pairs of brackets: [[service]]"),
        ("route = [1]", "line 1: route: write it as a table, with names and values"),
        (f"{ROUTE}quiet = 5", "line 3: quiet: write it as a table, with names and values"),
        (f"{ROUTE}service = 'a'\nname = 'a'\n{ROUTE}name = 'a'", "line 7: another route is called a"),
        (f"{ROUTE}\n{ROUTE}team = 'x'", "line 4: nothing reaches this route: the file's route 1 takes it all"),
        (f"{ROUTE}team = 'x'\n{ROUTE}team = 'x'", "line 4: nothing reaches this route"),
        ("[[service]]\nteam = 'x'", "line 1: service: say which service it speaks of"),
        ("[[service]]\nname = 'x'\npattern = '(a+)+$'", "line 1: service: the pattern could take for ever"),
        ("[[service]]\nname = 'x'\npattern = '(a'", "is no regular expression"),
        ("[[service]]\nname = '\\2'\npattern = '(a)'", "invalid group reference"),
        ("a = 1\nb = 2\nc = 3\nd = 4\ne = 5", "line 3: there is no c here (one of route, service); and 2 more"),
        ("x = " + "[" * 5_000 + "]" * 5_000, "nested"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, told: str) -> None:
    """And the nearest word that there is."""
    with pytest.raises(BadRequest) as error:
        read(text, DEFAULT, "routes.toml", START)
    assert error.value.cause.startswith("routes.toml, ")
    assert told in error.value.cause
    assert "docs/routes.md" in error.value.next_step


def test_a_line_is_found_behind_whatever_spans_several() -> None:
    """Lists with a value a line, texts that look like tables, comments."""
    ids = "\n".join(f'  "{n:012d}",' for n in range(300))
    text = f'note = """\n[[route]]\nchannel = "no"\n"""\n\n[[route]]\n# why\naccount = [\n{ids}\n]\nchannel = 7\n'
    assert line_of(text, ("route", 0)) == 6
    assert line_of(text, ("route", 0, "account", 200)) == 8
    assert line_of(text, ("route", 0, "channel")) == 310
    assert line_of(text, ("route", 0, "zone")) == 6
    assert line_of(text, ("note",)) == 1


def test_the_lines_of_tables_are_the_parsers_own() -> None:
    """What only looks like one in a text is none; one that is written inline has no line."""
    text = 'x = """\n[[route]]\n"""\n  [[ route ]] # a\na = 1\n[["route"]]\n[[route.b]]\n[[routes]]\n[[route]]'
    assert headers(text, "route") == [4, 6, 9]
    assert headers('route = [{ channel = "x" }]', "route") == [0]
    assert headers("a = 1", "route") == []


def test_a_large_file_is_read_and_its_mistake_named_within_seconds() -> None:
    """A thousand routes; somebody may wait for the answer that looked at it."""
    part = '[[route]]\nteam = "t{0}"\nservice = ["svc-{0}-*"]\nchannel = "c{0}"\nescalate_minutes = 30\n'
    text = "".join(part.format(nth) for nth in range(1_000))
    began = clock.perf_counter()
    assert read(text, DEFAULT, "routes.toml", START).routes[999].line == 4_996
    with pytest.raises(BadRequest, match="line 5003: escalate_minutes"):
        read(f'{text}[[route]]\nteam = "x"\nescalate_minutes = "soon"\nchannel = "y"', DEFAULT, "routes.toml", START)
    assert clock.perf_counter() - began < 5


def test_the_example_of_the_docs_is_read() -> None:
    """And names every word that there is."""
    page = (Path(__file__).parent.parent / "docs" / "routes.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    known = {"fraud_pager": Recipient("fraud_pager", "")}
    assert len(read(example, DEFAULT, "routes.toml", START, known).routes) > 2
    words = {field.alias or name for part in TABLES.values() for name, field in part.model_fields.items()}
    assert {word for word in words if not re.search(rf"\b{word} =", example)} == set()


class Ticks:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with one route to #one."""
    file = tmp_path / "routes.toml"
    file.write_text(to("one"))
    return file


def to(channel: str) -> str:
    """A file with one route."""
    return f'[[route]]\nchannel = "{channel}"\n'


@pytest.fixture
def file(path: Path, ticks: Ticks) -> RoutingFile:
    return RoutingFile(path, DEFAULT, lambda: START, ticks)


@pytest.fixture
def later(file: RoutingFile, ticks: Ticks) -> Callable[[], str]:
    """Where an incident goes once the file was looked at twice more."""

    def goes() -> str:
        for _ in range(2):
            ticks.now += 2.5
            file.book()
        return file.route(PLACE, About()).channel

    return goes


def test_a_change_holds_once_it_was_the_same_at_two_looks(path: Path, file: RoutingFile, ticks: Ticks) -> None:
    """Half a save is never in force; between looks nothing is read."""
    path.write_text(to("two"))
    assert file.route(PLACE, About()).channel == "one"
    ticks.now += 2.5
    assert file.route(PLACE, About()).channel == "one"
    path.write_text(to("three") + "# longer")
    ticks.now += 2.5
    assert file.route(PLACE, About()).channel == "one"
    ticks.now += 2.5
    assert [route.channel for route in file.all()] == ["three", "ml-alerts"]


def test_a_change_that_is_old_enough_holds_at_the_first_look(path: Path, ticks: Ticks) -> None:
    """Whoever asks once a minute need not ask twice."""
    ticks.now = path.stat().st_mtime + 10
    file = RoutingFile(path, DEFAULT, lambda: START, ticks)
    path.write_text(to("two"))
    os.utime(path, (ticks.now + 57, ticks.now + 57))
    ticks.now += 58
    assert file.route(PLACE, About()).channel == "one"
    ticks.now += 60
    assert file.route(PLACE, About()).channel == "two"
    path.write_text(to("three"))
    os.utime(path, (ticks.now + 57, ticks.now + 57))
    ticks.now += 60
    assert file.route(PLACE, About()).channel == "three"


def test_a_mistake_leaves_the_former_routes_in_force_and_is_logged_once(
    path: Path, file: RoutingFile, later: Callable[[], str]
) -> None:
    """Its line stands in the problem until the file is right again."""
    path.write_text(to("two") + "zone = 'Mars'\n")
    with capture_logs() as logs:
        assert [later(), later()] == ["one", "one"]
    told = [entry for entry in logs if entry["log_level"] == "error"]
    assert len(told) == 1
    assert "line 3: zone: there is no time zone Mars" in told[0]["cause"]
    assert "line 3" in file.problem()
    path.write_text(to("four"))
    assert (later(), file.problem()) == ("four", "")


@pytest.mark.parametrize("how", ["deleted", "a folder", "huge", "no text"])
def test_a_file_that_cannot_be_read_leaves_the_former_routes_in_force(
    path: Path, file: RoutingFile, later: Callable[[], str], how: str
) -> None:
    """And holds again as soon as it is back."""
    told = {"deleted": "there is no file", "a folder": "cannot be read", "huge": "is larger than 256 KiB"}
    path.unlink()
    if how == "a folder":
        path.mkdir()
    elif how == "huge":
        path.write_text("#" * 300_000)
    elif how == "no text":
        path.write_bytes(b"\xff\xfe")
    with capture_logs() as logs:
        assert [later(), later()] == ["one", "one"]
    assert told.get(how, "it is no UTF-8 text") in file.problem()
    assert [entry["log_level"] for entry in logs] == ["error"]
    path.rmdir() if how == "a folder" else path.unlink(missing_ok=True)
    path.write_text(to("back"))
    assert (later(), file.problem()) == ("back", "")


def test_a_file_replaced_by_another_of_the_same_size_is_seen(path: Path, later: Callable[[], str]) -> None:
    """As deployments do it; the time of writing may even be the same."""
    before = path.stat()
    fresh = path.with_suffix(".new")
    fresh.write_text(to("two"))
    os.utime(fresh, ns=(before.st_atime_ns, before.st_mtime_ns))
    fresh.replace(path)
    assert later() == "two"


def test_many_ask_while_it_changes_and_all_see_a_whole_book(path: Path, file: RoutingFile, ticks: Ticks) -> None:
    """No thread waits for the one that reads, none sees half of it."""
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(300):
            ticks.now += 1
            book = file.book()
            channels = {rule.route.channel for rule in book.routes[:-1]}
            if len(channels) != 1 or len(book.routes) not in {2, 51}:
                wrong.append(book)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for nth in range(20):
        many = "".join(f'[[route]]\nchannel = "c{nth}"\nteam = "{team}"\n' for team in range(50))
        fresh = path.with_suffix(".new")
        fresh.write_text(many if nth % 2 else to(f"c{nth}"))
        fresh.replace(path)
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_start_with_a_mistaken_file_is_refused_and_without_one_the_settings_route_holds(tmp_path: Path) -> None:
    """Nothing good is in force yet that could stay."""
    file = tmp_path / "routes.toml"
    with pytest.raises(BadRequest, match="there is no file"):
        routes_of(Fixed(routes_file=str(file)), lambda: START)
    file.write_text("[[route]]\n")
    with pytest.raises(BadRequest, match="line 1: channel is missing"):
        routes_of(Fixed(routes_file=str(file)), lambda: START)
    only = routes_of(Fixed(), lambda: START)
    assert (only.all(), only.problem()) == ((Route("ml-alerts"),), "")


KNOWN = {
    "pager": Recipient("pager", "PagerDuty (events.pagerduty.com)"),
    "tickets": Recipient("tickets", "webhook (t)"),
}


def test_a_route_names_destinations_of_the_settings() -> None:
    """One or several, each once."""
    text = '[[route]]\nchannel = "a"\nservice = "x"\nhand_off = "pager"\n'
    text += '[[route]]\nchannel = "b"\nhand_off = ["tickets", "pager", "tickets"]\n'
    one, two, default = read(text, DEFAULT, "routes.toml", START, KNOWN).routes
    assert one.route.hand_off == (KNOWN["pager"],)
    assert two.route.hand_off == (KNOWN["tickets"], KNOWN["pager"])
    assert default.route.hand_off == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('"pagr"', "line 3: the settings' hand_off has no pagr"),
        ('"R0123456789012345678901234567890"', "line 3: hand_off: name a destination"),
        ('"https://tickets.example/t0k3n"', "line 3: hand_off: name a destination"),
        ("7", "line 3: hand_off: name a destination"),
    ],
)
def test_a_destination_that_is_none_is_named_by_line(wrong: str, said: str) -> None:
    """What looks like a key or an address is not repeated: errors are logged and shown."""
    with pytest.raises(BadRequest) as error:
        read(f'[[route]]\nchannel = "a"\nhand_off = {wrong}\n', DEFAULT, "routes.toml", START, KNOWN)
    assert said in error.value.cause
    assert "0123" not in error.value.cause
    assert "t0k3n" not in error.value.cause
