"""How far beyond a limit, and whether it got worse."""

from math import inf, nan, sqrt

import pytest

from bot.logic.distance import distance, rank, relative_distance, standard_error
from bot.logic.trend import Trend
from bot.model.observation import UNREAD, Reading, Row
from sandbox.fakes import row

LOW = row("accuracy")
HIGH = row("false_positive_rate")


@pytest.mark.parametrize(
    ("of", "seen", "limit", "expected"),
    [
        (LOW, 0.75, 0.87, 0.12),
        (LOW, 0.9, 0.87, 0.0),
        (HIGH, 0.09, 0.05, 0.04),
        (HIGH, 0.01, 0.05, 0.0),
        (Row("drift", "a check of a source's own"), 0.1, 0.3, 0.2),
        (Row("age", "baseline_drift_check"), 0.1, 0.3, 0.0),
        (Row("age", "baseline_drift_check"), 0.4, 0.3, 0.1),
        (Row("age", "completeness_check"), 0.9, 0.98, 0.08),
        (Row("job", "categorical_values_check"), 1.0, 1.0, 0.0),
        (Row("age", "data_type_check"), 0.5, 1.0, 0.5),
        (Row("age", "non_negative_check"), -3.0, 0.0, 3.0),
        (Row("shap [label0]", "feature_attribution_drift_check"), 0.76, 0.9, 0.14),
        (Row("DAR [Sex=0]", "bias_drift_check"), -0.35, -0.1, 0.25),
        (Row("CI [Sex=0]", "bias_drift_check"), 0.1, -0.3, 0.0),
        (Row("age", "K-S p_value at least"), 0.01, 0.05, 0.04),
        (Row("age", "PSI at most"), 0.3, 0.1, 0.2),
        (Row("drifted columns", "share below"), 0.4, 0.5, 0.0),
        (Row("f2", "missing_column_check"), None, None, None),
        (LOW, None, 0.87, None),
        (LOW, 0.75, None, None),
        (LOW, nan, 0.87, None),
        (LOW, inf, 0.87, None),
    ],
)
def test_distance_is_measured_in_the_bad_direction(
    of: Row, seen: float | None, limit: float | None, expected: float | None
) -> None:
    assert distance(of, Reading(seen, limit)) == (pytest.approx(expected) if expected is not None else None)


def test_rows_of_different_units_are_ranked_by_their_limits() -> None:
    """A limit of zero does not divide by zero."""
    assert relative_distance(LOW, Reading(0.75, 1.0)) == pytest.approx(0.25)
    assert relative_distance(HIGH, Reading(0.1, 0.0)) > 1e6


def test_rows_without_numbers_stand_between_what_is_clearly_worse_and_what_is_barely_broken() -> None:
    """A missing column leads whatever is measured as less than wholly incomplete; an unread report tells of no row."""
    worst_first = [
        (Row("age", "baseline_drift_check"), Reading(0.3, 0.1)),
        (Row("f2", "missing_column_check"), Reading()),
        (Row("age", "completeness_check"), Reading(0.2, 0.98)),
        (Row("balance", "baseline_drift_check"), Reading(None, 0.1)),
        (Row("job", "completeness_check"), Reading(0.97, 0.98)),
        (Row("f3", "extra_column_check"), Reading()),
        (UNREAD, Reading(8)),
    ]
    assert sorted(worst_first, key=lambda one: -relative_distance(*one)) == worst_first
    assert len({relative_distance(*one) for one in worst_first}) == len(worst_first)


@pytest.mark.parametrize(
    ("check", "note", "expected"),
    [
        ("baseline_drift_check", "Baseline drift distance: 0.913 exceeds threshold: 0.1", 8.13),
        ("baseline_drift_check", "distance 9e-1", 8.0),
        ("baseline_drift_check", "0.05 of it", 0.5),
        ("baseline_drift_check", "drifted", 0.5),
        ("baseline_drift_check", "9" * 400, 0.5),
        ("data_type_check", "Expected match: 100.0%. Observed: Only 99.6%", 0.5),
    ],
)
def test_drifts_without_numbers_are_ordered_by_what_their_sentences_say(check: str, note: str, expected: float) -> None:
    """As far as it says that the limit is broken; other checks' sentences begin with other numbers."""
    assert rank(Row("age", check), Reading(None, 0.1), note) == pytest.approx(expected)
    assert rank(Row("age", check), Reading(0.3, 0.1), note) == relative_distance(Row("age", check), Reading(0.3, 0.1))


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (Reading(0.8, 0.9, 0.02, 100), 0.02),
        (Reading(0.8, 0.9, None, 100), sqrt(0.8 * 0.2 / 100)),
        (Reading(0.8, 0.9, nan, 100), sqrt(0.8 * 0.2 / 100)),
        (Reading(0.8, 0.9, None, None), None),
        (Reading(0.8, 0.9, None, 0), None),
        (Reading(7.5, 0.9, None, 100), None),
    ],
)
def test_the_standard_error_is_the_reports_or_a_shares(reading: Reading, expected: float | None) -> None:
    assert standard_error(reading) == (pytest.approx(expected) if expected is not None else None)


def _seen(*values: float | None, error: float | None = 0.001, limit: float | None = 0.9) -> list[Reading | None]:
    return [None if v is None else Reading(v, limit, error) for v in values]


@pytest.mark.parametrize(
    ("readings", "worse"),
    [
        (_seen(0.8, 0.7, 0.7), True),
        (_seen(0.8, 0.8, 0.7, 0.6), True),
        (_seen(0.8, 0.7), False),
        (_seen(0.7, 0.6), False),
        (_seen(0.8, 0.7, 0.79), False),
        (_seen(0.8, 0.7, None, 0.7), False),
        (_seen(0.8, 0.776, 0.7), False),
        (_seen(0.8, 0.7, 0.7, error=0.04), False),
        (_seen(0.8, 0.7, 0.7, error=None), False),
        (_seen(0.8, 0.7, 0.7, limit=None), False),
        (_seen(None, 0.7, 0.7), False),
    ],
)
def test_worse_means_two_runs_beyond_a_quarter_more_and_three_standard_errors(
    readings: list[Reading | None], worse: bool
) -> None:
    """One run alone, a run between that was good, noise, and rows without numbers are not worse."""
    trend = Trend(LOW)
    for reading in readings:
        trend.take(reading)
    assert trend.is_worse is worse


def test_an_alarm_on_missing_data_ranks_below_whatever_was_measured() -> None:
    """A card's headline leads with what is known to be bad."""
    nothing = Reading(limit=0.91, missing=True)
    assert relative_distance(Row("alarm: accuracy", "LessThanThreshold"), nothing) == 0.0
