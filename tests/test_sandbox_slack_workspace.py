"""The workspace itself: who sees what, what is kept over a restart, what typed text becomes, limits of pace."""

import json
from socket import socket
from typing import Any

import pytest

from sandbox.control import create_app
from sandbox.slack import tiny
from sandbox.slack.errors import RateLimited
from sandbox.slack.escape import blocks_of, typed
from sandbox.slack.inputs import entered
from sandbox.slack.rates import Rates
from sandbox.slack.records import File
from sandbox.slack.server import SlackServer


def test_ts_are_unique_and_grow_even_when_the_clock_stands() -> None:
    """Six decimals, a millionth apart."""
    workspace = tiny.workspace(now=lambda: 1_763_600_000.0)
    assert [workspace.next_ts() for _ in range(3)] == [f"1763600000.00000{n}" for n in range(3)]


@pytest.mark.parametrize(
    ("user", "channels"),
    [
        ("U0SAM", {"ml-alerts", "general", "old", "partner"}),
        ("U0MAYA", {"ml-alerts", "general", "old", "partner", "ml-team", "secret"}),
        ("U0GUS", set()),
        ("U0PAT", {"partner"}),
        ("U0NOBODY", set()),
    ],
)
def test_guests_and_partners_see_only_their_channels(user: str, channels: set[str]) -> None:
    """Full members see every public channel."""
    workspace = tiny.workspace()
    assert {one.name for one in workspace.channels.values() if workspace.sees_channel(user, one)} == channels


def test_a_restart_brings_everything_back() -> None:
    """Messages, threads, ephemeral ones, files, homes; ts and ids go on where they were."""
    old = tiny.workspace(now=lambda: 100.0)
    channel = old.channels["C0ALERTS"]
    parent = old.post(channel, {"type": "message", "user": "U0MAYA", "text": "hi"})
    old.post(channel, {"type": "message", "user": "U0SAM", "text": "yo", "thread_ts": parent.ts})
    old.post(channel, {"type": "message", "user": old.bot_id, "text": "psst"}, only_for="U0MAYA")
    old.im("U0SAM")
    old.files["F1"] = File("F1", "a.csv", 2, "A", "text/csv", 100, b"ab", completed=True)
    old.homes["U0MAYA"] = {"id": old.next_id("V"), "type": "home", "blocks": []}
    new = tiny.workspace(now=lambda: 50.0)
    new.load(json.loads(json.dumps(old.dump())))
    assert new.dump() == old.dump()
    assert new.messages == old.messages
    assert new.files == old.files
    assert float(new.next_ts()) > float(parent.ts)
    assert new.next_id("V") != old.homes["U0MAYA"]["id"]
    with pytest.raises(ValueError, match="version 0"):
        new.load({"version": 0})


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("@Sagewatch violations", "<@U0SAGEWATCH> violations"),
        ("ask @sam, @nobody", "ask <@U0SAM>, @nobody"),
        ("mail maya@sam.example", "mail maya@sam.example"),
        ("@here @ml-oncall", "<!here> <!subteam^S0ONCALL|@ml-oncall>"),
        ("in #ml-alerts #none", "in <#C0ALERTS|ml-alerts> #none"),
        ("see https://a.example/?x=1&y=2 now", "see <https://a.example/?x=1&amp;y=2> now"),
        ("<!channel> <@U0MAYA> <@U0XX>", "&lt;!channel&gt; <@U0MAYA> &lt;@U0XX&gt;"),
    ],
)
def test_typed_text_is_escaped_and_names_become_ids(text: str, stored: str) -> None:
    """As the client does before it sends."""
    assert typed(tiny.workspace(), text) == stored


def test_a_command_with_escaping_gets_ids_and_names() -> None:
    """The manifest's should_escape."""
    assert typed(tiny.workspace(), "assign 12 @sam", with_labels=True) == "assign 12 <@U0SAM|sam>"


def test_a_typed_message_has_rich_text_too() -> None:
    """With the mention as an element and the text unescaped."""
    section = blocks_of("<@U0SAM> a &lt; b", "B1")[0]["elements"][0]["elements"]
    assert section == [{"type": "user", "user_id": "U0SAM"}, {"type": "text", "text": " a < b"}]


def test_a_bucket_fills_with_time() -> None:
    """After the burst one a second; the wait is whole seconds."""
    now = [0.0]
    rates = Rates(lambda: now[0])
    for _ in range(12):
        rates.post("C1")
    with pytest.raises(RateLimited) as limited:
        rates.post("C1")
    assert limited.value.retry_after_s == 1
    rates.post("C2")
    now[0] = 1.0
    rates.post("C1")
    with pytest.raises(RateLimited):
        rates.post("C1")


OPTIONS = [{"text": {"type": "plain_text", "text": one}, "value": one} for one in ("a", "b")]


@pytest.mark.parametrize(
    ("element", "value", "state"),
    [
        ({"type": "number_input", "is_decimal_allowed": True}, 0.5, {"value": "0.5"}),
        ({"type": "number_input", "is_decimal_allowed": False}, None, {"value": None}),
        ({"type": "datepicker"}, "2026-11-20", {"selected_date": "2026-11-20"}),
        ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
        ({"type": "datetimepicker"}, 1_763_600_000, {"selected_date_time": 1_763_600_000}),
        ({"type": "multi_static_select", "options": OPTIONS}, ["b"], {"selected_options": OPTIONS[1:]}),
        ({"type": "radio_buttons", "options": OPTIONS}, "a", {"selected_option": OPTIONS[0]}),
        ({"type": "users_select"}, "U0SAM", {"selected_user": "U0SAM"}),
        ({"type": "static_select", "option_groups": [{"options": OPTIONS}]}, "b", {"selected_option": OPTIONS[1]}),
        ({"type": "plain_text_input"}, "", {"value": None}),
    ],
)
def test_values_become_the_state_that_slack_keeps(element: dict[str, Any], value: Any, state: dict[str, Any]) -> None:
    """Each element in its own words."""
    assert entered({**element, "action_id": "x"}, value) == {"type": element["type"], **state}


def test_a_port_in_use_is_an_os_error() -> None:
    """Raised as it is, so that whoever starts it can say which port."""
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = SlackServer(create_app(tiny.workspace(), tiny.StillWorld(), tiny.StillAws()), taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            server.start()
        server.stop()
