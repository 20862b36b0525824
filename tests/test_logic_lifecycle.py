"""Where an incident stands after what its monitors said: the fold over its log."""

from dataclasses import replace
from datetime import timedelta
from time import process_time

import pytest

from bot.logic.lifecycle import fold, fold_episode, is_over
from bot.model.incident import Act, Entry, State
from bot.model.observation import UNREAD, Observation, Verdict, Window
from sandbox.fakes import HOUR, at, finding, run
from sandbox.fakes_log import BAD, OPEN, RESOLVED, ack, act, bad, spoke, unread


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
