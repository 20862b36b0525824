"""Which table, column or output each name means; Athena's words where it means none or more than one."""

import re
from collections.abc import Callable, Iterator

from sqlglot import exp
from sqlglot.errors import OptimizeError, SchemaError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.qualify_tables import qualify_tables
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from sandbox.athena.definitions import PATH, Definition
from sandbox.athena.dialect import Query
from sandbox.athena.failures import QueryFailed, at
from sandbox.athena.parameters import Bound

CATALOG = "awsdatacatalog"
Find = Callable[[str, str], Definition]
"""A table by database and name. Raises QueryFailed."""
_NAMED = (exp.Alias, exp.Column, exp.Star, exp.Dot)
_NAMELESS = "_anonymous_"


def place(bound: Bound, node: exp.Expr) -> tuple[int, int]:
    """(line, column) of the first word of a node that has a place; the start where none has."""
    starts = [each.meta["start"] for each in node.walk() if "start" in each.meta]
    return bound.place(min(starts, default=0))


class Resolved:
    """A query whose columns all name their tables, and what its tables are."""

    def __init__(self, bound: Bound, tree: exp.Query, database: str, find: Find) -> None:
        self.bound = bound
        _name_outputs(tree)
        tree = qualify_tables(normalize_identifiers(tree, dialect=Query), db=database, catalog=CATALOG, dialect=Query)
        self._found: dict[tuple[str, str], Definition] = {}
        for table in tree.find_all(exp.Table):
            if table.db:
                self._found.setdefault((table.db, table.name), self._find(table, find))
        self.tree = self._qualified(tree, database)
        self.scopes = traverse_scope(self.tree)
        for scope in self.scopes:
            self._check(scope)
        _rename_outputs(self.tree)

    def definition(self, table: exp.Table) -> Definition:
        """What a table of the query is."""
        return self._found[table.db, table.name]

    def fail(self, code: str, node: exp.Expr, message: str) -> QueryFailed:
        """A failure that names the place of a node."""
        return QueryFailed(code, at(*place(self.bound, node), message))

    def _find(self, table: exp.Table, find: Find) -> Definition:
        if table.catalog != CATALOG:
            raise self.fail("CATALOG_NOT_FOUND", table, f"Catalog '{table.catalog}' does not exist")
        try:
            return find(table.db, table.name)
        except QueryFailed as failed:
            if failed.code not in {"TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"}:
                raise
            raise self.fail(failed.code, table, str(failed).partition(": ")[2]) from None

    def _qualified(self, tree: exp.Query, database: str) -> exp.Query:
        whole: dict[str, dict[str, dict[str, str]]] = {}
        shown: dict[str, dict[str, list[str]]] = {}
        for (held_by, name), each in self._found.items():
            whole.setdefault(held_by, {})[name] = dict.fromkeys((*each.visible, PATH), "VARCHAR")
            shown.setdefault(held_by, {})[name] = list(each.visible)
        schema = MappingSchema({CATALOG: whole}, visible={CATALOG: shown}, dialect=Query, normalize=False)
        try:
            return qualify(
                tree,
                schema=schema if whole else None,
                dialect=Query,
                db=database,
                catalog=CATALOG,
                quote_identifiers=False,
                identify=False,
                validate_qualify_columns=False,
                expand_alias_refs=False,
            )
        except (OptimizeError, SchemaError) as error:
            raise self._unresolved(tree, str(error)) from None

    def _unresolved(self, tree: exp.Query, said: str) -> QueryFailed:
        """Sqlglot's words for a column that a named table does not have; its others are ours to show."""
        found = re.search(r"^Unknown column: (.+)$", said)
        name = found[1].strip('"') if found else ""
        for column in tree.find_all(exp.Column):
            if column.name == name:
                return self.no_column(column)
        return QueryFailed("SYNTAX_ERROR", at(1, 1, said))

    def no_column(self, column: exp.Expr) -> QueryFailed:
        """The failure of a name that is no column's."""
        name = ".".join(each.name for each in column.find_all(exp.Identifier, bfs=False) if "start" in each.meta)
        words = f"Column '{name}' cannot be resolved or requester is not authorized to access requested resources"
        return self.fail("COLUMN_NOT_FOUND", column, words)

    def _check(self, scope: Scope) -> None:
        """Every column is a source's; `ORDER BY` may name an output instead, and a subquery its outer query's."""
        for column in scope.columns:
            if column.table and _seen(scope, column.table):
                continue
            if not column.table and len(list(_holders(scope, column.name))) > 1:
                raise self.fail("AMBIGUOUS_NAME", column, f"Column '{column.name}' is ambiguous")
            raise self.no_column(column)


def _seen(scope: Scope | None, source: str) -> bool:
    """Whether a source is there, or in a query around this one."""
    while scope is not None:
        if source in scope.sources:
            return True
        scope = scope.parent if scope.is_correlated_subquery or scope.is_subquery or scope.is_udtf else None
    return False


def _holders(scope: Scope, column: str) -> Iterator[str]:
    for name, (_, source) in scope.selected_sources.items():
        if isinstance(source, Scope) and isinstance(source.expression, exp.Query):
            if column in source.expression.named_selects:
                yield name
        elif isinstance(source, exp.Table):
            yield name


def _name_outputs(tree: exp.Query) -> None:
    """Mark what has no name: Trino calls it by its place, `_col0`, sqlglot by what is in it."""
    for select in _outermost(tree):
        for number, output in enumerate(list(select.expressions)):
            if not isinstance(output, _NAMED):
                output.replace(exp.alias_(output.copy(), f"{_NAMELESS}{number}"))


def _rename_outputs(tree: exp.Query) -> None:
    """Give each its place, in the outputs and where `ORDER BY` speaks of it."""
    for select in _outermost(tree):
        names = {
            output.alias: f"_col{number}"
            for number, output in enumerate(select.expressions)
            if output.alias.startswith(_NAMELESS)
        }
        for named in (*select.expressions, *(tree.args.get("order") or exp.Order()).find_all(exp.Column)):
            if named.alias_or_name in names:
                _rename(named, exp.to_identifier(names[named.alias_or_name]))


def _rename(named: exp.Expr, name: exp.Identifier) -> None:
    if isinstance(named, exp.Column):
        named.set("this", name)
    else:
        named.set("alias", exp.TableAlias(this=name) if isinstance(named, exp.Subquery) else name)


def _outermost(tree: exp.Query) -> Iterator[exp.Select]:
    """The SELECTs whose outputs are the query's: more than one where they are united."""
    if isinstance(tree, exp.Select):
        yield tree
    elif isinstance(tree, exp.SetOperation):
        yield from _outermost(tree.left)
        yield from _outermost(tree.right)
    elif isinstance(tree, exp.Subquery):
        yield from _outermost(tree.this)
