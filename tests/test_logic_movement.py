"""What is said of a series: noise is no fall, a fall is told with its time, and an old point is not now."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.logic.held import Held
from bot.logic.movement import movement
from bot.logic.units import Unit
from bot.model.metric import Metric, Query, Series
from bot.model.reply import Text, Time

NOW = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUERY = Query(Metric("111122223333", "eu-west-1", "aws/sagemaker/Endpoints/model-metrics", "accuracy", ()), "Average")
ACCURACY = Held("LessThanThreshold", 0.8792)


def said(
    values: Sequence[float | None], *, late: timedelta = timedelta(0), step: timedelta = HOUR, **more: object
) -> str:
    """The sentence over points of which the last began at 18:00; None is a point that is missing."""
    last = NOW.replace(hour=18, minute=0) - late
    points = [((last - step * back).timestamp(), v) for back, v in enumerate(reversed(values)) if v is not None][::-1]
    series = Series(QUERY, int(step.total_seconds()), tuple(t for t, _ in points), tuple(v for _, v in points))
    return words(movement("accuracy", series, NOW, step, **more))  # type: ignore[arg-type]


def words(text: Text) -> str:
    """With times as their hour, and their day where it is shown."""
    return "".join(
        f"{p.at:{'%H:%M' if p.style == 'time' else '%d %b %H:%M'}}" if isinstance(p, Time) else str(p) for p in text
    )


GOOD = [0.91, 0.92, 0.90, 0.91, 0.915, 0.905]
FELL = [*GOOD * 3, 0.33, 0.34, 0.33, 0.32, 0.33]

CASES = [
    (FELL, ACCURACY, "accuracy 0.3300, below 0.8792 for 5 h, fell at 14:00 from 0.9100"),
    (FELL, None, "accuracy 0.3300, fell at 14:00 from 0.9100"),
    (GOOD * 3, ACCURACY, "accuracy steady at 0.9100, limit at least 0.8792"),
    (GOOD * 3, None, "accuracy steady at 0.9100"),
    ([0.34, 0.33, 0.35, 0.33] * 3, ACCURACY, "accuracy 0.3300, below 0.8792 for at least 12 h, steady"),
    ([*GOOD * 2, 0.33], ACCURACY, "accuracy 0.3300, below 0.8792 for 1 h, fell at 18:00 from 0.9100"),
    (
        [*GOOD * 2, 0.33, 0.34, *GOOD],
        ACCURACY,
        "accuracy 0.9050, below 0.8792 in 2 of 20 points, was 0.3350 from 11:00 to 13:00",
    ),
    ([*GOOD * 2, 0.33, *GOOD], None, "accuracy 0.9050, was 0.3300 at 12:00"),
    (
        [0.33, 0.34, 0.33, 0.32, *GOOD * 2],
        ACCURACY,
        "accuracy 0.9050, below 0.8792 in 4 of 16 points, rose at 07:00 from 0.3300",
    ),
    (
        [0.95 - 0.02 * n for n in range(20)],
        ACCURACY,
        "accuracy 0.5700, below 0.8792 for 16 h, falling since 04:00 from 0.9100",
    ),
    ([0.2, 0.9, 0.3, 0.8, 0.25, 0.85, 0.9, 0.2] * 2, None, "accuracy 0.2000, between 0.2000 and 0.9000"),
    ([0.9], ACCURACY, "accuracy 0.9000, limit at least 0.8792, at 18:00"),
    ([0.9, 0.33], ACCURACY, "accuracy 0.3300, below 0.8792 for 1 h, 0.9000 before"),
    ([], ACCURACY, "accuracy: no points"),
    ([float("nan"), float("inf")], ACCURACY, "accuracy: no points"),
    ([0.91] * 12, Held("unheard of", 0.8), "accuracy steady at 0.9100"),
]


@pytest.mark.parametrize(("values", "held", "sentence"), CASES)
def test_a_series_in_a_sentence(values: list[float], held: Held | None, sentence: str) -> None:
    """Hourly, the newest point of 18:00, at five past seven."""
    assert said(values, held=held) == sentence


CHECKS = [
    ("GreaterThanThreshold", 0.2, 0.5, "above 0.2000 for 1 h"),
    ("GreaterThanThreshold", 0.2, 0.1, "limit at most 0.2000"),
    ("K-S p_value below", 0.05, 0.05, "at or above 0.0500 for 1 h"),
    ("bias_drift_check", -0.28, -0.3, "beyond ±0.2800 for 1 h"),
    ("bias_drift_check", -0.28, 0.1, "limit within ±0.2800"),
    ("completeness_check", 0.9, 0.89, "below 0.9000 for 1 h"),
]


@pytest.mark.parametrize(("check", "limit", "seen", "clause"), CHECKS)
def test_each_check_has_its_side(check: str, limit: float, seen: float, clause: str) -> None:
    """As `bot.logic.constraints` knows it."""
    before = 0.01 if check != "completeness_check" else 0.95
    assert clause in said([before, seen], held=Held(check, limit))


def test_an_old_newest_point_is_not_now() -> None:
    """One missing point and one under way are nothing; later it is told, and how long it was bad ends there."""
    assert "no point" not in said(FELL, late=HOUR)
    assert said(FELL, late=3 * HOUR, held=ACCURACY) == (
        "accuracy 0.3300, below 0.8792 for 5 h, fell at 11:00 from 0.9100, no point since 15:00"
    )
    assert said(GOOD * 2, late=timedelta(days=2)).endswith("no point since 18 Nov 18:00")


def test_what_lasts_over_a_gap_counts_from_its_first_point() -> None:
    """Nothing says that it was good between."""
    assert "below 0.8792 for 5 h" in said([*GOOD, 0.33, None, None, None, 0.33], held=ACCURACY)


def test_units_and_counts() -> None:
    """Latency in milliseconds, requests in a period; few requests more are chance."""
    ms, requests = Unit("ms"), Unit("per h", counts=True)
    assert (
        said([12.0, 12.5, 11.8, 12.2, 12.1, 95.0, 96.0, 94.0], unit=ms) == "accuracy 94 ms, rose at 16:00 from 12.1 ms"
    )
    assert said([4, 7, 2, 5, 9, 3, 6, 4, 8, 5], unit=requests) == "accuracy 5 per h, between 2 and 9 per h"
    assert said([0, 0, 1, 0, 0, 0, 2, 0, 0, 1], unit=requests) == "accuracy 1 per h, between 0 and 2 per h"
    assert said([500, 520, 480, 0, 0, 0, 0], unit=requests) == "accuracy 0 per h, fell at 15:00 from 500 per h"


def test_names_are_text() -> None:
    """Whoever wrote them: escaped by whoever draws."""
    series = Series(QUERY, 3600, (NOW.timestamp(),), (0.9,))
    assert movement("<!here>", series, NOW, HOUR)[0] == "<!here> 0.9000"


@pytest.mark.parametrize("points", [4, 6, 8, 12, 24, 48, 168, 288])
def test_noise_is_no_fall(points: int) -> None:
    """Shares of 468 records at one true value, over windows of each length: called a change in at most 2 of 100."""
    called = 0
    for seed in range(200):
        chance = Random(seed)  # noqa: S311  # no secret
        values = [chance.gauss(0.91, 0.0132) for _ in range(points)]
        called += "steady" not in said(values)
    assert called <= 4


@pytest.mark.parametrize(("fall", "hours", "most_missed"), [(0.58, 1, 0), (0.1, 5, 3), (0.08, 5, 8)])
def test_a_fall_beyond_noise_is_told_in_its_hour(fall: float, hours: int, most_missed: int) -> None:
    """Of such a share, in a day of hours; one hour alone must stand out more than five."""
    missed = 0
    for seed in range(100):
        chance = Random(seed)  # noqa: S311  # no secret
        values = [chance.gauss(0.91 - (fall if n >= 24 - hours else 0), 0.0132) for n in range(24)]
        missed += f"fell at {19 - hours}:00" not in said(values)
    assert missed <= most_missed
