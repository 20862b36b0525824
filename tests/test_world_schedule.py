"""When monitors run, and what the offsets of their windows say."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.world import cron
from sandbox.world.offsets import offset

DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("cron(0 * ? * * *)", list(range(1, 25))),
        ("cron(0 14 ? * * *)", [14]),
        ("cron(0 17/12 ? * * *)", [5, 17]),
        ("cron(0 0/6 ? * * *)", [6, 12, 18, 24]),
    ],
)
def test_a_day_of_runs(expression: str, hours: list[int]) -> None:
    """Hourly, daily, every so many hours; the end of the span belongs to it, its beginning does not."""
    due = cron.due_times(expression, DAY - timedelta(days=9), DAY, DAY + timedelta(days=1))
    assert list(due) == [DAY + timedelta(hours=hour) for hour in hours]
    assert cron.cadence(expression) == timedelta(hours=24 / len(hours))


def test_nothing_runs_before_the_schedule_was_made() -> None:
    """The first run is at the next full hour."""
    due = cron.due_times("cron(0 * ? * * *)", DAY + timedelta(minutes=90), DAY, DAY + timedelta(hours=3))
    assert list(due) == [DAY + timedelta(hours=2), DAY + timedelta(hours=3)]


def test_now_runs_once() -> None:
    """At its creation, and never again."""
    made = DAY + timedelta(minutes=7)
    assert list(cron.due_times("NOW", made, DAY, DAY + timedelta(days=3))) == [made]
    assert list(cron.due_times("NOW", made, made, DAY + timedelta(days=3))) == []


def test_another_expression_is_refused() -> None:
    """Model Monitor takes no minutes other than 0."""
    with pytest.raises(ValueError, match="no expression"):
        cron.cadence("cron(5 * ? * * *)")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("-PT1H", timedelta(hours=-1)),
        ("-P8D", timedelta(days=-8)),
        ("-P1DT2H30M", timedelta(days=-1, hours=-2, minutes=-30)),
        ("-PT0H", timedelta()),
        ("P1D", timedelta(days=1)),
        (None, timedelta(minutes=5)),
    ],
)
def test_offsets_are_iso_durations(text: str | None, length: timedelta) -> None:
    """None leaves the default."""
    assert offset(text, timedelta(minutes=5)) == length


def test_what_is_no_offset_is_refused() -> None:
    """Named in the message."""
    with pytest.raises(ValueError, match="1 hour"):
        offset("1 hour", timedelta())
