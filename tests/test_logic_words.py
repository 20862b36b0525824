"""How durations, numbers, counts and checks are worded."""

from datetime import timedelta

import pytest

from bot.logic.words import duration, listing, number, plural, shortened


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(hours=3, minutes=12, seconds=59), "3 h 12 min"),
        (timedelta(days=2), "2 d"),
        (timedelta(days=2, minutes=5), "2 d"),
        (timedelta(days=1, hours=4), "1 d 4 h"),
        (timedelta(minutes=59, seconds=59), "59 min 59 s"),
        (timedelta(milliseconds=900), "0 s"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_a_duration_has_its_two_largest_units(span: timedelta, words: str) -> None:
    assert duration(span) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.75214, "0.7521"),
        (0.8, "0.8000"),
        (0.00012345, "0.0001234"),
        (12.3456, "12.35"),
        (12345.6, "12,346"),
        (-0.123456, "-0.1235"),
        (999_999_999_999_999.0, "999,999,999,999,999"),
        (-1e20, "-1e+20"),
        (1.7976e308, "1.798e+308"),
        (0, "0"),
        (None, "\N{EN DASH}"),
        (float("nan"), "\N{EN DASH}"),
        (float("inf"), "\N{EN DASH}"),
    ],
)
def test_rates_line_up_and_the_rest_has_four_digits(value: float | None, words: str) -> None:
    assert number(value) == words


def test_counts_and_lists() -> None:
    """Plurals by s unless given; long lists are cut and counted."""
    assert [plural(n, "violation") for n in (0, 1, 2_000)] == ["0 violations", "1 violation", "2,000 violations"]
    assert plural(2, "entry", "entries") == "2 entries"
    assert listing(("a", "b")) == "a, b"
    assert listing(("a", "b", "c", "d", "e")) == "a, b, c and 2 more"


def test_a_long_sentence_is_cut_where_it_ends() -> None:
    assert shortened("as long", 7) == "as long"
    assert shortened("a bit too long", 7) == "a bit…"
