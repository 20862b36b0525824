"""Secrets in records, prices, sizes, records as calls, and what both ways of reading the trail saw."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.logic.trail_cost import usd
from bot.logic.trail_records import call, fits, merged, moment
from bot.logic.trail_redaction import MOST_CHARS, REMOVED, members
from bot.logic.words import dollars, size
from bot.model.trail import KnownBy, Wanted
from bot.parse import Reader, instant, yes
from sandbox import fakes_trail as people
from sandbox.fakes_trail import Told

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
PLACE = (people.PRODUCTION, people.REGION)
ROLE = "sagewatch-operate"
SECRETS = (
    {"password": "hunter2"},
    {"masterUserPassword": "hunter2"},
    {"clientSecret": {"value": "hunter2"}},
    {"secretAccessKey": "hunter2"},
    {"sessionToken": "hunter2"},
    {"credentials": [{"a": "hunter2"}]},
    {"authorizationHeader": "Bearer hunter2"},
    {"authorizedUrl": "https://hunter2"},
    {"environment": {"DB_HOST": "hunter2"}},
    {"containers": [{"environment": {"A": "hunter2"}}]},
    {"onCreate": [{"content": "hunter2"}]},
    {"kmsPlaintext": "hunter2"},
    {"url": "https://b/?X-Amz-Credential=hunter2&X-Amz-Signature=0"},
    {"git": "https://ana:hunter2@example.com/repo"},
    {"note": "-----BEGIN RSA PRIVATE KEY----- hunter2"},
    {"jwt": "eyJhbGciOiJIUzI1NiJ9.eyJodW50ZXIyIjoxfQ.hunter2"},
    {"hook": "xoxb-hunter2"},
)


@pytest.mark.parametrize("part", SECRETS, ids=lambda part: next(iter(part)))
def test_secrets_are_taken_out(part: dict[str, Any]) -> None:
    """By the name of a member or the look of a value, however deep."""
    shown = dict(members({"requestParameters": part}))
    assert "hunter2" not in repr(shown)
    assert REMOVED in shown.values()


def test_what_is_no_secret_stays() -> None:
    """Names, policies, key ids, whether a password must be reset; long values are cut."""
    body = {
        "endpointName": "fraud",
        "passwordResetRequired": True,
        "accessKeyId": "AKIAEXAMPLE",
        "policy": "x" * 5_000,
        "n": 3,
        "none": None,
        "list": ["a", {"b": "c"}],
    }
    shown = dict(members(body))
    assert shown["endpointName"] == "fraud"
    assert shown["passwordResetRequired"] == "true"
    assert shown["accessKeyId"] == "AKIAEXAMPLE"
    assert len(shown["policy"]) == MOST_CHARS
    assert (shown["n"], shown["list[0]"], shown["list[1].b"]) == ("3", "a", "c")
    assert "none" not in shown


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)))
def test_any_record_can_be_told(value: Any) -> None:
    """Whatever is in it."""
    assert all(text for _, text in members({"x": value}))


@pytest.mark.parametrize(
    ("scanned", "reused", "price"),
    [
        (0, False, 10 / 2**20 * 5),
        (2**20, False, 10 / 2**20 * 5),
        (11 * 2**20 + 1, False, 12 / 2**20 * 5),
        (12 * 2**30, False, 12 / 2**10 * 5),
        (2**40, False, 5.0),
        (2**40, True, 0.0),
    ],
)
def test_a_query_costs_whole_megabytes_ten_at_least(scanned: int, reused: bool, price: float) -> None:
    """And nothing where an earlier result was taken."""
    assert usd(scanned, 5.0, reused=reused) == pytest.approx(price)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_536, "1.5 kB"),
        (18 * 2**20, "18 MB"),
        (12 * 2**30, "12 GB"),
        (2**42, "4 TB"),
    ],
)
def test_sizes_are_told_as_people_read_them(count: int, said: str) -> None:
    """Two digits are enough."""
    assert size(count) == said


@pytest.mark.parametrize(
    ("usd_", "said"), [(0, "US$0"), (0.004, "less than US$0.01"), (0.0586, "US$0.06"), (1234.5, "US$1,234.50")]
)
def test_prices_are_told_in_dollars(usd_: float, said: str) -> None:
    """No price is called nothing that is something."""
    assert dollars(usd_) == said


@pytest.mark.parametrize(
    ("word", "ago"),
    [
        ("2026-11-25T08:30Z", timedelta(minutes=30)),
        ("2026-11-25T08:30:15Z", timedelta(minutes=29, seconds=45)),
        ("2026-11-25T09:30+01:00", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("2026-11-25", timedelta(hours=9)),
    ],
)
def test_an_instant_is_a_time_a_day_or_a_duration_ago(word: str, ago: timedelta) -> None:
    """In UTC."""
    assert NOW - instant(word, Reader(NOW)) == ago


@pytest.mark.parametrize("word", ["2026-11-25T09:30Z", "2024-01-01T00:00Z", "soon", "2026-13-01T00:00Z"])
def test_a_time_to_come_or_long_past_is_refused(word: str) -> None:
    """As what is none."""
    with pytest.raises(BadRequest):
        instant(word, Reader(NOW))


def test_yes_and_no_are_the_only_answers() -> None:
    """In any case."""
    assert (yes("YES"), yes("no")) == (True, False)
    with pytest.raises(BadRequest):
        yes("1")


def body(**more: Any) -> dict[str, Any]:
    """An endpoint's creation."""
    told = Told(1, people.PRODUCTION, people.MAYA, "CreateEndpoint", {"endpointName": "fraud", "tags": [{"key": "a"}]})
    return {**people.record(told, NOW), **more}


@pytest.mark.parametrize(
    ("more", "result", "resource"),
    [
        ({}, "done", "fraud"),
        ({"errorCode": "ValidationException"}, "failed", "fraud"),
        ({"errorCode": "Client.UnauthorizedOperation"}, "denied", "fraud"),
        (
            {
                "errorCode": "AccessDenied",
                "requestParameters": None,
                "errorMessage": "on resource: arn:aws:sagemaker:us-west-2:222222222222:endpoint/fraud-try because",
            },
            "denied",
            "fraud-try",
        ),
        ({"requestParameters": {"alarmNames": ["one", "two"]}}, "done", "one"),
        ({"requestParameters": {"name": 7}}, "done", "7"),
        ({"requestParameters": "odd"}, "done", ""),
    ],
)
def test_a_record_is_a_call(more: dict[str, Any], result: str, resource: str) -> None:
    """How it ended, on what."""
    found = call(body(**more), PLACE, ROLE)
    assert found is not None
    assert (found.result, found.resource, found.actor.known_by) == (result, resource, KnownBy.IDENTITY_CENTER)


@pytest.mark.parametrize("more", [{"eventID": None}, {"eventTime": "yesterday"}, {"eventTime": None}])
def test_what_is_no_record_is_no_call(more: dict[str, Any]) -> None:
    """Without an id or a time nothing can be said of it."""
    assert call(body(**more), PLACE, ROLE) is None


@pytest.mark.parametrize(
    ("read_only", "event", "change"),
    [(True, "CreateEndpoint", False), (False, "DescribeX", True), (None, "DescribeX", False), (None, "StopX", True)],
)
def test_what_changes_is_known_of_old_records_too(read_only: bool | None, event: str, change: bool) -> None:
    """Those of 2018 do not say `readOnly`: their name does."""
    found = call(body(readOnly=read_only, eventName=event), PLACE, ROLE)
    assert found is not None
    assert found.change is change


@pytest.mark.parametrize(
    ("wanted", "fit"),
    [
        (Wanted(), True),
        (Wanted("CreateEndpoint", "FRA"), True),
        (Wanted("DeleteEndpoint"), False),
        (Wanted(resource="endpointname"), False),
        (Wanted(resource="a"), True),
        (Wanted(changes=True), True),
    ],
)
def test_a_call_fits_what_is_wanted(wanted: Wanted, fit: bool) -> None:
    """Names of members are no values."""
    found = call(body(), PLACE, ROLE)
    assert found is not None
    assert fits(found, body(), wanted) is fit


def test_a_denied_call_is_found_by_what_it_was_about() -> None:
    """CloudTrail tells no request of it, but the message names the resource."""
    message = "on resource: arn:aws:sagemaker:us-west-2:222222222222:endpoint/fraud-try because"
    refused = body(errorCode="AccessDenied", errorMessage=message, requestParameters=None)
    found = call(refused, PLACE, ROLE)
    assert found is not None
    assert fits(found, refused, Wanted(resource="fraud-try"))
    assert not fits(found, refused, Wanted(resource="222222222222"))


def test_what_a_file_has_is_provisional_no_more() -> None:
    """One of each id, the newest first."""
    new = call(body(eventID="n", eventTime="2026-11-25T08:59:00Z"), PLACE, ROLE, provisional=True)
    old = call(body(), PLACE, ROLE)
    again = call(body(), PLACE, ROLE, provisional=True)
    assert new
    assert old
    assert again
    assert merged([old], [again, new]) == [new, old]


def test_moments_are_cloudtrail_s() -> None:
    """No other form."""
    assert moment("2026-11-25T09:00:00Z") == NOW
    assert moment("2026-11-25 09:00") is None


LOGS = Path(__file__).parent.parent.parent / "shared" / "data" / "cloudtrail"


@pytest.mark.skipif(not LOGS.exists(), reason="real logs are not kept in the repository")
def test_real_records_are_told_as_calls_without_their_secrets() -> None:
    """Each has an actor; none of their session tokens is shown."""
    seen = 0
    for file in sorted(LOGS.rglob("*.json")):
        found = json.loads(file.read_text())
        for one in found.get("Records", []) if isinstance(found, dict) else found:
            record = one if isinstance(one, dict) else {}
            made = call(record, PLACE, ROLE)
            if made is None:
                continue
            seen += 1
            assert made.actor.name
            tokens = [value for path, value in members(record) if "token" in path.lower().rpartition(".")[2]]
            assert set(tokens) <= {REMOVED, "true", "false"}
    assert seen > 100
