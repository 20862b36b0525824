"""From the samples of a metric to the points of a statistic.

Spans are found by their samples, not the other way round: most spans of a long window by the minute are empty.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from sandbox.aws.cloudwatch.grid import Grid
from sandbox.aws.cloudwatch.samples import Column, Samples
from sandbox.aws.cloudwatch.statistic import Span, Statistic


def points(columns: Sequence[Samples], spans: Grid, wanted: Statistic) -> tuple[Column, Column]:
    """(times, values) of the spans that have samples, oldest first; the columns hold what is within the spans."""
    times, found = array("d"), array("d")
    for begin, value in _values(columns, spans, wanted):
        if value is not None:
            times.append(begin)
            found.append(value)
    return times, found


def _values(columns: Sequence[Samples], spans: Grid, wanted: Statistic) -> Iterator[tuple[float, float | None]]:
    if len(columns) == 1 and not columns[0].sets:
        return _single(columns[0], spans, wanted)
    return ((begin, wanted.of(span)) for begin, span in _merged(columns, spans))


def _single(column: Samples, spans: Grid, wanted: Statistic) -> Iterator[tuple[float, float | None]]:
    """Most metrics: one unit and resolution, no sets of statistics."""
    stamps, values, weights = column.times, column.values, column.weights
    low, plain = 0, wanted.plain
    while low < len(stamps):
        begin = spans.begin(stamps[low])
        high = bisect_left(stamps, begin + spans.period_s, low)
        if weights:
            yield begin, wanted.of(Span(values[low:high], weights[low:high], ()))
        else:
            yield begin, plain(values[low:high])
        low = high


def _merged(columns: Sequence[Samples], spans: Grid) -> Iterator[tuple[float, Span]]:
    """The spans of several columns together."""
    stamps = {spans.begin(time) for each in columns for time in each.times}
    stamps |= {spans.begin(time) for each in columns for time, _ in each.sets}
    for begin in sorted(stamps):
        windows = [each.window(begin, begin + spans.period_s) for each in columns]
        values, weights = list[float](), list[float]()
        for each in windows:
            values.extend(each.values)
            weights.extend(each.weights or [1.0] * len(each.values))
        yield begin, Span(values, weights, [found for each in windows for _, found in each.sets])
