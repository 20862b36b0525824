"""What readings say beyond noise: worse, good again, back."""

import pytest

from bot.logic.trend import Trend, is_marginal
from bot.model.observation import Reading, Row

LOW = Row("accuracy", "LessThanThreshold")


def _seen(value: float, error: float | None = 0.01) -> Reading:
    return Reading(value, 0.9, error)


def _trend(*bad: float) -> Trend:
    """After these bad readings."""
    trend = Trend(LOW)
    for value in bad:
        trend.take(_seen(value))
    return trend


@pytest.mark.parametrize(
    ("reading", "marginal"),
    [
        (_seen(0.89), True),
        (_seen(0.86), False),
        (_seen(0.89, error=None), False),
        (Reading(None, 0.9, 0.01), False),
        (Reading(0.88, 0.9, None, 100), True),
    ],
)
def test_within_three_standard_errors_of_the_limit_is_marginal(reading: Reading, *, marginal: bool) -> None:
    """Never where nobody knows the noise."""
    assert is_marginal(LOW, reading) is marginal


@pytest.mark.parametrize(
    ("bad", "good", "recovered"),
    [
        ((0.80,), (_seen(0.92),), True),
        ((0.89, 0.88), (_seen(0.91),), False),
        ((0.89, 0.88), (_seen(0.94), _seen(0.94)), True),
        ((0.89, 0.88), (_seen(0.94), _seen(0.91), _seen(0.94)), False),
        ((0.89,), (None,), True),
    ],
    ids=["far off at once", "near", "two running", "not running", "no numbers"],
)
def test_good_beyond_noise_is_a_recovery(
    bad: tuple[float, ...], good: tuple[Reading | None, ...], *, recovered: bool
) -> None:
    """Measured from what was bad, not from the limit: a healthy model is often near its limit."""
    trend = _trend(*bad)
    for reading in good:
        trend.good(reading)
    assert trend.recovered is recovered
    assert trend.is_unsure is not recovered


def test_only_what_recovered_comes_back_as_news() -> None:
    """At once where it is far beyond the limit; within noise of it, for the second run running."""
    trend = _trend(0.80)
    assert not trend.is_news(_seen(0.80))
    trend.good(_seen(0.95))
    assert trend.is_news(_seen(0.80))
    assert not trend.is_news(_seen(0.89))
    trend.take(_seen(0.89))
    assert trend.is_news(_seen(0.89))
    trend.say()
    assert not trend.is_news(_seen(0.80))


def test_what_was_told_is_the_level_that_worse_is_measured_from() -> None:
    """Bad nights after good days are told once; a lasting fall is measured from what was usual."""
    nights = _trend(0.88, 0.80, 0.80)
    assert nights.is_worse
    nights.say()
    for value in (0.88, 0.88, 0.80, 0.80):
        nights.take(_seen(value))
        assert not nights.is_worse
    late = _trend(*[0.88] * 20, 0.84, 0.80, 0.79)
    assert late.is_worse, "one that stood out alone did not become usual"


def test_what_stands_out_and_was_not_said_does_not_become_usual() -> None:
    """After the cool-down it still stands out."""
    trend = _trend(0.88, *[0.80] * 9)
    assert trend.is_worse


def test_a_drift_has_numbers_and_no_standard_error_so_it_is_never_worse_and_its_good_is_believed() -> None:
    """Also where the number came late: a reading without one is as bad as any."""
    trend = Trend(Row("age", "baseline_drift_check"))
    for seen in (None, 0.2, 0.2, 5.0, 9.0):
        trend.take(Reading(seen, 0.1))
        assert not trend.is_worse
        assert not is_marginal(trend.row, Reading(seen, 0.1))
        trend.say()
    trend.good(None)
    assert (trend.recovered, trend.is_unsure) == (True, False)
    assert trend.is_news(Reading(0.11, 0.1))
