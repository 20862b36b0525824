"""What a fold said is remembered for as long as it stays true."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logic.lifecycle import fold
from bot.model.incident import Act, Click, Entry, State
from bot.store.incident_rows import remembering
from sandbox.fakes import at, row, run

LOG: tuple[Entry, ...] = (
    run(1, {"accuracy": 0.5, "recall": 0.1}),
    Click("c1", Act.ACKNOWLEDGE, at(1.5), "U1", (row("accuracy"),), at(4)),
    run(2, {"accuracy": 0.5, "recall": 0.1}),
    Click("c2", Act.ACKNOWLEDGE, at(2.5), "U2", (row("recall"),), at(6)),
    run(3, {"accuracy": 0.5}, {"recall": 0.9}),
)


@settings(derandomize=True, deadline=None, database=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(LOG)), st.integers(0, 40)), max_size=12))
def test_it_says_what_the_fold_itself_says(asked: list[tuple[int, int]]) -> None:
    """Of any piece of a log, at any moments in any order: acknowledgements run out in between."""
    remembered = remembering(fold)
    for entries, quarters in asked:
        now = at(quarters / 4)
        assert remembered(LOG[:entries], now) == fold(LOG[:entries], now)


def test_a_log_is_folded_anew_only_once_a_clock_has_changed_it() -> None:
    """Here when the first acknowledgement ends, and the second."""
    folded: list[datetime] = []

    def counting(log: Iterable[Entry], now: datetime) -> State:
        folded.append(now)
        return fold(log, now)

    remembered = remembering(counting)
    moments = [at(hour) for hour in (3, 3.5, 3.9, 4, 5, 6, 7, 100)]
    for now in moments:
        remembered(LOG, now)
    assert folded == [at(3), at(4), at(6)]
    remembered(LOG, at(3) - timedelta(minutes=1))
    assert folded[3:] == [at(3) - timedelta(minutes=1)]
