"""What was made to fire later, or to capture less: told with before and after, nothing of what was tightened."""

from typing import Any

import pytest

from bot.logic.loosening import capture_now, capture_told, is_soonest, loosened
from bot.model.fleet import Capture
from sandbox.fakes_alarm import alarm


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"threshold": 0.8734}, ()),
        (
            {"comparisonOperator": "GreaterThanThreshold", "threshold": 0.5},
            ("comparison LessThanThreshold → GreaterThanThreshold",),
        ),
        ({"evaluationPeriods": 3}, ("fires after 1 datapoint → 3",)),
        ({"evaluationPeriods": 3, "datapointsToAlarm": 1}, ()),
        ({"treatMissingData": "notBreaching"}, ("missing data ignore → notBreaching",)),
        ({"actionsEnabled": False}, ("actions enabled → disabled",)),
        ({"threshold": "0.1", "evaluationPeriods": True}, ()),
    ],
)
def test_what_fires_later_is_looser(request_: dict[str, Any], expected: tuple[str, ...]) -> None:
    """Limit, comparison, datapoints, missing data, actions; what is no number says nothing."""
    assert loosened(alarm(), {"treatMissingData": "ignore", **request_}) == expected


def captures(percentage: int, *, enabled: bool = True) -> Capture:
    """So much of the requests."""
    return Capture(enabled, percentage, "s3://a/b")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (captures(100), captures(50), "100 % of the requests → 50 % of the requests"),
        (captures(50), None, "50 % of the requests → off"),
        (captures(50), captures(100, enabled=False), "50 % of the requests → off"),
        (captures(50), captures(50), ""),
        (captures(50), captures(100), ""),
        (None, None, ""),
        (None, captures(1), ""),
        (captures(100, enabled=False), None, ""),
    ],
)
def test_what_captures_less_is_told(before: Capture | None, after: Capture | None, expected: str) -> None:
    """One that is off captures nothing, whatever its percentage."""
    assert capture_told(before, after) == expected


def test_of_what_nobody_knows_how_it_was_only_nothing_is_told() -> None:
    """Some may be as much as before."""
    assert capture_now(captures(1)) == ""
    assert capture_now(None) == capture_now(captures(0)) == "off; what was captured before is not known"


@pytest.mark.parametrize(("points", "expected"), [(1, True), (2, False), (None, False), ("1", False), (True, False)])
def test_an_alert_after_the_first_bad_run_is_as_soon_as_can_be(points: object, expected: bool) -> None:
    """Whatever it was before, it was not loosened."""
    assert is_soonest({"datapointsToAlert": points, "evaluationPeriod": 3}) is expected
