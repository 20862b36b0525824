"""CloudWatch's metrics across accounts: what there is, and the points of what is asked for."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.aws.actions import needs
from bot.aws.cloudwatch import CloudWatch, Place, Way
from bot.aws.fanout import Fanout, Job, once
from bot.aws.hub import Hub
from bot.aws.identity import UNKNOWN_SELF
from bot.aws.metrics_data import Points
from bot.aws.metrics_hidden import Hidden, silent
from bot.aws.metrics_listing import Listings, listings
from bot.aws.metrics_packs import Wanted, span_of
from bot.errors import SourceError
from bot.logic.measures import endpoint_of, schedule_of
from bot.model.account import Account
from bot.model.metric import Metric, MetricKind, Query, Series
from bot.model.monitor import Schedule
from bot.model.observation import Window
from bot.ports.ask import Ask, Failure, Found

WORKERS = 8
"""Threads that ask CloudWatch, apart from those that ask SageMaker: one account answers for all that are linked."""
HALF = 0.5
"""Of the time left that a discovery may wait for a silent account: points are asked for after it."""


class Measuring:
    """What all questions share: what is known of metrics and points, and the threads that ask."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.fanout = Fanout(WORKERS, WORKERS)
        self.cloudwatch = CloudWatch(hub)
        self.listings = Listings(self.cloudwatch, self.fanout)
        self.points = Points(self.cloudwatch, self.fanout)
        self.hidden = Hidden(self.listings)

    def ways(self, ask: Ask, targets: Iterable[tuple[Account, str]]) -> dict[Place, Way]:
        """How each account's metrics are had in a Region. Raises SourceError while nobody says who the bot is."""
        if self.hub.own_if_known() is None:
            self.fanout.one(ask, Job(UNKNOWN_SELF, self.hub.regions[0], self.hub.own_account))
        return {(account.id, region): self.cloudwatch.way(account, region) for account, region in targets}


class AwsMetrics:
    """`bot.ports.metrics.Metrics` over CloudWatch."""

    def __init__(self, measuring: Measuring, ask: Ask) -> None:
        """Bound to one ask."""
        self._measuring = measuring
        self._ask = ask

    @needs("cloudwatch:ListMetrics")
    def discover(
        self,
        kinds: Collection[MetricKind],
        names: Collection[str] = (),
        resources: Collection[str] = (),
        known: Iterable[Schedule] = (),
    ) -> Found[Metric]:
        """Sorted; takes half of the time left at most."""
        began = time.monotonic()
        targets = self._ask.scope.targets()
        try:
            ways = self._measuring.ways(self._ask, targets)
        except SourceError as error:
            return Found((), _each(targets, error), len(targets), time.monotonic() - began)
        wanted = listings(tuple(ways.values()), kinds, names, resources)
        said = self._measuring.listings.read(self._ask, wanted, share=HALF)
        lists = [(wanted[x], a) for x, a in said.items()]
        failures = [_failure(w, a) for own, a in lists if isinstance(a, SourceError) for w in own]
        listed = {m for _, a in lists if not isinstance(a, SourceError) for m in a if _place(m) in ways}
        found = [m for m in listed if _is_wanted(m, names, resources)]
        mute = silent(_without(ways, failures), kinds, found, known)
        hidden = self._measuring.hidden.failures(self._ask, mute) if mute else ()
        return Found(tuple(sorted(found)), once((*failures, *hidden)), len(targets), time.monotonic() - began)

    @needs("cloudwatch:GetMetricData")
    def series(self, queries: Sequence[Query], window: Window, period_s: int) -> Found[Series]:
        """In the order of the queries; those of accounts outside the scope are not asked."""
        began = time.monotonic()
        places = {_place(q.metric) for q in queries}
        targets = [(a, r) for a, r in self._ask.scope.targets() if (a.id, r) in places]
        try:
            ways = self._measuring.ways(self._ask, targets)
        except SourceError as error:
            return Found((), _each(targets, error), len(targets), time.monotonic() - began)
        span = span_of(window, period_s, self._ask.now)
        wanted = [Wanted(q, span) for q in queries if _place(q.metric) in ways]
        said = self._measuring.points.read(self._ask, wanted, ways)
        items = tuple(a for a in (said[w] for w in wanted) if isinstance(a, Series))
        refused = ((w, said[w]) for w in wanted)
        failures = (_failure(ways[_place(w.query.metric)], a) for w, a in refused if isinstance(a, SourceError))
        return Found(items, once(failures), len(targets), time.monotonic() - began)


def _place(metric: Metric) -> Place:
    return (metric.account_id, metric.region)


def _is_wanted(metric: Metric, names: Collection[str], resources: Collection[str]) -> bool:
    """CloudWatch may have been asked for more."""
    about = {endpoint_of(metric), schedule_of(metric)} - {""}
    return (not names or metric.name in names) and (not resources or bool(about & set(resources)))


def _without(ways: Mapping[Place, Way], failures: Iterable[Failure]) -> list[Way]:
    failed = {(f.account.id, f.region) for f in failures}
    return [way for place, way in ways.items() if place not in failed]


def _failure(way: Way, error: SourceError) -> Failure:
    return Failure(way.account, way.asked.region, way.hinted(error))


def _each(targets: Iterable[tuple[Account, str]], error: SourceError) -> tuple[Failure, ...]:
    return tuple(Failure(account, region, error) for account, region in targets)
