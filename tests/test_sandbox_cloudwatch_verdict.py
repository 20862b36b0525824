"""How missing data is treated: the user guide's own tables, row by row."""

import json
from datetime import UTC, datetime

import pytest

from sandbox.aws.cloudwatch.verdict import Point, Rule, judged, reason_data

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
ALARM, OK, NONE, KEPT = "ALARM", "OK", "INSUFFICIENT_DATA", None
ROWS = [
    # (datapoints to alarm, the five newest points, states by treatment)
    (3, "0 - X - X", (OK, OK, OK, OK)),
    (3, "0 - - - -", (OK, OK, OK, OK)),
    (3, "- - - - -", (NONE, KEPT, ALARM, OK)),
    (3, "0 X X - X", (ALARM, ALARM, ALARM, ALARM)),
    (3, "- - X - -", (ALARM, KEPT, ALARM, OK)),
    (2, "0 - X - X", (ALARM, ALARM, ALARM, ALARM)),
    (2, "0 0 X 0 X", (ALARM, ALARM, ALARM, ALARM)),
    (2, "0 - X - -", (OK, OK, ALARM, OK)),
    (2, "- - - - 0", (OK, OK, ALARM, OK)),
    (2, "- - - X -", (ALARM, KEPT, ALARM, OK)),
]
VALUES = {"0": 0.0, "X": 9.0, "-": None}


def points(shown: str) -> list[Point]:
    """Oldest first, a minute each."""
    return [Point(60.0 * i, VALUES[mark]) for i, mark in enumerate(shown.split())]


def rule(missing: str = "missing", datapoints: int = 3, periods: int = 3) -> Rule:
    """Above five is bad."""
    return Rule("GreaterThanThreshold", 5.0, periods, datapoints, missing)


@pytest.mark.parametrize("treatment", range(4), ids=TREATMENTS)
@pytest.mark.parametrize(("datapoints", "shown", "states"), ROWS)
def test_the_tables_of_the_user_guide(
    datapoints: int, shown: str, states: tuple[str | None, ...], treatment: int
) -> None:
    """None keeps the state that the alarm has."""
    verdict = judged(rule(TREATMENTS[treatment], datapoints), points(shown))
    assert (verdict.state if verdict else KEPT) == states[treatment]


def test_an_intermittent_point_is_not_alarm_at_once() -> None:
    """`- - - - X` with three datapoints to alarm: the next point may be a good one."""
    verdict = judged(rule(), points("- - - - X"))
    assert verdict is not None
    assert verdict.state == OK


@pytest.mark.parametrize(
    ("asked", "shown", "reason"),
    [
        (
            rule("breaching", 1, 1),
            "- - -",
            (
                "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
                "[Breaching]."
            ),
        ),
        (
            rule("breaching", 2, 2),
            "- - - -",
            (
                "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
                "[Breaching]."
            ),
        ),
        (
            rule(datapoints=1, periods=1),
            "0 0 X",
            "Threshold Crossed: 1 datapoint [9.0 (01/01/70 00:02:00)] was greater than the threshold (5.0).",
        ),
        (
            rule(datapoints=1, periods=1),
            "X X 0",
            "Threshold Crossed: 1 datapoint [0.0 (01/01/70 00:02:00)] was not greater than the threshold (5.0).",
        ),
        (
            rule(datapoints=2),
            "0 0 0 X X",
            (
                "Threshold Crossed: 2 out of the last 3 datapoints [9.0 (01/01/70 00:04:00), 9.0 (01/01/70 00:03:00)] "
                "were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."
            ),
        ),
        (rule(), "- - - - -", "Insufficient Data: 3 datapoints were unknown."),
    ],
)
def test_reasons_are_worded_as_recorded(asked: Rule, shown: str, reason: str) -> None:
    """As messages of real alarms say them."""
    verdict = judged(asked, points(shown))
    assert verdict is not None
    assert verdict.reason == reason


def test_the_points_that_decided_are_told_newest_first() -> None:
    """With the threshold, the period and when it was asked."""
    asked = rule(datapoints=2)
    verdict = judged(asked, points("0 0 X 0 X"))
    assert verdict is not None
    data = json.loads(reason_data(asked, verdict, 60, "Average", datetime(2026, 11, 20, 9, 0, 1, 5000, tzinfo=UTC)))
    assert [p["value"] for p in data["evaluatedDatapoints"]] == [9.0, 0.0, 9.0]
    assert (data["threshold"], data["period"], data["queryDate"]) == (5.0, 60, "2026-11-20T09:00:01.005+0000")
