"""Charts of many series: the worst, a band of the rest, their limits, and what is said beside them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logic.charting import Charted, labels, over_time
from bot.logic.held import Held
from bot.logic.ranking import Named, worst_first
from bot.logic.units import Unit
from bot.model.metric import Metric, Query, Series
from bot.model.reply import Reply, Text, Time
from bot.render import message, plain_text
from sandbox.slack.check_surface import checked_blocks

START = datetime(2026, 11, 20, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUERY = Query(Metric("111122223333", "eu-west-1", "n", "accuracy", ()), "Average")
ABOVE = Held("LessThanThreshold", 0.88)


def named(name: str, values: Sequence[float | None], held: Held | None = None) -> Named:
    """An hourly series; None is a point that is missing."""
    points = [((START + HOUR * n).timestamp(), v) for n, v in enumerate(values) if v is not None]
    return Named(name, Series(QUERY, 3600, tuple(t for t, _ in points), tuple(v for _, v in points)), held)


def charted(*series: Named) -> Charted:
    """Of accuracy."""
    return over_time("Accuracy", series, HOUR, unit=Unit())


def words(said: Sequence[Text]) -> list[str]:
    """With times as their hour."""
    return ["".join(f"{p.at:%H:%M}" if isinstance(p, Time) else str(p) for p in one) for one in said]


def lines(made: Charted) -> dict[str, tuple[float, ...]]:
    """By name."""
    assert made.chart is not None
    return {one.name: one.values for one in made.chart.lines}


def test_one_series_stands_with_its_limit() -> None:
    """Labels are the hours, and the axis names zone and unit."""
    made = charted(named("bank", [0.91, 0.90, 0.33], ABOVE))
    assert lines(made) == {"bank": (0.91, 0.90, 0.33), "limit at least": (0.88,) * 3}
    assert made.chart is not None
    assert (made.chart.categories, made.chart.x_label) == (("06:00", "07:00", "08:00"), "UTC")
    assert [one.role for one in made.chart.lines] == ["seen", "limit"]
    assert made.said == ()


def test_more_series_than_fit_are_a_band_of_highest_and_lowest() -> None:
    """Three and a limit: the rest is two lines, over all its points and not its shown ones alone."""
    many = [named(f"s{n}", [0.1 * n, 0.2 * n, 0.1], ABOVE) for n in range(9)]
    made = lines(charted(*many))
    assert list(made) == ["s0", "s1", "s2", "highest of 6 more", "lowest of 6 more", "limit at least"]
    assert made["highest of 6 more"] == pytest.approx((0.8, 1.6, 0.1))
    assert made["lowest of 6 more"] == pytest.approx((0.3, 0.6, 0.1))


@pytest.mark.parametrize(
    ("held", "names", "said"),
    [
        ([ABOVE, ABOVE], ["limit at least"], []),
        ([ABOVE, None], ["limit at least"], []),
        ([Held("GreaterThanThreshold", 0.2)] * 2, ["limit at most"], []),
        ([Held("bias_drift_check", -0.3)], ["limit at most", "limit at least"], []),
        ([Held("someone's", 0.2)], ["limit"], []),
        ([ABOVE, Held("LessThanThreshold", 0.7)], ["limit of s0", "limit of s1"], []),
        (
            [ABOVE, *[Held("LessThanThreshold", 0.7)] * 3],
            [],
            ["Limits differ: s0 at least 0.8800, s1 at least 0.7000, s2 at least 0.7000 and 1 more."],
        ),
        (
            [Held("bias_drift_check", 0.3), Held("bias_drift_check", 0.2)],
            [],
            ["Limits differ: s0 within ±0.3000, s1 within ±0.2000."],
        ),
        ([None, None], [], []),
    ],
)
def test_limits_are_lines_as_long_as_they_help(held: list[Held | None], names: list[str], said: list[str]) -> None:
    """One where all agree, each its own where they are few, else words."""
    made = charted(*(named(f"s{n}", [0.9, 0.8], one) for n, one in enumerate(held)))
    assert [name for name in lines(made) if name.startswith("limit")] == names
    assert words(made.said) == said


def test_a_series_that_is_away_makes_room_for_the_next_and_is_named() -> None:
    """Seven of which one stopped: six lines."""
    there = [named(f"s{n}", [0.9] * 24) for n in range(6)]
    made = charted(there[0], named("gone", [0.5, 0.4, *[None] * 22]), *there[1:])
    assert list(lines(made)) == [f"s{n}" for n in range(6)]
    assert words(made.said) == ["Not drawn, away for most of the time: gone."]


def test_a_rest_without_points_in_a_slot_is_named_and_no_band() -> None:
    """No value stands in for it."""
    there = [named(f"s{n}", [0.9] * 24) for n in range(4)]
    late = [named(f"late{n}", [*[None] * 20, 0.9, 0.9, 0.9, 0.9]) for n in range(3)]
    made = charted(*there, *late)
    assert list(lines(made)) == ["s0", "s1", "s2", "s3"]
    assert words(made.said) == ["Not drawn: late0, late1, late2."]


def test_gaps_are_told() -> None:
    """By their times, or how many."""
    one = charted(named("bank", [0.9, 0.9, None, None, 0.9]))
    assert words(one.said) == ["No points between 07:00 and 10:00."]
    two = charted(named("bank", [0.9, None, 0.9, None, 0.9]))
    assert words(two.said) == ["No points between 06:00 and 08:00 and between 08:00 and 10:00."]
    many = charted(named("bank", [0.9, None, 0.9, None, None, 0.9, None, 0.9]))
    assert words(many.said) == ["Points are missing in 3 places, longest between 08:00 and 11:00."]


def test_without_a_point_there_is_no_chart() -> None:
    """But words."""
    made = charted(named("bank", []))
    assert made.chart is None
    assert words(made.said) == ["Not drawn, away for most of the time: bank."]


BERLIN = ZoneInfo("Europe/Berlin")
LABELS: list[tuple[list[timedelta], tzinfo, tuple[str, ...]]] = [
    ([HOUR * n for n in range(3)], UTC, ("06:00", "07:00", "08:00")),
    ([HOUR * n for n in range(3)], BERLIN, ("07:00", "08:00", "09:00")),
    ([HOUR * n for n in (0, 12, 18, 20)], UTC, ("20 Nov 06:00", "18:00", "21 Nov 00:00", "02:00")),
    ([HOUR * n for n in (0, 24, 48)], UTC, ("20 Nov", "21 Nov", "22 Nov")),
    ([HOUR * n for n in (0, 12, 24)], UTC, ("20 Nov 06:00", "20 Nov 18:00", "21 Nov 06:00")),
    ([HOUR * 0], UTC, ("06:00",)),
    ([], UTC, ()),
]


@pytest.mark.parametrize(("after", "zone", "wanted"), LABELS)
def test_labels_are_as_short_as_tells_them_apart(after: list[timedelta], zone: tzinfo, wanted: tuple[str, ...]) -> None:
    """Slack has twenty characters and takes none twice."""
    assert labels([(START + one).timestamp() for one in after], zone) == wanted


def test_worst_first_is_by_limits_beyond_the_limit() -> None:
    """Then by nearness to it, then what has no limit, then what never spoke."""
    given = [
        named("silent", [], ABOVE),
        named("unlimited, low", [0.1]),
        named("unlimited, high", [0.9]),
        named("near", [0.89], ABOVE),
        named("far", [0.99], ABOVE),
        named("bad", [0.8], ABOVE),
        named("worst", [0.2, float("nan")], ABOVE),
    ]
    ranked = ["worst", "bad", "near", "far", "unlimited, high", "unlimited, low", "silent"]
    assert [one.name for one in worst_first(given)] == ranked
    assert [one.name for one in worst_first(given, high_is_bad=False)][4] == "unlimited, low"


VALUES = st.none() | st.just(float("nan")) | st.floats(-1e290, 1e290) | st.floats(0, 1)
SERIES = st.builds(
    named,
    st.text(max_size=30),
    st.lists(VALUES, max_size=60),
    st.none() | st.builds(Held, st.sampled_from(["LessThanThreshold", "bias_drift_check", "x"]), st.floats(-1, 1)),
)


@settings(deadline=None)
@given(st.lists(SERIES, max_size=12))
def test_whatever_was_measured_slack_takes_the_chart_whole(series: list[Named]) -> None:
    """No line is lost in drawing, none has a value that nobody measured, and every series is drawn or spoken of."""
    made = over_time("x", worst_first(series), HOUR, unit=Unit())
    assert (made.chart is None) == (not any(one.newest is not None for one in series))
    if made.chart is None:
        return
    assert len(made.chart.lines) <= 6
    measured = {v for one in series for v in one.series.values}
    for line in made.chart.lines:
        assert line.role == "limit" or measured.issuperset(line.values)
    drawn = message(Reply(("x",), (made.chart,)))
    (block,) = [b for b in checked_blocks(drawn.blocks) if b["type"] == "data_visualization"]
    assert len(block["chart"]["series"]) == len(made.chart.lines)
    assert plain_text(Reply(("x",), (made.chart,)))
