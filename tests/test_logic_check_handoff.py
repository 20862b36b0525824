"""What `doctor` says of pagers and webhooks."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.logic.check_handoff import handoff_checks
from bot.model.handoff import Dead, Recipient, Waiting
from bot.model.route import Route

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PAGER = Recipient("pager", "PagerDuty (events.pagerduty.com)")
ROUTES = (Route("ml-alerts", hand_off=(PAGER,)),)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("routes", "waiting", "status", "said", "step"),
    [
        (ROUTES, None, "good", "nothing waits", ""),
        ((), None, "warn", "no route names it", 'hand_off = "pager"'),
        (ROUTES, Waiting("pager", 1, NOW, ""), "good", "1 event waits", ""),
        (
            ROUTES,
            Waiting("pager", 7, NOW - HOUR, "it answers 503"),
            "warn",
            "7 events wait, the oldest for 1 h",
            "ails",
        ),
        (ROUTES, Waiting("pager", 7, NOW - HOUR, ""), "warn", "7 events wait", "Nobody sends"),
    ],
)
def test_a_destination_has_a_line(
    routes: tuple[Route, ...], waiting: Waiting | None, status: str, said: str, step: str
) -> None:
    """What waits, for how long, why, and what to do."""
    (line,) = handoff_checks((PAGER,), routes, (waiting,) if waiting else (), (), NOW)
    assert (line.area, line.subject, line.status) == ("hand-off", "pager", status)
    assert said in line.said
    assert step in line.next_step
    assert waiting is None or waiting.cause in line.said


def test_rows_of_a_destination_that_is_no_more() -> None:
    """They wait for ever unless somebody is told."""
    (line,) = handoff_checks((), (), (Waiting("old", 2, NOW, ""),), (), NOW)
    assert (line.subject, line.status) == ("old", "bad")
    assert "hand_off.old" in line.next_step


@pytest.mark.parametrize(
    ("incidents", "named"),
    [
        ((12,), "#12"),
        ((12, 11, 3), "#3, #11 to #12"),
        (tuple(range(40, 0, -1)), "#1 to #40"),
        (tuple(range(100, 0, -2)), "#38, #40 and 30 more"),
    ],
)
def test_what_was_refused_is_told_with_its_reason(incidents: tuple[int, ...], named: str) -> None:
    """And which incidents nobody was called for: all of them, also of a storm."""
    _, line = handoff_checks((PAGER,), ROUTES, (), (Dead("pager", "it answers 400", 103, incidents),), NOW)
    said = f"103 events refused for good, the last of #{incidents[0]}: it answers 400"
    assert (line.status, line.said) == ("bad", said)
    assert line.next_step.endswith(f"{named} yourself.")


def test_nothing_is_said_where_nothing_is_handed_off() -> None:
    """No line for whoever has neither pager nor webhook."""
    assert list(handoff_checks((), (Route("a"),), (), (), NOW)) == []
