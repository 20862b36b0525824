"""What each operator and function of metric math does to points on one grid.

Source: CloudWatch user guide, "Metric math syntax and functions". None is a point that is missing; a result that is
no number (a division by zero, a logarithm of nothing) is NaN or infinite, for the machine to drop. Where the guide is
silent: MIN, MAX, SUM and STDDEV over an array take the points that are there, STDDEV is the population's.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

Point = float | None
Points = tuple[Point, ...]
Times = Sequence[int]
"""The grid: when each slot begins, in seconds since 1970, evenly spaced."""


def number(value: Point) -> Point:
    """None for what is infinite or no number."""
    return value if value is not None and math.isfinite(value) else None


def numbers(points: Points) -> Points:
    """Without what is infinite or no number."""
    return tuple(point if point is None or math.isfinite(point) else None for point in points)


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except (OverflowError, ValueError):
        return math.nan


def _quotient(dividend: float, divisor: float) -> float:
    return dividend / divisor if divisor else math.nan


def _truth(test: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    return lambda left, right: float(test(left, right))


OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "^": _power,
    "==": _truth(operator.eq),
    "!=": _truth(operator.ne),
    "<=": _truth(operator.le),
    ">=": _truth(operator.ge),
    "<": _truth(operator.lt),
    ">": _truth(operator.gt),
    "AND": _truth(lambda left, right: bool(left and right)),
    "OR": _truth(lambda left, right: bool(left or right)),
}


def combined(name: str, left: Points | Point, right: Points | Point) -> Points | Point:
    """An operator between scalars and series. Of two series the missing side is 0 where the other has a point."""
    apply = OPERATORS[name]
    if isinstance(left, tuple) and isinstance(right, tuple):
        pairs = zip(left, right, strict=True)
        return tuple(None if a is None and b is None else apply(a or 0.0, b or 0.0) for a, b in pairs)
    if isinstance(left, tuple):
        return tuple(_of(apply, point, right) for point in left) if not isinstance(right, tuple) else ()
    if isinstance(right, tuple):
        return tuple(_of(apply, left, point) for point in right)
    return _of(apply, left, right)


def _of(apply: Callable[[float, float], float], left: Point, right: Point) -> Point:
    return None if left is None or right is None else apply(left, right)


def _logarithm(value: float) -> float:
    return math.log(value) if value > 0 else math.nan


def _logarithm10(value: float) -> float:
    return math.log10(value) if value > 0 else math.nan


EACH: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": _logarithm,
    "LOG10": _logarithm10,
    "negate": operator.neg,
}
"""Functions of one point."""


def each(name: str, points: Points) -> Points:
    """A function of one point over a series."""
    apply = EACH[name]
    return tuple(None if point is None else float(apply(point)) for point in points)


def _there(points: Points, times: Times) -> Iterator[tuple[int, int, float]]:
    """(slot, time, value) of the points that are there."""
    return ((slot, times[slot], point) for slot, point in enumerate(points) if point is not None)


def _stepped(points: Points, times: Times, step: Callable[[float, int], float]) -> Points:
    """From each point and the one there was before it: the change of value and the seconds between them."""
    found: list[Point] = [None] * len(points)
    before: tuple[int, float] | None = None
    for slot, at, value in _there(points, times):
        if before is not None:
            found[slot] = step(value - before[1], at - before[0])
        before = (at, value)
    return tuple(found)


def _running(points: Points, _: Times) -> Points:
    total, found = 0.0, []
    for point in points:
        total += point or 0.0
        found.append(None if point is None else total)
    return tuple(found)


ALONG: dict[str, Callable[[Points, Times], Points]] = {
    "DIFF": lambda points, times: _stepped(points, times, lambda change, _: change),
    "DIFF_TIME": lambda points, times: _stepped(points, times, lambda _, seconds: float(seconds)),
    "RATE": lambda points, times: _stepped(points, times, lambda change, seconds: change / seconds),
    "RUNNING_SUM": _running,
}
"""Functions of a series that look back; the first point has nothing before it."""


def total(values: Iterable[float]) -> float:
    """The sum; no number where it is too large."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # too large, or infinities of both signs
        return math.nan


def _deviation(values: Sequence[float]) -> float:
    mean = total(values) / len(values)
    return math.sqrt(total((value - mean) * (value - mean) for value in values) / len(values))


_SUMMARIES: dict[str, Callable[[Sequence[float], int], float]] = {
    "AVG": lambda there, slots: total(there) / slots if slots else math.nan,
    "DATAPOINT_COUNT": lambda there, _: float(len(there)),
    "MAX": lambda there, _: max(there, default=math.nan),
    "MIN": lambda there, _: min(there, default=math.nan),
    "STDDEV": lambda there, _: _deviation(there) if there else math.nan,
    "SUM": lambda there, _: total(there),
}


def summary(name: str, points: Sequence[Point]) -> float:
    """One number of a series, or of one moment of many: AVG counts what is missing as 0, the others leave it out."""
    return _SUMMARIES[name]([point for point in points if point is not None], len(points))


def across(name: str, series: Sequence[Points], slots: int) -> Points:
    """One series of many: nothing where none of them has a point."""
    if not series:
        return (None,) * slots
    summarise, found = _SUMMARIES[name], list[Point]()
    for moment in zip(*series, strict=True):
        there = [point for point in moment if point is not None]
        found.append(summarise(there, len(moment)) if there else None)
    return tuple(found)


CALENDAR: dict[str, Callable[[datetime], int]] = {
    "MINUTE": lambda at: at.minute,
    "HOUR": lambda at: at.hour,
    "DAY": lambda at: at.isoweekday(),
    "DATE": lambda at: at.day,
    "MONTH": lambda at: at.month,
    "YEAR": lambda at: at.year,
    "EPOCH": lambda at: int(at.timestamp()),
}
"""What a slot's time says, in UTC; Monday is 1."""


def calendar(name: str, times: Times) -> Points:
    """A point in every slot, whether the series has one or not."""
    read = CALENDAR[name]
    return tuple(float(read(datetime.fromtimestamp(at, UTC))) for at in times)
