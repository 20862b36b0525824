"""In what unit each metric is shown, and how its values are written."""

from math import inf

import pytest

from bot.logic.units import Unit, unit_of
from bot.model.metric import Metric, Query, Series


def query(name: str, stat: str = "Average") -> Query:
    """Of some endpoint."""
    return Query(Metric("111122223333", "eu-west-1", "AWS/SageMaker", name, ()), stat)


CASES = [
    ("ModelLatency", "Average", 300, 12_345.0, "12.3 ms", "ms"),
    ("OverheadLatency", "p90", 300, 950.0, "0.95 ms", "ms"),
    ("ModelLoadingTime", "Maximum", 300, 4_200_000.0, "4,200 ms", "ms"),
    ("Invocations", "Sum", 300, 1_200.0, "1,200 per 5 min", "per 5 min"),
    ("Invocations", "Sum", 3600, 3.0, "3 per h", "per h"),
    ("Invocation5XXErrors", "Sum", 60, 0.0, "0 per min", "per min"),
    ("Invocation5XXErrors", "Average", 60, 0.0213, "2.13 %", "%"),
    ("InvocationModelErrors", "SampleCount", 86_400, 7.0, "7 per d", "per d"),
    ("ModelLatency", "SampleCount", 300, 7.0, "7 per 5 min", "per 5 min"),
    ("feature_non_null_age", "Sum", 3600, 468.0, "468 per h", "per h"),
    ("CPUUtilization", "Average", 300, 41.23, "41.2 %", "%"),
    ("CPUUtilizationNormalized", "Average", 300, 100.0, "100 %", "%"),
    ("MemoryReservation", "Average", 300, 0.0, "0 %", "%"),
    ("accuracy", "Average", 3600, 0.91044, "0.9104", ""),
    ("bias_metric_DPPL", "Average", 3600, -2.348543e108, "\u2013", ""),
    ("ConcurrentRequestsPerModel", "Maximum", 60, 4.0, "4", ""),
]


@pytest.mark.parametrize(("name", "stat", "period_s", "value", "words", "label"), CASES)
def test_each_metric_has_a_readers_unit(
    name: str, stat: str, period_s: int, value: float, words: str, label: str
) -> None:
    """Microseconds are no reader's, a count says of how long, and of ones and zeros the average is a share."""
    unit = unit_of(query(name, stat), period_s)
    assert (unit.written(unit.value(value)), unit.label) == (words, label)


@pytest.mark.parametrize(
    ("most", "words"), [(3.2e9, "3.2 GB"), (5e13, "50 TB"), (1_500, "1.5 kB"), (12, "12 B"), (0, "0 B")]
)
def test_bytes_are_written_by_the_largest_of_them(most: float, words: str) -> None:
    """One axis has one unit."""
    unit = unit_of(query("NetworkOutBytes"), 300, most)
    assert unit.written(unit.value(most)) == words


def test_a_series_is_turned_into_its_unit_and_infinity_is_none() -> None:
    """Clarify's stand-in for an infinite bias would flatten every chart."""
    series = Series(query("ModelLatency"), 300, (0.0, 300.0, 600.0), (1_000.0, 2_348_543e102, -2_348_543e102))
    assert unit_of(series.query, 300).of(series).values == (1.0, inf, -inf)


def test_only_counts_vary_by_chance_alone() -> None:
    """So that four requests after two are no rise."""
    assert unit_of(query("Invocations", "Sum"), 60).counts
    assert not unit_of(query("CPUUtilization"), 60).counts


def test_a_span_names_its_unit_once() -> None:
    """In a sentence."""
    assert Unit("ms").between(40, 260) == "between 40 and 260 ms"
    assert Unit().between(0.2, 0.9) == "between 0.2000 and 0.9000"
