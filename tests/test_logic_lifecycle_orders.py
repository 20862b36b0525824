"""Whatever order news arrives in, however often, and whatever is lost."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logic.due import due, plan
from bot.logic.lifecycle import fold
from bot.model.incident import Act, Click, Entry, Queued, Reason, State, Status
from bot.model.observation import DELETED, NO_DATA, SILENT, UNREAD, Finding, Observation, Reading, Verdict, Window
from bot.model.route import Route
from sandbox.fakes import START, at, finding, row, subject

METRICS = ("accuracy", "recall", "false_positive_rate")
NOW = at(60)
ROUTE = Route("ml-alerts", group="S1", escalate_after=timedelta(minutes=30))

findings = st.builds(
    finding,
    st.sampled_from(METRICS),
    st.none() | st.floats(0, 1),
    st.sampled_from([Verdict.BAD, Verdict.GOOD]),
    st.none() | st.floats(0, 0.1),
)
blanks = st.sampled_from(
    [
        Finding(UNREAD, Verdict.BAD, Reading(3)),
        Finding(NO_DATA, Verdict.BLIND, note="no labels"),
        Finding(SILENT, Verdict.BLIND),
        Finding(DELETED, Verdict.GONE, note="by Maya"),
    ]
)
quarters = st.integers(0, 160).map(lambda quarter: at(quarter / 4))
observations = st.builds(
    Observation,
    id=st.text("abcdef", min_size=4, max_size=8),
    subject=st.sampled_from(["first", "second"]).map(subject),
    at=quarters,
    findings=st.lists(findings | blanks, max_size=4, unique_by=lambda f: f.row).map(tuple),
    complete=st.booleans(),
    window=st.none() | quarters.map(lambda start: Window(start, start + timedelta(hours=1))),
    cadence=st.sampled_from([None, timedelta(hours=1), timedelta(hours=6)]),
)
clicks = st.builds(
    Click,
    id=st.text("uvwxyz", min_size=4, max_size=8),
    act=st.sampled_from(Act),
    at=quarters,
    person_id=st.sampled_from(["U1", "U2"]),
    rows=st.lists(st.sampled_from(METRICS).map(row), unique=True).map(tuple),
    until=st.none() | quarters,
    to=st.sampled_from(["U1", "U3"]),
)
logs = st.lists(observations | clicks, max_size=25, unique_by=lambda e: e.id)


@settings(max_examples=300, deadline=None)
@given(logs, st.randoms())
def test_order_of_arrival_and_doubles_change_nothing(log: list[Entry], chance: Random) -> None:
    """SQS delivers twice and in any order; the poll sees the same run again."""
    shuffled = [*log, *log[:5]]
    chance.shuffle(shuffled)
    assert fold(shuffled, NOW) == fold(log, NOW)


@settings(max_examples=300, deadline=None)
@given(logs)
def test_every_state_is_one_that_the_rules_allow(log: list[Entry]) -> None:
    """Status, rows, owner and clocks agree with each other."""
    state = fold(log, NOW)
    _agree(state)
    assert state.lapses_at is None or state.lapses_at > NOW


@settings(max_examples=200, deadline=None)
@given(logs, st.data())
def test_a_lost_observation_is_mended_by_the_next_complete_one(log: list[Entry], data: st.DataObject) -> None:
    """What is bad now does not depend on it; only counts and times may."""
    last = [
        Observation(f"last {name}", subject(name), at(41), found, complete=True)
        for name in ("first", "second")
        for found in [tuple(data.draw(st.lists(findings, max_size=3, unique_by=lambda f: f.row)))]
    ]
    kept = [e for e in log if isinstance(e, Click) or data.draw(st.booleans())]
    bad = {f.row for o in last for f in o.findings if f.verdict is Verdict.BAD}
    for entries in (log, kept):
        assert {r.row for r in fold([*entries, *last], NOW).bad_rows} == bad


@settings(max_examples=100, deadline=None)
@given(st.lists(observations | clicks, max_size=10, unique_by=lambda e: e.id))
def test_everything_is_said_once_however_it_arrives(log: list[Entry]) -> None:
    """After a plan nothing is due, one more plan says nothing, and a card is drawn at most once per change."""
    queued = Queued()
    for arrived in range(1, len(log) + 1):
        state = fold(log[:arrived], NOW)
        queued, out = plan(7, queued, state, ROUTE, arrived, now=NOW)
        assert due(queued, state, arrived) is Reason.NOTHING
        assert plan(7, queued, state, ROUTE, arrived, now=NOW) == (queued, ())
        cards = [o.card for o in out if o.kind == "card"]
        assert len(cards) == len(set(cards))
        said = [(o.card, o.reason) for o in out if o.kind == "note"]
        assert len(said) == len(set(said))
        assert {o.card for o in out if o.kind == "note"} <= set(cards)
        assert queued.episode == state.episode or state.status is Status.RESOLVED


def _agree(state: State) -> None:
    """What must hold between the parts of a state."""
    assert (state.status is Status.RESOLVED) == (state.resolved_at is not None or state.episode == 0)
    assert (state.episode == 0) == (state.started_at is None)
    assert state.episode > 0 or not state.rows
    assert sorted(r.number for r in state.rows) == list(range(1, len(state.rows) + 1))
    assert list(state.rows) == [*state.bad_rows, *(r for r in state.rows if not r.bad)]
    held = [row for a in state.acknowledgements for row in a.rows]
    assert len(held) == len(set(held))
    assert {r.row for r in state.rows if r.taken} == {r.row for r in state.rows} & set(held)
    if state.status is Status.ACKNOWLEDGED:
        assert all(r.taken for r in state.bad_rows)
    if state.acknowledgement is not None:
        assert all(a.until > NOW for a in state.acknowledgements)
        assert state.owner_id == state.acknowledgement.person_id
    assert (state.status is Status.SNOOZED) == (state.snooze is not None and state.status is not Status.RESOLVED)
    assert state.snooze is None or state.snooze.until > NOW
    assert state.free_since is None or (state.status is Status.OPEN and state.bad_rows and not state.flapping)
    assert not state.flapping or state.changes_at is not None
    assert state.changes_at is None or state.changes_at > NOW
    assert len({b.subject.arn for b in state.blind}) <= len(state.blind)
    assert all(r.since >= state.started_at for r in state.rows if state.started_at)


def test_the_strategies_reach_what_matters() -> None:
    """A log of every kind of entry folds to more than one episode, so the properties are not empty."""
    bad = finding("accuracy", 0.7)
    first = Observation("a", subject(), START, (bad,), complete=True)
    good, again = replace(first, id="b", at=at(1), findings=()), replace(first, id="c", at=at(9))
    assert fold([again, good, first], NOW).episode == 2
