"""In what a metric is shown: CloudWatch's own units are not always a reader's."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import copysign, inf, isfinite

from bot.logic.words import UNKNOWN, duration, number
from bot.model.metric import Query, Series

_MICROSECONDS = frozenset(
    {
        *("ModelLatency", "OverheadLatency", "ModelSetupTime", "ContainerLatency"),
        *("FirstChunkLatency", "FirstChunkModelLatency", "FirstChunkOverheadLatency"),
        *("ModelLoadingWaitTime", "ModelDownloadingTime", "ModelLoadingTime", "ModelUnloadingTime"),
    }
)
"""Of endpoints (AWS docs: "Amazon SageMaker AI metrics in Amazon CloudWatch")."""
_ONES = ("Errors", "ModelCacheHit")
"""Metrics that are 1 or 0 for each request, so that their average is a share (the same page)."""
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
_INFINITE = 1e100
"""Clarify publishes an infinite bias as ±2.348543e108 (SageMaker developer guide, "CloudWatch metrics for bias")."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its sign, and how many of it are one of CloudWatch's."""

    label: str = ""
    """For an axis: `ms`, `%`, `per 5 min`; empty for what has none, as accuracy."""
    factor: float = 1.0
    counts: bool = False
    """Whether values are numbers of things, which vary by chance however few they are."""

    def value(self, value: float) -> float:
        """CloudWatch's number in this unit; an infinite one as such."""
        return value * self.factor if abs(value) < _INFINITE else copysign(inf, value)

    def of(self, series: Series) -> Series:
        """The series in this unit."""
        return replace(series, values=tuple(map(self.value, series.values)))

    def written(self, value: float) -> str:
        """A value of this unit in words: `12.3 ms`, `41.2 %`, `1,200 per 5 min`, `0.9104`."""
        if not isfinite(value):
            return UNKNOWN
        return f"{_short(value)} {self.label}" if self.label else number(value)

    def between(self, low: float, high: float) -> str:
        """`between 40 and 260 ms`."""
        return f"between {_short(low) if self.label else number(low)} and {self.written(high)}"


def unit_of(query: Query, period_s: int, most: float = 0.0) -> Unit:
    """The unit of a query's values. `most` is the largest of them: bytes are written by it."""
    name, stat = query.metric.name, query.stat
    is_one = name.endswith(_ONES)
    if stat in {"Sum", "SampleCount"} and (stat == "SampleCount" or is_one or _is_count(name)):
        return Unit(f"per {duration(timedelta(seconds=period_s)).removeprefix('1 ')}", counts=True)
    if is_one and stat == "Average":
        return Unit("%", 100.0)
    if name in _MICROSECONDS:
        return Unit("ms", 1e-3)
    if name.endswith(("Utilization", "UtilizationNormalized", "Reservation")):
        return Unit("%")
    if name.endswith("Bytes"):
        size, label = next((one for one in _BYTES if abs(most) >= one[0]), _BYTES[-1])
        return Unit(label, 1 / size)
    return Unit()


def _is_count(name: str) -> bool:
    return name.startswith(("Invocations", "feature_non_null_", "feature_null_"))


def _short(value: float) -> str:
    """Three significant digits, whole and with separators from 100."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
