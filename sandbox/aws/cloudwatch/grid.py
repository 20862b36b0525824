"""The spans that a query's data points stand for.

Source: CloudWatch API reference, GetMetricData and MetricStat (StartTime's rounding, periods, and how long points of
each are kept). Points begin at the rounded StartTime, whatever the period (AWS in boto/boto3#3457).
"""

from dataclasses import dataclass
from math import ceil

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
SUB_MINUTE = (1, 5, 10, 20, 30)
"""Periods of high-resolution metrics, beside the multiples of a minute."""
_KEPT = ((HOUR_S, 455 * DAY_S), (300, 63 * DAY_S), (MINUTE_S, 15 * DAY_S), (1, 3 * HOUR_S))
"""A period must be a multiple of the first for points that are not older than the second, in seconds."""


@dataclass(frozen=True, slots=True)
class Grid:
    """From `start_s` until before `end_s`, in seconds since 1970; a point is stamped with its span's beginning."""

    start_s: int
    end_s: float
    period_s: int

    def times(self) -> range:
        """When the spans begin, oldest first; the last one may end after `end_s`."""
        return range(self.start_s, ceil(self.end_s), self.period_s)

    def begin(self, time_s: float) -> float:
        """When the span of a moment begins."""
        return time_s - (time_s - self.start_s) % self.period_s


def allowed(period_s: int) -> bool:
    """Whether there are points of that period at all: 1, 5, 10, 20, 30 or a multiple of 60."""
    return period_s in SUB_MINUTE or (period_s > 0 and period_s % MINUTE_S == 0)


def kept_s(period_s: int) -> int:
    """How long points of a period are kept: 3 hours below a minute, 15 days, 63 days, 455 days."""
    return next(kept for unit, kept in _KEPT if period_s % unit == 0)


def grid(start_s: float, end_s: float, period_s: int, now_s: float) -> Grid:
    """The spans of a query made at `now_s`; those older than points of the period are kept are left out."""
    step = _step(now_s - start_s, period_s)
    begin = int(start_s // step * step)
    if period_s in SUB_MINUTE:
        end_s = end_s // period_s * period_s
    gone = now_s - kept_s(period_s) - begin
    if gone > 0:
        begin += ceil(gone / period_s) * period_s
    return Grid(begin, end_s, period_s)


def _step(age_s: float, period_s: int) -> int:
    """What StartTime is rounded down to."""
    if period_s in SUB_MINUTE:
        return period_s
    if age_s < 15 * DAY_S:
        return MINUTE_S
    return 300 if age_s <= 63 * DAY_S else HOUR_S
