"""CloudWatch metrics of the fleet: what there is to ask for, what was answered, what it is held to."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.monitor import MonitorKey
from bot.model.observation import Row


class MetricKind(StrEnum):
    """What a metric speaks of; its namespace tells."""

    MODEL_QUALITY = "model quality"
    DATA_QUALITY = "data quality"
    BIAS = "bias"
    EXPLAINABILITY = "explainability"
    TRAFFIC = "invocations"
    """Requests, their errors and latency."""
    INSTANCES = "instances"
    """CPU, memory, disk and GPU of an endpoint's instances."""


@dataclass(frozen=True, slots=True, order=True)
class Metric:
    """One metric of one account. CloudWatch knows it by its exact set of dimensions, which are sorted by name here."""

    account_id: str
    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    """(name, value); values are untrusted."""

    def dimension(self, *names: str) -> str:
        """The value of the first of these dimensions that it has, else empty."""
        for name in names:
            for held, value in self.dimensions:
                if held == name:
                    return value
        return ""


@dataclass(frozen=True, slots=True)
class Query:
    """A metric and how its points of a period become one: a statistic as GetMetricData writes it, `Average`, `p90`."""

    metric: Metric
    stat: str


@dataclass(frozen=True, slots=True)
class Series:
    """The points of a query, oldest first. Times are seconds since 1970 in UTC and begin a period of `period_s`.

    They are no datetimes: an answer may hold 100,000 points, of which twenty are shown.
    """

    query: Query
    period_s: int
    times_s: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a monitor's baseline holds a metric to; `row.check` says which side of `value` is good."""

    monitor: MonitorKey
    row: Row
    value: float
