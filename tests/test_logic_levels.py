"""Stretches of points that differ beyond noise."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logic.levels import noise, stretches

VALUES = st.lists(st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0]), max_size=120)
FLAT = [10.0, 11.0, 9.0, 10.0, 10.5, 9.5]

CASES = [
    ([], []),
    ([5.0], [(0, 1, 5.0)]),
    (FLAT * 4, [(0, 24, 10.0)]),
    ([*FLAT * 2, *[v + 20 for v in FLAT]], [(0, 12, 10.0), (12, 18, 30.0)]),
    ([*FLAT * 2, 60.0, *FLAT], [(0, 12, 10.0), (12, 13, 60.0), (13, 19, 10.0)]),
    ([*FLAT, *[v + 20 for v in FLAT], *FLAT], [(0, 6, 10.0), (6, 12, 30.0), (12, 18, 10.0)]),
    ([0.0] * 10 + [1.0] + [0.0] * 3, [(0, 10, 0.0), (10, 11, 1.0), (11, 14, 0.0)]),
    ([41.1] * 6 + [41.2] * 6, [(0, 12, 41.15)]),
]


@pytest.mark.parametrize(("values", "found"), CASES)
def test_levels_are_cut_where_they_change(values: list[float], found: list[tuple[int, int, float]]) -> None:
    """Up, for one point, and back; by a hair it is no change, however sure."""
    made = [(one.start, one.end, one.level) for one in stretches(values, noise(values))]
    assert made == [(a, b, pytest.approx(level)) for a, b, level in found]


@given(VALUES)
def test_stretches_cover_the_points_in_order(values: list[float]) -> None:
    """Whatever the values are."""
    made = stretches(values, noise(values))
    assert [i for one in made for i in range(one.start, one.end)] == list(range(len(values)))


@given(VALUES, st.booleans())
def test_neighbours_differ_by_more_than_the_noise(values: list[float], counts: bool) -> None:
    """Of what remains each is a change."""
    usual = noise(values, counts=counts)
    made = stretches(values, usual)
    for one, other in pairwise(made):
        means = [sum(values[s.start : s.end]) / (s.end - s.start) for s in (one, other)]
        assert abs(means[0] - means[1]) >= 3 * usual * 0.999


def test_noise_does_not_see_a_change_of_level_and_sees_a_count_as_chance() -> None:
    """One step among many, and the root of the mean."""
    assert noise([*FLAT * 4]) == pytest.approx(noise([*FLAT * 2, *[v + 20 for v in FLAT * 2]]), rel=0.2)
    assert noise([4.0] * 6, counts=True) == 2.0
    assert noise([4.0] * 6) == 0.0
    assert noise([]) == 0.0
