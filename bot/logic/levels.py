"""Where a series changed its level beyond noise: its points in stretches that differ from each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import sqrt
from statistics import fmean, median

SURE = 5.0
"""Standard errors between two stretches: of all places to cut the best is looked at, which goes far by chance."""
APART = 3.0
"""And times the noise of one point: what wanders by less is no change of level."""
MATERIAL = 0.01
"""And this share of the level: nobody calls 41.2 after 41.1 a rise, however sure it is."""
_FEW = 4
"""So many points know half of their noise: it is taken as twice what they show."""
_DEEPEST = 8
"""Cuts within cuts; what changes more often has no level."""
_SPREAD = 1.4826
"""From the median of absolute deviations to the standard deviation, for a normal distribution."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Points from `start` to before `end` that lie about one level, their median."""

    start: int
    end: int
    level: float


def noise(values: Sequence[float], *, counts: bool = False) -> float:
    """The standard deviation of one point about its level, from the differences of neighbours.

    Their median does not see the few where the level changed. A count varies by the root of its mean at least
    (Poisson), however alike the few are that were seen.
    """
    steps = [abs(after - before) for before, after in pairwise(values)]
    own = _SPREAD * median(steps) / sqrt(2) * (1 + _FEW / len(values)) if steps else 0.0
    return max(own, sqrt(sum(map(abs, values)) / len(values))) if counts and values else own


def stretches(values: Sequence[float], noise_of_one: float) -> list[Stretch]:
    """The levels in order; one where nothing changed. Empty without values."""
    if not values:
        return []
    sums = [0.0, *accumulate(values)]
    edges = [0, *_cuts(sums, 0, len(values), noise_of_one, _DEEPEST), len(values)]
    # A cut is looked for in all points around it; between its neighbours it may be none.
    while len(edges) > 2:
        sure = [
            _difference(values[a:b], values[b:c], noise_of_one)
            for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
        ]
        weakest = min(range(len(sure)), key=lambda i: sure[i])
        if sure[weakest] >= SURE:
            break
        del edges[weakest + 1]
    return [Stretch(a, b, median(values[a:b])) for a, b in pairwise(edges)]


def _cuts(sums: Sequence[float], start: int, end: int, noise_of_one: float, depth: int) -> Iterator[int]:
    """Where points of another level begin or end, by the range of the cumulative sum about the mean."""
    mean = (sums[end] - sums[start]) / (end - start)
    course = [sums[i] - sums[start] - (i - start) * mean for i in range(start, end + 1)]
    first, last = sorted((course.index(min(course)) + start, course.index(max(course)) + start))
    inner = last - first
    outer = end - start - inner
    if not depth or not inner or not outer:
        return
    rest = (sums[end] - sums[start] - sums[last] + sums[first]) / outer
    if _sureness((sums[last] - sums[first]) / inner, rest, inner, outer, noise_of_one) < SURE:
        return
    places = [start, *(i for i in (first, last) if start < i < end), end]
    for a, b in pairwise(places):
        yield from _cuts(sums, a, b, noise_of_one, depth - 1)
        if b < end:
            yield b


def _difference(left: Sequence[float], right: Sequence[float], noise_of_one: float) -> float:
    """What wanders within the two stretches is noise as well, though its neighbours are alike."""
    off = [abs(value - level) for part in (left, right) for level in (median(part),) for value in part]
    spread = _SPREAD * median(off)
    return _sureness(fmean(left), fmean(right), len(left), len(right), max(noise_of_one, spread))


def _sureness(one: float, other: float, count: int, other_count: int, noise_of_one: float) -> float:
    """How many standard errors two means are apart; 0 where that is no change of level."""
    apart = abs(one - other)
    if apart <= MATERIAL * max(abs(one), abs(other)) or apart < APART * noise_of_one:
        return 0.0
    return apart / max(noise_of_one * sqrt(1 / count + 1 / other_count), 1e-12 * apart)
