"""One listing per account and Region, and what is asked of each of its rows."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from bot.aws.fanout import Fanout, Job, failures_of, once
from bot.aws.hub import Answer, Hub, Target
from bot.errors import SourceError
from bot.model.fleet import Endpoint
from bot.model.monitor import Schedule
from bot.ports.ask import Ask, Failure, Found
from bot.ports.fleet import Sweep

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R", Endpoint, Schedule)
PAGE = 100
"""The most that SageMaker's lists give at once; their default is 10 (SageMaker API reference)."""
HALF = 0.5
"""Of the time left that a step may wait for a silent account: another step comes after it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a target, and what broke the list off, if it did."""

    target: Target
    rows: tuple[Answer, ...]
    broke: SourceError | None = None


@dataclass(frozen=True, slots=True)
class Listings:
    """All targets that answered, and who did not, or not to the end."""

    each: tuple[Listing, ...]
    failures: tuple[Failure, ...]
    asked: int
    began: float
    """On `time.monotonic()`."""

    def found(self, items: Iterable[R], lacks: Iterable[Failure]) -> Found[Sweep[R]]:
        """The items by target. Who lacks a detail is a failure, and its list is whole all the same."""
        by_target: dict[tuple[str, str], list[R]] = {(x.target.account.id, x.target.region): [] for x in self.each}
        for item in items:
            by_target[item.account_id, item.region].append(item)
        whole = {(x.target.account.id, x.target.region) for x in self.each if x.broke is None}
        sweeps = tuple(Sweep(*place, tuple(own), place in whole) for place, own in by_target.items())
        return Found(sweeps, once((*self.failures, *lacks)), self.asked, time.monotonic() - self.began)


@dataclass(frozen=True, slots=True)
class Told(Generic[K, V]):
    """What came of asking of each of several things."""

    of: Mapping[K, V]
    failures: tuple[Failure, ...]


class Sweeper:
    """Lists and asks for details, for one question."""

    def __init__(self, hub: Hub, fanout: Fanout, ask: Ask) -> None:
        self._hub = hub
        self._fanout = fanout
        self._ask = ask

    def call(self, target: Target, operation: str, **params: object) -> Answer:
        """One of SageMaker's operations. Raises SourceError."""
        return self._hub.call(target, "sagemaker", operation, **params)

    def listed(self, operation: str, key: str) -> Listings:
        """SageMaker's list of that name, whose rows stand under `key`."""
        began = time.monotonic()
        targets = [Target(account, region) for account, region in self._ask.scope.targets()]
        jobs = [Job(t.account, t.region, partial(self._list, t, operation, key)) for t in targets]
        answers = self._fanout.answers(self._ask, jobs, share=HALF)
        each = tuple(a for a in answers if isinstance(a, Listing))
        broke = (Failure(x.target.account, x.target.region, x.broke) for x in each if x.broke)
        return Listings(each, (*failures_of(jobs, answers), *broke), len(jobs), began)

    def told(
        self, wanted: Sequence[tuple[Target, K]], read: Callable[[Target, K], V], *, share: float = HALF
    ) -> Told[K, V]:
        """What `read` gives of each, all of them side by side."""
        jobs = [Job(target.account, target.region, partial(read, target, key)) for target, key in wanted]
        answers = self._fanout.answers(self._ask, jobs, share=share)
        pairs = zip((key for _, key in wanted), answers, strict=True)
        return Told({key: a for key, a in pairs if not isinstance(a, SourceError)}, failures_of(jobs, answers))

    def tags(self, target: Target, arn: str) -> Mapping[str, str]:
        """Every tag of a resource. Raises SourceError."""
        pages = self._hub.pages(self._ask, target, "sagemaker", "ListTags", ResourceArn=arn, MaxResults=PAGE)
        return {str(tag["Key"]): str(tag["Value"]) for page in pages for tag in page.get("Tags", ())}

    def _list(self, target: Target, operation: str, key: str) -> Listing:
        rows: list[Answer] = []
        try:
            for page in self._hub.pages(self._ask, target, "sagemaker", operation, MaxResults=PAGE):
                rows += page[key]
        except SourceError as error:
            if not rows:
                raise
            return Listing(target, tuple(rows), error)
        return Listing(target, tuple(rows))
