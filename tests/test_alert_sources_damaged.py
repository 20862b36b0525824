"""Damaged events: whatever is broken in one, it is read or refused, and its reader never breaks."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.alerts import events
from bot.alerts.sources import sns_alarm
from bot.errors import Malformed
from bot.logic import envelope
from bot.logic.alarm_reason import why

SAMPLES: list[dict[str, Any]] = [*(dict(source.SAMPLE) for source in events.known()), sns_alarm.BODY]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=300),
    st.sampled_from(
        ["\0", "\ud800", "1" * 400, "NaN", "-", "arn:aws:cloudwatch:::alarm:", "<!channel>", "{}", "[", "1e999"]
    ),
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)


def places(said: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Each node of a document, by its keys."""
    if path:
        yield path
    inner = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def damaged(said: dict[str, Any], path: tuple[Any, ...], value: Any, *, gone: bool) -> dict[str, Any]:
    """With another value there, or none."""
    broken = copy.deepcopy(said)
    inner: Any = broken
    for key in path[:-1]:
        inner = inner[key]
    if gone:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return broken


def read(body: str) -> None:
    """As the inbox does."""
    with suppress(Malformed):
        event = envelope.event(body)
        source = events.source_of(event)
        if source is not None:
            source.parse(event)


@settings(max_examples=500, deadline=None)
@given(data=st.data(), value=JSON, gone=st.booleans())
def test_an_event_with_any_part_broken_is_read_or_refused(data: st.DataObject, value: Any, gone: bool) -> None:
    """In the envelope, in the detail, and in what a topic's message holds."""
    sample = data.draw(st.sampled_from(SAMPLES))
    broken = damaged(sample, data.draw(st.sampled_from(list(places(sample)))), value, gone=gone)
    read(json.dumps(broken))
    read(json.dumps({**sns_alarm.SAMPLE, "Message": json.dumps(broken)}))


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=2000), value=JSON)
def test_any_text_is_read_or_refused(text: str, value: Any) -> None:
    """No JSON, JSON that is nobody's, JSON cut in the middle."""
    read(text)
    read(json.dumps(value))
    read(json.dumps(SAMPLES[0])[: len(text)])


@settings(max_examples=300, deadline=None)
@given(reason=st.text(max_size=1100), data=st.text(max_size=200), value=JSON)
def test_any_reason_is_read(reason: str, data: str, value: Any) -> None:
    """Numbers that are none, lists of anything; only finite numbers come out."""
    for said in (data, json.dumps({"recentDatapoints": value, "evaluatedDatapoints": value, "threshold": value})):
        found = why(f"[{reason} (20/11/26 13:00:00)] lower thresholds [{'9' * 400}]", said)
        assert all(abs(v) < float("inf") for v in (*found.values, found.threshold or 0.0, found.edge or 0.0))


@pytest.mark.parametrize("depth", [10, 100_000])
def test_nesting_breaks_nothing(depth: int) -> None:
    """However deep."""
    read('{"detail":' * depth + "1" + "}" * depth)
    read(json.dumps({**sns_alarm.SAMPLE, "Message": "[" * depth}))
