"""What an expression is given and what it gives back: math, SEARCH and Metrics Insights are all written to this."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sandbox.aws.cloudwatch.grid import Grid
from sandbox.aws.cloudwatch.keys import MetricKey


@dataclass(frozen=True, slots=True)
class Located:
    """A metric and whose it is: the account's id and, of a linked account, the label of its link."""

    account_id: str
    account_label: str
    key: MetricKey


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one time series, oldest first; `times` in seconds since 1970, as many as `values`."""

    label: str
    period_s: int
    times: Sequence[float]
    values: Sequence[float]
    source: Located | None = None
    """The metric that it was read from, for labels that tell its properties; None of what was computed from several."""
    stat: str = ""
    """The statistic that it was read as; empty of what was computed."""


Result = Series | tuple[Series, ...]
"""One time series (TS), or an array of them (TS[]), as the User Guide's "Metric math" tells them apart."""


class Context(Protocol):
    """The query that an expression stands in."""

    @property
    def period_s(self) -> int | None:
        """The Period that was given beside the expression."""
        ...

    @property
    def now_s(self) -> float:
        """When it was asked, in seconds since 1970."""
        ...

    def grid(self, period_s: int) -> Grid:
        """The spans from the request's StartTime to its EndTime at that period."""
        ...

    def ids(self) -> Sequence[str]:
        """The ids of all queries of the request, in its order, this one included."""
        ...

    def metric_ids(self) -> Sequence[str]:
        """The ids of those that are metrics, for METRICS()."""
        ...

    def result(self, id_: str) -> Result:
        """What the query of that id gives. Raises AwsError: unknown id, or it depends on itself."""
        ...

    def select(self, within: timedelta) -> Sequence[Located]:
        """Every metric that may be seen here and had samples within that long, of linked accounts too."""
        ...

    def read(self, found: Located, stat: str, period_s: int) -> Series:
        """The statistic of a metric at that period. Raises AwsError for what is no statistic or no period."""
        ...


Evaluate = Callable[[str, Context], Result]
"""Computes an expression. Raises AwsError `ValidationError` for one that is wrong."""
