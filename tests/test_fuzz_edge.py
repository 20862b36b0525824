"""Whatever Slack delivers: it is acknowledged or refused, nothing of ours breaks, and no trace goes to anybody."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.parse import Reader
from bot.slack.payload import Does
from sandbox.fakes_hostile import SNIPPETS
from sandbox.fakes_storm import REGISTRY, Office
from sandbox.slack.tiny import TEAM

TIMES = float(os.environ.get("FUZZ_TIMES", "1"))
"""How many times as much is tried: `FUZZ_TIMES=20 pytest tests/test_fuzz_edge.py`."""


def thorough(examples: int) -> settings:
    """The same cases each time, unless more are asked for."""
    return settings(
        max_examples=round(examples * TIMES),
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=(HealthCheck.too_slow,),
    )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One for all."""
    made = Office(str(tmp_path_factory.mktemp("office") / "sagewatch.db"))
    yield made
    made.stop()


TRACES = re.compile(
    r"Traceback|File \"|\.py\b|line \d+, in|\b[A-Z]\w+(?:Error|Exception)\b|Something broke|0x[0-9a-f]{6}"
)
"""What tells of our insides, unless somebody typed it."""
REFUSED = re.compile(r'"error": "(?:invalid_blocks|msg_|no_text|invalid_json|json_|invalid_payload)\w*"|pointer:/view')
UNFURL = re.compile(r'"unfurl_\w+": \w+')
MENTION = re.compile(r"<(?!@U0MAYA>|!date\^\d+\^)")


def assert_no_trace(office: Office, said: str) -> None:
    """Whatever looks like our insides was in what the bot was sent."""
    for found in TRACES.finditer(said):
        assert any(found[0] in given for given in office.given), said


def told(office: Office) -> list[str]:
    """What was sent to Slack since the last look, checked: no trace, no mention or preview of data, nothing refused."""
    office.settle()
    heard = [(path, body, answer) for path, body, answer in office.heard if "/users." not in path]
    office.heard.clear()
    for path, body, answer in heard:
        assert_no_trace(office, body)
        assert not REFUSED.search(answer), (path, body, answer)
        if body.startswith("{"):
            assert not [text for text in marked(json.loads(body)) if MENTION.search(text)], body
            shown = path.startswith("/actions/") or path.endswith("/chat.postMessage")
            assert not shown or {'"unfurl_links": false', '"unfurl_media": false'} <= set(UNFURL.findall(body)), body
    return [body for _, body, _ in heard]


def marked(sent: Any) -> Iterator[str]:
    """Every text that Slack reads as markup."""
    if isinstance(sent, list):
        yield from (text for one in sent for text in marked(one))
    if isinstance(sent, dict):
        if sent.get("type") == "mrkdwn" or "blocks" in sent:
            yield str(sent.get("text", ""))
        yield from (text for one in sent.values() for text in marked(one))


NAMES = sorted(
    {p.name for d in (*REGISTRY.commands.values(), *REGISTRY.forms.values()) for p in d.params} | {"account"}
)
VALUES_TYPED = (
    *("1", "#1", "1.1", "1.9", "99", "7d", "24h", "0s", "1w2d", "1.5.5h", "1e9", "9" * 300, "2026-11-20", "0001-01-01"),
    *("since=9999-12-31", 'account="ml production"', "region=us-east-1,,", "rows=1,2", "rows=,", "at=0", "x=y", "--"),
    *("=", "---", "\u2014since", "\u2013 7d", '"a b"', "\u201cx", "&#0;", "&#xd800;", "&#1114112;"),
    *("\u3000", "\u0661", "\u00b2", "\u212a", "\u0130", "\u017f"),
)
NAMED = [word for name in NAMES for word in (f"{name}=", f"--{name}")]
TYPED = st.sampled_from([*REGISTRY.commands, *REGISTRY.forms, *VALUES_TYPED, *NAMED, *SNIPPETS])
LINES = st.one_of(
    st.text(max_size=80),
    st.lists(st.one_of(TYPED, st.text(max_size=12)), max_size=7).map(" ".join),
    st.builds(
        lambda *words: " ".join(words), st.sampled_from(sorted(REGISTRY.commands)), TYPED, TYPED, st.text(max_size=9)
    ),
    st.builds(lambda one, n: (one * n)[:3_000], st.one_of(TYPED, st.text(min_size=1, max_size=9)), st.just(3_000)),
)


@thorough(4_000)
@given(
    LINES,
    st.sampled_from(["UTC", "Asia/Kathmandu", "../etc/passwd", "\x00", ""]),
    st.booleans(),
    st.dictionaries(st.sampled_from(NAMES), st.text(max_size=9), max_size=3),
)
@example("violations since=0001-01-01", "Asia/Kathmandu", False, {})
def test_whatever_is_typed_is_read_or_told(line: str, tz: str, form: bool, extra: dict[str, str]) -> None:
    """By every command and form: only BadRequest comes out, with words for whoever typed it."""
    reader = Reader(datetime(2026, 11, 23, 9, 30, tzinfo=UTC), tz)
    with suppress(BadRequest):
        read = REGISTRY.read(line, reader, form=form, extra=extra)
        assert {p.name for p in read.declared.params if p.required} <= read.values.keys()


def test_every_command_that_is_typed_is_acknowledged_and_answered(
    office: Office, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Once each, with a message that Slack takes; nothing breaks on the way."""
    asked = 0

    @thorough(900)
    @given(LINES)
    def type_(text: str) -> None:
        nonlocal asked
        asked += 1
        assert office.take("slash_commands", office.command(text)) == {}

    type_()
    answers = [body for body in told(office) if '"response_type"' in body or "trigger_id" in body]
    assert len(answers) == asked
    assert not [body for body in answers if "Slack does not" in body]
    assert "Traceback" not in "".join(capsys.readouterr()) + caplog.text


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(["", "ml:", "ml:run", "ml:act:1", "U0SAM", "C0PARTNER", "\x00", "\ud800", "{", "[]", "x" * 9_000]),
    st.lists(st.text(max_size=4), max_size=3),
    st.dictionaries(
        st.sampled_from(["id", "value", "text", "type", "team_id", "line"]), st.text(max_size=4), max_size=3
    ),
)
Changes = list[tuple[str, int, Any]]
"""(how, which place, what) of each field that is not as Slack sends it."""
CHANGES = st.lists(st.tuples(st.sampled_from(["drop", "set", "add", "wrap"]), st.integers(0, 999), ODD), max_size=3)


def changed(payload: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """A copy in which some fields are missing, odd, new or in a list."""
    made = deepcopy(dict(payload))
    for how, where, odd in changes:
        places = list(_places(made))
        holder, key = places[where % len(places)]
        if how == "drop":
            del holder[key]
        elif how == "add" and isinstance(holder, dict):
            holder[f"{key}_"] = odd
        else:
            holder[key] = [holder[key]] if how == "wrap" else odd
        if not made:
            break
    return made


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key)."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


ACTIONS = st.one_of(
    st.text(max_size=9).map("ml:{}".format),
    st.sampled_from([f"ml:{does}:{n}" for does in (*get_args(Does), "menu") for n in ("", 1)]),
    st.sampled_from(["ml", "ml:", "ml::::", "ml:RUN:1", "other", "value", "ml:menu:\x00"]),
)
VALUES = st.one_of(
    LINES, LINES.map("act {}".format), LINES.map("form {}".format), st.sampled_from(["", "ack 1 at=1", "act"])
)
METADATA = st.one_of(
    st.builds(
        lambda line, channel: json.dumps({"line": line, "channel": channel}), LINES, st.sampled_from(["C0ALERTS", ""])
    ),
    st.sampled_from(
        ["", "{", "null", "[]", "7", '"line"', '{"line": 7}', '{"line": null}', '{"line": ["ack 1"]}', "[" * 9_000]
    ),
    st.just(json.dumps({"line": "ack 1 at=1", "channel": "C0ALERTS"})),
)


def storm(office: Office, kind: str, payload: Mapping[str, Any], changes: Changes, *, ours: bool = True) -> None:
    """One delivery: acknowledged where it is ours and nothing was changed, else that or refused."""
    answer = office.take(kind, changed(payload, changes))
    assert_no_trace(office, json.dumps(answer))
    assert answer is not None or changes or not ours, payload


def weathered(office: Office) -> None:
    """Afterwards the bot answers as ever, and nobody was sent a trace."""
    told(office)
    assert office.take("slash_commands", office.command("help")) == {}
    assert "What you can ask Sagewatch" in "".join(told(office))


def test_no_click_breaks_the_edge(office: Office) -> None:
    """Any action id, any value, fields that are missing, odd or new."""

    @thorough(900)
    @given(ACTIONS, VALUES, st.booleans(), CHANGES)
    def press(action_id: str, value: str, menu: bool, changes: Changes) -> None:
        chosen: dict[str, Any] = {"selected_option": {"value": value}} if menu else {"value": value}
        storm(
            office,
            "interactive",
            office.click({"action_id": action_id, **chosen}),
            changes,
            ours=action_id.startswith("ml:"),
        )

    press()
    weathered(office)


FLEET = (
    "doctor",
    "route",
    "status refresh=yes",
    "endpoints e",
    "monitors",
    "monitors stop m",
    "monitors start m confirm=yes",
)


def test_no_press_on_a_home_breaks_the_edge(office: Office) -> None:
    """Whatever line it carries: answers, files and forms that no message can stand for."""

    @thorough(400)
    @given(
        ACTIONS,
        st.one_of(VALUES, st.sampled_from(["home", "help", "incidents", "rows 1", "violations", "ack-with 1", *FLEET])),
        CHANGES,
    )
    def press(action_id: str, value: str, changes: Changes) -> None:
        made = office.press_home({"action_id": action_id, "value": value})
        storm(office, "interactive", made, changes, ours=action_id.startswith("ml:"))

    press()
    weathered(office)
    assert office.slack.workspace.homes


def test_no_form_breaks_the_edge(office: Office) -> None:
    """Any answers, metadata that is not ours, fields that are missing, odd or new."""

    @thorough(700)
    @given(METADATA, st.dictionaries(st.sampled_from([*NAMES, "x"]), LINES, max_size=3), CHANGES)
    def send(metadata: str, values: dict[str, str], changes: Changes) -> None:
        storm(
            office, "interactive", office.sent(metadata, values), changes, ours='"line": "' in metadata or not metadata
        )

    send()
    weathered(office)


def test_no_event_breaks_the_edge(office: Office) -> None:
    """Mentions and messages of any text; events that nobody knows; fields that are missing, odd or new."""

    @thorough(600)
    @given(
        st.sampled_from(["app_mention", "app_mention", "message", "app_home_opened", "x"]),
        LINES,
        st.sampled_from(["C0ALERTS", "C0PARTNER", "D0MAYA"]),
        st.sampled_from(["im", "channel", "app_home", ""]),
        CHANGES,
    )
    def happen(kind: str, text: str, channel: str, of: str, changes: Changes) -> None:
        told_of = {"type": kind, "text": f"<@U0SAGEWATCH> {text}", "channel": channel, "channel_type": of}
        storm(office, "events_api", office.event(told_of), changes)

    happen()
    weathered(office)


def test_no_command_breaks_the_edge(office: Office) -> None:
    """Fields that are missing, odd or new; kinds of delivery that do not fit."""

    @thorough(500)
    @given(LINES, CHANGES, st.sampled_from(["slash_commands", "slash_commands", "events_api", "interactive", "hello"]))
    def type_(text: str, changes: Changes, kind: str) -> None:
        storm(office, kind, office.command(text), changes, ours=kind == "slash_commands")

    type_()
    weathered(office)


@pytest.mark.parametrize(
    ("kind", "spoilt"),
    [
        ("interactive", {"channel": {"id": ["C0ALERTS"]}}),
        ("interactive", {"user": {"id": {}, "team_id": TEAM}}),
        ("interactive", {"user": {"id": "U0MAYA", "team_id": 7}}),
        ("interactive", {"trigger_id": None}),
        ("slash_commands", {"channel_id": None}),
        ("slash_commands", {"response_url": 7}),
        ("slash_commands", {"text": ["ack 1"]}),
    ],
)
def test_what_is_no_text_is_refused_before_anything_is_done(office: Office, kind: str, spoilt: dict[str, Any]) -> None:
    """Not when the act is done and only its audit fails."""
    whole = (
        office.click({"action_id": "ml:act:1", "value": "ack 1"}) if kind == "interactive" else office.command("ack 1")
    )
    office.settle()
    before = office.audit.tail(1)
    assert office.take(kind, {**whole, **spoilt}) is None
    office.settle()
    assert office.audit.tail(1) == before
    assert office.take(kind, whole) == {}
    office.settle()
    assert whole["trigger_id"] in office.audit.tail(1)[0].id


def test_a_webhook_that_mentions_the_bot_is_acknowledged_and_not_answered(office: Office) -> None:
    """Slack names no person then; unacknowledged, it would come three times more."""
    told(office)
    assert (
        office.take("events_api", office.event({"type": "app_mention", "text": "help", "bot_id": "B1", "user": None}))
        == {}
    )
    assert told(office) == []


def test_the_check_finds_a_trace_that_nobody_typed(office: Office) -> None:
    """And lets an echo stand."""
    for leak in ("Something broke, id 7f3a", "LeakedKeyError('x')", 'File "x"', "<object at 0x7fab12cd>"):
        with pytest.raises(AssertionError):
            assert_no_trace(office, leak)
    assert office.take("slash_commands", office.command("TypedKeyError")) == {}
    assert any("TypedKeyError" in body for body in told(office))
