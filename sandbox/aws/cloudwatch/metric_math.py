"""Metric math: an expression over other queries' series, as GetMetricData's queries and alarms have it.

Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics". `math_syntax` reads the text,
`math_kinds` checks what is combined, `math_machine` computes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sandbox.aws.cloudwatch.expression import Context, Flaw, Result, Series
from sandbox.aws.cloudwatch.grid import Grid
from sandbox.aws.cloudwatch.math_functions import Points
from sandbox.aws.cloudwatch.math_kinds import Kind, kind_of
from sandbox.aws.cloudwatch.math_machine import Line, Lines, evaluated
from sandbox.aws.cloudwatch.math_syntax import Apply, Name, Number, Program, Text, parse
from sandbox.aws.cloudwatch.search import found

_PERIOD_OF_NOTHING_S = 300
"""The grid of an expression over a search that found nothing: a dashboard's default (dashboard body: period)."""


def evaluate(expression: str, context: Context) -> Result:
    """What the expression comes to. Raises Flaw where it is none, or combines what cannot be combined."""
    program = parse(expression)
    missing = _names(program) - set(context.ids())
    if missing:
        raise Flaw(f"Undefined expression name '{min(missing)}'")
    results = {name: context.result(name) for name in sorted(_names(program))}
    kind_of(program, {name: _kind(name, result, context) for name, result in results.items()})
    scope = _Scope(context, results, _period(program, context, results))
    value = evaluated(program, scope)
    if isinstance(value, Line):
        return scope.series(replace(value, label=""))
    return tuple(scope.series(line) for line in value)


def names(expression: str) -> frozenset[str]:
    """The ids of the queries that it uses. Raises Flaw where it is no expression."""
    return _names(parse(expression))


def result_kind(expression: str, kinds: Mapping[str, Kind]) -> Kind:
    """SERIES or ARRAY, from the kinds of the queries that it uses. Raises Flaw as `evaluate` does."""
    return kind_of(parse(expression), kinds)


def searches(expression: str) -> bool:
    """Whether SEARCH is in it: no alarm may use it. Raises Flaw where it is no expression."""
    return any(isinstance(step, Apply) and step.function == "SEARCH" for step in parse(expression))


def _names(program: Program) -> frozenset[str]:
    return frozenset(step.id for step in program if isinstance(step, Name))


def _kind(name: str, result: Result, context: Context) -> Kind:
    if isinstance(result, tuple):
        return Kind.ARRAY
    return Kind.METRIC if name in context.metric_ids() else Kind.SERIES


def _period(program: Program, context: Context, results: Mapping[str, Result]) -> int:
    """The one period of everything in it: the guide says nothing of expressions that mix periods."""
    every = [*results.values(), *(context.result(name) for name in _listed(program, context))]
    periods = {series.period_s for result in every for series in _series(result)} | set(_searched(program))
    if len(periods) > 1:
        raise Flaw(f"The periods {sorted(periods)} cannot be mixed in one expression")
    if periods:
        return periods.pop()
    if context.period_s is None and not every:
        raise Flaw("The parameter Period is required for an expression that uses no other query")
    return context.period_s or _PERIOD_OF_NOTHING_S


def _listed(program: Program, context: Context) -> Iterator[str]:
    """The ids that METRICS() names."""
    for before, step in zip((None, *program), program, strict=False):
        if isinstance(step, Apply) and step.function == "METRICS":
            part = before.text if step.count and isinstance(before, Text) else ""
            yield from (name for name in context.metric_ids() if part in name)


def _searched(program: Program) -> Iterator[int]:
    """The periods that SEARCH is given."""
    for before, step in zip((None, *program), program, strict=False):
        if isinstance(step, Apply) and step.function == "SEARCH" and step.count == 3:
            if not isinstance(before, Number) or before.value != int(before.value):
                raise Flaw("SEARCH takes its period as a whole number of seconds")
            yield int(before.value)


def _series(result: Result) -> Sequence[Series]:
    return result if isinstance(result, tuple) else (result,)


@dataclass(slots=True)
class _Scope:
    """The request's other queries, laid on the expression's grid."""

    context: Context
    results: Mapping[str, Result]
    period_s: int
    _grid: Grid | None = None

    @property
    def grid(self) -> Grid:
        if self._grid is None:
            self._grid = self.context.grid(self.period_s)
        return self._grid

    @property
    def times(self) -> range:
        return self.grid.times()

    def value(self, name: str) -> Line | Lines:
        result = self.results[name]
        return tuple(self._line(series) for series in result) if isinstance(result, tuple) else self._line(result)

    def metrics(self, part: str) -> Lines:
        named = (name for name in self.context.metric_ids() if part in name)
        return tuple(self._line(series) for name in named for series in _series(self.context.result(name)))

    def search(self, query: str, statistic: str) -> Lines:
        return tuple(self._line(series) for series in found(query, statistic, self.period_s, self.context))

    def series(self, line: Line) -> Series:
        """Back to the points that are there."""
        there = [(at, point) for at, point in zip(self.times, line.points, strict=True) if point is not None]
        times, values = [float(at) for at, _ in there], [point for _, point in there]
        return Series(line.label, self.period_s, times, values, line.source, line.stat, line.dropped)

    def _line(self, series: Series) -> Line:
        return Line(self._points(series), series.period_s, series.label, series.source, series.stat, series.dropped)

    def _points(self, series: Series) -> Points:
        times = self.times
        if len(series.times) == len(times):
            return tuple(series.values)
        points: list[float | None] = [None] * len(times)
        for at, value in zip(series.times, series.values, strict=True):
            points[int(at - times.start) // times.step] = value
        return tuple(points)
