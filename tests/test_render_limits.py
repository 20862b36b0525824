"""Any Reply at all renders within every limit that the strict sandbox enforces, and is never markup."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.model.reply import (
    Actions,
    Bold,
    Chart,
    Code,
    Column,
    Confirm,
    Facts,
    Group,
    Heading,
    Line,
    Link,
    Menu,
    Note,
    Number,
    Paragraph,
    Press,
    Reply,
    Rule,
    Table,
    Time,
    User,
)
from bot.render import message
from bot.render.inline import mrkdwn
from bot.render.tables import visible
from sandbox.slack.check_surface import problems_of

_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking: a whole reply shrinks for minutes, and the sandbox names the place anyway."""
_EVIL = st.sampled_from(
    [
        "<!here>",
        "<@U012AB3CD>",
        "<#C012AB3CD>",
        "<https://evil.example|click>",
        "<!subteam^S012AB3CD>",
        "<!date^1^{date}|x>",
        "&lt;!here&gt;",
        "`",
        "```",
        "*bold*",
        "\u202e",
        "\ud800",
        "\x00",
        "\r\n",
        "",
    ]
)
_WORDS = st.one_of(_EVIL, st.text(max_size=30), st.lists(_EVIL, max_size=4).map("".join))
_TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)).map(lambda at: Time(at.replace(tzinfo=UTC)))  # noqa: DTZ001
_IDS = st.one_of(st.just("U012AB3CD"), _WORDS)
_INLINE = st.one_of(
    _WORDS,
    st.builds(Bold, _WORDS),
    st.builds(Code, _WORDS),
    _TIMES,
    st.builds(User, _IDS, st.booleans()),
    st.builds(Group, st.one_of(st.just("S012AB3CD"), _WORDS)),
    st.builds(Link, st.one_of(_WORDS, st.just("https://a.example/<b>|c?d=é"), st.just("javascript:alert(1)")), _WORDS),
)
_TEXT = st.lists(_INLINE, max_size=5).map(tuple)
_CONFIRM = st.none() | st.builds(Confirm, _WORDS, _WORDS, _WORDS)
_LINES = st.one_of(st.just("ack 12"), _WORDS)
_PRESS = st.builds(
    Press,
    _WORDS,
    _LINES,
    st.sampled_from(["run", "act", "form", "share", "file"]),
    st.sampled_from(["", "primary", "danger"]),
    _CONFIRM,
)
_CELL = st.one_of(_WORDS, st.builds(Number, st.floats(), _WORDS), _TIMES, _TEXT, _PRESS)


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(st.builds(Column, _WORDS, st.sampled_from(["left", "right"])), max_size=6))
    rows = draw(st.lists(st.lists(_CELL, max_size=6).map(tuple), max_size=4))
    return Table(draw(_WORDS), tuple(columns), tuple(rows), draw(st.integers(-1, 200)))


@st.composite
def _charts(draw: st.DrawFn) -> Chart:
    categories = draw(st.lists(_WORDS, max_size=8))
    values = st.lists(st.floats(), min_size=len(categories), max_size=len(categories) + draw(st.integers(0, 1)))
    lines = st.builds(Line, _WORDS, values.map(tuple), st.sampled_from(["seen", "limit", "band"]))
    shape = draw(st.sampled_from(["line", "bar", "area"]))
    return Chart(
        draw(_WORDS), tuple(categories), draw(st.lists(lines, max_size=8).map(tuple)), draw(_WORDS), shape=shape
    )


_PART = st.one_of(
    st.builds(Heading, _WORDS),
    st.builds(Paragraph, _TEXT),
    st.builds(Note, _TEXT),
    st.builds(Facts, st.lists(st.tuples(_WORDS, _TEXT), max_size=13).map(tuple)),
    st.just(Rule()),
    _tables(),
    _charts(),
    st.builds(
        Actions,
        st.lists(st.one_of(_PRESS, st.builds(Menu, st.lists(_PRESS, max_size=7).map(tuple), _WORDS)), max_size=8).map(
            tuple
        ),
    ),
)
_REPLY = st.builds(Reply, _TEXT, st.lists(_PART, max_size=6).map(tuple), st.lists(_TEXT, max_size=3).map(tuple))


@settings(max_examples=100, deadline=None, phases=_PHASES)
@given(_REPLY, st.sampled_from([1, 1, 30, 300]))
def test_any_reply_is_taken_by_the_strict_sandbox(reply: Reply, times: int) -> None:
    """Both renderings pass the sandbox's checks and their own budget, small or blown up; every id is there once."""
    made = message(_grown(reply, times), stamp="s")
    assert made.fallback is not None
    for one in (made, made.fallback):
        assert problems_of(json.loads(json.dumps(one.blocks)), "message") == []
        assert sum(visible(block) for block in one.blocks) <= 13_000
        assert 1 <= len(one.text) <= 4_000
        ids = list(_strings(one.blocks, {"action_id", "block_id"}))
        assert len(ids) == len(set(ids))
        json.dumps(one.blocks, ensure_ascii=False).encode()  # no lone surrogate is left
    assert not {"data_table", "data_visualization"} & {block["type"] for block in made.fallback.blocks}


@settings(max_examples=15, deadline=None, phases=_PHASES)
@given(st.lists(_PART, min_size=3, max_size=5).map(tuple))
def test_very_many_parts_are_cut_and_it_is_said(parts: tuple[Any, ...]) -> None:
    """Fifty blocks at most; where something was left out the last block says so."""
    made = message(Reply(("many",), (Heading("h"), *parts * 12, *[Rule()] * 50)))
    assert problems_of(json.loads(json.dumps(made.blocks)), "message") == []
    assert made.blocks[-1]["elements"][0]["text"] == "Cut to fit one Slack message."


@settings(max_examples=2000, deadline=None)
@given(_WORDS)
def test_data_never_becomes_an_active_entity(text: str) -> None:
    """What stands in untrusted text neither mentions, links nor formats, wherever it is put."""
    cells = ((text, (text, Bold(text)), Press(text, "ack 1")),)
    columns = (Column(text), Column(text), Column(""))
    parts = (
        Heading(text),
        Paragraph((text, Bold(text), Code(text))),
        Note((text,)),
        Facts(((text, (text,)),)),
        Table(text, columns, cells),
        *(Chart(text, (text, text), (Line(text, (0.5, 1.0)),), text, text) for _ in range(3)),
    )
    reply = Reply((text, User("?" + text), Group("?" + text)), parts, ((text,),))
    made = message(reply)
    assert made.fallback is not None
    for one in (made, made.fallback):
        assert "<" not in one.text
        for markup in _mrkdwn_texts(one.blocks):
            assert "<" not in markup
            assert ">" not in markup
        kinds = set(_strings(one.blocks, {"type"}))
        assert not kinds & {"user", "usergroup", "channel", "broadcast", "link", "emoji"}


@given(st.text(max_size=60))
def test_untrusted_text_cannot_open_a_format_that_ours_would_close(text: str) -> None:
    """No backtick, asterisk or tilde is left, and no underscore at a word's edge."""
    shown = mrkdwn((text,))
    assert not set("`*~") & set(shown)
    assert not re.search(r"(?<![^\W_])_|_(?![^\W_])", shown)


def _grown(value: Any, times: int) -> Any:
    """The same with every text, and every table's rows, so many times as long."""
    match value:
        case str():
            return value * times
        case tuple():
            return tuple(_grown(one, times) for one in value)
        case Table():
            rows = tuple(row for row in value.rows for _ in range(min(times, 120)))
            return replace(value, rows=_grown(rows, min(times, 5)), caption=value.caption * times)
        case Chart():
            many = min(times, 30)
            lines = tuple(Line(one.name * times, one.values * many, one.role) for one in value.lines)
            return replace(value, title=value.title * times, categories=value.categories * many, lines=lines)
        case _ if is_dataclass(value) and not isinstance(value, Time | Column):
            kept = {"does", "style"}
            return replace(
                value, **{f.name: _grown(getattr(value, f.name), times) for f in fields(value) if f.name not in kept}
            )
    return value


def _strings(value: Any, keys: set[str]) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _strings(one, keys)
    if isinstance(value, dict):
        yield from (str(v) for k, v in value.items() if k in keys)
        for one in value.values():
            yield from _strings(one, keys)


def _mrkdwn_texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _mrkdwn_texts(one)
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value["verbatim"] is True
            yield value["text"]
        for one in value.values():
            yield from _mrkdwn_texts(one)
