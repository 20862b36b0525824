"""Metrics of which names, dimensions and values were chosen by somebody who means harm."""

from collections.abc import Collection, Iterable, Sequence

from bot.logic.measures import NAMESPACES
from bot.model.metric import Limit, Metric, MetricKind, Query, Series
from bot.model.monitor import Schedule
from bot.model.observation import Row, Window
from bot.ports import Failure, Found, Inventory
from sandbox.fakes_hostile import Words

CHECKS = ("LessThanThreshold", "GreaterThanThreshold", "bias_drift_check", "baseline_drift_check", "none of ours")
NUMBERS = (0.0, -1.5, 0.33, 1e300, -1e308, float("inf"), float("nan"), 2.348543e108, 1e-320)


class HostileMetrics:
    """`Metrics` and `Baselines`."""

    def __init__(self, words: Words, inventory: Inventory, failures: tuple[Failure, ...]) -> None:
        self._words = words
        self._inventory = inventory
        self._failures = failures

    def discover(
        self,
        kinds: Collection[MetricKind],
        names: Collection[str] = (),
        resources: Collection[str] = (),
        known: Iterable[Schedule] = (),
    ) -> Found[Metric]:
        """Of the endpoints that there are, and of others."""
        del known
        typed = [name for name in names if not {"<", ">"} & set(name)]  # what was typed is its asker's own
        found = [self._metric(kind, typed, list(resources)) for kind in sorted(kinds) for _ in range(3)]
        return Found(tuple(sorted(set(found))), self._failures, 3, 0.2)

    def _metric(self, kind: MetricKind, names: list[str], resources: list[str]) -> Metric:
        words, pick = self._words, self._words.any.choice
        name = pick([*names, f"feature_baseline_drift_{words()}", words()]) or "x"
        endpoint = pick([*resources, words()]) or "x"
        dimensions = {"Endpoint": endpoint, "MonitoringSchedule": words() or "x", words() or "x": words() or "x"}
        account = pick([*self._inventory.accounts(), None])
        place = (account.id, pick(account.regions)) if account and account.regions else ("1", "us-east-1")
        return Metric(*place, pick(NAMESPACES[kind]), name, tuple(sorted(dimensions.items())))

    def series(self, queries: Sequence[Query], window: Window, period_s: int) -> Found[Series]:
        """Numbers that no chart takes among them."""
        random = self._words.any
        start, end = window.start.timestamp(), window.end.timestamp()
        found = []
        for query in queries:
            times = sorted({start + random.random() * (end - start) for _ in range(random.choice((0, 1, 2, 50)))})
            values = tuple(random.choice((*NUMBERS, random.random())) for _ in times)
            found.append(Series(query, period_s, tuple(times), values))
        return Found(tuple(found), self._failures, 3, 0.2)

    def limits(self, schedules: Iterable[Schedule]) -> Found[Limit]:
        """Some of them absurd."""
        words, pick = self._words, self._words.any.choice
        limits = (Limit(s.monitor, Row(words(), pick(CHECKS)), pick(NUMBERS)) for s in schedules)
        return Found(tuple(limits), self._failures, 3, 0.1)
