"""Observations and clocks, through the store's port, into incidents and posts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest

from bot.errors import StoreDown
from bot.incidents import click, record, tick
from bot.logic.lifecycle import fold
from bot.logic.notes import note
from bot.model.incident import Act, Incident, Reason, Status
from bot.model.observation import Finding, Observation, Row, Verdict
from bot.model.place import About, Family, Place, Service
from bot.model.reply import User
from bot.model.route import Route
from bot.ports.incidents import Audit, Change, Incidents, Outbox, Seen, Step
from sandbox.fakes import HOUR, PLACE, FakeAudit, FakeIncidents, FakeSeen, at, run
from sandbox.fakes_outbox import FakeOutbox

BAD = {"accuracy": 0.75, "recall": 0.4}
SERVICE = Service("bank-marketing", "tag")
TEST = replace(PLACE, account_id="333333333333")


def route(place: Place, about: About) -> Route:
    """Test accounts have a channel of their own."""
    return Route("ml-alerts" if place == PLACE else "ml-test")


def store() -> FakeIncidents:
    """An empty store with the real fold."""
    return FakeIncidents(fold)


def observe(kept: Incidents, *observed: Observation, now: float, place: Place = PLACE) -> None:
    """Record at an hour."""
    record(kept, [(place, SERVICE, o) for o in observed], route, at(now))


def reasons(kept: FakeIncidents) -> list[Reason]:
    """What was queued so far."""
    return [o.reason for o in kept.outbox.asked]


def test_the_fakes_are_the_ports() -> None:
    """The type checker holds them to the Protocols; this holds the file to being checked."""
    ports: tuple[Incidents, Outbox, Audit, Seen] = (store(), FakeOutbox(), FakeAudit(), FakeSeen())
    assert len(ports) == 4


def test_a_bad_run_makes_an_incident_and_queues_its_card() -> None:
    """Log, card and what was queued are one change."""
    kept = store()
    observe(kept, run(1, BAD), now=1)
    incident = kept.get(1, at(1))
    assert (incident.place, incident.service, incident.revision) == (PLACE, SERVICE, 1)
    assert (incident.state.status, incident.queued.episode) == (Status.OPEN, 1)
    assert [(o.kind, o.channel, o.revision) for o in kept.outbox.asked] == [("card", "ml-alerts", 1)]


def test_good_news_of_a_service_that_is_well_makes_nothing_and_is_remembered() -> None:
    """Thousands of clean runs leave no incident behind."""
    kept = store()
    clean = run(1, good={"accuracy": 0.9})
    observe(kept, clean, now=1)
    assert kept.at(PLACE, at(1)) is None
    assert kept.unseen([clean.id, "other"]) == {"other"}


def test_good_news_after_the_episode_is_no_entry() -> None:
    """Until the episode is over it is; then the log rests."""
    kept = store()
    observe(kept, run(1, BAD), now=1)
    for hour in range(2, 9):
        observe(kept, run(hour), now=hour)
    assert [e.at for e in kept.get(1, at(9)).log] == [at(1), at(2), at(3)]
    observe(kept, run(9, BAD), now=9)
    assert kept.get(1, at(9)).state.episode == 2


def test_the_deletion_of_a_monitor_is_an_entry_of_a_known_incident_only() -> None:
    """It may close rows; where nothing ever was it says nothing."""
    gone = replace(run(3), findings=(Finding(Row("monitor", "deleted"), Verdict.GONE),), complete=False)
    kept = store()
    observe(kept, gone, now=3)
    assert kept.list(at(3), resolved_since=at(0)) == ()
    observe(kept, run(1, BAD), run(2), now=2)
    observe(kept, gone, now=9)
    assert kept.get(1, at(9)).log[-1] == gone


def test_the_same_run_counts_once() -> None:
    """In one batch and in the next."""
    kept = store()
    observe(kept, run(1, BAD), run(1, BAD), now=1)
    observe(kept, run(1, BAD), now=2)
    assert kept.get(1, at(2)).revision == 1
    assert reasons(kept) == [Reason.FIRST]


def test_each_place_is_a_change_of_its_own() -> None:
    """A batch of two accounts and two families makes three incidents, each in its channel."""
    kept = store()
    drift = replace(PLACE, family=Family.DATA_QUALITY)
    record(kept, [(place, SERVICE, run(1, BAD)) for place in (TEST, PLACE, drift)], route, at(1))
    assert {(i.place, i.number) for i in kept.list(at(1))} == {(drift, 1), (PLACE, 2), (TEST, 3)}
    assert sorted(o.channel for o in kept.outbox.asked) == ["ml-alerts", "ml-test", "ml-test"]


def test_a_batch_is_taken_in_the_order_of_its_verdicts() -> None:
    """A poll after a pause sees many runs at once and says what stands now."""
    kept = store()
    observe(kept, run(3, BAD), run(1, BAD), run(2), now=3)
    incident = kept.get(1, at(3))
    assert [e.at for e in incident.log] == [at(1), at(2), at(3)]
    assert (incident.state.status, incident.state.runs) == (Status.OPEN, 2)
    assert reasons(kept) == [Reason.FIRST]


def test_a_lost_run_is_mended_by_the_next_complete_one() -> None:
    """The good run never arrived; the next one says the same."""
    kept = store()
    observe(kept, run(1, BAD), now=1)
    observe(kept, run(3), now=3)
    assert kept.get(1, at(3)).state.status is Status.RESOLVED


def test_the_clock_says_that_an_acknowledgement_ran_out_once() -> None:
    """No entry, and no second post at the next tick."""
    kept = store()
    observe(kept, run(1, BAD), now=1)
    click(
        kept, 1, Act.ACKNOWLEDGE, click_id="c1", person_id="U1", now=at(1.5), routing=route, until=at(3), reason="feed"
    )
    assert kept.due_before(at(2.9)) == ()
    tick(kept, [PLACE], route, at(2.9))
    assert reasons(kept)[3:] == []
    assert kept.due_before(at(3)) == (PLACE,)
    tick(kept, [PLACE, TEST], route, at(3))
    assert reasons(kept)[3:] == [Reason.RUN_OUT, Reason.RUN_OUT]
    assert (kept.due_before(at(4)), kept.get(1, at(4)).revision) == ((), 2)
    tick(kept, [PLACE], route, at(4))
    assert len(kept.outbox.asked) == 5


def test_the_stores_cool_down_decides_when_worse_is_said_again() -> None:
    """The default is six hours."""
    for cool_down, said in ((6 * HOUR, 1), (HOUR, 2)):
        kept = FakeIncidents(partial(fold, cool_down=cool_down))
        for hour, seen in ((1, 0.8), (2, 0.7), (3, 0.7), (4, 0.4), (5, 0.4)):
            observe(kept, run(hour, {"accuracy": seen}), now=hour)
        assert [o.reason for o in kept.outbox.asked if o.kind == "note"] == [Reason.WORSE] * said


def test_two_holders_ends_are_said_to_each() -> None:
    """Though the process slept over both; and only once."""
    kept = store()
    observe(kept, run(1, BAD), now=1)
    for person, taken, until in (("U1", 1, 3), ("U2", 2, 4)):
        click(
            kept,
            1,
            Act.ACKNOWLEDGE,
            click_id=person,
            person_id=person,
            now=at(1.5),
            routing=route,
            rows=frozenset({taken}),
            until=at(until),
        )
    assert kept.due_before(at(5)) == (PLACE,)
    tick(kept, [PLACE], route, at(5))
    incident = kept.get(1, at(5))
    assert incident.queued.ran_out_at == at(4)
    told = note(incident, Reason.RUN_OUT, at(5), {}).text
    assert [part.id for part in told if isinstance(part, User) and part.mention] == ["U1", "U2"]
    assert kept.due_before(at(9)) == ()
    tick(kept, [PLACE], route, at(9))
    assert reasons(kept).count(Reason.RUN_OUT) == 2


def test_a_store_that_is_down_changes_nothing() -> None:
    """The caller hears of it; the run is not remembered, so the next poll brings it again."""

    class Down(FakeIncidents):
        """A store whose transaction breaks after the step."""

        def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
            """Run the step, then break."""
            super().change(places, partial(_fail, step), now=now, seen=seen)

    def _fail(step: Step, locked: tuple[Incident, ...]) -> Sequence[Change]:
        assert step(locked)
        raise StoreDown("The database does not answer")

    kept = Down(fold)
    with pytest.raises(StoreDown):
        observe(kept, run(1, BAD), now=1)
    assert kept.at(PLACE, at(1)) is None
    assert kept.unseen([run(1).id]) == {run(1).id}
