"""From a line to a call: kinds, usage, suggestions, discovery."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import commands
from bot.errors import BadRequest
from bot.parse import Number, Reader, quoted
from bot.registry import Line, Registry, discover

READER = Reader(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))


@pytest.fixture(scope="module")
def registry() -> Registry:
    """The real commands."""
    return discover(commands)


def read(registry: Registry, line: str) -> Line:
    """As a person types it."""
    return registry.read(line, READER)


def test_every_planned_command_is_found(registry: Registry) -> None:
    """Each with help, an example and a usage line that names its parameters."""
    names = {c.name for c in registry.visible()}
    assert {"violations", "incidents", "accounts", "ack", "resolve", "reopen", "help"} <= names
    assert all(c.help and c.example for c in registry.visible())
    assert registry.command("ack").usage("/ml") == "/ml ack <number> [end] [reason]"


def test_words_fill_parameters_in_order(registry: Registry) -> None:
    """`ack 12 6h label feed late`: number, end, and the rest is the reason."""
    values = read(registry, "ack 12 6h label feed late").values
    assert values["number"] == Number(12)
    assert values["end"] == timedelta(hours=6)
    assert values["reason"] == "label feed late"


def test_an_optional_word_that_does_not_fit_is_passed_over(registry: Registry) -> None:
    """Without an end, the reason begins at once."""
    values = read(registry, "ack 12 label feed late").values
    assert (values["end"], values["reason"]) == (None, "label feed late")


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("violatons", "did you mean violations"),
        ("ack", "<number> is missing"),
        ("ack twelve", "no incident's number"),
        ("ack 12 6hh late", "6hh is no duration"),
        ("ack 12 end=soon", "soon is no duration"),
        ("endpoints refresh=now", "now is no answer to refresh="),
        ("monitors start bank confirm=1", "1 does not confirm anything"),
        ("monitors start", "<name> is missing"),
        ("incidents refresh=yes", "there is no refresh= here"),
        ("violations since=yesterday", "yesterday is no duration and no day"),
        ("violations bank extra", "extra is no duration"),
        ("violations sinse=7d", "no sinse= here; did you mean since?"),
        ("incidents 12", "12 is not understood here"),
        ("resolve x", "no incident's number"),
        ("reopen", "<number> is missing"),
        ("accounts what", "what is not understood"),
    ],
)
def test_a_wrong_word_is_told_with_usage_and_example(registry: Registry, line: str, cause: str) -> None:
    """One bad input for each argument."""
    with pytest.raises(BadRequest) as told:
        read(registry, line)
    assert cause in told.value.cause
    if line != "violatons":
        assert told.value.usage.startswith("/ml ")
        assert told.value.example.startswith("/ml ")


def test_account_and_region_are_taken_out(registry: Registry) -> None:
    """Every reading command has them."""
    line = read(registry, "violations account=prod region=us-west-2")
    assert (line.account, line.region) == ("prod", "us-west-2")
    assert "account" not in line.values


def test_commands_that_ask_aws_are_slow(registry: Registry) -> None:
    """The signature decides the pool."""
    assert {c.name for c in registry.visible() if c.slow} == {
        "approve",
        "reject",
        "alarm delete",
        "alarm mute",
        "alarm new",
        "alarm unmute",
        "violations",
        "accounts",
        "doctor",
        "metrics",
        "monitors start",
        "monitors stop",
        "who",
        "changed",
        "ask",
    }


def test_what_was_is_asked_of_accounts_that_left_as_well(registry: Registry) -> None:
    """The trail's commands alone."""
    assert {c.name for c in registry.commands.values() if c.remembers} == {"who", "ask", "cancel", "changed"}


def test_a_form_s_fields_that_no_parameter_takes_come_with_the_words(registry: Registry) -> None:
    """Where the command takes words with names of their own; elsewhere they are left out."""
    fields = {"name": 'a "b" c', "since": "2d"}
    line = registry.read("ask timeline x=1", READER, extra=fields)
    assert line.values["values"] == r'x=1 name="a \"b\" c"'
    assert line.values["since"] == timedelta(days=2)
    assert registry.read("violations", READER, extra={"name": "a"}).values["service"] is None


def test_the_slash_command_alone_is_the_status(registry: Registry) -> None:
    """Whatever blanks come with it."""
    assert read(registry, "").declared.name == read(registry, "  ").declared.name == "status"


@pytest.mark.parametrize("line", ["alarm", "alarm mute-it", "ALARM"])
def test_the_first_of_two_words_names_the_second_ones(registry: Registry, line: str) -> None:
    """`/ml alarm` alone is no slip for `/ml alarms`."""
    with pytest.raises(BadRequest) as refused:
        read(registry, line)
    assert refused.value.next_step == "Say /ml alarm delete, or alarm mute, or alarm new, or alarm unmute."


def test_a_command_of_two_words_beats_the_first_word_s(registry: Registry) -> None:
    """`monitors start x` starts one; a service of another name is looked up."""
    line = read(registry, "monitors Stop bank-quality confirm=yes account=ml-test")
    assert (line.declared.name, line.values, line.account) == (
        "monitors stop",
        {"name": "bank-quality", "confirm": True},
        "ml-test",
    )
    assert read(registry, "monitors stopped").values == {"service": "stopped"}


def test_what_is_known_is_quick_and_what_is_asked_live_is_slow(registry: Registry) -> None:
    """The same words, another function; it is still called as it was typed."""
    known, live = (read(registry, f"endpoints bank account=ml-test{more}") for more in ("", " refresh=yes"))
    assert (known.values, known.account) == (live.values, live.account) == ({"text": "bank"}, "ml-test")
    assert (known.declared.slow, live.declared.slow) == (False, True)
    assert known.declared.usage("/ml") == "/ml endpoints [text] [account=…] [region=…] [refresh=yes]"
    assert live.declared.usage("/ml") == known.declared.usage("/ml")
    assert read(registry, "endpoints refresh=no").declared == known.declared


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=255))
def test_a_line_of_ours_carries_any_name_exactly(registry: Registry, name: str) -> None:
    """From quoting to the command's value, wherever it stands and however long it is."""
    assert read(registry, f"alarm unmute {quoted(name)}").values == {"name": name}
    values = read(registry, f"alarm mute {quoted(name)} 4h reason={quoted(name)}").values
    assert (values["name"], values["reason"]) == (name, name)


@pytest.mark.parametrize(
    "line",
    [
        "alarm mute x 4h {}",
        "alarm plan watch=1/eu/m/accuracy/L0.5 reason={}",
        "alarm make watch=1/eu/m/accuracy/L0.5 reason={}",
        "approve bank 3 reason={}",
        "reject bank 3 {}",
    ],
)
def test_a_reason_that_a_button_could_not_carry_is_refused_at_once(registry: Registry, line: str) -> None:
    """With the limit, at its field: the question would stand there without its button otherwise."""
    longest = 'a"\\' * 100
    assert read(registry, line.format(quoted(longest))).values["reason"] == longest
    with pytest.raises(BadRequest, match="that reason has 301 characters") as refused:
        read(registry, line.format("r" * 301))
    assert (refused.value.field, refused.value.next_step) == ("reason", "Up to 300 are kept.")


def made(tmp_path: Path, **files: str) -> ModuleType:
    """A package of command files."""
    name = f"planted_{tmp_path.name}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for stem, text in files.items():
        (folder / f"{stem}.py").write_text(text)
    sys.path.insert(0, str(tmp_path))
    try:
        __import__(name)
        return sys.modules[name]
    finally:
        sys.path.remove(str(tmp_path))


PING = '''"""x"""
from bot.kit import command
from bot.model.reply import Reply

@command("{name}", role="viewer")
def ping() -> Reply:
    """Say pong."""
    return Reply(("pong",))
'''


def test_a_new_file_is_a_new_command(tmp_path: Path) -> None:
    """Nothing else changes."""
    assert discover(made(tmp_path, ping=PING.format(name="ping"))).command("PING").help == "Say pong."


def test_two_of_a_name_stop_the_start_by_name(tmp_path: Path) -> None:
    """Both files are named."""
    package = made(tmp_path, a=PING.format(name="ping"), b=PING.format(name="ping"))
    with pytest.raises(BadRequest, match=r"\.b and .*\.a both declare the command ping"):
        discover(package)


def test_a_file_that_declares_nothing_stops_the_start(tmp_path: Path) -> None:
    """A forgotten decorator is no silent loss; underscored neighbours are fine."""
    with pytest.raises(BadRequest, match=r"\.empty declares no command"):
        discover(made(tmp_path, empty="X = 1", _neighbour="Y = 1"))


LIVE = '''"""x"""
from bot.kit import live
from bot.model.reply import Reply

@live("{name}")
def ping_now(*, text: str | None = None) -> Reply:
    """Ask anew."""
    return Reply(("pong",))
'''


@pytest.mark.parametrize("name", ["ping", "pong"])
def test_a_live_answer_to_no_command_or_to_other_words_stops_the_start(tmp_path: Path, name: str) -> None:
    """Here the command takes no text, or there is none."""
    package = made(tmp_path, ping=PING.format(name="ping"), ping_now=LIVE.format(name=name))
    with pytest.raises(BadRequest, match=rf"ping_now declares the live {name}, which is no command of these words"):
        discover(package)


def test_buttons_can_say_again_what_was_asked(registry: Registry) -> None:
    """Account and Region as typed, names with spaces as one word."""
    line = read(registry, 'violations "Bank Marketing" account=prod,test region=us-west-2')
    assert line.values["service"] == "Bank Marketing"
    assert line.narrowing() == "account=prod,test region=us-west-2"
    assert read(registry, f"violations {quoted('Bank Marketing')} {line.narrowing()}") == line
