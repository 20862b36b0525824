"""CloudWatch metrics and the limits beside them. Bound to an `Ask`; every method stays within its deadline."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from bot.model.metric import Limit, Metric, MetricKind, Query, Series
from bot.model.monitor import Schedule
from bot.model.observation import Window
from bot.ports.ask import Found


class Metrics(Protocol):
    """Metrics of the accounts of the ask's scope: linked ones by the observability account, others by their role."""

    def discover(
        self,
        kinds: Collection[MetricKind],
        names: Collection[str] = (),
        resources: Collection[str] = (),
        known: Iterable[Schedule] = (),
    ) -> Found[Metric]:
        """Metrics that had a point within the last two weeks, which is as far as CloudWatch lists them; sorted.

        `names` limits to metrics of these names (exact), `resources` to those of these endpoints and schedules. An
        account that cannot be asked, or whose link shares no metrics, is a failure that names what to share. Of an
        account whose monitors are among the `known` ones and show no metric at all, it is found out whether its link
        hides them, which is a failure too.
        """
        ...

    def series(self, queries: Sequence[Query], window: Window, period_s: int) -> Found[Series]:
        """The points within the window, one Series for each query that was answered, in the order of the queries.

        One without points has none; one that cannot be had whole is left out, and its account a failure. The window
        is widened to whole periods, and the period to the shortest that CloudWatch keeps for as long as the window
        reaches back. People who ask the same within a period, for five minutes at most, share one fetch.
        """
        ...


class Baselines(Protocol):
    """What monitors hold their metrics to."""

    def limits(self, schedules: Iterable[Schedule]) -> Found[Limit]:
        """The limits in each schedule's constraints file; a schedule without one has none and is no failure."""
        ...
