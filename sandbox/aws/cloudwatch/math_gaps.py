"""FILL and IF: what stands where a series has no point, and which of two series a point comes from.

Source: CloudWatch user guide, "Functions supported for metric math", "Using IF expressions".
"""

from itertools import pairwise

from sandbox.aws.cloudwatch.math_functions import Point, Points


def filled(points: Points, filler: Points | Point) -> Points:
    """Missing points from a scalar, or from another series where it has one."""
    if not isinstance(filler, tuple):
        return tuple(filler if point is None else point for point in points)
    return tuple(other if point is None else point for point, other in zip(points, filler, strict=True))


def repeated(points: Points) -> Points:
    """REPEAT: the most recent point before the gap; nothing where there was none."""
    last: Point = None
    found = []
    for point in points:
        last = last if point is None else point
        found.append(last)
    return tuple(found)


def interpolated(points: Points) -> Points:
    """LINEAR: a straight line between the points at both ends of a gap."""
    found = list(points)
    there = [slot for slot, point in enumerate(points) if point is not None]
    for start, end in pairwise(there):
        first, last = points[start] or 0.0, points[end] or 0.0
        for slot in range(start + 1, end):
            found[slot] = first + (last - first) * (slot - start) / (end - start)
    return tuple(found)


def chosen(condition: Points | Point, then: Points | Point, other: Points | Point, slots: int) -> Points:
    """IF: `then` where the condition is not 0, else `other`; nothing where the condition is missing.

    Where a series to take from has no point it is 0, but for `other` beside a scalar `then` (the guide's tables).
    A scalar condition gives the whole of one series.
    """
    if not isinstance(condition, tuple):
        taken = then if condition else other
        return taken if isinstance(taken, tuple) else (taken if condition is not None else None,) * slots
    yes = filled(then, 0.0) if isinstance(then, tuple) else (then,) * slots
    no = other if isinstance(other, tuple) else (other,) * slots
    no = filled(no, 0.0) if isinstance(then, tuple) and isinstance(other, tuple) else no
    return tuple(None if test is None else (a if test else b) for test, a, b in zip(condition, yes, no, strict=True))
