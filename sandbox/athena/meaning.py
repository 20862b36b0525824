"""What a resolved query means: the type of each expression, checked as Trino checks it, and its form in DuckDB.

The tree is changed in place; sources stay as they are, for the pruning to look at.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from sandbox.athena.failures import QueryFailed
from sandbox.athena.resolving import Resolved
from sandbox.athena.signatures import common
from sandbox.athena.sql_types import BIGINT, SqlType

Columns = dict[str, SqlType]
Outputs = list[tuple[str, SqlType]]
"""In their order; names may repeat."""


class Meaning:
    """Of one query, at one moment. Made whole by its constructor, which raises QueryFailed."""

    def __init__(self, resolved: Resolved, now: datetime) -> None:
        from sandbox.athena.expressions import HANDLERS

        self.resolved = resolved
        self.now = now
        self._handlers: dict[type[exp.Expr], Handler] = HANDLERS
        self._outputs: dict[int, Outputs] = {}
        self._current: Columns = {}
        self._sources: dict[tuple[int, str], Columns] = {}
        self.scope: Scope = resolved.scopes[0]
        for scope in resolved.scopes:
            self.scope = scope
            self._outputs[id(scope.expression)] = self._read(scope)
        self.outputs = self._outputs[id(resolved.tree)]

    def of(self, node: exp.Expr) -> SqlType:
        """The type of an expression, once it is put into its form in DuckDB."""
        handler = self._handlers.get(type(node))
        if handler is None:
            raise QueryFailed("NOT_SUPPORTED", f"the sandbox does not run {node.key} here")
        return handler(self, node)

    def all(self, nodes: Sequence[exp.Expr]) -> list[SqlType]:
        """The types of these. A node may be replaced meanwhile, so they are listed first."""
        return [self.of(node) for node in list(nodes)]

    def query(self, expression: exp.Expr) -> SqlType:
        """The type of a subquery that stands for a value."""
        outputs = [kind for _, kind in self._outputs[id(expression)]]
        if len(outputs) != 1:
            raise self.fail("TYPE_MISMATCH", expression, f"Multiple columns returned by subquery: {len(outputs)}")
        return outputs[0]

    def column(self, column: exp.Column) -> SqlType:
        """The type of a column of this query or of one around it; without a table it is an output of this one."""
        if not column.table:
            return self._current[column.name]
        scope: Scope | None = self.scope
        while scope is not None and column.table not in scope.sources:
            scope = scope.parent
        if scope is None:
            raise self.resolved.no_column(column)
        found = self._source(scope, column.table).get(column.name)
        if found is None:
            raise self.resolved.no_column(column)
        return found

    def fail(self, code: str, node: exp.Expr, message: str) -> QueryFailed:
        """A failure that names the place of a node."""
        return self.resolved.fail(code, node, message)

    def must_be_boolean(self, node: exp.Expr, what: str) -> None:
        """Raises QueryFailed unless an expression is a condition."""
        found = self.of(node)
        if found.name not in {"boolean", "unknown"}:
            raise self.fail("TYPE_MISMATCH", node, f"{what} must evaluate to a boolean: actual type {found}")

    def _source(self, scope: Scope, name: str) -> Columns:
        key = (id(scope), name)
        if key not in self._sources:
            source = scope.sources[name]
            if isinstance(source, Scope):
                self._sources[key] = dict(self._outputs[id(source.expression)])
            else:
                found = self.resolved.definition(source)
                self._sources[key] = {column: found.type_of(column) for column in (*found.visible, "$path")}
        return self._sources[key]

    def _read(self, scope: Scope) -> Outputs:
        match scope.expression:
            case exp.Select() as select:
                return self._select(select)
            case exp.SetOperation() as united:
                return self._united(united)
            case exp.Unnest() as unnest:
                return self._unnested(unnest)
            case exp.Values() as values:
                return self._values(values)
            case exp.Subquery() as inner:
                return self._outputs[id(inner.unnest())]
            case other:
                raise QueryFailed("NOT_SUPPORTED", f"the sandbox does not run {other.key} here")

    def _select(self, select: exp.Select) -> Outputs:
        for join in select.args.get("joins") or []:
            if condition := join.args.get("on"):
                self.must_be_boolean(condition, "JOIN ON clause")
        for clause, words in (("where", "WHERE clause"), ("having", "HAVING clause")):
            if part := select.args.get(clause):
                self.must_be_boolean(part.this, words)
        if group := select.args.get("group"):
            self.all(group.expressions)
        names = [output.alias_or_name for output in select.expressions]
        found = list(zip(names, self.all(select.expressions), strict=True))
        self._current = dict(found)
        self._ordered(select)
        return found

    def _ordered(self, query: exp.Query) -> None:
        if order := query.args.get("order"):
            for ordered in order.expressions:
                self.of(ordered.this)

    def _united(self, united: exp.SetOperation) -> Outputs:
        sides = [self._outputs[id(side.unnest())] for side in (united.left, united.right)]
        word = united.key.upper()
        if len(sides[0]) != len(sides[1]):
            count = f"{word} query has different number of fields: {len(sides[0])}, {len(sides[1])}"
            raise self.fail("TYPE_MISMATCH", united, count)
        found: Outputs = []
        for number, ((name, left), (_, right)) in enumerate(zip(*sides, strict=True), 1):
            both = common([left, right])
            if both is None:
                what = f"column {number} in {word} query has incompatible types: {left}, {right}"
                raise self.fail("TYPE_MISMATCH", united, what)
            found.append((name, both))
        self._current = dict(found)
        self._ordered(united)
        return found

    def _values(self, values: exp.Values) -> Outputs:
        rows = [self.all(row.expressions) for row in values.expressions]
        names = [column.name for column in values.args["alias"].columns]
        types = [common(list(each)) for each in zip(*rows, strict=True)]
        if len(names) != len(types) or None in types:
            raise self.fail("TYPE_MISMATCH", values, "Values rows have mismatched types, or columns without a name")
        return list(zip(names, [each for each in types if each], strict=True))

    def _unnested(self, unnest: exp.Unnest) -> Outputs:
        """An array of rows gives a column for each field, a map one for keys and one for values."""
        if len(unnest.expressions) != 1:
            raise QueryFailed("NOT_SUPPORTED", "the sandbox unnests one array or map at a time")
        given = self.of(unnest.expressions[0])
        if given.name not in {"array", "map"}:
            raise self.fail("TYPE_MISMATCH", unnest, f"Cannot unnest type: {given}")
        parts = given.parts if given.name == "map" else given.element.parts if given.element.name == "row" else None
        types = [part for _, part in parts] if parts else [given.element]
        if unnest.args.get("offset"):
            types.append(BIGINT)
        names = unnested_names(unnest)
        if len(names) != len(types):
            count = (
                f"Column alias list has {len(names)} entries but '{unnest.alias}' has {len(types)} columns available"
            )
            raise self.fail("MISMATCHED_COLUMN_ALIASES", unnest, count)
        unnest.meta["athena_type"] = given
        return list(zip(names, types, strict=True))


def unnested_names(unnest: exp.Unnest) -> list[str]:
    """The names that an UNNEST gives its columns, in their order."""
    alias = unnest.args.get("alias")
    return [column.name for column in alias.columns] if alias else []


Handler = Callable[[Meaning, exp.Expr], SqlType]
