"""Fan-out: every target answers or fails by name, within the deadline, in order, and no account takes all threads."""

import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial

import pytest

from bot.aws.fanout import Fanout, Job, gather
from bot.errors import AccessDenied, SourceError, TimedOut
from bot.model.account import Account, Scope
from bot.model.person import Person
from bot.ports.ask import Ask

NOW = datetime(2026, 11, 2, 9, 14, tzinfo=UTC)
ACCOUNTS = [Account(f"{n:012d}", f"account-{n}", ("us-west-2",)) for n in range(12)]
MARK: ContextVar[str] = ContextVar("mark", default="")


def ask(seconds: float = 5, cancelled: Callable[[], bool] = lambda: False) -> Ask:
    """A question with so many seconds to go."""
    person = Person("U1", "T1", "Ana")
    return Ask(person, NOW, Scope(tuple(ACCOUNTS)), time.monotonic() + seconds, cancelled=cancelled)


@pytest.fixture
def fanout() -> Iterator[Fanout]:
    """Four threads, two of them at most for one account."""
    made = Fanout(workers=4, per_account=2)
    yield made
    made.close()


def test_answers_come_in_the_order_of_the_targets(fanout: Fanout) -> None:
    """Whoever answers first."""

    def slow(n: int) -> int:
        time.sleep(0.02 if n == 0 else 0)
        return n

    jobs = [Job(a, "us-west-2", partial(slow, n)) for n, a in enumerate(ACCOUNTS)]
    assert fanout.answers(ask(), jobs) == tuple(range(12))


def test_a_refusal_is_a_failure_of_its_account_and_the_others_answer(fanout: Fanout) -> None:
    """Found holds both."""

    def refuse() -> int:
        raise AccessDenied("no")

    jobs = [Job(ACCOUNTS[0], "us-west-2", refuse), Job(ACCOUNTS[1], "us-west-2", lambda: 1)]
    found = gather(jobs, fanout.answers(ask(), jobs), time.monotonic())
    assert (found.items, found.asked) == ((1,), 2)
    assert [(f.account, f.error.cause) for f in found.failures] == [(ACCOUNTS[0], "no")]


def test_at_the_deadline_who_has_not_answered_is_named_and_the_rest_stands(fanout: Fanout) -> None:
    """The question ends on time though a target hangs."""
    release = threading.Event()
    jobs = [Job(ACCOUNTS[0], "us-west-2", lambda: release.wait(10)), Job(ACCOUNTS[1], "us-west-2", lambda: True)]
    began = time.monotonic()
    hung, answered = fanout.answers(ask(1), jobs)
    assert time.monotonic() - began < 5
    assert answered is True
    assert isinstance(hung, TimedOut)
    assert "account-0 (000000000000)" in hung.cause
    release.set()


def test_a_cancelled_question_ends_at_once(fanout: Fanout) -> None:
    """And says that it was cancelled, not that the account was slow."""
    release = threading.Event()
    jobs = [Job(ACCOUNTS[0], "us-west-2", lambda: release.wait(10))]
    began = time.monotonic()
    (answer,) = fanout.answers(ask(30, cancelled=lambda: True), jobs)
    assert time.monotonic() - began < 5
    assert isinstance(answer, TimedOut)
    assert "cancelled" in answer.cause
    release.set()


def test_an_account_that_hangs_leaves_threads_to_the_others(fanout: Fanout) -> None:
    """Its further targets wait without a thread."""
    release = threading.Event()
    jobs: list[Job[bool]] = [Job(ACCOUNTS[0], "us-west-2", lambda: release.wait(10)) for _ in range(8)]
    jobs += [Job(a, "us-west-2", lambda: True) for a in ACCOUNTS[1:]]
    answers = fanout.answers(ask(1), jobs)
    assert answers[8:] == (True,) * 11
    assert all(isinstance(a, TimedOut) for a in answers[:8])
    release.set()


def test_no_account_has_more_calls_at_once_than_its_cap(fanout: Fanout) -> None:
    """Over several questions at once."""
    lock, running, most = threading.Lock(), 0, 0

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1

    jobs = [Job(ACCOUNTS[0], "us-west-2", call) for _ in range(6)]
    threads = [threading.Thread(target=fanout.answers, args=(ask(), jobs)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_targets_run_in_the_context_of_who_asks(fanout: Fanout) -> None:
    """Context variables, such as the id of a command in the log, come along."""
    token = MARK.set("7f3a")
    try:
        assert fanout.answers(ask(), [Job(ACCOUNTS[0], "us-west-2", MARK.get)]) == ("7f3a",)
    finally:
        MARK.reset(token)


def test_a_fault_of_ours_is_raised_and_not_told_as_the_account_s() -> None:
    """A KeyError is no failure of AWS."""
    fanout = Fanout(workers=1, per_account=1)
    broken: dict[str, int] = {}
    with pytest.raises(KeyError):
        fanout.answers(ask(), [Job(ACCOUNTS[0], "us-west-2", lambda: broken["x"])])
    assert fanout.answers(ask(), [Job(ACCOUNTS[0], "us-west-2", lambda: 1)]) == (1,)
    fanout.close()


def test_one_raises_the_account_s_error(fanout: Fanout) -> None:
    """For ports that speak of a single thing."""

    def refuse() -> int:
        raise AccessDenied("no")

    with pytest.raises(SourceError, match="no"):
        fanout.one(ask(), Job(ACCOUNTS[0], "us-west-2", refuse))


def test_closing_ends_the_wait_for_what_had_not_begun() -> None:
    """A question under way at the end of the process is not held to its deadline."""
    fanout = Fanout(workers=1, per_account=1)
    release, told = threading.Event(), []
    jobs: list[Job[bool]] = [Job(ACCOUNTS[0], "us-west-2", lambda: release.wait(10)) for _ in range(3)]
    asking = threading.Thread(target=lambda: told.extend(fanout.answers(ask(30), jobs)))
    began = time.monotonic()
    asking.start()
    time.sleep(0.05)
    fanout.close()
    release.set()
    asking.join()
    assert time.monotonic() - began < 5
    assert told[0] is True
    assert [type(t) for t in told[1:]] == [TimedOut, TimedOut]


def test_a_region_that_hangs_leaves_the_others_their_answers(fanout: Fanout) -> None:
    """In accounts that have it too: of all threads it holds half, of an account's two one."""
    release = threading.Event()
    jobs: list[Job[bool]] = []
    for account in ACCOUNTS:
        jobs += [Job(account, "us-west-2", lambda: release.wait(10)) for _ in range(2)]
        jobs += [Job(account, "eu-west-1", lambda: True) for _ in range(2)]
    answers = fanout.answers(ask(1), jobs)
    told = {r: [a for j, a in zip(jobs, answers, strict=True) if j.region == r] for r in ("us-west-2", "eu-west-1")}
    assert told["eu-west-1"] == [True] * 24
    assert all(isinstance(a, TimedOut) for a in told["us-west-2"])
    release.set()


def test_one_region_alone_may_use_every_thread(fanout: Fanout) -> None:
    """Nobody else wants them."""
    together = threading.Barrier(4)
    jobs = [Job(a, "us-west-2", lambda: together.wait(5) >= 0) for a in ACCOUNTS[:4]]
    assert fanout.answers(ask(), jobs) == (True,) * 4


def test_after_closing_a_question_ends_at_once() -> None:
    """Nobody would answer it."""
    fanout = Fanout(workers=1, per_account=1)
    fanout.close()
    began = time.monotonic()
    (answer,) = fanout.answers(ask(30), [Job(ACCOUNTS[0], "us-west-2", lambda: 1)])
    assert isinstance(answer, TimedOut)
    assert time.monotonic() - began < 5
