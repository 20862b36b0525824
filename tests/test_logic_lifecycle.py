"""Where an incident stands: the fold over its log."""

from dataclasses import replace
from datetime import datetime, timedelta
from time import process_time

import pytest

from bot.logic.lifecycle import fold, fold_episode, is_over
from bot.model.incident import Act, Click, Entry, State, Status
from bot.model.observation import UNREAD, Finding, Observation, Reading, Row, Verdict, Window
from sandbox.fakes import HOUR, at, finding, row, run

OPEN, ACKNOWLEDGED, RESOLVED = Status.OPEN, Status.ACKNOWLEDGED, Status.RESOLVED
BAD = {"accuracy": 0.75, "recall": 0.4}


def act(
    what: Act, hour: float, *metrics: str, person: str = "U1", until: datetime | None = None, reason: str = ""
) -> Click:
    """A click; `until` 24 h later unless given."""
    return Click(f"click:{hour}", what, at(hour), person, tuple(map(row, metrics)), until, reason)


def ack(hour: float, *metrics: str, until: float = 30, person: str = "U1") -> Click:
    """An acknowledgement of these metrics' rows until an hour."""
    return act(Act.ACKNOWLEDGE, hour, *metrics, person=person, until=at(until), reason="on it")


def spoke(verdict: Verdict, hour: float, by: str = "bank-marketing-quality") -> Observation:
    """A subject that is blind or gone."""
    return replace(run(hour, by=by, complete=False), findings=(Finding(Row("monitor", "no data"), verdict),))


def unread(hour: float, count: int) -> Observation:
    """A run whose report could not be read."""
    return replace(run(hour), findings=(Finding(UNREAD, Verdict.BAD, Reading(count)),), complete=False, count=count)


def bad(state: State) -> set[str]:
    """Names of the bad rows."""
    return {r.row.metric for r in state.bad_rows}


def test_nothing_ever_bad_is_resolved_in_episode_0() -> None:
    """An empty log, good news and clicks alone make no episode."""
    for log in ([], [run(1)], [ack(1, "accuracy"), act(Act.RESOLVE, 2), act(Act.REOPEN, 3)]):
        state = fold(log, at(5))
        assert (state.status, state.episode, state.started_at, state.rows) == (RESOLVED, 0, None, ())


def test_a_bad_run_opens_with_its_rows_and_numbers() -> None:
    """Numbers and order follow the distance from the limit, the worst first."""
    state = fold([run(1, {"accuracy": 0.85, "recall": 0.3})], at(1))
    assert (state.status, state.episode, state.started_at, state.runs) == (OPEN, 1, at(1), 1)
    assert [(r.row.metric, r.number, r.since, r.runs) for r in state.rows] == [
        ("recall", 1, at(1), 1),
        ("accuracy", 2, at(1), 1),
    ]
    assert (state.samples, state.window, state.observed_at, state.cadence) == (1_000, Window(at(0), at(1)), at(1), HOUR)
    assert [s.name for s in state.subjects] == ["bank-marketing-quality"]


def test_repeats_are_counted_and_keep_what_fired_and_what_was_worst() -> None:
    """The first reading, the farthest and the newest are three."""
    state = fold([run(1, {"accuracy": 0.8}), run(2, {"accuracy": 0.7}), run(3, {"accuracy": 0.78})], at(3))
    only = state.rows[0]
    assert (only.fired.seen, only.worst.seen, only.last.seen, only.runs, state.runs) == (0.8, 0.7, 0.78, 3, 3)


def test_complete_means_what_is_not_said_is_good() -> None:
    """A row that a complete run leaves out is good without a number; an incomplete one leaves it as it is."""
    partly = fold([run(1, BAD), run(2, {"recall": 0.4}, complete=False)], at(2))
    assert bad(partly) == {"accuracy", "recall"}
    whole = fold([run(1, BAD), run(2, {"recall": 0.4})], at(2))
    assert bad(whole) == {"recall"}
    assert [r.last.seen for r in whole.rows] == [0.4, None]
    named = fold([run(1, BAD), run(2, good={"accuracy": 0.9}, complete=False)], at(2))
    assert (bad(named), named.rows[-1].last.seen) == ({"recall"}, 0.9)


def test_it_resolves_when_every_row_is_good_and_keeps_its_rows() -> None:
    """The verdict's time is the end, whoever was acknowledged."""
    state = fold([run(1, BAD), ack(1.5, "accuracy", "recall"), run(2)], at(9))
    assert (state.status, state.resolved_at, state.resolved_by, state.owner_id) == (RESOLVED, at(2), "", "U1")
    assert [r.fired.seen for r in state.rows] == [0.4, 0.75]


def test_a_row_is_bad_while_any_subject_says_so() -> None:
    """One monitor's good news does not speak for another's."""
    log = [run(1, {"accuracy": 0.7}), run(1.1, {"accuracy": 0.8}, by="second"), run(2)]
    state = fold(log, at(2))
    assert (state.status, state.rows[0].last.seen) == (OPEN, 0.8)
    assert fold([*log, run(2.1, by="second")], at(3)).status is RESOLVED


def test_older_news_that_arrives_late_undoes_nothing() -> None:
    """The order is that of the verdicts, not of their arrival."""
    assert fold([run(3), run(2, BAD)], at(3)).status is RESOLVED
    assert fold([run(3, BAD), run(2)], at(3)).status is OPEN


def test_blind_news_neither_resolves_nor_reopens() -> None:
    """Not even when its source calls it complete."""
    blind = replace(spoke(Verdict.BLIND, 2), complete=True)
    assert bad(fold([run(1, BAD), blind], at(2))) == {"accuracy", "recall"}
    assert fold([run(1, BAD), run(2), replace(blind, at=at(3))], at(3)).status is RESOLVED


def test_values_are_shown_with_their_own_window_while_nobody_can_judge_the_next() -> None:
    """A card about blindness alone tells which data could not be judged."""
    blind = spoke(Verdict.BLIND, 2)
    assert blind.window == Window(at(1), at(2))
    assert fold([run(1, BAD), blind], at(2)).window == Window(at(0), at(1))
    assert fold([blind], at(2)).window == blind.window


def test_a_deleted_monitors_rows_close_after_two_cadences_without_a_successor() -> None:
    """The clock alone closes them, at the moment that the state gave."""
    log = [run(1, BAD), spoke(Verdict.GONE, 2)]
    waiting = fold(log, at(3.9))
    assert (waiting.status, waiting.lapses_at) == (OPEN, at(4))
    closed = fold(log, at(4))
    assert (closed.status, closed.resolved_at, closed.lapses_at) == (RESOLVED, at(4), None)


def test_a_successor_speaks_for_the_deleted_monitors_rows() -> None:
    """A redeployment goes on with the same episode; until it speaks the rows stay bad."""
    log = [run(1, BAD), spoke(Verdict.GONE, 2)]
    assert fold([*log, run(3, by="redeployed")], at(3)).status is RESOLVED
    worse = fold([*log, run(3, {"accuracy": 0.7}, by="redeployed")], at(9))
    assert (bad(worse), worse.episode, worse.started_at) == ({"accuracy"}, 1, at(1))
    assert [s.name for s in worse.subjects] == ["bank-marketing-quality", "redeployed"]
    partly = [*log, run(3, good={"accuracy": 0.9}, by="redeployed", complete=False)]
    assert bad(fold(partly, at(9))) == {"recall"}


def test_an_alarm_is_no_successor_of_a_monitor() -> None:
    """Its being alive neither closes the monitor's rows nor keeps them open."""
    alarm = run(2.5, {"alarm: accuracy": 0.7})
    arn = "arn:aws:cloudwatch:us-east-1:222222222222:alarm:accuracy"
    alarm = replace(alarm, subject=replace(alarm.subject, arn=arn))
    log = [run(1, BAD), spoke(Verdict.GONE, 2), alarm]
    assert bad(fold(log, at(3))) == {"accuracy", "recall", "alarm: accuracy"}
    assert bad(fold(log, at(4))) == {"alarm: accuracy"}


def test_an_unread_report_counts_a_run_and_adds_a_row_only_where_nothing_else_is_bad() -> None:
    """The next report that can be read takes its place."""
    alone = fold([unread(1, 8)], at(1))
    assert (alone.status, [r.row for r in alone.rows], alone.count) == (OPEN, [UNREAD], 8)
    beside = fold([run(1, BAD), unread(2, 8)], at(2))
    assert (bad(beside), beside.runs, [r.runs for r in beside.rows]) == ({"accuracy", "recall"}, 2, [1, 1])
    after = fold([unread(1, 8), run(2, BAD)], at(2))
    assert bad(after) == {"accuracy", "recall"}


@pytest.mark.parametrize(
    ("good_at", "again_at", "cadence", "episode"),
    [
        (2, 3, HOUR, 1),
        (2, 3.9, HOUR, 1),
        (2, 4, HOUR, 2),
        (2, 40, 24 * HOUR, 1),
        (2, 50, 24 * HOUR, 2),
        (2, 3.9, None, 1),
        (2, 4, None, 2),
    ],
)
def test_an_episode_ends_after_two_good_cadences(
    good_at: float, again_at: float, cadence: timedelta | None, episode: int
) -> None:
    """Before that it is the same card that comes back; without a rhythm a cadence is an hour."""
    log = [run(1, BAD, cadence=cadence), run(good_at, cadence=cadence), run(again_at, BAD, cadence=cadence)]
    state = fold(log, at(again_at))
    assert (state.status, state.episode) == (OPEN, episode)
    assert state.returned_at == (at(again_at) if episode == 1 else None)
    assert state.earlier_resolved_at == (at(good_at) if episode == 2 else None)


def test_a_new_episode_numbers_its_rows_anew_and_forgets_who_had_it() -> None:
    """Nothing of the last one holds on."""
    log: list[Entry] = [
        run(1, BAD),
        ack(1.5, "accuracy", "recall", until=99),
        run(2),
        run(9, {"recall": 0.4, "f1": 0.1}),
    ]
    state = fold(log, at(9))
    assert [(r.row.metric, r.number) for r in state.rows] == [("f1", 1), ("recall", 2)]
    assert (state.acknowledgement, state.owner_id, state.runs, state.started_at) == (None, "", 1, at(9))
    assert fold_episode(log, 1, at(9)) == fold(log[:-1], at(9))
    assert fold_episode(log, 2, at(9)) == state
    assert is_over(log[:-1], at(9))
    assert not is_over(log, at(99))


def test_row_numbers_stay_while_rows_come_and_go() -> None:
    """By first appearance in the episode."""
    log = [run(1, {"recall": 0.4}), run(2, {"accuracy": 0.8}), run(3, {"recall": 0.4, "f1": 0.2})]
    numbers = {r.row.metric: r.number for r in fold(log, at(3)).rows}
    assert numbers == {"recall": 1, "accuracy": 2, "f1": 3}


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


def test_worse_is_not_noise_and_not_another_subjects() -> None:
    """Without a standard error, or by two monitors in turn, nothing is worse."""
    noisy = [run(h, {"accuracy": seen}, error=0.05) for h, seen in ((1, 0.8), (2, 0.7), (3, 0.7))]
    assert fold(noisy, at(3)).worse_at is None
    mixed = [run(1, {"accuracy": 0.8}), run(2, {"accuracy": 0.7}, by="second"), run(3, {"accuracy": 0.7})]
    assert fold(mixed, at(3)).worse_at is None
    broken = [run(1, {"accuracy": 0.8}), run(2, {"accuracy": 0.7}), run(2.5), run(3, {"accuracy": 0.7})]
    assert fold(broken, at(3)).worse_at is None
    silent = [run(h, {"accuracy": None}) for h in (1, 2, 3)]
    assert fold(silent, at(3)).worse_at is None


def test_news_dated_after_now_still_counts() -> None:
    """A source's clock may be ahead of ours."""
    assert fold([run(5, BAD)], at(1)).status is OPEN


def test_rows_rank_bad_before_good_and_far_before_near() -> None:
    """Rows without numbers come between those far and near; names settle ties."""
    findings = tuple(finding(m, s) for m, s in (("b", None), ("a", None), ("recall", 0.45), ("accuracy", 0.4)))
    log = [run(1, {"f1": 0.01}), replace(run(2), findings=findings)]
    assert [r.row.metric for r in fold(log, at(2)).rows] == ["accuracy", "a", "b", "recall", "f1"]


def test_of_rows_as_bad_as_each_other_the_one_that_was_bad_more_often_comes_first() -> None:
    """Such as rows without numbers."""
    log = [run(1, {"b": None}), run(2, {"a": None, "b": None})]
    assert [r.row.metric for r in fold(log, at(2)).rows] == ["b", "a"]


OLD, NEW = "bank-marketing-quality-2026-11-02-0941", "bank-marketing-quality-2026-11-20-1012"


def after(first: str, last_bad: float, second: str, *hours: float, cadence: timedelta = HOUR) -> State:
    """One monitor is bad every hour until then and never heard again; another is clean at these hours."""
    log = [run(hour / 4, BAD, by=first) for hour in range(4, int(last_bad * 4) + 1, 4)]
    log += [run(hour, by=second, cadence=cadence) for hour in hours]
    return fold(log, at(hours[-1]))


def test_a_redeployment_whose_end_nobody_told_is_succeeded_by_the_new_monitor() -> None:
    """The old one's silence of more than two cadences, beside a clean one that goes on, ends its rows."""
    assert after(OLD, 1, NEW, 2, 3).status is OPEN
    assert after(OLD, 1, NEW, 2, 3, 3.1).resolved_at == at(3.1)
    assert after(OLD, 3, NEW, 1.5, 2.5, 3.5, 4.5, 5.5).resolved_at == at(5.5)
    worse = fold([run(1, BAD, by=OLD), run(4, {"f1": 0.1}, by=NEW)], at(4))
    assert (bad(worse), worse.episode) == ({"f1"}, 1)
    partly = fold([run(1, BAD, by=OLD), run(4, {"f1": 0.1}, by=NEW, complete=False)], at(4))
    assert bad(partly) == {"accuracy", "recall", "f1"}
    unread = [replace(run(1, BAD, by=OLD), cadence=None), run(4, by=NEW)]
    assert fold(unread, at(4)).status is RESOLVED, "deleted before its cadence was read"
    back = fold([run(1, BAD, by=OLD), run(4, by=NEW), run(4.5, BAD, by=OLD)], at(5))
    assert (back.status, back.episode) == (OPEN, 1)


def test_two_living_monitors_of_one_service_never_bury_each_other() -> None:
    """An hourly and a daily one, whichever is bad; nor does the daily one take the place of an hourly that stops."""
    hours = [h + 0.5 for h in range(1, 24 * 5)]
    for bad_by, clean_by in (("hourly", "daily"), ("daily", "hourly")):
        log: list[Entry] = []
        for hour in hours:
            speakers = ("daily", "hourly") if hour % 24 == 1.5 else ("hourly",)
            for by in speakers:
                cadence = 24 * HOUR if by == "daily" else HOUR
                log.append(run(hour + (by == "daily") / 8, BAD if by == bad_by else None, by=by, cadence=cadence))
        assert clean_by in {o.subject.name for o in log if isinstance(o, Observation)}
        state = fold(log, at(hours[-1]))
        assert (state.status, state.returned_at, state.cadence) == (OPEN, None, 24 * HOUR)
    stopped = [run(0.5, by="daily", cadence=24 * HOUR), run(1, BAD), run(24.5, by="daily", cadence=24 * HOUR)]
    assert fold(stopped, at(25)).status is OPEN
    twins = [run(1, BAD, by="quality-eu"), *(run(h, by="quality-us") for h in (1.5, 2.5, 3.5, 4.5))]
    assert fold(twins, at(5)).status is OPEN, "another monitor as often is no successor"


def test_what_has_no_rhythm_is_not_replaced_for_its_silence() -> None:
    """An alarm speaks when its state changes, and goes on standing in alarm."""
    arns = [f"arn:aws:cloudwatch:us-east-1:222222222222:alarm:{name}" for name in ("a", "b")]
    first, second = (replace(run(h, b, cadence=None), id=arn) for h, b, arn in ((1, BAD, arns[0]), (9, None, arns[1])))
    first = replace(first, subject=replace(first.subject, arn=arns[0]))
    second = replace(second, subject=replace(second.subject, arn=arns[1]))
    assert bad(fold([first, second], at(99))) == set(BAD)


def test_ninety_days_of_eight_broken_rows_fold_at_once() -> None:
    """The time grows with the log, not with its square: nine times the bound when every run looked at all before."""
    log = [run(hour, {f"m{n}": 0.1 for n in range(8)}) for hour in range(1, 24 * 90 + 1)]
    began = process_time()
    state = fold(log, at(24 * 90))
    assert process_time() - began < 1
    assert [r.runs for r in state.rows] == [24 * 90] * 8


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
