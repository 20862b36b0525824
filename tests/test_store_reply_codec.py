"""A reply survives the database whatever is in it, and what this version cannot read is said and not guessed."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import reply as model
from bot.model.reply import Actions, Paragraph, Press, Reply, Table, Time
from bot.store.reply_codec import KINDS, TAG, Unreadable, reply_json, reply_of

AT = datetime(2026, 11, 20, 9, 2, 3, 456789, tzinfo=UTC)
TEXT = st.text(st.characters(), max_size=12)
TIMES = st.datetimes(timezones=st.timezones(), min_value=datetime(1971, 1, 1)).map(lambda t: t.astimezone(UTC))  # noqa: DTZ001  # hypothesis wants naive bounds


def few(*of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A tuple of any of them."""
    return st.lists(st.one_of(*of), max_size=3).map(tuple)


CONFIRMS = st.builds(model.Confirm, TEXT, TEXT, TEXT, TEXT)
PRESSES = st.builds(
    Press,
    TEXT,
    TEXT,
    st.sampled_from(("run", "act", "form", "share", "file")),
    st.sampled_from(("", "primary", "danger")),
    st.none() | CONFIRMS,
)
INLINES = st.one_of(
    TEXT,
    st.builds(model.Bold, TEXT),
    st.builds(model.Code, TEXT),
    st.builds(Time, TIMES, st.sampled_from(("time", "date", "both", "ago"))),
    st.builds(model.User, TEXT, st.booleans()),
    st.builds(model.Group, TEXT),
    st.builds(model.Link, TEXT, TEXT),
)
TEXTS = few(INLINES)
NUMBERS = st.builds(model.Number, st.floats(allow_nan=False) | st.integers(), TEXT)
COLUMNS = st.builds(model.Column, TEXT, st.sampled_from(("left", "right")))
CELLS = st.one_of(TEXT, NUMBERS, st.builds(Time, TIMES), TEXTS, PRESSES)
CHART_LINES = st.builds(
    model.Line, TEXT, few(st.floats(allow_nan=False) | st.integers()), st.sampled_from(("seen", "limit", "band"))
)
PARTS = st.one_of(
    st.builds(model.Heading, TEXT),
    st.builds(Paragraph, TEXTS),
    st.builds(model.Facts, few(st.tuples(TEXT, TEXTS))),
    st.builds(model.Note, TEXTS),
    st.just(model.Rule()),
    st.builds(Table, TEXT, few(COLUMNS), few(few(CELLS)), st.integers(), st.none() | st.integers()),
    st.builds(
        model.Chart, TEXT, few(TEXT), few(CHART_LINES), TEXT, TEXT, shape=st.sampled_from(("line", "bar", "area"))
    ),
    st.builds(Actions, few(PRESSES, st.builds(model.Menu, few(PRESSES), TEXT))),
)
REPLIES = st.builds(
    Reply, TEXTS, few(PARTS), few(TEXTS), shareable=st.booleans(), quiet=st.booleans(), changed=st.booleans()
)
OPTIONS = few(st.tuples(TEXT, TEXT))
FIELDS = st.one_of(
    st.builds(model.TextField, TEXT, TEXT, multiline=st.booleans(), max_chars=st.integers()),
    st.builds(model.ChoiceField, TEXT, TEXT, OPTIONS, TEXT),
    st.builds(model.ChoicesField, TEXT, TEXT, OPTIONS, few(TEXT)),
    st.builds(model.DateField, TEXT, TEXT, TEXT),
    st.builds(model.UserField, TEXT, TEXT, TEXT),
)
FORMS = st.builds(model.Form, TEXT, TEXT, few(FIELDS), TEXT, few(PARTS))


@settings(deadline=None, max_examples=150)
@given(REPLIES)
def test_a_reply_comes_back_equal(reply: Reply) -> None:
    """Any text (lone surrogates and NUL included), any time; stored as plain ASCII. By `repr`: 1 is not 1.0."""
    stored = reply_json(reply)
    assert repr(reply_of(stored)) == repr(reply)
    assert stored.isascii()
    assert "\0" not in stored


@settings(deadline=None, max_examples=60)
@given(FORMS)
def test_forms_and_their_fields_have_their_shapes_too(form: model.Form) -> None:
    """Nothing sends one yet; a class of the model that did not come back would be found only then."""
    wrapped = Reply((form,))  # type: ignore[arg-type]  # wherever it stands, it is the same
    assert repr(reply_of(reply_json(wrapped))) == repr(wrapped)


def test_every_class_of_the_model_is_known_and_none_has_a_field_named_as_the_tag() -> None:
    """Those that the properties above build are all there are."""
    built = {k.__name__ for k in vars(model).values() if isinstance(k, type) and k.__module__ == model.__name__}
    assert KINDS.keys() == built
    assert not [name for name, kind in KINDS.items() if TAG in {f.name for f in fields(kind)}]


def test_the_stored_shape_is_stable() -> None:
    """Rows written by earlier versions look like this: a renamed class or field needs a migration."""
    reply = Reply(("ab", Time(AT)), (Actions((Press("A", "ack 1", "act"),)),))
    assert json.loads(reply_json(reply)) == {
        "=": "Reply",
        "text": ["ab", {"=": "Time", "at": {"=": "at", "at": "2026-11-20T09:02:03.456789+00:00"}}],
        "parts": [{"=": "Actions", "items": [{"=": "Press", "label": "A", "line": "ack 1", "does": "act"}]}],
    }


def test_what_a_newer_version_added_to_a_class_is_passed_over() -> None:
    """As everywhere in the store."""
    assert reply_of('{"=":"Reply","text":["a",{"=":"Bold","text":"b","size":9}],"mood":"good"}').text[1:] == (
        model.Bold("b"),
    )


@pytest.mark.parametrize(
    "stored",
    [
        '{"=":"Reply","text":[],"parts":[{"=":"Hologram","text":"a"}]}',
        '{"=":"Bold","text":"a"}',
        '{"=":"Reply"}',
        '{"=":"Reply","text":[{"=":"Time","at":{"=":"at","at":"soon"}}]}',
        '{"text":[]}',
        '{"=":["Reply"]}',
        "[" * 100_000,
        "{",
        "7",
        "",
    ],
)
def test_what_cannot_be_read_is_one_kind_of_error(stored: str) -> None:
    """A class of a newer version, something else than a reply, something damaged."""
    with pytest.raises(Unreadable):
        reply_of(stored)
