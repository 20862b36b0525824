"""What people do to incidents, and what is refused."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine

from bot.errors import BadRequest, Conflict, NotFound
from bot.incidents import Outcome, click, record
from bot.logic.lifecycle import fold
from bot.model.incident import Act, Click, Entry, Reason, State, Status
from bot.model.observation import Observation
from bot.model.place import Place, Service
from bot.model.route import Route
from bot.ports.incidents import Incidents, Step
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.migrate import migrate
from sandbox.fakes import HOUR, PLACE, FakeIncidents, at, run
from sandbox.fakes_outbox import FakeOutbox

BAD = {"accuracy": 0.75, "recall": 0.4}
ROUTE = Route("ml-alerts", acknowledge_for=12 * HOUR)


class Desk:
    """A store with one incident, and people who press."""

    def __init__(self, *observed: Observation, store: Incidents | None = None) -> None:
        self.outbox = FakeOutbox()
        self.store = store or FakeIncidents(fold, self.outbox)
        self.hears(*(observed or (run(1, BAD),)))

    def hears(self, *observed: Observation) -> None:
        """Runs end."""
        for one in observed:
            record(self.store, [(PLACE, Service("bank-marketing"), one)], lambda *_: ROUTE, one.at)

    def press(
        self,
        act: Act,
        hour: float,
        person: str = "U1",
        *,
        number: int = 1,
        click_id: str = "",
        rows: frozenset[int] | None = None,
        until: datetime | None = None,
        reason: str = "",
        at_revision: int | None = None,
    ) -> Outcome:
        """A press at an hour."""
        return click(
            self.store,
            number,
            act,
            click_id=click_id or f"{person}:{hour}",
            person_id=person,
            now=at(hour),
            routing=lambda *_: ROUTE,
            rows=rows,
            until=until,
            reason=reason,
            at_revision=at_revision,
        )

    def log_length(self) -> int:
        """Entries of the incident."""
        return self.store.get(1, at(0)).revision


def test_acknowledge_takes_every_bad_row_for_the_routes_time() -> None:
    """The outcome shows the incident after it."""
    outcome = Desk().press(Act.ACKNOWLEDGE, 2, reason="label feed late")
    held = outcome.incident.state.acknowledgement
    assert (outcome.said, outcome.owner_id, outcome.until) == ("done", "U1", at(14))
    assert held is not None
    assert (outcome.incident.state.status, held.until, held.reason) == (Status.ACKNOWLEDGED, at(14), "label feed late")


def test_what_somebody_else_owns_is_not_taken() -> None:
    """They are named, nothing changes, nothing is posted."""
    desk = Desk()
    desk.press(Act.ACKNOWLEDGE, 2, until=at(5))
    posts = len(desk.outbox.asked)
    outcome = desk.press(Act.ACKNOWLEDGE, 3, "U2")
    assert (outcome.said, outcome.owner_id, outcome.until) == ("owned", "U1", at(5))
    assert (desk.log_length(), len(desk.outbox.asked)) == (2, posts)
    assert desk.press(Act.ACKNOWLEDGE, 6, "U2").said == "done"


def test_the_owners_own_press_extends() -> None:
    """To the new end, with the new reason."""
    desk = Desk()
    desk.press(Act.ACKNOWLEDGE, 2, until=at(5))
    held = desk.press(Act.ACKNOWLEDGE, 3, until=at(40), reason="still waiting").incident.state.acknowledgement
    assert held is not None
    assert (held.until, held.reason, len(held.rows)) == (at(40), "still waiting", 2)


def test_one_row_is_taken_by_its_number() -> None:
    """The others stay open, and somebody else may take the card for them."""
    desk = Desk()
    number = next(r.number for r in desk.store.get(1, at(1)).state.rows if r.row.metric == "recall")
    state = desk.press(Act.ACKNOWLEDGE, 2, rows=frozenset({number})).incident.state
    assert (state.status, {r.row.metric: r.taken for r in state.rows}) == (
        Status.OPEN,
        {"accuracy": False, "recall": True},
    )
    assert desk.press(Act.ACKNOWLEDGE, 3, "U2", rows=frozenset({number})).said == "owned"
    assert desk.press(Act.ACKNOWLEDGE, 3.5, "U2").incident.state.status is Status.ACKNOWLEDGED


@pytest.mark.parametrize("number", [0, 1, 99])
def test_an_unknown_row_is_refused_with_those_there_are(number: int) -> None:
    """A row that is good now is none to take."""
    desk = Desk(run(1, BAD | {"f1": 0.1}), run(2, BAD))
    with pytest.raises(BadRequest) as refused:
        desk.press(Act.ACKNOWLEDGE, 3, rows=frozenset({number}))
    assert refused.value.next_step == "Its bad rows: 1.2, 1.3."


def test_a_card_drawn_before_a_new_row_does_not_take_it() -> None:
    """Nobody takes what they did not see."""
    desk = Desk(run(1, {"accuracy": 0.75}), run(2, BAD))
    state = desk.press(Act.ACKNOWLEDGE, 2.5, at_revision=1).incident.state
    assert (state.status, {r.row.metric: r.taken for r in state.rows}) == (
        Status.OPEN,
        {"accuracy": True, "recall": False},
    )
    assert desk.press(Act.ACKNOWLEDGE, 3, at_revision=3).incident.state.status is Status.ACKNOWLEDGED


@pytest.mark.parametrize("at_revision", [1, 0, -1])
def test_a_card_that_shows_nothing_of_what_is_bad_now_is_refused(at_revision: int) -> None:
    """Other rows are bad by now, or another episode runs."""
    desk = Desk(run(1, {"accuracy": 0.75}), run(2, {"recall": 0.4}))
    with pytest.raises(Conflict):
        desk.press(Act.ACKNOWLEDGE, 2.5, at_revision=at_revision)
    later = Desk(run(1, BAD), run(2), run(9, BAD))
    with pytest.raises(Conflict):
        later.press(Act.ACKNOWLEDGE, 9.5, at_revision=at_revision)


@pytest.mark.parametrize(
    ("before", "act"),
    [
        ((), Act.REOPEN),
        ((Act.RESOLVE,), Act.RESOLVE),
        ((Act.RESOLVE,), Act.ACKNOWLEDGE),
        ((Act.RESOLVE, Act.REOPEN), Act.REOPEN),
    ],
)
def test_what_does_not_fit_the_state_is_refused(before: tuple[Act, ...], act: Act) -> None:
    """A stale button changes nothing."""
    desk = Desk()
    for hour, earlier in enumerate(before, start=2):
        desk.press(earlier, hour)
    length = desk.log_length()
    with pytest.raises(Conflict):
        desk.press(act, 8, "U2")
    assert desk.log_length() == length


def test_an_unknown_incident_is_not_found() -> None:
    """Whatever the act."""
    for act in Act:
        with pytest.raises(NotFound):
            Desk().press(act, 2, number=7)


def test_an_end_in_the_past_is_refused() -> None:
    """It would run out at once."""
    with pytest.raises(BadRequest):
        Desk().press(Act.ACKNOWLEDGE, 2, until=at(1.9))


@pytest.mark.parametrize("act", Act)
def test_the_same_click_twice_is_one_entry_and_one_answer(act: Act) -> None:
    """Slack delivers some clicks twice, and a form may be sent again after a lost answer."""
    desk = Desk()
    if act is Act.REOPEN:
        desk.press(Act.RESOLVE, 1.5)
    first = desk.press(act, 2, click_id="view:1")
    length = desk.log_length()
    second = desk.press(act, 3, click_id="view:1")
    assert (second.said, second.owner_id, second.until) == (first.said, first.owner_id, first.until)
    assert desk.log_length() == length


def test_resolve_and_reopen_keep_who_and_why() -> None:
    """As the card will say."""
    desk = Desk()
    resolved = desk.press(Act.RESOLVE, 2, "U2", reason="relabelled").incident.state
    assert (resolved.status, resolved.resolved_by, resolved.reason) == (Status.RESOLVED, "U2", "relabelled")
    reopened = desk.press(Act.REOPEN, 3, "U1", reason="no").incident.state
    assert (reopened.status, reopened.resolved_by, reopened.reason) == (Status.OPEN, "", "no")
    notes = [(o.reason, o.broadcast) for o in desk.outbox.asked if o.kind == "note"]
    assert notes == [(Reason.RESOLVED, False), (Reason.REOPENED, True)]


def test_a_click_comes_after_what_its_presser_saw() -> None:
    """Even where a source's clock is ahead of ours."""
    desk = Desk(run(5, BAD))
    outcome = desk.press(Act.ACKNOWLEDGE, 4, until=at(9))
    pressed = outcome.incident.log[-1]
    assert isinstance(pressed, Click)
    assert pressed.at > at(5)
    assert outcome.incident.state.status is Status.ACKNOWLEDGED


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Incidents]]:
    """Makes empty stores: the fake and the real one, which must agree."""
    engines: list[Engine] = []

    def make() -> Incidents:
        if request.param == "memory":
            return FakeIncidents(fold)
        engines.append(connect(f"sqlite:///{tmp_path}/{len(engines)}.db", statement_timeout_s=20))
        migrate(engines[-1])
        return SqlIncidents(engines[-1], fold)

    yield make
    for engine in engines:
        engine.dispose()


def test_two_at_once_make_one_owner(stores: Callable[[], Incidents]) -> None:
    """Eight people press together; seven are told who has it."""
    for _ in range(5):
        desk, together = Desk(store=stores()), Barrier(8)

        def press(person: int, desk: Desk = desk, together: Barrier = together) -> Outcome:
            together.wait()
            return desk.press(Act.ACKNOWLEDGE, 2, f"U{person}")

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(press, range(8)))
        owners = [o.owner_id for o in outcomes if o.said == "done"]
        assert len(owners) == 1
        assert {o.owner_id for o in outcomes} == set(owners)
        assert desk.log_length() == 2


def test_a_step_that_runs_again_answers_for_its_last_run() -> None:
    """A store may retry its transaction: what the first try saw does not count."""

    class Retrying(FakeIncidents):
        """A store in which somebody else commits between two tries of one step."""

        meanwhile: Callable[[], object] | None = None

        def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
            """Try, throw away, let the other commit, try again."""
            if (other := self.meanwhile) is not None:
                self.meanwhile = None
                step((self.get(1, now),))
                other()
            super().change(places, step, now=now, seen=seen)

    store = Retrying(fold)
    desk = Desk(store=store)
    store.meanwhile = lambda: desk.press(Act.ACKNOWLEDGE, 2, "U2")
    outcome = desk.press(Act.ACKNOWLEDGE, 2, "U1")
    assert (outcome.said, outcome.owner_id) == ("owned", "U2")


def test_a_broken_step_keeps_nothing() -> None:
    """The fake store's transaction is all or nothing, as the real one's."""
    desk = Desk()
    log = desk.store.get(1, at(1)).log
    with pytest.raises(ValueError, match="holds this entry"):
        record(
            _Forgetful(desk.store), [(PLACE, Service("x"), replace(run(2, BAD), id=log[0].id))], lambda *_: ROUTE, at(2)
        )
    assert desk.log_length() == 1


class _Forgetful(FakeIncidents):
    """Shows steps an empty log, so that they append what is kept already."""

    def __init__(self, kept: Incidents) -> None:
        super().__init__(fold)
        self._inner = kept

    def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
        """Run the step on a blank view, commit on the real store."""
        self._inner.change(places, lambda locked: step((replace(locked[0], log=()),)), now=now, seen=seen)


def test_a_press_on_a_new_row_leaves_the_others_to_their_owner() -> None:
    """Neither by its number nor by the card's button does anything change hands or end sooner."""
    for rows in (frozenset({3}), None):
        desk = Desk()
        desk.press(Act.ACKNOWLEDGE, 2, until=at(40), reason="feed")
        desk.hears(run(3, BAD | {"f1": 0.1}))
        outcome = desk.press(Act.ACKNOWLEDGE, 3.5, "UBOB", rows=rows, until=at(4.5))
        assert (outcome.said, outcome.owner_id, outcome.until) == ("done", "UBOB", at(4.5))
        state = outcome.incident.state
        assert [(a.person_id, a.until, len(a.rows)) for a in state.acknowledgements] == [
            ("U1", at(40), 2),
            ("UBOB", at(4.5), 1),
        ]
        assert (state.status, state.owner_id, state.reason) == (Status.ACKNOWLEDGED, "U1", "feed")
        late = desk.press(Act.ACKNOWLEDGE, 4, "U3")
        assert (late.said, late.owner_id, late.until) == ("owned", "U1", at(40))
        third = desk.press(Act.ACKNOWLEDGE, 4, "U3", rows=frozenset({3}))
        assert (third.said, third.owner_id, third.until) == ("owned", "UBOB", at(4.5))


def test_the_owners_own_press_on_one_row_moves_that_row_only() -> None:
    """And their press on the whole moves all that is theirs, rows that are good just now among them."""
    desk = Desk()
    desk.press(Act.ACKNOWLEDGE, 2, until=at(40))
    one = desk.press(Act.ACKNOWLEDGE, 3, rows=frozenset({1}), until=at(5))
    assert one.until == at(5)
    assert sorted(a.until for a in one.incident.state.acknowledgements) == [at(5), at(40)]
    desk.hears(run(3.5, {"recall": 0.4}))
    whole = desk.press(Act.ACKNOWLEDGE, 4, until=at(50)).incident.state
    assert [(a.until, len(a.rows)) for a in whole.acknowledgements] == [(at(50), 2)]


def test_what_a_press_returns_is_what_the_store_then_holds(stores: Callable[[], Incidents]) -> None:
    """It is not read again."""
    desk = Desk(store=stores())
    for act, hour in ((Act.ACKNOWLEDGE, 2), (Act.RESOLVE, 3), (Act.REOPEN, 4)):
        outcome = desk.press(act, hour)
        assert outcome.incident == desk.store.get(1, at(hour))


def test_a_press_has_the_store_fold_nothing(tmp_path: Path) -> None:
    """The change before it brought the state of the log, which is read for the scope, the place and the change."""
    folds: list[int] = []

    def counting(log: Iterable[Entry], now: datetime) -> State:
        folds.append(1)
        return fold(log, now)

    engine = connect(f"sqlite:///{tmp_path}/counted.db")
    migrate(engine)
    desk = Desk(store=SqlIncidents(engine, counting))
    folds.clear()
    desk.store.get(1, at(2))
    desk.press(Act.ACKNOWLEDGE, 2)
    engine.dispose()
    assert folds == []


def test_row_numbers_of_an_older_episode_mean_other_rows() -> None:
    """A form that was opened before it resolved and came back takes nothing by number."""
    desk = Desk(run(1, BAD))
    drawn = desk.store.get(1, at(1)).revision
    desk.hears(run(2), run(9, {"f1": 0.1}))
    with pytest.raises(Conflict, match="moved on"):
        desk.press(Act.ACKNOWLEDGE, 9.5, rows=frozenset({1}), at_revision=drawn)
    assert desk.press(Act.ACKNOWLEDGE, 9.6, rows=frozenset({1})).said == "done"


def test_rows_that_are_good_now_are_no_reason_to_say_that_one_has_it() -> None:
    """Ana's row is good; Bob holds the only bad one: her press for all changes nothing."""
    desk = Desk(run(1, BAD))
    rows = {r.row.metric: r.number for r in desk.store.get(1, at(1)).state.bad_rows}
    desk.press(Act.ACKNOWLEDGE, 1.2, "ana", rows=frozenset({rows["accuracy"]}))
    desk.press(Act.ACKNOWLEDGE, 1.3, "bob", rows=frozenset({rows["recall"]}))
    desk.hears(run(2, {"recall": 0.4}))
    outcome = desk.press(Act.ACKNOWLEDGE, 2.5, "ana")
    assert (outcome.said, outcome.owner_id) == ("owned", "bob")
