"""Group commit: those who come while a transaction runs share the next one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

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
    """The first commits alone; all who came meanwhile share few, none of which is larger than it may be."""
    commits, many = Commits(), MOST + 11
    together: Together[int, int] = Together(commits)
    asking = Barrier(many)

    def ask(n: int) -> int:
        asking.wait(20)
        return together.do(n)

    with ThreadPoolExecutor(many) as pool:
        first = pool.submit(together.do, 0)
        assert commits.begun.wait(10)
        rest = [pool.submit(ask, n) for n in range(1, many)]
        asking.wait(20)
        Event().wait(0.2)
        commits.go.set()
        assert [f.result(10) for f in (first, *rest)] == [n**2 for n in range(many)]
    sizes = [len(batch) for batch in commits.batches]
    assert sizes[0] == 1
    assert max(sizes) <= MOST
    assert len(sizes) < 10
    assert sorted(n for batch in commits.batches for n in batch) == list(range(many))


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
