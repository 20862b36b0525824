"""What people type, read as they meant it."""

import contextlib
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.parse import (
    LONGEST,
    Number,
    Reader,
    Word,
    number,
    quoted,
    since,
    span,
    suggestion,
    tidy,
    until,
    whole,
    wholes,
    words,
)
from bot.render.escape import clean

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ack 12 \u201clabel feed late\u201d", 'ack 12 "label feed late"'),
        ("violations \u2014since 7d", "violations --since 7d"),
        ("violations \u2013since 7d", "violations --since 7d"),
        ("ack 12 late \u2014 feed", "ack 12 late \u2014 feed"),
        ("resolve 3 it\u2019s fine &amp; done", "resolve 3 it's fine & done"),
        ("  a \n b\u00a0c ", "a b c"),
        ("mute R&amp;amp;D", "mute R&amp;D"),
        ("note 1 &copy; &lt;3", "note 1 &copy; <3"),
    ],
)
def test_what_clients_change_is_undone(typed: str, meant: str) -> None:
    """Curly quotes, long dashes before a name, entities and odd spaces."""
    assert tidy(typed) == meant


def test_no_button_would_be_lost_for_what_was_typed() -> None:
    """Nothing that the renderer takes out is left."""
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, sys.maxunicode + 1))))
    assert clean(tidy(every)) == tidy(every)


@pytest.mark.parametrize(
    ("word", "zone", "when"),
    [
        ("4h", "UTC", datetime(2026, 11, 23, 13, 30, tzinfo=UTC)),
        ("tomorrow", "UTC", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("Tomorrow", "America/Los_Angeles", datetime(2026, 11, 24, 17, tzinfo=UTC)),
        ("tomorrow", "Pacific/Auckland", datetime(2026, 11, 23, 20, tzinfo=UTC)),
        ("2026-11-27", "Europe/London", datetime(2026, 11, 27, 9, tzinfo=UTC)),
        ("2027-06-01", "Europe/London", datetime(2027, 6, 1, 8, tzinfo=UTC)),
        ("2026-11-23", "America/Los_Angeles", datetime(2026, 11, 23, 17, tzinfo=UTC)),
        ("tomorrow", "Nowhere/Land", datetime(2026, 11, 24, 9, tzinfo=UTC)),
    ],
)
def test_until_is_a_time_to_come_at_nine_in_the_readers_zone(word: str, zone: str, when: datetime) -> None:
    """Their tomorrow, not ours; summer time counts."""
    assert until(word, Reader(NOW, zone)) == when


@pytest.mark.parametrize(
    "word", ["2026-11-23", "2026-11-22", "2028-01-01", "0001-01-01", "9999-12-31", "soon", "0h", "20261127x"]
)
def test_until_is_never_past_or_far(word: str) -> None:
    """09:00 of today is over at 09:30."""
    with pytest.raises(BadRequest):
        until(word, Reader(NOW, "UTC"))


def test_only_known_names_are_names() -> None:
    """A reason may hold an equals sign; `--name value` and quotes work."""
    got = words('12 --since 7d account="ml prod" x=3 "two words"', ["since", "account"])
    assert [(w.name, w.text) for w in got] == [
        ("", "12"),
        ("since", "7d"),
        ("account", "ml prod"),
        ("", "x=3"),
        ("", "two words"),
    ]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(days=1)),
        ("7D", timedelta(days=7)),
        ("1h30m", timedelta(hours=1.5)),
    ],
)
def test_durations(word: str, value: timedelta) -> None:
    """As people write them."""
    assert span(word) == value


@pytest.mark.parametrize("word", ["", "24", "h", "1y", "-3h", "0h", "400d", "9" * 400 + "d", "1.5.5h"])
def test_bad_durations_are_told(word: str) -> None:
    """With what to write instead."""
    with pytest.raises(BadRequest) as told:
        span(word)
    assert told.value.next_step


def test_a_day_begins_in_the_readers_zone() -> None:
    """Midnight in Tokyo is 15:00 UTC the day before."""
    assert since("2026-11-23", Reader(NOW, "Asia/Tokyo")) == timedelta(hours=18.5)
    assert since("2026-11-22", Reader(NOW, "No/Where")) == timedelta(hours=33.5)


@pytest.mark.parametrize("word", ["2027-01-01", "1999-01-01", "2026-13-01", "soon"])
def test_days_that_cannot_be(word: str) -> None:
    """The future, the far past, no day at all."""
    with pytest.raises(BadRequest):
        since(word, Reader(NOW))


def test_incident_numbers() -> None:
    """12, #12 and 12.3; nothing else."""
    assert (number("12"), number("#12"), number("12.3")) == (Number(12), Number(12), Number(12, 3))
    for word in ("x", "12.", "-1", "12.3.4", "1" * 12):
        with pytest.raises(BadRequest):
            number(word)


def test_whole_numbers() -> None:
    """Revisions and rows."""
    assert (whole("7"), wholes("1,3")) == (7, (1, 3))
    with pytest.raises(BadRequest):
        wholes("1,x")


def test_suggestions_are_near() -> None:
    """And silent when nothing is."""
    assert suggestion("violatons", ["violations", "help"]) == "; did you mean violations?"
    assert suggestion("zzz", ["violations"]) == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (r'"say \"hi\""', 'say "hi"'),
        (r'"C:\\new \""', 'C:\\new "'),
        (r'"C:\new"', r"C:\new"),
        (r"C:\\new", r"C:\\new"),
        ('say"hi"', 'say"hi"'),
        (r'text="a \"b\" c"', 'a "b" c'),
    ],
)
def test_a_quote_within_quotes_is_escaped(typed: str, meant: str) -> None:
    """And a backslash before a quote; every other backslash is one."""
    assert [word.text for word in words(typed, ["text"])] == [meant]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=255))
def test_a_word_is_read_exactly_as_it_was_quoted(text: str) -> None:
    """Whatever an alarm may be called: alone, by name and between others; nothing in it is taken for a name."""
    line = f"{quoted(text)} name={quoted(text)} 4h"
    first, named, last = words(line, ["name", "until"])
    assert (first.text, first.name) == (text, "")
    assert (named, last) == (Word(text, "name"), Word("4h"))


@given(st.text(max_size=200))
def test_any_text_is_read_or_told(text: str) -> None:
    """Nothing typed breaks the reader."""
    assert isinstance(words(tidy(text), ["since"]), list)
    with contextlib.suppress(BadRequest):
        assert timedelta(0) < span(text) <= LONGEST
