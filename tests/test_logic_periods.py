"""Periods fit the window, the monitor and what CloudWatch keeps."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logic.held import Held
from bot.logic.periods import period_s, stat
from bot.model.metric import Metric
from bot.model.observation import Window

NOW = datetime(2026, 11, 20, 9, 2, tzinfo=UTC)
H, D = timedelta(hours=1), timedelta(days=1)

CASES = [
    (3 * H, None, 60),
    (4 * H, None, 300),
    (D, None, 300),
    (2 * D, None, 3_600),
    (7 * D, None, 3_600),
    (30 * D, None, 10_800),
    (90 * D, None, 43_200),
    (455 * D, None, 172_800),
    (3 * H, H, 3_600),
    (D, H, 3_600),
    (7 * D, H, 3_600),
    (7 * D, D, 86_400),
    (30 * D, H, 10_800),
    (D, timedelta(minutes=50), 3_000),
    (D, timedelta(seconds=61), 300),
]


@pytest.mark.parametrize(("span", "cadence", "seconds"), CASES)
def test_a_window_that_ends_now(span: timedelta, cadence: timedelta | None, seconds: int) -> None:
    """Fine for hours, hours for weeks; a monitor that speaks hourly has no points in between."""
    assert period_s(Window(NOW - span, NOW), NOW, cadence) == seconds


@pytest.mark.parametrize(("ago", "seconds"), [(14 * D, 60), (16 * D, 300), (62 * D, 300), (64 * D, 3_600)])
def test_an_older_hour_is_had_as_finely_as_it_is_kept(ago: timedelta, seconds: int) -> None:
    """60 s for 15 days, 5 min for 63 days, an hour for longer."""
    assert period_s(Window(NOW - ago, NOW - ago + H), NOW) == seconds


@given(
    st.timedeltas(timedelta(minutes=1), 455 * D),
    st.timedeltas(timedelta(0), 400 * D),
    st.none() | st.timedeltas(H, 7 * D),
)
def test_a_period_is_one_that_cloudwatch_takes(span: timedelta, ago: timedelta, cadence: timedelta | None) -> None:
    """Whatever is asked: a multiple of what is kept, no shorter than the cadence, and never thousands of points."""
    window = Window(NOW - ago - span, NOW - ago)
    seconds, age = period_s(window, NOW, cadence), ago + span
    assert seconds % (60 if age <= 15 * D else 300 if age <= 63 * D else 3_600) == 0
    assert cadence is None or seconds >= cadence.total_seconds()
    assert span.total_seconds() / seconds <= 288


ABOVE, BELOW = Held("LessThanThreshold", 0.9), Held("GreaterThanThreshold", 0.2)
STATS = [
    ("Invocations", 300, None, None, "Sum"),
    ("Invocation5XXErrors", 300, None, None, "Sum"),
    ("ModelLatency", 300, None, None, "p90"),
    ("CPUUtilization", 300, None, None, "Average"),
    ("DiskUtilization", 300, None, None, "Maximum"),
    ("accuracy", 3_600, H, ABOVE, "Average"),
    ("accuracy", 10_800, H, ABOVE, "Minimum"),
    ("rmse", 10_800, H, BELOW, "Maximum"),
    ("bias_metric_DPPL", 10_800, H, Held("bias_drift_check", 0.3), "Average"),
    ("accuracy", 10_800, H, None, "Average"),
]


@pytest.mark.parametrize(("name", "period", "cadence", "held", "wanted"), STATS)
def test_points_of_a_period_become_one(
    name: str, period: int, cadence: timedelta | None, held: Held | None, wanted: str
) -> None:
    """Counts add up, of several runs the worst stands for them."""
    assert stat(Metric("1", "eu-west-1", "n", name, ()), period, cadence, held) == wanted
