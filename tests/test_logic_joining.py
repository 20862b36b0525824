"""One course of a service over the endpoints that served it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logic.joining import joined
from bot.model.metric import Metric, Query, Series


def series(endpoint: str, points: dict[int, float]) -> Series:
    """Points by their second."""
    metric = Metric("111122223333", "eu-west-1", "AWS/SageMaker", "Invocations", (("EndpointName", endpoint),))
    return Series(Query(metric, "Sum"), 60, tuple(map(float, points)), tuple(points.values()))


OLD = series("bank-1", {0: 1.0, 60: 1.0, 120: 1.0, 180: 1.0})

CASES = [
    ("alone", [OLD], {0: 1.0, 60: 1.0, 120: 1.0, 180: 1.0}),
    ("one after the other", [OLD, series("bank-2", {240: 2.0})], {0: 1.0, 60: 1.0, 120: 1.0, 180: 1.0, 240: 2.0}),
    ("listed the other way round", [series("bank-2", {240: 2.0}), series("bank-1", {0: 1.0})], {0: 1.0, 240: 2.0}),
    ("both measure", [OLD, series("bank-2", {120: 2.0, 180: 2.0, 240: 2.0})], {0: 1, 60: 1, 120: 2, 180: 2, 240: 2}),
    ("another phase", [OLD, series("bank-2", {90: 2.0, 150: 2.0})], {0: 1, 60: 1, 90: 2, 150: 2, 180: 1}),
    ("rolled back", [OLD, series("bank-2", {60: 2.0, 120: 2.0})], {0: 1.0, 60: 2.0, 120: 2.0, 180: 1.0}),
    ("nothing for hours", [OLD, series("bank-2", {9000: 2.0})], {0: 1, 60: 1, 120: 1, 180: 1, 9000: 2}),
    ("one never spoke", [OLD, series("bank-2", {})], {0: 1.0, 60: 1.0, 120: 1.0, 180: 1.0}),
    ("none ever spoke", [series("bank-1", {}), series("bank-2", {})], {}),
]


@pytest.mark.parametrize(("case", "given", "points"), CASES, ids=[c[0] for c in CASES])
def test_the_later_endpoint_counts_while_both_measure_and_a_gap_stays(
    case: str, given: list[Series], points: dict[int, float]
) -> None:
    """Nothing is added up, carried over or made up."""
    made = joined(given)
    assert dict(zip(made.times_s, made.values, strict=True)) == points


def test_the_course_is_asked_for_by_the_endpoint_that_began_last() -> None:
    """So that a link leads to what serves now."""
    newer = series("bank-2", {120: 2.0})
    assert joined([newer, OLD]).query == newer.query


def test_of_nothing_there_is_no_course() -> None:
    """A mistake of the caller's."""
    with pytest.raises(ValueError, match="no series"):
        joined([])


@given(st.lists(st.dictionaries(st.integers(0, 50), st.floats(0, 1), max_size=20), min_size=1, max_size=5))
def test_times_stay_in_order_and_points_are_measured_ones(given: list[dict[int, float]]) -> None:
    """Whatever overlaps."""
    made = joined([series(f"bank-{n}", dict(sorted(points.items()))) for n, points in enumerate(given)])
    assert list(made.times_s) == sorted(set(made.times_s))
    assert all(any(points.get(int(t)) == v for points in given) for t, v in zip(made.times_s, made.values, strict=True))
    assert bool(made.times_s) == any(given)
