"""Alarms over many series: each contributor's own state and reason, and what the alarm makes of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.aws.cloudwatch.alarm_store import Contributing
from sandbox.aws.cloudwatch.contributors import GONE, MOST, Member, summed
from sandbox.aws.cloudwatch.verdict import Point, Rule

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
VALUES = {"0": 0.0, "X": 9.0, "-": None}


def rule(missing: str = "missing", datapoints: int = 1, periods: int = 1, *, m_of_n: bool = False) -> Rule:
    """Above five is bad."""
    return Rule("GreaterThanThreshold", 5.0, periods, datapoints, missing, m_of_n)


def member(name: str, shown: str) -> Member:
    """An endpoint's points, a minute each, the oldest first."""
    return Member({"Endpoint": name}, [Point(60.0 * i, VALUES[mark]) for i, mark in enumerate(shown.split())])


def firing(*names: str) -> tuple[Contributing, ...]:
    """In ALARM since a minute."""
    members = [member(name, "X") for name in names]
    return summed(rule(), members, (), AT - timedelta(minutes=1)).firing


def named(found: Sequence[Contributing]) -> list[str]:
    """Their endpoints."""
    return [one.attributes["Endpoint"] for one in found]


@pytest.mark.parametrize(
    ("asked", "shown", "state", "reason"),
    [
        (
            rule(),
            "0 X",
            "ALARM",
            (
                "Threshold Crossed: 1 datapoint was greater than the threshold (5.0). The most recent datapoint which "
                "crossed the threshold: [9.0 (01/01/70 00:01:00)]."
            ),
        ),
        (
            rule(datapoints=3, periods=3),
            "X X X",
            "ALARM",
            (
                "Threshold Crossed: 3 datapoints were greater than the threshold (5.0). The most recent datapoints "
                "which crossed the threshold: [9.0 (01/01/70 00:02:00)]."
            ),
        ),
        (
            rule(m_of_n=True),
            "0 X",
            "ALARM",
            (
                "Threshold Crossed: 1 out of the last 1 datapoints was greater than the threshold (5.0). The most "
                "recent datapoint which crossed the threshold: [9.0 (01/01/70 00:01:00)] (minimum 1 datapoint for "
                "OK -> ALARM transition)."
            ),
        ),
        (
            rule(datapoints=2, periods=3, m_of_n=True),
            "X 0 0",
            "OK",
            (
                "Threshold Crossed: 2 out of the last 3 datapoints were not greater than the threshold (5.0). The most "
                "recent datapoints which not crossed the threshold: [0.0 (01/01/70 00:02:00)] (minimum 2 datapoints "
                "for ALARM -> OK transition)."
            ),
        ),
    ],
)
def test_a_contributors_reason_names_the_newest_point(asked: Rule, shown: str, state: str, reason: str) -> None:
    """By how the alarm was put: with DatapointsToAlarm the smallest number of points is told as well."""
    before = () if state == "ALARM" else firing("bank")
    found = summed(asked, [member("bank", shown)], before, AT)
    (one,) = found.firing or found.ended
    assert (one.state, one.reason, one.transitioned_at) == (state, reason, AT)


@pytest.mark.parametrize(
    ("missing", "shown", "was", "now"),
    [
        ("missing", "- X - -", False, True),
        ("ignore", "- - X - -", False, False),
        ("ignore", "- - X - -", True, True),
        ("breaching", "- 0 - - -", False, True),
        ("notBreaching", "- - X - -", True, False),
        ("breaching", "- - - - -", True, False),
    ],
)
def test_missing_points_are_treated_series_by_series(missing: str, shown: str, was: bool, now: bool) -> None:
    """Two of three; what has no point at all is not there, and OK however missing data are treated."""
    before = firing("bank") if was else ()
    found = summed(rule(missing, 2, 3), [member("bank", shown), member("loan", "0 0 0 0 0")], before, AT)
    assert named(found.firing) == ["bank"] * now
    assert named(found.ended) == ["bank"] * (was and not now)
    assert found.state == ("ALARM" if now else "OK")


def test_who_goes_on_keeps_its_reason_and_who_is_not_there_is_ok() -> None:
    """The alarm's state is that of the series that are there."""
    before = firing("bank", "loan")
    found = summed(rule(), [member("bank", "X X X"), member("card", "0")], before, AT)
    assert found.firing == before[:1]
    (ended,) = found.ended
    assert (ended.attributes, ended.state, ended.reason, ended.transitioned_at) == (
        {"Endpoint": "loan"},
        "OK",
        GONE,
        AT,
    )
    assert (found.state, found.reason) == ("ALARM", "1 out of 2 time series evaluated to ALARM")
    assert summed(rule(), [member("card", "0")], (), AT).reason == "1 time series evaluated to OK"


@pytest.mark.parametrize(
    ("missing", "state", "treated"),
    [
        ("breaching", "ALARM", "Breaching"),
        ("notBreaching", "OK", "NonBreaching"),
        ("missing", "INSUFFICIENT_DATA", "Missing"),
        ("ignore", None, "Ignore"),
    ],
)
def test_without_any_series_the_alarm_treats_missing_data(missing: str, state: str | None, treated: str) -> None:
    """Whoever was in ALARM is OK all the same; None keeps the alarm's state."""
    found = summed(rule(missing), [member("bank", "- -")], firing("bank"), AT)
    assert (found.firing, named(found.ended), found.state) == ((), ["bank"], state)
    assert found.reason.endswith(f"Treat missing data is configured as [{treated}].")


def test_a_hundred_are_in_alarm_at_most() -> None:
    """Those that were stay; then the query's order counts."""
    members = [member(f"e{n:03}", "X") for n in range(MOST + 5)]
    found = summed(rule(), members, firing("e104"), AT)
    assert named(found.firing) == ["e104", *(f"e{n:03}" for n in range(MOST - 1))]
    assert (found.state, found.reason) == ("ALARM", "100+ time series evaluated to ALARM")
    assert summed(rule(), members[:MOST], (), AT).reason == "100 out of 100 time series evaluated to ALARM"


def test_an_id_is_its_attributes() -> None:
    """Of 16 characters, whatever their order and the alarm."""
    first = Member({"a": "1", "b": "2"}, ()).id
    assert (first, len(first)) == (Member({"b": "2", "a": "1"}, ()).id, 16)
    assert first != Member({"a": "2", "b": "1"}, ()).id
