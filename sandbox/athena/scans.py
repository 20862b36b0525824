"""Which conditions on partition keys hold for each reading of a table, wherever in the query they stand.

A subquery or WITH that is named twice is read twice: Trino writes it out in both places.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from sandbox.athena.definitions import PATH, Definition
from sandbox.athena.functions import AGGREGATES
from sandbox.athena.resolving import Resolved

_AGGREGATING = frozenset(AGGREGATES.values())


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of a table. The conditions name its keys alone, without a table; `node` is where it stands.

    `paths` name the file's address alone: a file that they leave out is not read (Athena User Guide: "Query for the
    location of a file"; that it is not even opened is Trino's doing).
    """

    table: Definition
    node: exp.Table
    conditions: tuple[exp.Expr, ...]
    paths: tuple[exp.Expr, ...] = ()


def scans(resolved: Resolved) -> list[Scan]:
    """Every reading, in the order of the query. To be asked before sources are replaced."""
    return list(_Walk(resolved).of(resolved.scopes[-1], []))


class _Walk:
    def __init__(self, resolved: Resolved) -> None:
        self._resolved = resolved

    def of(self, scope: Scope, asked: list[exp.Expr]) -> Iterator[Scan]:
        """Readings in a query of which conditions on its outputs hold."""
        if isinstance(scope.expression, exp.SetOperation):
            for side in scope.set_operation_scopes:
                yield from self.of(side, _by_place(asked, scope.expression, side.expression))
            return
        conditions = [*_own(scope), *_passed(scope, asked)]
        for name, (_, source) in scope.selected_sources.items():
            mine = [each for each in conditions if {column.table for column in each.find_all(exp.Column)} == {name}]
            if isinstance(source, Scope) and isinstance(source.expression, exp.Query):
                yield from self.of(source, [_unqualified(each) for each in mine])
            elif isinstance(source, exp.Table):
                yield self._scan(source, mine)
        for subquery in scope.subquery_scopes:
            yield from self.of(subquery, [])

    def _scan(self, node: exp.Table, conditions: list[exp.Expr]) -> Scan:
        table = self._resolved.definition(node)
        keys = table.keys.keys()
        fitting = [each for each in conditions if {column.name for column in each.find_all(exp.Column)} <= keys]
        paths = [each for each in conditions if {column.name for column in each.find_all(exp.Column)} == {PATH}]
        return Scan(table, node, tuple(map(_unqualified, fitting)), tuple(map(_unqualified, paths)))


def _own(scope: Scope) -> Iterator[exp.Expr]:
    """Conditions that every row of a query meets: of WHERE, and of the joins that keep no row for its own sake."""
    where = scope.expression.args.get("where")
    if where is not None:
        yield from _parts(where.this)
    for join in scope.expression.args.get("joins") or []:
        on, side = join.args.get("on"), join.side
        joined = join.this.alias_or_name
        for part in _parts(on) if on is not None else ():
            tables = {column.table for column in part.find_all(exp.Column)}
            if not side or (side == "LEFT" and tables == {joined}) or (side == "RIGHT" and joined not in tables):
                yield part


def _parts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """What is joined by AND and speaks of columns, not of subqueries."""
    condition = condition.unnest()
    for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
        if part.find(exp.Column) is not None and part.find(exp.Query) is None:
            yield part


def _passed(scope: Scope, asked: list[exp.Expr]) -> Iterator[exp.Expr]:
    """Conditions on outputs, as conditions on sources: only of plain columns, and not past LIMIT or a window."""
    select = scope.expression
    if not asked or not isinstance(select, exp.Select) or select.args.get("limit") or select.args.get("offset"):
        return
    if any(output.find(exp.Window) for output in select.expressions):
        return
    outputs = {output.alias_or_name: output.unalias() for output in select.expressions}
    grouped = _grouped(select)
    for condition in asked:
        meant = [outputs.get(column.name) for column in condition.find_all(exp.Column)]
        if all(isinstance(each, exp.Column) and (grouped is None or each.sql() in grouped) for each in meant):
            yield condition.transform(lambda node: outputs[node.name].copy() if isinstance(node, exp.Column) else node)


def _grouped(select: exp.Select) -> set[str] | None:
    """The columns that a grouping query's conditions may speak of; None where it does not group."""
    group = select.args.get("group")
    if group is not None:
        return {each.sql() for each in group.expressions}
    calls = (call for output in select.expressions for call in output.find_all(exp.Anonymous))
    return set() if any(str(call.this).lower() in _AGGREGATING for call in calls) else None


def _by_place(asked: list[exp.Expr], united: exp.SetOperation, side: exp.Expr) -> list[exp.Expr]:
    """Outputs of a union have the names of its first query; the others go by place."""
    names = dict(zip(united.named_selects, side.named_selects, strict=False)) if isinstance(side, exp.Query) else {}
    return [
        each.transform(lambda node: exp.column(names[node.name]) if isinstance(node, exp.Column) else node)
        for each in asked
    ]


def _unqualified(condition: exp.Expr) -> exp.Expr:
    """The same, its columns without a table."""
    return condition.transform(
        lambda node: exp.column(node.name, quoted=True) if isinstance(node, exp.Column) else node
    )
