"""The stack machine that computes a program of metric math on one grid."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from sandbox.aws.cloudwatch import math_functions as functions
from sandbox.aws.cloudwatch import math_gaps as gaps
from sandbox.aws.cloudwatch.expression import Flaw, Located
from sandbox.aws.cloudwatch.math_functions import Point, Points, Times
from sandbox.aws.cloudwatch.math_syntax import ARRAY, Apply, Name, Number, Program, Text, Word


@dataclass(frozen=True, slots=True)
class Line:
    """A series with a point or None in every slot of the grid; the rest is as in Series, empty of what was computed."""

    points: Points
    period_s: int
    label: str = ""
    source: Located | None = None
    stat: str = ""
    dropped: bool = False


Lines = tuple[Line, ...]
Value = Point | Line | Lines | str
"""A scalar (None where it has no value, as the MAX of nothing), a series, an array, a word or text."""


class Scope(Protocol):
    """What an expression can name."""

    @property
    def times(self) -> Times:
        """The expression's grid."""
        ...

    @property
    def period_s(self) -> int:
        """The grid's width."""
        ...

    def value(self, name: str) -> Line | Lines:
        """What the query of this id gives."""
        ...

    def metrics(self, part: str) -> Lines:
        """The series that queries read rather than compute and whose ids contain `part`, in their order."""
        ...

    def search(self, query: str, statistic: str) -> Lines:
        """What SEARCH finds."""
        ...


def evaluated(program: Program, scope: Scope) -> Line | Lines:
    """The result of a program that `kind_of` has passed. Raises Flaw for a SLICE or SORT of no whole number."""
    stack: list[Value] = []
    for step in program:
        match step:
            case Apply(function=function, count=count):
                arguments = stack[len(stack) - count :]
                del stack[len(stack) - count :]
                stack.append(_applied(function, arguments, scope))
            case Number(value=value):
                stack.append(functions.number(value))
            case Text(text=word) | Word(word=word):
                stack.append(word)
            case Name(id=name):
                stack.append(scope.value(name))
    (final,) = stack
    if isinstance(final, Line | tuple):
        return final
    raise AssertionError(final)


def _applied(function: str, arguments: list[Value], scope: Scope) -> Value:
    """The function's value, without the points that came to no number."""
    value = _computed(function, arguments, scope)
    if function in _CHOOSING:
        return value
    if isinstance(value, float):
        return functions.number(value)
    if isinstance(value, Line):
        return _settled(value, lost=any(line.dropped for argument in arguments for line in _lines(argument)))
    return tuple(_settled(line) for line in value) if isinstance(value, tuple) else value


def _settled(line: Line, *, lost: bool = False) -> Line:
    points = functions.numbers(line.points)
    return replace(line, points=points, dropped=lost or line.dropped or points != line.points)


def _lines(value: Value) -> Lines:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, Line) else ()


def _computed(function: str, arguments: list[Value], scope: Scope) -> Value:
    if function in functions.OPERATORS:
        return _operated(function, arguments, scope)
    if function in functions.EACH:
        return _mapped(arguments[0], lambda points: functions.each(function, points), function)
    if function in functions.ALONG:
        return _mapped(arguments[0], lambda points: functions.ALONG[function](points, scope.times))
    if function in functions.CALENDAR:
        return _line(scope, functions.calendar(function, scope.times), arguments[0])
    return _FUNCTIONS[function](function, arguments, scope)


def _points(value: Value) -> Points | Point:
    return value.points if isinstance(value, Line) else value if isinstance(value, float) else None


def _line(scope: Scope, points: Points, like: Value = None) -> Line:
    """A computed series, called as the one it came from."""
    if isinstance(like, Line):
        return Line(points, scope.period_s, like.label, like.source)
    return Line(points, scope.period_s)


def _array(value: Value) -> Lines:
    return value if isinstance(value, tuple) else ()


def _mapped(value: Value, change: Callable[[Points], Points], function: str = "") -> Value:
    """A function of one series over a series or each of an array; of scalars there is negation only."""
    if isinstance(value, tuple):
        return tuple(replace(line, points=change(line.points), stat="") for line in value)
    if isinstance(value, Line):
        return replace(value, points=change(value.points), stat="")
    return functions.each(function, (value,))[0] if isinstance(value, float) else None


def _operated(operator: str, arguments: list[Value], scope: Scope) -> Value:
    left, right = arguments
    if isinstance(left, tuple):
        return tuple(_between(operator, line, right, line, scope) for line in left)
    if isinstance(right, tuple):
        return tuple(_between(operator, left, line, line, scope) for line in right)
    if isinstance(left, Line) or isinstance(right, Line):
        return _between(operator, left, right, left if isinstance(left, Line) else right, scope)
    found = functions.combined(operator, _points(left), _points(right))
    return found if isinstance(found, float) else None


def _between(operator: str, left: Value, right: Value, like: Value, scope: Scope) -> Line:
    found = functions.combined(operator, _points(left), _points(right))
    lost = any(line.dropped for side in (left, right) for line in _lines(side))
    return replace(_line(scope, found if isinstance(found, tuple) else (), like), dropped=lost)


def _aggregate(function: str, arguments: list[Value], scope: Scope) -> Value:
    """A series gives a scalar, an array a series."""
    (value,) = arguments
    if isinstance(value, Line):
        return functions.summary(function, value.points)
    series = [line.points for line in _array(value)]
    return _line(scope, functions.across(function, series, len(scope.times)))


def _fill(_: str, arguments: list[Value], __: Scope) -> Value:
    value, filler = arguments
    if filler == "REPEAT":
        return _mapped(value, gaps.repeated)
    if filler == "LINEAR":
        return _mapped(value, gaps.interpolated)
    return _mapped(value, lambda points: gaps.filled(points, _points(filler)))


def _choice(_: str, arguments: list[Value], scope: Scope) -> Value:
    condition, then, *others = arguments
    other = _points(others[0]) if others else None
    return _line(scope, gaps.chosen(_points(condition), _points(then), other, len(scope.times)))


def _sort(_: str, arguments: list[Value], __: Scope) -> Value:
    """By one number of each series; series without one come last, equals keep their order."""
    lines, ranking, order, *limit = arguments
    ranked = [(functions.number(functions.summary(str(ranking), line.points)), line) for line in _array(lines)]
    known = sorted(
        ((rank, line) for rank, line in ranked if rank is not None), key=lambda one: one[0], reverse=order == "DESC"
    )
    found = (*(line for _, line in known), *(line for rank, line in ranked if rank is None))
    return found[: _whole("SORT", limit[0])] if limit else found


def _slice(_: str, arguments: list[Value], __: Scope) -> Value:
    lines, *bounds = arguments
    return _array(lines)[slice(*(_whole("SLICE", bound) for bound in bounds), *([None] * (2 - len(bounds))))]


def _whole(function: str, value: Value) -> int:
    if not isinstance(value, float) or value < 0 or value != int(value):
        raise Flaw(f"{function} takes whole numbers from 0")
    return int(value)


def _end(function: str, arguments: list[Value], scope: Scope) -> Value:
    lines = _array(arguments[0])
    if not lines:
        return _line(scope, (None,) * len(scope.times))
    return lines[0] if function == "FIRST" else lines[-1]


def _joined(_: str, arguments: list[Value], __: Scope) -> Value:
    return tuple(line for value in arguments for line in _lines(value))


def _not_empty(_: str, arguments: list[Value], __: Scope) -> Value:
    return tuple(line for line in _array(arguments[0]) if any(point is not None for point in line.points))


def _constant(_: str, arguments: list[Value], scope: Scope) -> Value:
    value = arguments[0]
    return _line(scope, (value if isinstance(value, float) else None,) * len(scope.times))


def _period(_: str, arguments: list[Value], scope: Scope) -> Value:
    metric = arguments[0]
    return float(metric.period_s if isinstance(metric, Line) else scope.period_s)


_CHOOSING = frozenset({ARRAY, "FIRST", "LAST", "METRICS", "REMOVE_EMPTY", "SEARCH", "SLICE", "SORT"})
"""They give series as these are."""
_FUNCTIONS: dict[str, Callable[[str, list[Value], Scope], Value]] = {
    **dict.fromkeys(("AVG", "DATAPOINT_COUNT", "MAX", "MIN", "STDDEV", "SUM"), _aggregate),
    **dict.fromkeys(("FIRST", "LAST"), _end),
    ARRAY: _joined,
    "FILL": _fill,
    "IF": _choice,
    "METRICS": lambda _, arguments, scope: scope.metrics(str(arguments[0]) if arguments else ""),
    "METRIC_COUNT": lambda _, arguments, __: float(len(_array(arguments[0]))),
    "PERIOD": _period,
    "REMOVE_EMPTY": _not_empty,
    "SEARCH": lambda _, arguments, scope: scope.search(str(arguments[0]), str(arguments[1])),
    "SLICE": _slice,
    "SORT": _sort,
    "TIME_SERIES": _constant,
}
