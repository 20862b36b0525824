"""A service's series across its deployments: endpoints come and go by name, the service's course goes on."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from bot.model.metric import Series


def joined(series: Sequence[Series]) -> Series:
    """One series of one metric's, in whatever order; its query is that of the endpoint that began last.

    Between the first and the last point of a later endpoint its points alone count: while a deployment shifts traffic
    both measure. An earlier one that goes on afterwards was rolled back to. Where none has a point there is none.

    Raises ValueError without any series.
    """
    if not series:
        raise ValueError("no series to join")
    spoke = sorted((one for one in series if one.times_s), key=lambda one: one.times_s[0])
    if not spoke:
        return series[-1]
    times, values = spoke[0].times_s, spoke[0].values
    for later in spoke[1:]:
        before, after = bisect_left(times, later.times_s[0]), bisect_right(times, later.times_s[-1])
        times = (*times[:before], *later.times_s, *times[after:])
        values = (*values[:before], *later.values, *values[after:])
    return replace(spoke[-1], times_s=times, values=values)
