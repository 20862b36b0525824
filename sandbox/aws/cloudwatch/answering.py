"""The series of a GetMetricData request: metrics are read, expressions are given what they refer to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sandbox.aws.cloudwatch.expression import Evaluate, Flaw, Located, Note, Result, Series
from sandbox.aws.cloudwatch.expressions import uses
from sandbox.aws.cloudwatch.grid import Grid, grid
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.aws.cloudwatch.points import points
from sandbox.aws.cloudwatch.queries import ExpressionQuery, MetricQuery, Query, invalid, known, period
from sandbox.aws.cloudwatch.statistic import statistic
from sandbox.aws.cloudwatch.visible import Account, Sight


@dataclass(frozen=True, slots=True)
class Window:
    """StartTime and EndTime as they were given, in seconds since 1970."""

    start_s: float
    end_s: float


class Answering:
    """Computes each query once, whoever refers to it."""

    def __init__(self, queries: Sequence[Query], window: Window, sight: Sight, evaluate: Evaluate) -> None:
        self.queries: Mapping[str, Query] = {each.id: each for each in queries}
        self.window = window
        self.sight = sight
        self._evaluate = evaluate
        self._found: dict[str, Result] = {}
        self.notes: dict[Note, None] = {}

    def result(self, id_: str) -> Result:
        """Raises AwsError: unknown id, a ring of expressions, an account that is not linked, a wrong expression.

        What an expression uses comes before it, from a list: a chain of 500 would exhaust Python's stack.
        """
        waiting, under_way = [id_], dict[str, None]()
        while waiting:
            current = waiting[-1]
            needs = [] if current in self._found or current in under_way else self._needs(current)
            if needs:
                under_way[current] = None
                if any(need in under_way for need in needs):
                    raise invalid(f"The expressions {', '.join(under_way)} depend on one another.")
                waiting.extend(needs)
                continue
            if current not in self._found:
                self._found[current] = self._made(current)
            under_way.pop(waiting.pop(), None)
        return self._found[id_]

    def _needs(self, id_: str) -> list[str]:
        """The queries that are not computed yet and that this one uses."""
        query = self.queries.get(id_)
        if not isinstance(query, ExpressionQuery):
            return []
        return [need for need in sorted(uses(query.expression)) if need in self.queries and need not in self._found]

    def _made(self, id_: str) -> Result:
        query = self.queries.get(id_)
        if query is None:
            raise invalid(f"There is no query of the id {id_}.")
        return self._read(query) if isinstance(query, MetricQuery) else self._computed(query)

    def grid(self, period_s: int) -> Grid:
        """The spans at a period."""
        return grid(self.window.start_s, self.window.end_s, period_s, self.sight.now_s)

    def series(self, account: Account, key: MetricKey, stat: str, period_s: int, unit: str | None = None) -> Series:
        """A statistic of a metric; empty where the account does not share it."""
        located = Located(account.id, account.label, key)
        of, spans = statistic(stat), self.grid(period_s)
        if of is None or not account.shares(key.namespace):
            return Series(key.name, period_s, (), (), located, stat)
        columns = self.sight.store(account.id).columns(key, spans, unit)
        times, values = points(list(columns.values()), spans, of)
        return Series(key.name, period_s, times, values, located, stat)

    def _read(self, query: MetricQuery) -> Series:
        account = self.sight.account(query.account_id)
        return self.series(account, query.key, query.stat, query.period_s, query.unit)

    def _computed(self, query: ExpressionQuery) -> Result:
        try:
            return self._evaluate(query.expression, _Asked(self, query))
        except Flaw as flaw:
            raise invalid(f"Error in expression '{query.id}' [{flaw}]") from None


class _Asked:
    """An expression's `Context`."""

    def __init__(self, answering: Answering, query: ExpressionQuery) -> None:
        self._answering = answering
        self.account_id = answering.sight.own
        self.period_s = query.period_s
        self.now_s = answering.sight.now_s

    def grid(self, period_s: int) -> Grid:
        return self._answering.grid(period_s)

    def ids(self) -> Sequence[str]:
        return tuple(self._answering.queries)

    def metric_ids(self) -> Sequence[str]:
        return tuple(id_ for id_, query in self._answering.queries.items() if isinstance(query, MetricQuery))

    def result(self, id_: str) -> Result:
        return self._answering.result(id_)

    def select(self, within: timedelta) -> Sequence[Located]:
        return self._answering.sight.located(within.total_seconds())

    def read(self, found: Located, stat: str, period_s: int) -> Series:
        account = self._answering.sight.account(found.account_id)
        return self._answering.series(account, found.key, known(stat), period(period_s))

    def note(self, note: Note) -> None:
        self._answering.notes[note] = None
