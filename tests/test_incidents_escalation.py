"""What nobody takes: when the on-call group is told, and that it is told once."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Engine

from bot.incidents import click, record, tick
from bot.logic.lifecycle import fold
from bot.logic.quiet import after_quiet
from bot.model.incident import Act, Reason
from bot.model.observation import NO_DATA, Finding, Verdict
from bot.model.place import About, Service, Severity
from bot.model.reply import Group
from bot.model.route import Quiet, Route
from bot.store.incidents import SqlIncidents
from bot.store.outbox import SqlOutbox
from sandbox.fakes import HOUR, PLACE, at, run
from sandbox.fakes_incident import Story, edited, said

BAD = {"accuracy": 0.75, "recall": 0.4}
GOOD = {"accuracy": 0.95, "recall": 0.9}
PATIENT = Route("ml-alerts", group="S0ONCALL", escalate_after=HOUR / 2)
LONDON = Quiet(time(22), time(7), "Europe/London", unless=Severity.HIGH)


def night(day: str, hour: int, minute: int = 0) -> datetime:
    """A moment in UTC."""
    return datetime.combine(datetime.fromisoformat(day), time(hour, minute), UTC)


@pytest.mark.parametrize(
    ("at_", "severity", "said_at"),
    [
        (night("2026-11-20", 21, 59), Severity.LOW, night("2026-11-20", 21, 59)),
        (night("2026-11-20", 22), Severity.LOW, night("2026-11-21", 7)),
        (night("2026-11-21", 3), Severity.MEDIUM, night("2026-11-21", 7)),
        (night("2026-11-21", 3), Severity.HIGH, night("2026-11-21", 3)),
        (night("2026-11-21", 3), Severity.CRITICAL, night("2026-11-21", 3)),
        (night("2026-11-21", 7), Severity.LOW, night("2026-11-21", 7)),
        # Clocks go forward on 29 March 2026 at 01:00 UTC: 07:00 there is an hour earlier in UTC.
        (night("2026-03-28", 23), Severity.LOW, night("2026-03-29", 6)),
        (night("2026-03-29", 0, 59), Severity.LOW, night("2026-03-29", 6)),
        (night("2026-03-29", 21), Severity.LOW, night("2026-03-30", 6)),
        # They go back on 25 October at 01:00 UTC: that night is an hour longer.
        (night("2026-10-24", 21), Severity.LOW, night("2026-10-25", 7)),
        (night("2026-10-25", 6, 30), Severity.LOW, night("2026-10-25", 7)),
    ],
)
def test_quiet_hours_are_those_of_the_wall_clock_there(at_: datetime, severity: Severity, said_at: datetime) -> None:
    """Over midnight, over the days when clocks change, and not for what is severe enough."""
    assert after_quiet(at_, LONDON, severity) == said_at


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_or_never() -> None:
    """The first of two; an end that is skipped is when the clocks have moved on."""
    early = replace(LONDON, end=time(1, 30))
    assert after_quiet(night("2026-10-24", 23), early, Severity.LOW) == night("2026-10-25", 0, 30)
    assert after_quiet(night("2026-03-28", 23), early, Severity.LOW) == night("2026-03-29", 1, 30)


@pytest.mark.parametrize(
    ("quiet", "hour", "ends"),
    [
        (None, 3, 3),
        (replace(LONDON, start=time(7), end=time(7)), 3, 3),
        (replace(LONDON, start=time(12), end=time(14), zone="UTC"), 13, 14),
        (replace(LONDON, start=time(12), end=time(14), zone="UTC"), 15, 15),
        (replace(LONDON, zone="Nowhere/Land"), 3, 7),
    ],
)
def test_hours_within_a_day_none_at_all_and_an_unknown_zone(quiet: Quiet | None, hour: int, ends: int) -> None:
    """An unknown zone is UTC: the settings' check has told of it."""
    assert after_quiet(night("2026-11-20", hour), quiet, Severity.LOW) == night("2026-11-20", ends)


def test_what_nobody_takes_is_told_in_the_thread_and_later_in_the_channel_once_each() -> None:
    """The group is called both times."""
    story = Story(PATIENT)
    story.hears(run(1, BAD))
    assert story.waits(1.49) == []
    assert story.waits(1.5) == said(Reason.ESCALATED)
    note = story.note(Reason.ESCALATED)
    assert Group("S0ONCALL") in note.text
    assert "unacknowledged for 30 min: 2 model-quality constraints broken" in story.told(Reason.ESCALATED)
    assert story.hears(run(1.9, BAD)) == edited()
    assert story.waits(2) == said(Reason.ESCALATED_AGAIN, broadcast=True)
    assert story.waits(50) == []


def test_what_was_bad_before_anybody_looked_calls_nobody_at_once() -> None:
    """A first start, or one after a night: people have their time from when the card came."""
    story = Story(PATIENT)
    record(story.store, [(PLACE, story.service, run(hour, BAD)) for hour in (1, 2, 3)], story.routing, at(6))
    assert story.waits(6.4) == []
    assert story.waits(6.5) == said(Reason.ESCALATED)
    assert "unacknowledged for 5 h 30 min" in story.told(Reason.ESCALATED)


def test_a_process_that_slept_tells_one_step_and_waits_for_the_other() -> None:
    """The group has its time before the channel hears of it."""
    story = Story(PATIENT)
    story.hears(run(1, BAD))
    assert story.waits(8) == said(Reason.ESCALATED)
    assert story.waits(8.4) == []
    assert story.waits(8.5) == said(Reason.ESCALATED_AGAIN, broadcast=True)


@pytest.mark.parametrize("act", [Act.ACKNOWLEDGE, Act.SNOOZE, Act.ASSIGN, Act.RESOLVE])
def test_what_somebody_took_is_not_escalated(act: Act) -> None:
    """And a note that is sent late calls nobody."""
    story = Story(PATIENT)
    story.hears(run(1, BAD))
    story.does(act, 1.2, to="U2")
    assert story.waits(9) == []
    late = Story(PATIENT)
    late.hears(run(1, BAD))
    late.waits(1.5)
    late.does(act, 1.6, to="U2")
    assert not [part for part in late.note(Reason.ESCALATED).text if isinstance(part, Group)]


def test_a_new_row_of_an_owned_card_escalates_from_its_own_start() -> None:
    """And what runs out from its end."""
    story = Story(PATIENT)
    story.hears(run(1, {"recall": 0.4}))
    story.does(Act.ACKNOWLEDGE, 1.1, until=8)
    story.hears(run(5, BAD))
    assert story.waits(5.4) == []
    assert story.waits(5.5) == said(Reason.ESCALATED)
    story.does(Act.ACKNOWLEDGE, 5.6, until=8)
    assert story.waits(8) == said(Reason.RUN_OUT)
    assert story.waits(8.4) == []
    assert story.waits(8.5) == said(Reason.ESCALATED)


def test_blind_and_flapping_escalate_never_and_settled_from_then() -> None:
    """Nobody is woken for what goes to and fro."""
    story = Story(PATIENT)
    story.hears(replace(run(1), findings=(Finding(NO_DATA, Verdict.BLIND),), complete=False))
    assert story.waits(9) == []
    restless = Story(replace(PATIENT, escalate_after=2 * HOUR))
    restless.hears(*(run(h, None if h % 2 == 0 else BAD, GOOD if h % 2 == 0 else None) for h in range(1, 8)))
    assert restless.waits(12) == []
    assert restless.waits(13) == said(Reason.RETURNED, broadcast=True)
    assert restless.waits(14.9) == []
    assert restless.waits(15) == said(Reason.ESCALATED)


def test_in_quiet_hours_it_waits_unless_it_is_severe() -> None:
    """09:00 is hour 0: it breaks at 22:00."""
    quiet = Quiet(time(22), time(7), "UTC", unless=Severity.HIGH)
    for severity, hour in ((None, 22.0), (Severity.HIGH, 13.5)):
        story = Story(replace(PATIENT, quiet=quiet), About(severity=severity))
        story.hears(run(13, BAD))
        assert story.waits(hour - 0.1) == []
        assert story.waits(hour) == said(Reason.ESCALATED)


def test_who_was_down_when_it_was_due_wakes_nobody_at_night() -> None:
    """09:00 is hour 0: due at 21:45, the bot is there again at 23:00, and in the morning the group is told."""
    story = Story(replace(PATIENT, quiet=Quiet(time(22), time(7), "UTC", unless=Severity.HIGH)))
    story.hears(run(12.25, BAD))
    assert story.hears(run(14, BAD)) == edited()
    assert story.waits(21.9) == []
    assert story.waits(22) == said(Reason.ESCALATED)


def test_routes_that_change_meanwhile_double_nothing() -> None:
    """What was said to one group is not said to the next; a route without patience says nothing more."""
    story = Story(PATIENT)
    story.hears(run(1, BAD))
    story.waits(1.5)
    story.route = replace(PATIENT, group="S0OTHER", escalate_after=HOUR / 4)
    story.hears(run(1.6, BAD))
    assert story.waits(1.7) == []
    assert story.waits(1.75) == said(Reason.ESCALATED_AGAIN, broadcast=True)
    assert Group("S0OTHER") in story.note(Reason.ESCALATED_AGAIN).text
    story.route = replace(PATIENT, escalate_after=HOUR / 8)
    assert story.waits(9) == []
    silent = Story(replace(PATIENT, escalate_after=None))
    silent.hears(run(1, BAD))
    assert silent.waits(99) == []


def test_a_route_without_a_group_tells_the_channel_and_calls_nobody() -> None:
    """Somebody may look there."""
    story = Story(replace(PATIENT, group=""))
    story.hears(run(1, BAD))
    assert story.waits(1.5) == said(Reason.ESCALATED)
    assert not [part for part in story.note(Reason.ESCALATED).text if isinstance(part, Group)]


def test_the_store_knows_when_to_look_and_two_processes_say_it_once(engine: Engine) -> None:
    """Both find it due; after a restart nothing is due again."""
    store = SqlIncidents(engine, fold)
    record(store, [(PLACE, Service("bank-marketing"), run(1, BAD))], lambda *_: PATIENT, at(1))
    assert store.due_before(at(1.5) - timedelta(seconds=1)) == ()
    both = [SqlIncidents(engine, fold).due_before(at(1.5)) for _ in range(2)]
    assert both == [(PLACE,)] * 2
    for due in both:
        tick(SqlIncidents(engine, fold), due, lambda *_: PATIENT, at(1.5))
    reasons = [row.out.reason for row in SqlOutbox(engine).rows("ml-alerts") if row.out.kind == "note"]
    assert reasons == [Reason.ESCALATED]
    assert store.due_before(at(1.9)) == ()
    assert store.due_before(at(2)) == (PLACE,)
    click(store, 1, Act.ACKNOWLEDGE, click_id="c", person_id="U1", now=at(1.9), routing=lambda *_: PATIENT, until=at(5))
    assert (store.due_before(at(4.9)), store.due_before(at(5))) == ((), (PLACE,))
