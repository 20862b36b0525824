"""Twenty points of many: measured ones only, the newest and the extremes among them."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logic.sampling import FEWEST, MOST, sampled
from bot.model.metric import Metric, Query, Series

QUERY = Query(Metric("111122223333", "eu-west-1", "AWS/SageMaker", "ModelLatency", ()), "Average")
STEP_S = 300
START_S = 1_795_000_000 // STEP_S * STEP_S


def series(points: dict[int, float] | Sequence[float]) -> Series:
    """Points by their place on a grid of five minutes, or of all its places."""
    placed = points if isinstance(points, dict) else dict(enumerate(points))
    times = tuple(float(START_S + STEP_S * place) for place in sorted(placed))
    return Series(QUERY, STEP_S, times, tuple(placed[place] for place in sorted(placed)))


VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 3).map(float)
POINTS = st.dictionaries(st.integers(0, 400), VALUES, min_size=1, max_size=120).map(series)


@st.composite
def together(draw: st.DrawFn) -> list[Series]:
    """One to six series that are measured at the same times."""
    places = sorted(draw(st.sets(st.integers(0, 400), min_size=1, max_size=90)))
    rows = st.lists(VALUES, min_size=len(places), max_size=len(places))
    return [series(dict(zip(places, draw(rows), strict=True))) for _ in range(draw(st.integers(1, 6)))]


@settings(deadline=None)
@given(together())
def test_first_last_lowest_and_highest_of_six_series_stay_and_nothing_is_invented(given: list[Series]) -> None:
    """Whatever their values are: at most twenty categories, their times in order and those of points."""
    made = sampled(given, STEP_S)
    assert made.drawn == tuple(range(len(given)))
    assert made.absent == ()
    assert 1 <= len(made.times_s) <= MOST
    assert list(made.times_s) == sorted(set(made.times_s))
    lead = dict(zip(given[0].times_s, given[0].values, strict=True))
    assert [lead[t] for t in made.times_s] == list(made.values[0])
    assert (made.times_s[0], made.times_s[-1]) == (given[0].times_s[0], given[0].times_s[-1])
    for one, row in zip(given, made.values, strict=True):
        assert (row[0], row[-1], min(row), max(row)) == (
            one.values[0],
            one.values[-1],
            min(one.values),
            max(one.values),
        )


@settings(deadline=None)
@given(st.lists(POINTS | st.just(series({})), max_size=9))
def test_every_value_is_a_point_of_its_slot_however_the_times_differ(given: list[Series]) -> None:
    """Slots follow each other, hold a point of every drawn series, and its newest in the last."""
    made = sampled(given, STEP_S)
    assert sorted((*made.drawn, *made.absent)) == list(range(len(given)))
    assert bool(made.drawn) == any(one.times_s for one in given)
    assert len(made.slots) == len(made.times_s) <= MOST
    assert all(a[1] <= b[0] for a, b in zip(made.slots, made.slots[1:], strict=False))
    for place, row in zip(made.drawn, made.values, strict=True):
        points = list(zip(given[place].times_s, given[place].values, strict=True))
        for (begin, until), value in zip(made.slots, row, strict=True):
            assert value in {v for t, v in points if begin <= t < until}
        assert row[-1] == points[-1][1]
        assert row[0] == points[0][1]


@settings(deadline=None)
@given(POINTS)
def test_a_series_of_few_points_is_all_of_it(given: Series) -> None:
    """Whenever they were."""
    made = sampled([given], STEP_S)
    if len(given.times_s) <= MOST:
        assert (made.times_s, made.values) == (given.times_s, (given.values,))


def test_points_stand_at_equal_distances() -> None:
    """A day of five minutes: slots of 75 minutes; only the point that fell keeps a place between them."""
    made = sampled([series([0.91] * 200 + [0.33] + [0.91] * 87)], STEP_S)
    widths = {until - begin for begin, until in made.slots}
    assert widths == {75 * 60}
    assert made.values[0].count(0.33) == 1
    assert made.times_s[made.values[0].index(0.33)] == START_S + 200 * STEP_S


def test_two_extremes_of_one_slot_take_two_places() -> None:
    """A spike and a dip within minutes."""
    made = sampled([series([5.0] * 150 + [1.0, 9.0] + [5.0] * 150)], STEP_S)
    assert {1.0, 9.0} <= set(made.values[0])
    assert len(made.times_s) <= MOST


def test_the_farthest_from_usual_stands_for_its_slot() -> None:
    """Not the last or the mean of it: a dip that is not the lowest is seen too."""
    values = [10.0] * 400
    values[100], values[300] = 4.0, 3.0
    assert sorted(sampled([series(values)], STEP_S).values[0])[:2] == [3.0, 4.0]


def test_nothing_is_carried_over_a_gap() -> None:
    """The categories of the hours without points are missing, and the gap is told; a missed point is none."""
    hours = {n: 0.9 for n in range(288) if n != 20 and not 100 <= n < 180}
    made = sampled([series(hours)], STEP_S)
    gap = (START_S + 99.0 * STEP_S, START_S + 180.0 * STEP_S)
    assert made.gaps == (gap,)
    assert not [t for t in made.times_s if gap[0] < t < gap[1]]
    assert sampled([series([0.9] * 288)], STEP_S).gaps == ()
    assert sampled([series({0: 1.0, 1: 1.0, 3: 1.0})], STEP_S).gaps == ((START_S + 300.0, START_S + 900.0),)


def test_series_of_different_cadence_share_slots_in_which_each_has_a_point() -> None:
    """Every five minutes, and every hour."""
    often, hourly = series([float(n) for n in range(288)]), series(dict.fromkeys(range(7, 288, 12), 1.0))
    made = sampled([often, hourly], STEP_S)
    assert made.drawn == (0, 1)
    assert FEWEST <= len(made.slots) <= MOST
    assert made.values[0][-1] == 287.0


@pytest.mark.parametrize(
    ("others", "absent"),
    [
        ([{0: 1.0, 287: 1.0}], (1,)),
        ([dict.fromkeys(range(100), 1.0)], (1,)),
        ([dict.fromkeys(range(288), 1.0), dict.fromkeys(range(150, 288), 1.0)], (2,)),
        ([{}, dict.fromkeys(range(288), 1.0)], (1,)),
        ([dict.fromkeys(range(288), math.nan)], (1,)),
    ],
)
def test_a_series_that_is_away_is_left_out_and_named(others: list[dict[int, float]], absent: tuple[int, ...]) -> None:
    """It stopped, began late, spoke twice, never spoke, or said no number: the others keep their course."""
    made = sampled([series([1.0] * 288), *map(series, others)], STEP_S)
    assert made.absent == absent
    assert len(made.times_s) > FEWEST
    assert made.drawn == tuple(i for i in range(1 + len(others)) if i not in absent)


def test_nothing_at_all_is_nothing() -> None:
    """No series, and one without points."""
    assert sampled([], STEP_S).drawn == ()
    assert sampled([series({})], STEP_S).absent == (0,)


def test_more_series_than_fit_lose_extremes_and_never_the_newest() -> None:
    """The first are served first."""
    many = [series([5.0 + ((n + 1) * 37 * i) % 101 / 9 for n in range(288)]) for i in range(1, 13)]
    made = sampled(many, STEP_S)
    assert made.drawn == tuple(range(12))
    assert len(made.times_s) <= MOST
    for one, row in list(zip(many, made.values, strict=True)):
        assert row[-1] == one.values[-1]
    assert (min(made.values[0]), max(made.values[0])) == (min(many[0].values), max(many[0].values))
