"""Snooze, assign, note, fixed; flapping; a service that keeps its incident: as people and monitors make them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from bot.errors import Conflict
from bot.incidents import click, record
from bot.logic.cards import card
from bot.logic.lifecycle import fold
from bot.logic.waiting import waits_until
from bot.model.incident import Act, Reason, Status
from bot.model.observation import Window
from bot.model.place import About, Service, Severity
from bot.model.reply import Facts, Link, User
from bot.store.incidents import SqlIncidents
from sandbox.fakes import HOUR, PLACE, at, row, run
from sandbox.fakes_incident import Posts, Story, edited, said

BAD = {"accuracy": 0.75, "recall": 0.4}
GOOD = {"accuracy": 0.95, "recall": 0.9}


def broken(*, about: About | None = None) -> Story:
    """Bad since 1."""
    story = Story(about=about)
    story.hears(run(1, BAD))
    return story


def mentioned(story: Story, reason: Reason) -> list[str]:
    """Who is called by a note."""
    return [part.id for part in story.note(reason).text if isinstance(part, User) and part.mention]


def test_a_snoozed_incident_is_silent_until_its_end_and_said_once_then() -> None:
    """Repeats, new rows and what is worse only edit the card; whoever snoozed it is called when it ends."""
    story = broken()
    assert story.does(Act.SNOOZE, 1.5, until=6, reason="labels come at noon") == said(Reason.SNOOZED)
    assert story.told(Reason.SNOOZED).startswith("snoozed by @U1 until 2026-11-02 15:00 UTC: labels come at noon")
    assert "Snoozed by @U1 until" in story.card()
    worse = {"accuracy": 0.5, "recall": 0.4, "f1": 0.1}
    assert story.hears(*(run(hour, worse) for hour in (2, 3, 4))) == edited() * 3
    assert story.incident.state.status is Status.SNOOZED
    assert story.waits(5.9) == []
    assert story.waits(6) == said(Reason.WOKE)
    assert (story.incident.state.status, mentioned(story, Reason.WOKE)) == (Status.OPEN, ["U1"])
    assert story.waits(7) == []
    assert story.hears(run(7, worse)) == edited()


def test_a_snoozed_incident_that_resolves_is_said_quietly_and_holds_when_it_comes_back() -> None:
    """Within its episode; after its end nobody is told of a snooze of what is over."""
    story = broken()
    story.does(Act.SNOOZE, 1.5, until=6)
    assert story.hears(run(2, good=GOOD)) == said(Reason.RESOLVED)
    assert story.hears(run(3, BAD)) == edited()
    assert story.incident.state.status is Status.SNOOZED
    story.hears(run(4, good=GOOD))
    assert story.waits(6) == []


@pytest.mark.parametrize(
    ("first", "then", "person", "status", "outcome"),
    [
        (Act.ACKNOWLEDGE, Act.SNOOZE, "U2", Status.ACKNOWLEDGED, "owned"),
        (Act.ACKNOWLEDGE, Act.SNOOZE, "U1", Status.SNOOZED, "done"),
        (Act.SNOOZE, Act.ACKNOWLEDGE, "U2", Status.ACKNOWLEDGED, "done"),
        (Act.SNOOZE, Act.SNOOZE, "U2", Status.SNOOZED, "done"),
        (Act.SNOOZE, Act.RESOLVE, "U2", Status.RESOLVED, "done"),
        (Act.ACKNOWLEDGE, Act.ASSIGN, "U2", Status.ACKNOWLEDGED, "done"),
        (Act.SNOOZE, Act.ASSIGN, "U2", Status.ACKNOWLEDGED, "done"),
    ],
)
def test_who_may_do_what_after_whom(first: Act, then: Act, person: str, status: Status, outcome: str) -> None:
    """What somebody has whole is not snoozed under their hands; whoever takes it ends a snooze."""
    story = broken()
    story.does(first, 2)
    assert story.press(then, 3, person, until=at(99), to="U3").said == outcome
    assert story.incident.state.status is status


def test_one_row_of_anothers_does_not_keep_the_rest_from_being_snoozed() -> None:
    """Its owner keeps it: after the snooze it is theirs still."""
    story = broken()
    number = next(r.number for r in story.incident.state.rows if r.row == row("recall"))
    click(
        story.store,
        1,
        Act.ACKNOWLEDGE,
        click_id="row",
        person_id="U2",
        now=at(1.2),
        routing=story.routing,
        rows=frozenset({number}),
        until=at(99),
    )
    assert story.press(Act.SNOOZE, 1.5, "U1", until=at(3)).said == "done"
    story.waits(3)
    state = story.incident.state
    assert (state.status, [a.person_id for a in state.acknowledgements]) == (Status.OPEN, ["U2"])


def test_what_is_resolved_is_not_snoozed_or_assigned_but_may_be_noted() -> None:
    """A word on how it went is still worth keeping."""
    story = broken()
    story.hears(run(2, good=GOOD))
    for act in (Act.SNOOZE, Act.ASSIGN):
        with pytest.raises(Conflict, match="resolved already"):
            story.does(act, 3, to="U2")
    assert story.does(Act.NOTE, 3, reason="it was the label feed") == said(Reason.NOTED)


def test_assigning_calls_whom_it_is_given_to_and_nobody_for_their_own_click() -> None:
    """Taking over is assigning to oneself."""
    story = broken()
    story.does(Act.ACKNOWLEDGE, 2, "U1")
    assert story.does(Act.ASSIGN, 3, "U1", to="U2", reason="knows the feed") == said(Reason.ASSIGNED)
    assert story.told(Reason.ASSIGNED).startswith("assigned to @U2 by @U1 until")
    assert mentioned(story, Reason.ASSIGNED) == ["U2"]
    assert [a.person_id for a in story.incident.state.acknowledgements] == ["U2"]
    assert story.does(Act.ASSIGN, 4, "U3", to="U3") == said(Reason.ASSIGNED)
    assert mentioned(story, Reason.ASSIGNED) == []
    assert story.incident.state.owner_id == "U3"


def test_each_note_is_said_once_as_it_was_written() -> None:
    """Two in a row, though the thread is told of both later; a second delivery of one click adds nothing."""
    story = broken()
    assert story.does(Act.NOTE, 2, reason="first", click_id="c1") == said(Reason.NOTED)
    assert story.does(Act.NOTE, 2.1, "U2", reason="second\nline") == said(Reason.NOTED)
    assert story.does(Act.NOTE, 2.2, reason="first", click_id="c1") == []
    assert (story.told(Reason.NOTED, 2), story.told(Reason.NOTED, 3)) == ("@U1: first", "@U2: second\nline")
    assert "Note by @U2, 2026-11-02 11:06 UTC: second line" in story.card()
    story.does(Act.NOTE, 3, reason="x" * 500)
    assert "x" * 199 + "…" in story.card()


@pytest.mark.parametrize(
    ("fixed", "window", "spoke", "cadence", "until"),
    [
        (3.5, (2, 3), 3.25, HOUR, 5.25),
        (4.0, (2, 3), 3.25, HOUR, 5.25),
        (5.9, (2, 3), 3.25, HOUR, 7.25),
        (30.0, (0, 24), 26, 24 * HOUR, 74),
        (3.5, None, 3.25, HOUR, 4.25),
        (3.5, None, 3.25, None, 4.25),
    ],
)
def test_fixed_waits_for_the_first_window_after_the_fix(
    fixed: float, window: tuple[float, float] | None, spoke: float, cadence: timedelta | None, until: float
) -> None:
    """That window has to end, and its run comes as late after it as the last one did."""
    span = Window(at(window[0]), at(window[1])) if window else None
    story = Story()
    story.hears(replace(run(spoke, BAD, cadence=cadence), window=span))
    story.does(Act.RESOLVE, fixed)
    assert waits_until(story.incident.state) == at(until)


def test_fixed_shows_that_it_waits_until_newer_data_is_good() -> None:
    """A run over older data is counted; a good one over newer data ends the wait without a word."""
    story = broken()
    story.does(Act.RESOLVE, 1.5, reason="relabelled")
    assert "Fixed, waiting for the window, until about 2026-11-02 12:00 UTC" in story.card()
    assert story.hears(run(2, BAD)) == edited()
    assert "Fixed, waiting for the window" in story.card()
    assert story.hears(run(3, good=GOOD)) == edited()
    assert "Fixed, waiting" not in story.card()
    again = broken()
    again.does(Act.RESOLVE, 1.5)
    assert again.hears(run(2, BAD), run(3, BAD))[1:] == said(Reason.BACK)
    assert again.incident.state.status is Status.OPEN


def goes_to_and_fro(story: Story, *hours: float) -> list[Posts]:
    """Good and bad in turn, each beyond noise."""
    turns = [run(hour, None if n % 2 else BAD, GOOD if n % 2 else None) for n, hour in enumerate(hours)]
    return [story.hears(turn) for turn in turns]


def test_flapping_is_said_once_and_quiet_until_it_settles() -> None:
    """More than three changes within six cadences; six without one, and how it settled is said."""
    story = Story()
    posts = goes_to_and_fro(story, 1, 2, 3, 4, 5, 6, 7)
    assert posts[:3] == [edited(Reason.FIRST), said(Reason.RESOLVED), said(Reason.RETURNED, broadcast=True)]
    assert posts[3:] == [said(Reason.RESOLVED), said(Reason.FLAPPING), edited(), edited()]
    assert "Flapping" in story.card()
    assert story.waits(12.9) == []
    assert story.waits(13) == said(Reason.RETURNED, broadcast=True), "it is still bad, and that was not said"
    assert story.waits(30) == []
    assert not story.incident.state.flapping


def test_what_settles_as_good_says_so_quietly() -> None:
    """And only then is its episode over."""
    story = Story()
    goes_to_and_fro(story, 1, 2, 3, 4, 5, 6)
    assert story.hears(run(9, good=GOOD)) == edited()
    assert story.waits(12) == said(Reason.SETTLED)
    assert story.told(Reason.SETTLED) == "settled: resolved since 2026-11-02 15:00 UTC"
    assert story.hears(run(13, BAD)) == edited(Reason.RETURNED)


def test_changes_that_people_made_are_no_flapping() -> None:
    """Resolve and re-open as often as one likes."""
    story = broken()
    for hour in (2, 3, 4):
        story.does(Act.RESOLVE, hour)
        assert story.does(Act.REOPEN, hour + 0.5) == said(Reason.REOPENED, broadcast=True)
    assert not story.incident.state.flapping


def test_within_noise_of_the_limit_it_comes_back_in_its_thread_only() -> None:
    """On the same card, though it was good for longer than an episode waits."""
    clear = Story()
    clear.hears(run(1, {"accuracy": 0.865}))
    clear.hears(*(run(hour, good={"accuracy": 0.875}) for hour in (2, 3, 4)))
    assert clear.hears(run(5, {"accuracy": 0.865})) == edited(Reason.RETURNED), "five standard errors are no noise"
    near = Story()
    near.hears(run(1, {"accuracy": 0.865}, error=0.01))
    for hour in (2, 3, 4):
        good = run(hour, good={"accuracy": 0.875})
        reading = replace(good.findings[0].reading, error=0.01)
        near.hears(replace(good, findings=(replace(good.findings[0], reading=reading),)))
    assert near.hears(run(5, {"accuracy": 0.865}, error=0.01)) == said(Reason.BACK)
    assert near.incident.state.episode == 1


def test_what_its_owners_say_stands_on_the_card() -> None:
    """Only https addresses become links."""
    about = About("risk-ml", Severity.HIGH, "https://wiki.example.com/run", "javascript:alert(1)")
    story = broken(about=about)
    shown = story.card()
    for words in ("Severity: high", "Team: risk-ml", "Owner: javascript:alert(1)", "Runbook: Runbook"):
        assert words in shown
    facts = next(p for p in card(story.incident, at(1), {}).parts if isinstance(p, Facts))
    assert [w for _, text in facts.items for w in text if isinstance(w, Link)] == [Link(about.runbook, "Runbook")]


def test_a_subject_stays_with_its_open_incident_whatever_its_tags_say_meanwhile(engine: Engine) -> None:
    """A tag added while it is open names no second incident; when it is resolved the next one is the tag's."""
    store, tagged = SqlIncidents(engine, fold), replace(PLACE, service="marketing")
    routing = Story().routing
    record(store, [(PLACE, Service("bank-marketing"), run(1, BAD))], routing, at(1))
    about = About(team="risk-ml")
    record(store, [(tagged, Service("marketing", "tag", about), run(2, BAD))], routing, at(2))
    kept = store.list(at(2))
    assert [(i.place, i.state.runs) for i in kept] == [(PLACE, 2)]
    assert kept[0].service == Service("bank-marketing", "name", about)
    record(store, [(tagged, Service("marketing", "tag"), run(3, good=GOOD))], routing, at(3))
    record(store, [(tagged, Service("marketing", "tag"), run(9, BAD))], routing, at(9))
    assert {i.place for i in store.list(at(9))} == {tagged}
