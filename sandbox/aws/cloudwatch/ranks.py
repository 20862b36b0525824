"""Percentiles and trimmed statistics of samples in the order of their values.

Source: CloudWatch User Guide, "CloudWatch statistics definitions". AWS does not say how its percentiles are estimated;
here they are exact: the smallest value that at least so much of the samples does not exceed. What is trimmed by
percentages is whole samples, as many as fit.
"""

from collections.abc import Callable, Iterable, Sequence
from math import ceil, floor

Ranked = list[tuple[float, float]]
"""(value, weight), smallest first."""


def within(ranked: Ranked, low: float, high: float) -> Ranked:
    """What is above the lower bound, and up to the upper one itself."""
    return [(value, weight) for value, weight in ranked if low < value <= high]


def by_share(ranked: Ranked, low: float, high: float) -> Ranked:
    """Without so many of the smallest and of the greatest samples."""
    whole = weight_of(ranked)
    first, last = floor(whole * low + 1e-9), whole - floor(whole * (1 - high) + 1e-9)
    kept, before = [], 0.0
    for value, weight in ranked:
        part = min(before + weight, last) - max(before, first)
        if part > 0:
            kept.append((value, part))
        before += weight
    return kept


def winsorized(ranked: Ranked, low: float, high: float) -> float | None:
    """The mean once what is outside of the shares counts as the last value within."""
    kept = by_share(ranked, low, high)
    if not kept:
        return None
    least, most = kept[0][0], kept[-1][0]
    return trimmed_mean([(min(max(value, least), most), weight) for value, weight in ranked])


def percentile(ranked: Ranked, share: float) -> float:
    """The smallest value that at least a share of the samples does not exceed."""
    wanted, seen = share * weight_of(ranked) - 1e-9, 0.0
    for value, weight in ranked:
        seen += weight
        if seen >= wanted:
            return value
    return ranked[-1][0]


def plain_percentile(share: float, values: Sequence[float]) -> float | None:
    """The same of samples seen once each."""
    ranked = sorted(values)
    return ranked[max(ceil(share * len(ranked) - 1e-9) - 1, 0)] if ranked[0] >= 0 else None


def weight_of(ranked: Iterable[tuple[float, float]]) -> float:
    """How many samples."""
    return sum(weight for _, weight in ranked)


def trimmed_sum(ranked: Ranked) -> float:
    """Their sum."""
    return sum(value * weight for value, weight in ranked)


def trimmed_mean(ranked: Ranked) -> float | None:
    """Their mean; None of none."""
    weight = weight_of(ranked)
    return trimmed_sum(ranked) / weight if weight else None


TRIMMED: dict[str, Callable[[Ranked], float | None]] = {"tm": trimmed_mean, "tc": weight_of, "ts": trimmed_sum}
