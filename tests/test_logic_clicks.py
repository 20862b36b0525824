"""Where an incident stands after what people did: acknowledged, run out, resolved by hand, re-opened."""

from dataclasses import replace

from bot.logic.lifecycle import fold
from bot.model.incident import Act, Entry
from bot.model.observation import Window
from sandbox.fakes import HOUR, at, row, run
from sandbox.fakes_log import ACKNOWLEDGED, BAD, OPEN, RESOLVED, ack, act, bad


def test_acknowledged_means_every_bad_row_is_taken() -> None:
    """A row that comes later is nobody's, its owner stays named."""
    log: list[Entry] = [run(1, BAD), ack(1.5, "accuracy", "recall")]
    state = fold(log, at(1.5))
    held = state.acknowledgement
    assert held is not None
    assert (state.status, held.person_id, held.until, state.reason) == (ACKNOWLEDGED, "U1", at(30), "on it")
    more = fold([*log, run(2, BAD | {"f1": 0.1})], at(2))
    assert (more.status, more.owner_id) == (OPEN, "U1")
    assert {r.row.metric: r.taken for r in more.rows} == {"accuracy": True, "recall": True, "f1": False}
    again = fold([*log, run(2, BAD | {"f1": 0.1}), ack(2.5, "f1", until=40)], at(3))
    assert again.status is ACKNOWLEDGED
    assert [(len(a.rows), a.until) for a in again.acknowledgements] == [(2, at(30)), (1, at(40))]


def test_an_acknowledgement_runs_out_while_bad() -> None:
    """At its end, by the clock alone; taking it again clears that."""
    log: list[Entry] = [run(1, BAD), ack(1.5, "accuracy", "recall", until=3)]
    before = fold(log, at(2.9))
    assert before.status is ACKNOWLEDGED
    after = fold(log, at(3))
    assert (after.status, after.acknowledgement, after.owner_id) == (OPEN, None, "U1")
    assert [a.person_id for a in after.ran_out] == ["U1"]
    taken = fold([*log, ack(3.5, "accuracy", "recall", until=9, person="U2")], at(4))
    assert (taken.status, taken.ran_out, taken.owner_id) == (ACKNOWLEDGED, (), "U2")


def test_an_acknowledgement_that_ends_while_resolved_did_not_run_out() -> None:
    """Nobody is reminded of what is over."""
    state = fold([run(1, BAD), ack(1.5, "accuracy", "recall", until=3), run(2), run(3.5, BAD)], at(4))
    assert (state.status, state.ran_out, state.acknowledgement, state.returned_at) == (OPEN, (), None, at(3.5))


def test_an_acknowledgement_holds_when_it_comes_back_within_the_episode() -> None:
    """Resolved and bad again: still acknowledged."""
    state = fold([run(1, BAD), ack(1.5, "accuracy", "recall"), run(2), run(3, BAD)], at(3))
    assert (state.status, state.returned_at, state.reason) == (ACKNOWLEDGED, at(3), "on it")


def test_resolve_by_hand_counts_runs_over_older_data_and_opens_on_newer() -> None:
    """Without a window the run's own time decides."""
    log: list[Entry] = [run(1, BAD), ack(1.1, "accuracy", "recall"), act(Act.RESOLVE, 1.5, reason="relabelled")]
    resolved = fold(log, at(1.5))
    assert (resolved.status, resolved.resolved_at, resolved.resolved_by) == (RESOLVED, at(1.5), "U1")
    assert (resolved.reason, resolved.acknowledgement, bad(resolved)) == ("relabelled", None, {"accuracy", "recall"})
    older = fold([*log, run(2, BAD)], at(2))
    assert (older.status, older.runs, older.returned_at) == (RESOLVED, 2, None)
    newer = fold([*log, run(2, BAD), run(3, BAD)], at(3))
    assert (newer.status, newer.episode, newer.returned_at, newer.resolved_by) == (OPEN, 1, at(3), "")
    blank = fold([*log, replace(run(2, BAD), window=None)], at(2))
    assert blank.status is OPEN


def test_a_run_over_older_data_starts_no_episode_after_a_resolve_by_hand() -> None:
    """Ground truth can be days old when it is judged."""
    log: list[Entry] = [run(1, BAD), act(Act.RESOLVE, 1.5), run(2)]
    late = run(9, BAD, window=Window(at(0), at(1)))
    state = fold([*log, late], at(9))
    assert (state.status, state.episode, state.runs) == (RESOLVED, 1, 2)
    assert fold([*log, run(9, BAD)], at(9)).episode == 2


def test_reopening_what_is_still_bad_opens_it_for_everybody() -> None:
    """It resolves by good news as ever."""
    log: list[Entry] = [run(1, BAD), act(Act.RESOLVE, 1.5), act(Act.REOPEN, 1.6, reason="still odd")]
    state = fold(log, at(2))
    assert (state.status, state.resolved_at, state.resolved_by, state.reason) == (OPEN, None, "", "still odd")
    assert fold([*log, run(2)], at(2)).status is RESOLVED


def test_reopening_what_is_good_holds_it_open_until_newer_data_is_good() -> None:
    """A run over data from before says nothing new; resolve ends the hold too."""
    log: list[Entry] = [run(1, BAD), ack(1.2, "accuracy", "recall"), run(2), act(Act.REOPEN, 2.5)]
    held = fold(log, at(2.6))
    assert (held.status, held.acknowledgement, held.bad_rows) == (OPEN, None, ())
    assert fold([*log, run(3)], at(3)).status is OPEN
    assert fold([*log, run(3), run(4)], at(4)).resolved_at == at(4)
    assert fold([*log, act(Act.RESOLVE, 3)], at(3)).resolved_by == "U1"
    back = fold([*log, run(9, BAD)], at(9))
    assert (back.status, back.episode, back.returned_at) == (OPEN, 1, at(9))


def test_worse_takes_a_row_from_its_owner_until_it_is_taken_again() -> None:
    """Two runs in a row beyond noise; said once within the cool-down."""
    log: list[Entry] = [run(1, {"accuracy": 0.8}), ack(1.5, "accuracy")]
    once = fold([*log, run(2, {"accuracy": 0.7})], at(2))
    assert (once.status, once.worse_at) == (ACKNOWLEDGED, None)
    log += [run(2, {"accuracy": 0.7}), run(3, {"accuracy": 0.7})]
    twice = fold(log, at(3))
    assert (twice.status, twice.worse_at, twice.worse_rows) == (OPEN, at(3), (row("accuracy"),))
    assert twice.owner_id == "U1"
    assert fold([*log, ack(3.5, "accuracy")], at(4)).status is ACKNOWLEDGED
    log += [run(4, {"accuracy": 0.4}), run(5, {"accuracy": 0.4})]
    assert fold(log, at(5)).worse_at == at(3)
    assert fold(log, at(5), cool_down=2 * HOUR).worse_at == at(5)


def test_each_acknowledgement_covers_its_own_rows_with_its_own_end() -> None:
    """Another's press takes nothing that is held, and shortens nothing."""
    log: list[Entry] = [run(1, BAD), ack(1.5, "accuracy", "recall"), run(2, BAD | {"f1": 0.1})]
    log.append(ack(2.5, "accuracy", "recall", "f1", until=3.5, person="U2"))
    state = fold(log, at(3))
    held = [(a.person_id, a.until, {r.metric for r in a.rows}) for a in state.acknowledgements]
    assert held == [("U1", at(30), {"accuracy", "recall"}), ("U2", at(3.5), {"f1"})]
    assert (state.status, state.owner_id) == (ACKNOWLEDGED, "U1")
    over = fold(log, at(3.5))
    assert (over.status, over.owner_id, [a.person_id for a in over.ran_out]) == (OPEN, "U1", ["U2"])
    assert {r.row.metric for r in over.bad_rows if not r.taken} == {"f1"}
    taken = fold([*log, ack(4, "f1", until=30)], at(4))
    assert (taken.status, taken.ran_out) == (ACKNOWLEDGED, ())


def test_ones_own_press_moves_only_the_rows_that_it_names() -> None:
    """`ack 12.3 1h` after `ack 12 24h` cuts one row, not all."""
    log: list[Entry] = [run(1, BAD), ack(1.5, "accuracy", "recall"), ack(2, "recall", until=3)]
    held = {(a.until, tuple(r.metric for r in a.rows)) for a in fold(log, at(2)).acknowledgements}
    assert held == {(at(30), ("accuracy",)), (at(3), ("recall",))}
    state = fold(log, at(3))
    assert (state.status, [r.row.metric for r in state.bad_rows if not r.taken]) == (OPEN, ["recall"])


def test_an_end_that_leaves_nothing_open_is_no_end_to_tell() -> None:
    """The rows that it covered are good; those of somebody else go on."""
    log: list[Entry] = [
        run(1, BAD),
        ack(1.1, "accuracy"),
        ack(1.2, "recall", until=3, person="U2"),
        run(2, {"accuracy": 0.75}),
    ]
    state = fold(log, at(3))
    assert (state.status, state.ran_out, state.owner_id) == (ACKNOWLEDGED, (), "U1")


def test_an_acknowledgement_that_lost_its_last_row_is_none() -> None:
    """Its row became worse: there is nothing left whose end could be told."""
    log: list[Entry] = [run(1, {"accuracy": 0.8}), ack(1.5, "accuracy")]
    log += [run(hour, {"accuracy": 0.7}) for hour in (2, 3)]
    state = fold(log, at(40))
    assert (state.status, state.acknowledgements, state.ran_out, state.owner_id) == (OPEN, (), (), "U1")
