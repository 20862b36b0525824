"""Statistics by their names, over the samples of one span.

Source: CloudWatch User Guide, "CloudWatch statistics definitions".
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sandbox.aws.cloudwatch.ranks import (
    TRIMMED,
    Ranked,
    by_share,
    percentile,
    plain_percentile,
    trimmed_mean,
    weight_of,
    winsorized,
    within,
)
from sandbox.aws.cloudwatch.samples import StatisticSet

SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_NUMBER = r"\d+(?:\.\d{1,10})?"
_SHORT = re.compile(rf"(p|tm|tc|ts|wm)({_NUMBER})")
_RANGE = re.compile(rf"(TM|TC|TS|WM|PR)\(({_NUMBER}%?)?:({_NUMBER}%?)?\)")


@dataclass(slots=True)
class Span:
    """The samples of one span of time: values with weights (none: once each), and sets of statistics."""

    values: Sequence[float]
    weights: Sequence[float] | None
    sets: Sequence[StatisticSet]

    def count(self) -> float:
        """How many samples."""
        own = float(len(self.values)) if self.weights is None else sum(self.weights)
        return own + sum(each.count for each in self.sets) if self.sets else own

    def total(self) -> float:
        """Their sum."""
        if self.weights is None:
            own = sum(self.values)
        else:
            own = sum(value * weight for value, weight in zip(self.values, self.weights, strict=True))
        return own + sum(each.total for each in self.sets) if self.sets else own

    def least(self) -> float:
        """The smallest."""
        return min([*self.values, *(each.least for each in self.sets)]) if self.sets else min(self.values)

    def most(self) -> float:
        """The greatest."""
        return max([*self.values, *(each.most for each in self.sets)]) if self.sets else max(self.values)

    def ranked(self) -> Ranked:
        """(value, weight), smallest first."""
        return sorted(zip(self.values, self.weights or [1.0] * len(self.values), strict=True))


@dataclass(frozen=True, slots=True)
class Statistic:
    """How one is computed; None where it cannot be told."""

    of: Callable[[Span], float | None]
    plain: Callable[[Sequence[float]], float | None]
    """Of samples that were seen once each, of which there are some: what most metrics have."""


_SIMPLE: dict[str, Statistic] = {
    "SampleCount": Statistic(Span.count, len),
    "Average": Statistic(
        lambda span: span.total() / span.count() if span.count() else None, lambda values: sum(values) / len(values)
    ),
    "Sum": Statistic(Span.total, sum),
    "Minimum": Statistic(Span.least, min),
    "Maximum": Statistic(Span.most, max),
}


def statistic(name: str) -> Statistic | None:
    """`Average`, `p99.9`, `tm90`, `TM(2%:98%)`, `PR(:300)`, `IQM` …; None for what is no statistic."""
    if name in _SIMPLE:
        return _SIMPLE[name]
    if name == "IQM":
        return _shared("tm", 0.25, 0.75)
    if found := _SHORT.fullmatch(name):
        return _short(found[1], float(found[2]) / 100)
    if found := _RANGE.fullmatch(name):
        return _ranged(found[1], found[2], found[3])
    return None


def _raw(of: Callable[[Ranked], float | None]) -> Statistic:
    """What needs raw samples: nothing where only sums were put, nor where a value is negative (API: PutMetricData)."""

    def judged(span: Span) -> float | None:
        if span.sets or min(span.values) < 0:
            return None
        return of(span.ranked())

    return Statistic(judged, lambda values: judged(Span(values, None, ())))


def _short(kind: str, share: float) -> Statistic | None:
    if share > 1:
        return None
    if kind == "p":
        return replace(_raw(lambda ranked: percentile(ranked, share)), plain=partial(plain_percentile, share))
    return _shared(kind, 0.0, share)


def _ranged(kind: str, low: str | None, high: str | None) -> Statistic | None:
    """Both bounds are percentages, or both are values; one may be left out."""
    bounds = [bound for bound in (low, high) if bound]
    if not bounds or len({bound.endswith("%") for bound in bounds}) > 1:
        return None
    if not bounds[0].endswith("%"):
        return _between(kind, float(low) if low else float("-inf"), float(high) if high else float("inf"))
    least, most = (float((bound or default).rstrip("%")) / 100 for bound, default in ((low, "0"), (high, "100")))
    return None if kind == "PR" or not 0 <= least < most <= 1 else _shared(kind.lower(), least, most)


def _shared(kind: str, low: float, high: float) -> Statistic:
    """Trimmed by shares of the samples."""
    if kind == "wm":
        return _raw(lambda ranked: winsorized(ranked, low, high))
    return _raw(lambda ranked: TRIMMED[kind](by_share(ranked, low, high)))


def _between(kind: str, low: float, high: float) -> Statistic | None:
    """Trimmed by values: above the lower bound, and up to the upper one itself."""
    if low >= high:
        return None
    if kind == "WM":
        return _raw(lambda ranked: trimmed_mean([(min(max(value, low), high), weight) for value, weight in ranked]))
    if kind == "PR":
        return _raw(lambda ranked: 100 * weight_of(within(ranked, low, high)) / weight_of(ranked))
    return _raw(lambda ranked: TRIMMED[kind.lower()](within(ranked, low, high)))
