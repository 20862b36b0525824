"""What is fetched once for all who ask at the same time, and kept for a while."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.aws.pace import Pace
from bot.aws.shared import Settle, Shared
from bot.errors import AccessDenied, SourceError, TimedOut
from bot.model.account import Scope
from bot.model.person import Person
from bot.ports import Ask
from sandbox.fakes import at

MINUTE = timedelta(minutes=1)


def ask(seconds: float = 10, minute: int = 0) -> Ask:
    """A question so many minutes past the first hour."""
    return Ask(Person("U1", "T1", "Ana"), at(0) + minute * MINUTE, Scope(()), time.monotonic() + seconds)


class Source:
    """Answers each key by its length, one after the other, once it is let."""

    def __init__(self) -> None:
        self.fetched: list[tuple[str, ...]] = []
        self.going = threading.Event()
        self.going.set()
        self.begun = threading.Event()

    def fetch(self, wanted: Sequence[str], settle: Settle[str, int], _: float) -> None:
        """Those beginning with `no` are refused, those with `slow` come last and when they are let."""
        self.fetched.append(tuple(wanted))
        slow = [key for key in wanted if key.startswith("slow")]
        settle({k: AccessDenied("no") if k.startswith("no") else len(k) for k in wanted if k not in slow})
        self.begun.set()
        if slow:
            self.going.wait(5)
            settle({k: len(k) for k in slow})


@pytest.fixture
def source() -> Source:
    """One that answers at once."""
    return Source()


@pytest.fixture
def shared() -> Shared[str, int]:
    """Room for values that sum up to twenty."""
    return Shared(20, lambda value: value)


def test_ten_who_ask_at_once_make_one_fetch(source: Source, shared: Shared[str, int]) -> None:
    """Each gets every answer, a refusal too; who asks for more has the rest fetched."""
    source.going.clear()
    answers = partial(shared.answers, ask(), ("a", "slow", "no"), at(1), source.fetch)
    with ThreadPoolExecutor(11) as pool:
        running = [pool.submit(answers) for _ in range(10)]
        assert source.begun.wait(5)
        more = pool.submit(shared.answers, ask(), ("a", "bb"), at(1), source.fetch)
        assert more.result() == {"a": 1, "bb": 2}
        source.going.set()
        found = [one.result() for one in running]
    assert [(f["a"], f["slow"], type(f["no"])) for f in found] == [(1, 4, AccessDenied)] * 10
    assert source.fetched == [("a", "slow", "no"), ("bb",)]


def test_values_are_good_until_their_time_and_errors_not_at_all(source: Source, shared: Shared[str, int]) -> None:
    """By the clock of whoever asks; before the time at which it was fetched nothing is known either."""
    until = at(0) + 5 * MINUTE
    for minute, fetched in ((1, 1), (4, 1), (5, 2), (0, 3)):
        assert shared.answers(ask(minute=minute), ("a",), until, source.fetch) == {"a": 1}
        assert len(source.fetched) == fetched
    shared.answers(ask(), ("no",), until, source.fetch)
    shared.answers(ask(), ("no",), until, source.fetch)
    assert source.fetched[-2:] == [("no",), ("no",)]


def test_what_weighs_most_makes_room(source: Source, shared: Shared[str, int]) -> None:
    """All that is kept weighs twenty at most."""
    for key in ("a" * 8, "b" * 8, "c" * 8):
        shared.answers(ask(), (key,), at(1), source.fetch)
    source.fetched.clear()
    shared.answers(ask(), ("a" * 8, "b" * 8, "c" * 8), at(1), source.fetch)
    assert source.fetched == [("a" * 8,)]


def test_whoever_has_less_time_leaves_the_others_theirs(source: Source, shared: Shared[str, int]) -> None:
    """What came before the deadline is an answer; a fetch that another gave up is done anew by who still waits."""

    def hurried(wanted: Sequence[str], settle: Settle[str, int], _: float) -> None:
        source.begun.set()
        time.sleep(0.2)
        settle(dict.fromkeys(wanted, TimedOut("over")))

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shared.answers, ask(0.1), ("a",), at(1), hurried)
        assert source.begun.wait(5)
        second = pool.submit(shared.answers, ask(5), ("a",), at(1), source.fetch)
        assert isinstance(first.result()["a"], TimedOut)
        assert second.result() == {"a": 1}
    source.begun.clear()
    source.going.clear()
    with ThreadPoolExecutor(1) as pool:
        patient = pool.submit(shared.answers, ask(5), ("b", "slow"), at(1), source.fetch)
        assert source.begun.wait(5)
        found = shared.answers(ask(0.2), ("b", "slow"), at(1), source.fetch)
        source.going.set()
        assert patient.result() == {"b": 1, "slow": 4}
    assert found["b"] == 1
    assert isinstance(found["slow"], TimedOut)


def test_no_more_than_its_share_of_the_time_is_waited(source: Source, shared: Shared[str, int]) -> None:
    """Neither for one's own fetch nor for another's, whose time is longer."""
    source.going.clear()
    with ThreadPoolExecutor(1) as pool:
        patient = pool.submit(shared.answers, ask(5), ("slow",), at(1), source.fetch)
        assert source.begun.wait(5)
        asked = ask(2)
        found = shared.answers(asked, ("slow", "b"), at(1), source.fetch, share=0.1)
        assert asked.left_s() > 1
        assert (found["b"], type(found["slow"])) == (1, TimedOut)
        source.going.set()
        assert patient.result() == {"slow": 4}


def test_a_fetch_is_told_its_share_of_the_time(shared: Shared[str, int]) -> None:
    """Of what is left when it begins."""
    told = list[float]()

    def noted(wanted: Sequence[str], settle: Settle[str, int], share: float) -> None:
        told.append(share)
        settle(dict.fromkeys(wanted, 1))

    shared.answers(ask(2), ("c",), at(1), noted, share=0.1)
    assert 0 < told[0] <= 0.1


def test_a_cancelled_question_waits_no_more(source: Source, shared: Shared[str, int]) -> None:
    """Whoever fetches for it goes on."""
    source.going.clear()
    with ThreadPoolExecutor(1) as pool:
        patient = pool.submit(shared.answers, ask(5), ("slow",), at(1), source.fetch)
        assert source.begun.wait(5)
        gone = replace(ask(30), cancelled=lambda: True)
        assert isinstance(shared.answers(gone, ("slow",), at(1), source.fetch)["slow"], SourceError)
        source.going.set()
        assert patient.result() == {"slow": 4}


def test_a_fault_of_the_fetch_is_its_own_and_leaves_nothing_behind(source: Source, shared: Shared[str, int]) -> None:
    """It is raised, and the next one fetches."""

    def broken(wanted: Sequence[str], settle: Settle[str, int], _: float) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shared.answers(ask(), ("a",), at(1), broken)
    assert shared.answers(ask(), ("a",), at(1), source.fetch) == {"a": 1}


def test_calls_come_no_faster_than_the_quota_of_each_caller() -> None:
    """A second's worth at once, or none, then one by one; another caller has a quota of its own."""
    pace = Pace(50)
    began = time.monotonic()
    for _ in range(50):
        pace.wait(ask(), "first")
    assert time.monotonic() - began < 0.5
    pace.wait(ask(), "second")
    for _ in range(10):
        pace.wait(ask(), "first")
    assert 0.15 <= time.monotonic() - began < 1
    even = Pace(20, at_once_s=0)
    began = time.monotonic()
    for _ in range(3):
        even.wait(ask(), "first")
    assert time.monotonic() - began >= 0.1
    slow = Pace(0.1)
    slow.wait(ask(), "first")
    with pytest.raises(TimedOut):
        slow.wait(ask(0.05), "first")
