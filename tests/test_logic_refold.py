"""Going on with a log says what folding the whole of it says."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logic.lifecycle import fold
from bot.logic.refold import Refold
from bot.model.incident import Act, Click, Entry
from bot.model.observation import Finding, Observation, Verdict
from sandbox.fakes import at, row, run, subject

HOURS = st.integers(0, 40).map(lambda quarters: quarters / 4)
LEVELS = st.sampled_from([0.2, 0.5, 0.86, 0.869, 0.9])


@st.composite
def entries(draw: st.DrawFn, n: int) -> Entry:
    """Runs bad, good and blind, of two monitors; clicks of two people; at any time."""
    hour, by = draw(HOURS), draw(st.sampled_from(["a", "b"]))
    match draw(st.integers(0, 5)):
        case 0:
            until = at(hour) + timedelta(hours=draw(st.integers(1, 4)))
            act = draw(st.sampled_from(list(Act)))
            return Click(f"click:{n}", act, at(hour), f"U{by}", (row("accuracy"),), until, "r", "U9")
        case 1:
            blind = Finding(row("accuracy"), draw(st.sampled_from([Verdict.BLIND, Verdict.GONE])))
            return Observation(f"blind:{n}", subject(by), at(hour), (blind,), complete=False)
        case 2:
            return run(hour + n / 1e4, good={"accuracy": draw(LEVELS) + 0.3}, by=by)
        case _:
            return run(hour + n / 1e4, {"accuracy": draw(LEVELS), "recall": 0.1}, by=by)


@st.composite
def logs(draw: st.DrawFn) -> tuple[Entry, ...]:
    """Mostly in order, at times not."""
    log = [draw(entries(n)) for n in range(draw(st.integers(1, 14)))]
    return tuple(sorted(log, key=lambda e: (e.at, e.id)) if draw(st.booleans()) else log)


@settings(max_examples=300, deadline=None)
@given(logs(), st.lists(st.tuples(st.integers(1, 14), HOURS), min_size=1, max_size=12))
def test_it_says_what_the_fold_says(log: tuple[Entry, ...], asked: list[tuple[int, float]]) -> None:
    """Of any beginning of a log, at any moment before or after it, in any order of asking."""
    refold = Refold()
    for count, hours in asked:
        now = at(hours)
        assert refold(log[:count], now) == fold(log[:count], now)


def test_logs_that_share_a_beginning_are_told_apart() -> None:
    """A transaction that was rolled back, and another that took its place."""
    refold, first = Refold(), run(1, {"accuracy": 0.5})
    for second in (run(2, good={"accuracy": 0.95}), run(2, {"accuracy": 0.2}), run(3, {"accuracy": 0.2})):
        log = (first, second)
        assert refold(log, at(4)) == fold(log, at(4))


def test_only_so_many_logs_are_kept() -> None:
    """And what is not kept is folded whole."""
    refold = Refold(most=2)
    every = [(run(1, {"accuracy": 0.5}, by=f"m{n}"), run(2, {"accuracy": 0.5}, by=f"m{n}")) for n in range(5)]
    for log in (*every, *every):
        assert refold(log, at(3)) == fold(log, at(3))


def test_nothing_is_folded_of_an_empty_log() -> None:
    """Nor kept."""
    now: datetime = at(1)
    assert Refold()((), now) == fold((), now)
