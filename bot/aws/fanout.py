"""Asks many targets at once, within the question's deadline; who does not answer becomes a failure."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from bot.aws.asking import asked_by
from bot.aws.errors import where
from bot.aws.lanes import Lanes
from bot.errors import SourceError, TimedOut
from bot.model.account import Account
from bot.ports.ask import Ask, Failure, Found

T = TypeVar("T")
LOOK_S = 0.1
"""How often a waiting question looks whether it was cancelled."""


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """One target and what to ask of it; `run` raises SourceError."""

    account: Account
    region: str
    run: Callable[[], T]


class Fanout:
    """Runs jobs on the layer's own threads."""

    def __init__(self, workers: int, per_account: int) -> None:
        """One Region holds at most half of the workers once another is asked too."""
        self._lanes = Lanes(workers, per_account)

    def answers(self, ask: Ask, jobs: Sequence[Job[T]], *, share: float = 1.0) -> tuple[T | SourceError, ...]:
        """One answer or error for each job, in the order of the jobs. Any other exception of a job is raised.

        `share` is how much of the time that is left may be waited here: a silent account must leave some for what
        the others' answers lead to.
        """
        futures = self._lanes.submit((job.account.id, job.region, partial(asked_by, ask, job.run)) for job in jobs)
        pending = set(futures)
        end = time.monotonic() + ask.left_s() * share
        while pending and (left := end - time.monotonic()) > 0 and not ask.cancelled():
            _, pending = wait(pending, timeout=min(LOOK_S, left))
        for future in pending:
            future.cancel()
        answered: list[T | SourceError] = []
        for job, future in zip(jobs, futures, strict=True):
            answer = _answer(ask, job, future)
            answered.append(answer)
        return tuple(answered)

    def one(self, ask: Ask, job: Job[T]) -> T:
        """The answer of a single job. Raises SourceError."""
        answer = self.answers(ask, (job,))[0]
        if isinstance(answer, SourceError):
            raise answer
        return answer

    def close(self) -> None:
        """Ask nobody any more."""
        self._lanes.close()


def _answer(ask: Ask, job: Job[T], future: Future[T]) -> T | SourceError:
    if future.cancelled() or not future.done():
        name = where(job.account)
        if ask.cancelled():
            return TimedOut(f"{name} was not asked to the end: the question was cancelled")
        return TimedOut(f"{name} did not answer within the time given", "Ask again, or for less.")
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, SourceError):
        return error
    raise error


def gather(jobs: Sequence[Job[T]], answers: Sequence[T | SourceError], began: float) -> Found[T]:
    """Answers and failures apart, in the order of the jobs; `began` is of `time.monotonic()`."""
    items = tuple(a for a in answers if not isinstance(a, SourceError))
    return Found(items, failures_of(jobs, answers), len(jobs), time.monotonic() - began)


def failures_of(jobs: Sequence[Job[T]], answers: Sequence[T | SourceError]) -> tuple[Failure, ...]:
    """Who did not answer; said once where several jobs of a target failed alike."""
    pairs = zip(jobs, answers, strict=True)
    return once(Failure(job.account, job.region, a) for job, a in pairs if isinstance(a, SourceError))


def once(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Without those that say the same of the same target."""
    return tuple({(f.account.id, f.region, f.error.cause): f for f in failures}.values())
