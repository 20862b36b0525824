"""Which alarms fire already when one that is to be made would."""

from dataclasses import replace
from typing import Any

import pytest

from bot.logic.alarm_plans import Basis
from bot.logic.alarm_twins import twins
from sandbox.fakes_alarm import OWNER, REGION, SCHEDULE, alarm, metric, watched

WATCH = Basis(OWNER, REGION, SCHEDULE, "accuracy", "LessThanThreshold", 0.8734)


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ({}, True),
        ({"comparison": "LessThanOrEqualToThreshold"}, True),
        ({"threshold": 0.87340000001, "period_s": 86400, "datapoints": 2, "evaluation_periods": 3}, True),
        ({"comparison": "GreaterThanThreshold"}, False),
        ({"threshold": 0.87}, False),
        ({"threshold": None}, False),
        ({"kind": "math"}, False),
        ({"watched": ()}, False),
        ({"watched": (watched(metric("recall")),)}, False),
        ({"watched": (watched(metric(account="333333333333")),)}, False),
        ({"watched": (watched(metric(Endpoint="e", MonitoringSchedule="another")),)}, False),
    ],
)
def test_a_twin_watches_the_same_metric_beyond_the_same_limit(more: dict[str, Any], same: bool) -> None:
    """On the same side, of the same monitor in the same account, however it judges."""
    assert bool(twins(WATCH, 0.8734, (alarm(**more),))) is same


def test_twins_are_each_named_once_in_order() -> None:
    """Told by two ways an alarm is one."""
    one, two = alarm("b"), alarm("a")
    assert [found.name for found in twins(WATCH, 0.8734, (one, two, replace(one)))] == ["a", "b"]
