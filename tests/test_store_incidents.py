"""Incidents on SQL: one transaction for the log, what was queued and what must be shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from bot.errors import Conflict, NotFound
from bot.logic.lifecycle import fold
from bot.model.incident import Act, Click, Entry, Incident, Queued, Reason, Status
from bot.model.observation import Finding, Observation, Row, Subject, Verdict
from bot.model.place import Family, Place, Service
from bot.model.post import CardKey, Outgoing
from bot.ports.incidents import Change, Incidents
from bot.store.incidents import SqlIncidents
from bot.store.outbox import SqlOutbox

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
BANK = Place("111111111111", "eu-west-1", "bank-marketing", Family.MODEL_QUALITY)
DATA = replace(BANK, family=Family.DATA_QUALITY)
TEST = replace(BANK, account_id="222222222222")
AUC = Row("auc", "LessThanThreshold")
UNSAID = Queued()


@pytest.fixture
def store(engine: Engine) -> SqlIncidents:
    """Incidents with the real fold."""
    return SqlIncidents(engine, fold)


def run(hour: int, verdict: Verdict = Verdict.BAD) -> Observation:
    """The schedule's hourly run."""
    at = T0 + hour * HOUR
    finding = Finding(AUC, verdict)
    return Observation(f"run:{hour}", Subject("arn:s", "s"), at, (finding,), complete=True, cadence=HOUR)


def ack(person: str, at: datetime, until: datetime, click_id: str = "click") -> Click:
    """An acknowledgement of the only row."""
    return Click(f"{click_id}:{person}", Act.ACKNOWLEDGE, at, person, (AUC,), until)


def add(store: Incidents, place: Place, *entries: Entry, queued: Queued = UNSAID) -> Incident:
    """Append to one incident at the last entry's moment; returns what the step saw."""
    given: list[Incident] = []

    def step(locked: tuple[Incident, ...]) -> Sequence[Change]:
        given.extend(locked)
        return [Change(locked[0].number, locked[0].service, entries, queued)]

    store.change([place], step, now=entries[-1].at)
    return given[0]


def test_first_change_makes_the_incident(store: SqlIncidents) -> None:
    """The step gets a blank one; what it returns is there, with state, service and queued."""
    queued = Queued(1, Status.OPEN, (AUC,), revision=1)
    blank = add(store, BANK, run(0), queued=queued)
    assert blank == Incident(1, BANK, Service("bank-marketing"), (), Queued(), fold((), T0))
    kept = store.get(1, T0)
    assert (kept.place, kept.log, kept.queued, kept.revision) == (BANK, (run(0),), queued, 1)
    assert kept.state == fold((run(0),), T0)
    assert store.at(BANK, T0) == kept
    assert store.at(DATA, T0) is None


def test_log_keeps_the_order_of_arrival(store: SqlIncidents) -> None:
    """A revision is a length of the log: a late entry must not move what was there."""
    add(store, BANK, run(2), run(1))
    add(store, BANK, run(0))
    assert [entry.id for entry in store.get(1, T0 + 2 * HOUR).log] == ["run:2", "run:1", "run:0"]


def test_state_is_folded_at_the_moment_of_reading(store: SqlIncidents) -> None:
    """An acknowledgement that ends between two looks has ended."""
    add(store, BANK, run(0), ack("U1", T0 + MINUTE, T0 + HOUR))
    assert store.get(1, T0 + MINUTE).state.status is Status.ACKNOWLEDGED
    assert store.get(1, T0 + 2 * HOUR).state.status is Status.OPEN


def test_unknown_number_is_told(store: SqlIncidents) -> None:
    """With the place where the numbers stand."""
    with pytest.raises(NotFound, match="#7") as told:
        store.get(7, T0)
    assert "/ml incidents" in told.value.next_step


def test_places_come_in_key_order_and_once(store: SqlIncidents) -> None:
    """Kept and blank ones together; blank ones have numbers of their own after those that are taken."""
    add(store, DATA, run(0))
    seen: list[tuple[Place, int, int]] = []

    def step(locked: tuple[Incident, ...]) -> Sequence[Change]:
        seen.extend((i.place, i.number, i.revision) for i in locked)
        return [Change(i.number, i.service, (run(1),), i.queued) for i in reversed(locked)]

    store.change([TEST, BANK, DATA, BANK], step, now=T0)
    places = [place for place, _, _ in seen]
    assert places == sorted({BANK, DATA, TEST})
    assert {place: revision for place, _, revision in seen} == {BANK: 0, DATA: 1, TEST: 0}
    numbers = {place: number for place, number, _ in seen}
    assert sorted(numbers.values()) == [1, 2, 3]
    assert all(store.get(number, T0).place == place for place, number in numbers.items())


def test_empty_change_for_a_blank_incident_makes_nothing(store: SqlIncidents) -> None:
    """Good news of a service that never was bad; its number stays free."""
    store.change([BANK], lambda locked: [Change(locked[0].number, locked[0].service, (), Queued())], now=T0, seen=["a"])
    assert store.at(BANK, T0) is None
    assert store.unseen(["a", "b"]) == {"b"}
    assert add(store, DATA, run(0)).number == 1


def test_change_without_entries_keeps_what_was_queued(store: SqlIncidents, engine: Engine) -> None:
    """The clock alone can have something said (an acknowledgement that ran out)."""
    add(store, BANK, run(0))
    queued = Queued(1, Status.OPEN, (AUC,), ran_out_at=T0, new_row_at=T0, revision=1)
    out = Outgoing("note", CardKey(1, 1), 1, Reason.RUN_OUT, "ml-alerts")
    store.change([BANK], lambda _: [Change(1, Service("bank-marketing", "tag"), (), queued, (out,))], now=T0)
    kept = store.get(1, T0)
    assert (kept.queued, kept.revision, kept.service.by) == (queued, 1, "tag")
    assert [row.out for row in SqlOutbox(engine).rows("ml-alerts")] == [out]


def test_a_step_that_raises_changes_nothing(store: SqlIncidents, engine: Engine) -> None:
    """Its exception reaches the caller; log, outbox and seen ids are as before."""
    add(store, BANK, run(0))

    def refuses(_locked: tuple[Incident, ...]) -> Sequence[Change]:
        raise Conflict("U2 has it")

    with pytest.raises(Conflict, match="U2 has it"):
        store.change([BANK], refuses, now=T0, seen=["a"])
    assert store.unseen(["a"]) == {"a"}
    assert SqlOutbox(engine).lease("w", T0, 30) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        Change(1, Service("s"), (run(1), run(0)), Queued()),
        Change(2, Service("s"), (run(1),), Queued()),
        Change(1, Service("s"), (run(1), run(1)), Queued()),
    ],
    ids=["entry that the log holds", "incident that was not locked", "entry twice"],
)
def test_a_step_against_the_rules_changes_nothing(store: SqlIncidents, wrong: Change) -> None:
    """A mistake of ours: loud, and of all its changes none is kept."""
    add(store, BANK, run(0))
    right = Change(1, Service("s"), (run(5),), Queued())
    with pytest.raises(ValueError, match=r"entries already|not given"):
        store.change([BANK], lambda _: [right, wrong], now=T0)
    assert store.get(1, T0).log == (run(0),)


def test_something_to_show_needs_an_incident(store: SqlIncidents) -> None:
    """A blank incident without entries has no card."""
    out = Outgoing("card", CardKey(1, 1), 0, Reason.FIRST, "ml-alerts")
    with pytest.raises(ValueError, match="something to show"):
        store.change([BANK], lambda _: [Change(1, Service("s"), (), Queued(), (out,))], now=T0)


def test_list_holds_open_ones_and_those_resolved_since(store: SqlIncidents) -> None:
    """Newest start first; acknowledged counts as not resolved."""
    add(store, BANK, run(0))
    add(store, DATA, run(1), ack("U1", T0 + HOUR + MINUTE, T0 + 9 * HOUR))
    add(store, TEST, run(2), run(3, Verdict.GOOD))
    now = T0 + 4 * HOUR
    assert [i.number for i in store.list(now)] == [2, 1]
    assert [i.number for i in store.list(now, resolved_since=T0 + 3 * HOUR)] == [3, 2, 1]
    assert [i.number for i in store.list(now, resolved_since=T0 + 3 * HOUR + timedelta(seconds=1))] == [2, 1]


def test_ended_acknowledgement_is_due_until_it_is_said(store: SqlIncidents) -> None:
    """At its very end, not before; said once."""
    until = T0 + 2 * HOUR
    add(store, BANK, run(0), ack("U1", T0 + MINUTE, until))
    assert store.due_before(until - timedelta(seconds=1)) == ()
    assert store.due_before(until) == (BANK,)
    queued = Queued(1, Status.OPEN, (AUC,), ran_out_at=until, revision=2)
    store.change([BANK], lambda locked: [Change(1, locked[0].service, (), queued)], now=until)
    assert store.due_before(until) == ()
    add(store, BANK, ack("U1", until, until + HOUR, "again"), queued=queued)
    assert store.due_before(until) == ()
    assert store.due_before(until + HOUR) == (BANK,)


def test_acknowledgement_that_ends_after_all_is_good_is_not_due(store: SqlIncidents) -> None:
    """Nobody is told that the clock of a healthy service ran out."""
    add(store, BANK, run(0), ack("U1", T0 + MINUTE, T0 + 2 * HOUR), run(1, Verdict.GOOD))
    assert store.due_before(T0 + 9 * HOUR) == ()


def test_no_place_at_all_still_remembers_what_was_seen(store: SqlIncidents) -> None:
    """Ids of observations live sixty days, in batches of any size."""
    ids = [f"run:{n}" for n in range(1200)]
    store.change([], lambda locked: [] if locked == () else [Change(1, Service("s"), (), Queued())], now=T0, seen=ids)
    assert store.unseen([*ids, "new"]) == {"new"}
    assert store.unseen([]) == frozenset()
    store.change([], lambda _: [], now=T0 + timedelta(days=59), seen=["later"])
    assert store.unseen(["run:1"]) == frozenset()
    store.change([], lambda _: [], now=T0 + timedelta(days=61), seen=[])
    assert store.unseen(["run:1", "later"]) == {"run:1"}


def test_the_first_of_two_ends_is_due_first(store: SqlIncidents) -> None:
    """Two people have a row each; both ends come up, each until it is said."""
    f1 = Row("f1", "LessThanThreshold")
    broken = replace(run(0), findings=(Finding(AUC, Verdict.BAD), Finding(f1, Verdict.BAD)))
    ana, bob = ack("U1", T0 + MINUTE, T0 + 9 * HOUR), replace(ack("U2", T0 + MINUTE, T0 + HOUR), rows=(f1,))
    add(store, BANK, broken, ana, bob)
    assert store.due_before(T0 + HOUR - MINUTE) == ()
    assert store.due_before(T0 + HOUR) == (BANK,)
    said = Queued(1, Status.OPEN, (AUC, f1), ran_out_at=T0 + HOUR, revision=3)
    store.change([BANK], lambda locked: [Change(1, locked[0].service, (), said)], now=T0 + HOUR)
    assert store.due_before(T0 + 8 * HOUR) == ()
    assert store.due_before(T0 + 9 * HOUR) == (BANK,)
