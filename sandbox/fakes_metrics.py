"""CloudWatch's metrics and the monitors' baselines in memory, for tests of who asks for them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from bot.errors import SourceError
from bot.logic.measures import endpoint_of, kind_of, schedule_of
from bot.model.metric import Limit, Metric, MetricKind, Query, Series
from bot.model.monitor import Schedule
from bot.model.observation import Window
from bot.ports import Ask, Failure, Found

T = TypeVar("T")
Point = tuple[float, float]
"""(seconds since 1970, value); the time begins a period."""


@dataclass(slots=True)
class Measured:
    """What was measured, who refuses, and what was asked."""

    points: dict[Query, tuple[Point, ...]] = field(default_factory=dict)
    """Every series there is; its metric can be discovered. Points are given as they stand, whatever the period."""
    metrics: tuple[Metric, ...] = ()
    """Those that can be discovered beside them."""
    limits: tuple[Limit, ...] = ()
    refused: dict[tuple[str, str], SourceError] = field(default_factory=dict)
    """By account id and Region."""
    unread: dict[tuple[str, str], SourceError] = field(default_factory=dict)
    """Those who list their metrics and give no points."""
    discovered: list[tuple[Collection[MetricKind], Collection[str], Collection[str]]] = field(default_factory=list)
    """(kinds, names, resources) of each discovery."""
    asked: list[tuple[tuple[Query, ...], Window, int]] = field(default_factory=list)
    """(queries, window, period) of each ask for series."""


class FakeMetrics:
    """`Metrics` of what was measured, for one question."""

    def __init__(self, measured: Measured, ask: Ask) -> None:
        self._measured = measured
        self._ask = ask

    def discover(
        self,
        kinds: Collection[MetricKind],
        names: Collection[str] = (),
        resources: Collection[str] = (),
        known: Iterable[Schedule] = (),
    ) -> Found[Metric]:
        """Those of the scope, sorted."""
        del known
        self._measured.discovered.append((kinds, names, resources))
        there = {query.metric for query in self._measured.points} | set(self._measured.metrics)
        wanted = (m for m in there if kind_of(m) in kinds and (not names or m.name in names))
        about = (m for m in wanted if not resources or {endpoint_of(m), schedule_of(m)} & set(resources))
        return self._found(sorted(m for m in about if self._answers(m)))

    def series(self, queries: Sequence[Query], window: Window, period_s: int) -> Found[Series]:
        """Of each query of the scope, the points within the window; none for what was never measured."""
        self._measured.asked.append((tuple(queries), window, period_s))
        start, end = window.start.timestamp(), window.end.timestamp()
        found = []
        for query in queries:
            if self._answers(query.metric) and _place(query.metric) not in self._measured.unread:
                inside = [(t, v) for t, v in self._measured.points.get(query, ()) if start <= t < end]
                found.append(Series(query, period_s, tuple(t for t, _ in inside), tuple(v for _, v in inside)))
        return self._found(found, self._measured.unread)

    def _answers(self, metric: Metric) -> bool:
        place = _place(metric)
        return place not in self._measured.refused and place in {(a.id, r) for a, r in self._ask.scope.targets()}

    def _found(
        self, items: Iterable[T], more: Mapping[tuple[str, str], SourceError] = MappingProxyType({})
    ) -> Found[T]:
        refused = {**self._measured.refused, **more}
        targets = self._ask.scope.targets()
        failures = tuple(Failure(a, r, refused[a.id, r]) for a, r in targets if (a.id, r) in refused)
        return Found(tuple(items), failures, len(targets), 0.3)


def _place(metric: Metric) -> tuple[str, str]:
    return (metric.account_id, metric.region)


class FakeBaselines:
    """`Baselines` of what was measured, for one question."""

    def __init__(self, measured: Measured, ask: Ask) -> None:
        self._measured = measured
        self._ask = ask

    def limits(self, schedules: Iterable[Schedule]) -> Found[Limit]:
        """Those of the schedules, of accounts that answer."""
        refused = self._measured.refused
        monitors = {s.monitor for s in schedules}
        targets = self._ask.scope.targets()
        failures = tuple(Failure(a, r, refused[a.id, r]) for a, r in targets if (a.id, r) in refused)
        kept = tuple(x for x in self._measured.limits if x.monitor in monitors and x.monitor[:2] not in refused)
        return Found(kept, failures, len({m[:2] for m in monitors}), 0.1)
