"""Group commit: those who come while a transaction runs share the next one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from bot.errors import StoreDown
from bot.store.together import MOST, Together


class Commits:
    """Keeps what each commit was given; waits at each until it may go on."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, ...]] = []
        self.begun, self.go = Event(), Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        """Each item's square."""
        self.batches.append(tuple(items))
        self.begun.set()
        assert self.go.wait(10)
        return [item**2 for item in items]


def test_many_share_a_transaction_and_each_gets_its_own_value() -> None:
    """The first commits alone, all who came meanwhile together, as many as one transaction takes."""
    commits = Commits()
    together: Together[int, int] = Together(commits)
    with ThreadPoolExecutor(MOST + 11) as pool:
        first = pool.submit(together.do, 0)
        assert commits.begun.wait(10)
        rest = [pool.submit(together.do, n) for n in range(1, MOST + 11)]
        while len(together._waiting) < MOST + 10:
            Event().wait(0.01)
        commits.go.set()
        assert [f.result(10) for f in (first, *rest)] == [n**2 for n in range(MOST + 11)]
    assert [len(batch) for batch in commits.batches] == [1, MOST, 10]
    assert sorted(n for batch in commits.batches for n in batch) == list(range(MOST + 11))


def test_what_a_commit_raises_reaches_each_of_its_own_and_no_other() -> None:
    """The next transaction is tried afresh."""
    failing = [StoreDown("the database does not answer")]

    def commit(items: Sequence[int]) -> list[int]:
        if failing:
            raise failing.pop()
        return list(items)

    together: Together[int, int] = Together(commit)
    with pytest.raises(StoreDown):
        together.do(1)
    assert together.do(2) == 2
