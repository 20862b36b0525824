"""What an expression is given and what it gives back: math, SEARCH and Metrics Insights are all written to this."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
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
    dropped: bool = False
    """Whether points are missing because they came to no number, as by a division by zero."""
    group: tuple[tuple[str, str], ...] = ()
    """Of a Metrics Insights query with GROUP BY: its labels with their values."""


Result = Series | tuple[Series, ...]
"""One time series (TS), or an array of them (TS[]), as the User Guide's "Metric math" tells them apart."""


class Flaw(Exception):
    """What is wrong with an expression, in words; whoever knows the query's id makes AWS's error of it."""


class Note(Enum):
    """What GetMetricData tells of an answer that is not whole: the code and the text of its Messages.

    Source: API reference, GetMetricData (`Maximum number of allowed metrics exceeded`); the other codes as
    Grafana's CloudWatch data source knows them.
    """

    METRICS = ("MaxMetricsExceeded", "Maximum number of allowed metrics exceeded")
    TIME_RANGE = ("MaxQueryTimeRangeExceeded", "Max time window exceeded for query")
    RESULTS = ("MaxQueryResultsExceeded", "Only the first 500 time series can be returned by a query")
    MATCHES = ("MaxMatchingResultsExceeded", "The query matched more than 10,000 metrics")


class Context(Protocol):
    """The query that an expression stands in."""

    @property
    def account_id(self) -> str:
        """Whose request it is."""
        ...

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

    def note(self, note: Note) -> None:
        """Tell with the answer that it is not whole."""
        ...


Evaluate = Callable[[str, Context], Result]
"""Computes an expression. Raises Flaw for one that is wrong, AwsError for what it names and is not there."""
