"""Statistics by their names, and the samples that they are computed of."""

from array import array
from itertools import pairwise

import pytest

from sandbox.aws.cloudwatch.grid import Grid
from sandbox.aws.cloudwatch.points import points
from sandbox.aws.cloudwatch.samples import Samples, StatisticSet
from sandbox.aws.cloudwatch.statistic import statistic

HUNDRED = [float(n) for n in range(1, 101)]


def value(name: str, samples: Samples) -> float | None:
    """A statistic of all samples of one span."""
    found = statistic(name)
    assert found is not None
    _, values = points([samples], Grid(0, 60, 60), found)
    return values[0] if values else None


def plain(values: list[float]) -> Samples:
    """Samples seen once each."""
    samples = Samples()
    samples.add([0.0] * len(values), values)
    return samples


def weighted(values: list[float], weights: list[float]) -> Samples:
    """Values with how often they were seen."""
    samples = Samples()
    samples.add_weighted(0.0, values, weights)
    return samples


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SampleCount", 100),
        ("Sum", 5050),
        ("Average", 50.5),
        ("Minimum", 1),
        ("Maximum", 100),
        ("p0", 1),
        ("p0.0", 1),
        ("p50", 50),
        ("p90", 90),
        ("p99.9", 100),
        ("p100", 100),
        ("tm90", 45.5),
        ("tc90", 90),
        ("ts90", 4095),
        ("wm90", (4095 + 10 * 90) / 100),
        ("TM(:90%)", 45.5),
        ("TM(2%:98%)", 50.5),
        ("TC(2%:98%)", 96),
        ("TS(80%:)", sum(range(81, 101))),
        ("WM(10%:90%)", (sum(range(11, 91)) + 10 * 11 + 10 * 90) / 100),
        ("IQM", sum(range(26, 76)) / 50),
        ("TM(25%:75%)", sum(range(26, 76)) / 50),
        ("TM(10:20)", sum(range(11, 21)) / 10),
        ("TC(80:500)", 20),
        ("TC(:0.5)", 0),
        ("TS(99:)", 100),
        ("TM(:0.5)", None),
        ("WM(:50)", (sum(range(1, 51)) + 50 * 50) / 100),
        ("PR(:30)", 30),
        ("PR(30:)", 70),
        ("PR(10:20)", 10),
    ],
)
def test_a_statistic_of_a_hundred_samples(name: str, expected: float | None) -> None:
    """As the User Guide defines it: a lower bound is left out, an upper one is in."""
    assert value(name, plain(HUNDRED)) == pytest.approx(expected)
    assert value(name, weighted(HUNDRED, [1.0] * 100)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "name",
    [
        "average",
        "Median",
        "p",
        "p100.1",
        "p-1",
        "P90",
        "tm",
        "TM90",
        "tm(10%:90%)",
        "TM()",
        "TM(:)",
        "TM(10%:20)",
        "TM(90%:10%)",
        "TM(20:10)",
        "PR(10%:20%)",
        "pr90",
        "iqm",
        "p99.12345678901",
        "",
    ],
)
def test_what_is_no_statistic(name: str) -> None:
    """Lower case goes with one number, upper case with bounds; bounds are both shares or both values."""
    assert statistic(name) is None


def test_weights_count_as_so_many_samples() -> None:
    """Whatever the statistic, nine ones and a ten are these ten samples."""
    few, many = weighted([1.0, 10.0], [9.0, 1.0]), plain([1.0] * 9 + [10.0])
    for name in ("SampleCount", "Sum", "Average", "p90", "p91", "tm90", "tc90", "wm90", "IQM", "PR(:5)", "TS(5:)"):
        assert value(name, few) == pytest.approx(value(name, many)), name


def test_raw_samples_are_needed_and_none_negative() -> None:
    """Neither a set of statistics nor a negative value has percentiles; sums and means they have."""
    summed = plain([1.0, 2.0])
    summed.add_set(0.0, StatisticSet(2, 9, 3, 6))
    below = plain([-1.0, 2.0])
    for name in ("p50", "tm90", "tc90", "ts90", "wm90", "IQM", "PR(:5)", "TM(1:5)"):
        assert value(name, summed) is None
        assert value(name, below) is None
    assert (value("Sum", summed), value("Maximum", summed), value("Minimum", summed)) == (12, 6, 1)
    assert value("Average", below) == 0.5


def test_samples_that_come_late_find_their_places() -> None:
    """In whatever order they were added, windows are the same."""
    at = [float(minute) for minute in range(0, 600, 60)]
    once, twice = Samples(), Samples()
    once.add(at, at)
    for time in reversed(at):
        twice.add_weighted(time, [time], [2.0])
    twice.add_set(300.0, StatisticSet(3, 9, 1, 5))
    twice.add_set(60.0, StatisticSet(3, 9, 1, 5))
    for start, end in pairwise([0.0, 60.0, 61.0, 300.0, 1_000.0]):
        assert once.window(start, end).values == twice.window(start, end).values
    assert twice.window(120.0, 240.0).weights == array("d", [2.0, 2.0])
    assert [time for time, _ in twice.window(0.0, 600.0).sets] == [60.0, 300.0]


def test_spans_without_samples_have_no_point() -> None:
    """And the last one may be short."""
    samples = Samples()
    samples.add([0.0, 60.0, 300.0, 330.0], [1.0, 2.0, 3.0, 4.0])
    found = statistic("Sum")
    assert found is not None
    assert [list(each) for each in points([samples.window(0, 330)], Grid(0, 330, 120), found)] == [[0, 240], [3, 3]]
