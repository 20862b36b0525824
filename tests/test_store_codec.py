"""Log entries survive the database whatever is in them, and older and newer versions read each other's rows."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.model.incident import Act, Click, Queued, Status
from bot.model.observation import Finding, Observation, Reading, Row, Subject, Verdict, Window
from bot.store.codec import entry_json, entry_of, queued_json, queued_of

AT = datetime(2026, 11, 20, 9, 2, 3, 456789, tzinfo=UTC)
TEXT = st.text(st.characters(), max_size=20)
TIMES = st.datetimes(timezones=st.timezones(), min_value=datetime(1971, 1, 1)).map(lambda t: t.astimezone(UTC))  # noqa: DTZ001  # hypothesis wants naive bounds
NUMBERS = st.none() | st.floats(allow_nan=False)
ROWS = st.builds(Row, TEXT, TEXT)
READINGS = st.builds(Reading, NUMBERS, NUMBERS, NUMBERS, st.none() | st.integers())
FINDINGS = st.builds(Finding, ROWS, st.sampled_from(Verdict), READINGS, TEXT)
OBSERVATIONS = st.builds(
    Observation,
    id=TEXT,
    subject=st.builds(Subject, TEXT, TEXT, TEXT),
    at=TIMES,
    findings=st.lists(FINDINGS, max_size=4).map(tuple),
    complete=st.booleans(),
    window=st.none() | st.builds(Window, TIMES, TIMES),
    cadence=st.none() | st.timedeltas(timedelta(0), timedelta(days=60)),
    detail=TEXT,
    count=st.none() | st.integers(),
)
CLICKS = st.builds(
    Click,
    id=TEXT,
    act=st.sampled_from(Act),
    at=TIMES,
    person_id=TEXT,
    rows=st.lists(ROWS, max_size=4).map(tuple),
    until=st.none() | TIMES,
    reason=TEXT,
)


@given(OBSERVATIONS | CLICKS)
def test_entry_comes_back_equal(entry: Observation | Click) -> None:
    """Any text (lone surrogates and NUL included), any time, any duration; stored as plain ASCII."""
    stored = entry_json(entry)
    assert entry_of(stored) == entry
    assert stored.isascii()
    assert "\0" not in stored


@given(st.builds(Queued, rows=st.lists(ROWS, max_size=4).map(tuple), ran_out_at=st.none() | TIMES))
def test_queued_comes_back_equal(queued: Queued) -> None:
    """What was last queued decides what is said next: it must not change by being stored."""
    assert queued_of(queued_json(queued)) == queued


def test_stored_shape_is_stable() -> None:
    """Rows written by earlier versions look like this: a renamed field or value needs a migration."""
    click = Click("view-1", Act.ACKNOWLEDGE, AT, "U1", (Row("auc", "LessThanThreshold"),), AT, "label feed")
    assert json.loads(entry_json(click)) == {
        "kind": "click",
        "id": "view-1",
        "act": "acknowledge",
        "at": "2026-11-20T09:02:03.456789+00:00",
        "person_id": "U1",
        "rows": [{"metric": "auc", "check": "LessThanThreshold"}],
        "until": "2026-11-20T09:02:03.456789+00:00",
        "reason": "label feed",
        "to": "",
        "alarm": "",
    }
    subject = Subject("arn", "s")
    observed = Observation("run:1", subject, AT, (Finding(Row("f1", "c"), Verdict.BAD),), complete=True)
    assert json.loads(entry_json(observed))["findings"] == [
        {
            "row": {"metric": "f1", "check": "c"},
            "verdict": "bad",
            "reading": {"seen": None, "limit": None, "error": None, "samples": None, "missing": False},
            "note": "",
            "measured": "",
            "hint": "",
        }
    ]


def test_unknown_keys_are_passed_over_and_missing_ones_default() -> None:
    """A newer version's row is read by an older one after a roll-back, and the other way round."""
    newer = json.loads(entry_json(Click("c", Act.RESOLVE, AT, "U1")))
    newer["mood"] = {"of": "the day"}
    del newer["reason"], newer["until"], newer["rows"]
    assert entry_of(json.dumps(newer)) == Click("c", Act.RESOLVE, AT, "U1")
    assert queued_of('{"status": "open", "later": 1}') == Queued(status=Status.OPEN)
