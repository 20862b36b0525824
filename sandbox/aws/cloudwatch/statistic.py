"""Statistics by their names, over the samples of one span.

Source: CloudWatch User Guide, "CloudWatch statistics definitions". AWS does not say how its percentiles are estimated;
here they are exact: the smallest value that at least so much of the samples does not exceed. What is trimmed by
percentages is whole samples, as many as fit.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, floor

from sandbox.aws.cloudwatch.grid import Grid
from sandbox.aws.cloudwatch.samples import Column, Samples, StatisticSet

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

    def ranked(self) -> list[tuple[float, float]]:
        """(value, weight), smallest first."""
        return sorted(zip(self.values, self.weights or [1.0] * len(self.values), strict=True))


@dataclass(frozen=True, slots=True)
class Statistic:
    """How one is computed; None where it cannot be told."""

    of: Callable[[Span], float | None]
    plain: Callable[[Sequence[float]], float | None]
    """Of samples that were seen once each, of which there are some: what most metrics have."""


Ranked = list[tuple[float, float]]
"""(value, weight), smallest first."""

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
        return replace(_raw(lambda ranked: _percentile(ranked, share)), plain=partial(_plain_percentile, share))
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
        return _raw(lambda ranked: _winsorized(ranked, low, high))
    return _raw(lambda ranked: _TRIMMED[kind](_by_share(ranked, low, high)))


def _between(kind: str, low: float, high: float) -> Statistic | None:
    """Trimmed by values: above the lower bound, and up to the upper one itself."""
    if low >= high:
        return None
    if kind == "WM":
        return _raw(lambda ranked: _trimmed_mean([(min(max(value, low), high), weight) for value, weight in ranked]))
    if kind == "PR":
        return _raw(lambda ranked: 100 * _weight(_within(ranked, low, high)) / _weight(ranked))
    return _raw(lambda ranked: _TRIMMED[kind.lower()](_within(ranked, low, high)))


def _within(ranked: Ranked, low: float, high: float) -> Ranked:
    return [(value, weight) for value, weight in ranked if low < value <= high]


def _by_share(ranked: Ranked, low: float, high: float) -> Ranked:
    """Without so many of the smallest and of the greatest samples."""
    whole = _weight(ranked)
    first, last = floor(whole * low + 1e-9), whole - floor(whole * (1 - high) + 1e-9)
    kept, before = [], 0.0
    for value, weight in ranked:
        part = min(before + weight, last) - max(before, first)
        if part > 0:
            kept.append((value, part))
        before += weight
    return kept


def _winsorized(ranked: Ranked, low: float, high: float) -> float | None:
    kept = _by_share(ranked, low, high)
    if not kept:
        return None
    least, most = kept[0][0], kept[-1][0]
    return _trimmed_mean([(min(max(value, least), most), weight) for value, weight in ranked])


def _percentile(ranked: Ranked, share: float) -> float:
    wanted, seen = share * _weight(ranked) - 1e-9, 0.0
    for value, weight in ranked:
        seen += weight
        if seen >= wanted:
            return value
    return ranked[-1][0]


def _plain_percentile(share: float, values: Sequence[float]) -> float | None:
    """The same of samples seen once each."""
    ranked = sorted(values)
    return ranked[max(ceil(share * len(ranked) - 1e-9) - 1, 0)] if ranked[0] >= 0 else None


def _weight(ranked: Iterable[tuple[float, float]]) -> float:
    return sum(weight for _, weight in ranked)


def _trimmed_sum(ranked: Ranked) -> float:
    return sum(value * weight for value, weight in ranked)


def _trimmed_mean(ranked: Ranked) -> float | None:
    weight = _weight(ranked)
    return _trimmed_sum(ranked) / weight if weight else None


_TRIMMED: dict[str, Callable[[Ranked], float | None]] = {"tm": _trimmed_mean, "tc": _weight, "ts": _trimmed_sum}


def points(columns: Sequence[Samples], spans: Grid, wanted: Statistic) -> tuple[Column, Column]:
    """(times, values) of the spans that have samples, oldest first."""
    times, found = array("d"), array("d")
    if len(columns) == 1 and not columns[0].weights and not columns[0].sets:
        _plain(columns[0], spans, wanted, times, found)
        return times, found
    for begin, end in spans.spans():
        span = _span([each.window(begin, end) for each in columns])
        value = wanted.of(span) if span.values or span.sets else None
        if value is not None:
            times.append(begin)
            found.append(value)
    return times, found


def _plain(column: Samples, spans: Grid, wanted: Statistic, times: Column, found: Column) -> None:
    """Most metrics: samples seen once each."""
    stamps, values, of, low = column.times, column.values, wanted.plain, 0
    for begin, end in spans.spans():
        high = bisect_left(stamps, end, low)
        if high > low:
            value = of(values[low:high])
            if value is not None:
                times.append(begin)
                found.append(value)
            low = high


def _span(windows: Sequence[Samples]) -> Span:
    values, weights = list[float](), list[float]()
    for each in windows:
        values.extend(each.values)
        weights.extend(each.weights or [1.0] * len(each.values))
    return Span(values, weights, [found for each in windows for _, found in each.sets])
