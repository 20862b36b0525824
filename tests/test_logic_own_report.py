"""`sagewatch.report/v1`: the reader and the published schema accept and refuse the same; whose word a report is."""

import copy
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Malformed
from bot.logic import own_report
from bot.logic.reported import by_event, folders, observed, unread
from bot.model.observation import NO_DATA, Finding, Reading, Row, Verdict, Window
from bot.model.place import Family, Place
from bot.model.report import Drop, Source

DOCS = Path(__file__).parent.parent / "docs"
SCHEMA = json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8"))
CALENDAR = jsonschema.FormatChecker(())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=CALENDAR)
NOW = datetime(2026, 11, 20, 14, 10, tzinfo=UTC)
SOURCE = Source("222222222222", "us-west-2", "drops", "monitors/", "sagewatch", cadence=timedelta(hours=1))
DROP = Drop(SOURCE, "monitors/a.json", "e1", NOW)


@CALENDAR.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value) is not None


def said(**more: object) -> dict[str, Any]:
    """A report with one of everything; None leaves a key out."""
    whole: dict[str, Any] = {
        "schema": "sagewatch.report/v1",
        "id": "2026-11-20T14",
        "service": "loan-default",
        "account": "222222222222",
        "region": "us-west-2",
        "family": "model quality",
        "monitor": {"name": "whylogs-hourly", "arn": "arn:aws:ecs:x", "endpoint": "loan-default-1"},
        "at": "2026-11-20T14:05:00Z",
        "window": {"start": "2026-11-20T13:00:00Z", "end": "2026-11-20T15:00:00+01:00"},
        "cadence_minutes": 60,
        "complete": True,
        "samples": 468,
        "findings": [
            {"metric": "auc", "direction": "at_least", "seen": 0.8, "limit": 0.9, "standard_error": 0.01, "note": "n"},
            {"metric": "rate", "check": "calibration", "direction": "at_most", "seen": 1, "limit": 2.5},
            {"metric": "latency", "check": "slo", "status": "blind", "seen": None},
        ],
        **more,
    }
    return {key: value for key, value in whole.items() if value is not None}


def accepts(document: Any) -> bool:
    """Whether the reader does."""
    try:
        own_report.read(document)
    except Malformed:
        return False
    return True


def test_every_example_of_the_documents_is_accepted() -> None:
    """By the schema and by the reader."""
    page = (DOCS / "reports.md").read_text(encoding="utf-8")
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    reports = [e.get("detail", e) for e in examples if "sagewatch.report/v1" in json.dumps(e)]
    assert len(reports) == 2
    for report in reports:
        VALIDATOR.validate(report)
        own_report.refuse_impossible(own_report.read(report), NOW + timedelta(days=365))


def test_the_schema_is_a_schema() -> None:
    """Of the draft that it names."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_report_is_read_as_written() -> None:
    """Verdicts follow from the numbers where no status is said."""
    report = own_report.read(said())
    assert report.window == Window(datetime(2026, 11, 20, 13, tzinfo=UTC), datetime(2026, 11, 20, 14, tzinfo=UTC))
    assert (report.family, report.cadence) == (Family.MODEL_QUALITY, timedelta(hours=1))
    assert report.findings == (
        Finding(Row("auc", "LessThanThreshold"), Verdict.BAD, Reading(0.8, 0.9, 0.01, 468), "n"),
        Finding(Row("rate", "calibration at most"), Verdict.GOOD, Reading(1.0, 2.5, None, 468)),
        Finding(Row("latency", "slo"), Verdict.BLIND, Reading(None, None, None, 468)),
    )


FINDING: dict[str, Any] = {"metric": "auc", "direction": "at_least", "seen": 0.8, "limit": 0.9}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"schema": "sagewatch.report/v2"}, "schema is not"),
    ({"servise": "x"}, "servise is no key"),
    ({"at": None}, "at lacks"),
    ({"service": " "}, "service is no line"),
    ({"service": "a\nb"}, "service is no line"),
    ({"service": "x" * 201}, "service is no line"),
    ({"account": "22222222222"}, "account is no AWS account"),
    ({"region": "mars"}, "region is no AWS region"),
    ({"family": "governance"}, "family is none of"),
    ({"family": ["bias"]}, "family is none of"),
    ({"monitor": "x"}, "monitor is no object"),
    ({"monitor": {}}, "monitor.name lacks"),
    ({"at": "2026-11-20T14:05:00"}, "at is no time"),
    ({"at": "2026-02-30T14:05:00Z"}, "at is no day"),
    ({"at": 1763647500}, "at is no time"),
    ({"window": {"start": "2026-11-20T13:00:00Z"}}, "window.end lacks"),
    ({"cadence_minutes": 0}, "cadence_minutes is no whole number"),
    ({"cadence_minutes": 1.5}, "cadence_minutes is no whole number"),
    ({"complete": 1}, "complete is neither"),
    ({"complete": False, "findings": []}, "says nothing"),
    ({"findings": {}}, "findings is no list"),
    ({"findings": [FINDING] * 2001}, "findings is no list of at most 2000"),
    ({"findings": [3]}, r"findings\[0\] is no object"),
    ({"findings": [{**FINDING, "seen": "0.8"}]}, r"findings\[0\]\.seen is no number"),
    ({"findings": [{**FINDING, "seen": True}]}, r"findings\[0\]\.seen is no number"),
    ({"findings": [{**FINDING, "limit": 10**400}]}, r"findings\[0\]\.limit is no number"),
    ({"findings": [{**FINDING, "standard_error": -1}]}, "standard_error is below 0"),
    ({"findings": [{**FINDING, "direction": "up"}]}, "direction is none of"),
    ({"findings": [{**FINDING, "status": "worse"}]}, "status is none of"),
    ({"findings": [{"metric": "auc", "status": "bad"}]}, "neither check nor direction"),
    ({"findings": [{"metric": "auc", "check": "x", "seen": 1, "limit": 2}]}, "needs a status"),
    ({"findings": [{**FINDING, "note": "x" * 1001}]}, "note is no text"),
]


@pytest.mark.parametrize(("change", "told"), WRONG, ids=lambda x: x if isinstance(x, str) else None)
def test_what_does_not_fit_is_named_and_the_schema_refuses_it_too(change: dict[str, Any], told: str) -> None:
    """With the place where it stands."""
    document = {**said(), **change}
    document = {k: v for k, v in document.items() if v is not None}
    with pytest.raises(Malformed, match=told):
        own_report.read(document)
    assert not VALIDATOR.is_valid(document)


ODD = st.one_of(
    st.sampled_from([None, True, False, 0, 1, -1, 60, 60.0, 1.5, 10**16, 1e308, "", " ", "x", "a\u0085b", "\ud800"]),
    st.sampled_from(["bias", "bad", "at_most", "222222222222", "us-gov-west-1", "2026-11-20T14:05:00.5-08:00"]),
    st.sampled_from([[], {}, [{}], {"name": "m"}, [FINDING], [{**FINDING, "status": "good", "seen": None}]]),
    st.text(max_size=12),
)


def _objects(value: Any) -> list[dict[str, Any]]:
    """The value's objects, itself among them."""
    if isinstance(value, list):
        return [found for one in value for found in _objects(one)]
    if not isinstance(value, dict):
        return []
    return [value, *(found for one in value.values() for found in _objects(one))]


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_reader_and_schema_agree_on_every_change(data: st.DataObject) -> None:
    """Some keys anywhere replaced, removed or added: both accept it, or both refuse it."""
    document = copy.deepcopy(said())
    for _ in range(data.draw(st.integers(1, 2))):
        part = data.draw(st.sampled_from(_objects(document)))
        key = data.draw(st.sampled_from([*sorted(part), "more", "status"]))
        if data.draw(st.booleans()) and key in part:
            del part[key]
        else:
            part[key] = copy.deepcopy(data.draw(ODD))
    assert accepts(document) == VALIDATOR.is_valid(document), document


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"at": "2026-11-20T14:16:00Z"}, "later than the report itself"),
        ({"window": {"start": "2026-11-20T13:00:00Z", "end": "2026-11-20T13:00:00Z"}}, "ends before it starts"),
        ({"findings": [FINDING, FINDING]}, "auc with the same check twice"),
        ({"account": "333333333333"}, "account is 333333333333, and the bucket is of 222222222222"),
    ],
)
def test_what_no_schema_can_say_is_refused_too(change: dict[str, Any], told: str) -> None:
    """A report in one account's bucket speaks for no other account, and not of the future."""
    with pytest.raises(Malformed, match=told):
        observed(DROP, {**said(), **change})


def test_settings_that_name_a_service_or_family_bind_the_report() -> None:
    """A contradiction is refused with both words."""
    bound = Drop(Source("222222222222", "us-west-2", "b", "p/", "sagewatch", "churn"), "p/a", "e", NOW)
    with pytest.raises(Malformed, match="service is loan-default, and the settings say churn"):
        observed(bound, said())
    bound = Drop(Source("222222222222", "us-west-2", "b", "p/", "sagewatch", family=Family.BIAS), "p/a", "e", NOW)
    with pytest.raises(Malformed, match="family is model quality, and the settings say bias"):
        observed(bound, said())


def test_a_dropped_report_speaks_as_its_monitor_within_its_source() -> None:
    """Whatever ARN it writes: it cannot take another subject's word back."""
    place, service, found = observed(DROP, said(region="eu-west-1"))
    assert place == Place("222222222222", "eu-west-1", "loan-default", Family.MODEL_QUALITY)
    assert (service.name, found.id, found.at) == (
        "loan-default",
        "s3://drops/monitors/a.json#e1",
        NOW - timedelta(minutes=5),
    )
    assert (found.subject.arn, found.subject.name, found.subject.resource) == (
        "arn:aws:s3:::drops/monitors/#eu-west-1/loan-default/whylogs-hourly",
        "whylogs-hourly",
        "loan-default-1",
    )


def test_an_event_speaks_for_the_account_that_sent_it() -> None:
    """Its own id makes doubles visible within its account and service; without one the event's does."""
    place, _, found = by_event(own_report.read(said(region=None)), "222222222222", "us-west-2", "e-1", NOW)
    assert (place.account_id, place.region) == ("222222222222", "us-west-2")
    assert found.id == "event:222222222222:loan-default:2026-11-20T14"
    assert by_event(own_report.read(said(id=None)), "222222222222", "us-west-2", "e-1", NOW)[2].id.endswith(":e-1")
    with pytest.raises(Malformed, match="and the event is of 333333333333"):
        by_event(own_report.read(said()), "333333333333", "us-west-2", "e-1", NOW)


def test_an_unread_object_is_blind_and_says_why() -> None:
    """Of a source whose service the settings know; of others nobody could say whose it is."""
    source = Source("222222222222", "us-west-2", "b", "p/", "evidently", "churn")
    heard = unread(Drop(source, "p/a.json", "e", NOW), "it is not JSON")
    assert heard is not None
    assert heard[0] == Place("222222222222", "us-west-2", "churn", Family.DATA_QUALITY)
    assert heard[2].findings[0].row == NO_DATA
    assert (heard[2].findings[0].verdict, heard[2].complete) == (Verdict.BLIND, False)
    assert unread(DROP, "it is not JSON") is None


@pytest.mark.parametrize(
    ("prefix", "listed"),
    [
        ("drift/", ("drift/",)),
        ("d/%Y/%m/%d/", ("d/2026/11/19/", "d/2026/11/20/", "d/2026/11/21/")),
        ("d/%Y-%m/", ("d/2026-11/",)),
        ("%Y%m%d%H", tuple(f"20261120{h:02d}" for h in (13, 14, 15))),
    ],
)
def test_only_the_folders_looked_back_on_are_listed(prefix: str, listed: tuple[str, ...]) -> None:
    """And the next one, where a clock is ahead."""
    back = timedelta(hours=1) if "%H" in prefix else timedelta(days=1)
    assert folders(prefix, NOW - back, NOW) == listed
