"""What stands in DuckDB for the sources of a query: views of just the files that are read, and unnested arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import duckdb
from sqlglot import exp

from sandbox.athena.definitions import PATH
from sandbox.athena.logs import Fetch, LogStore
from sandbox.athena.meaning import unnested_names
from sandbox.athena.partitions import Partition
from sandbox.athena.scans import Scan
from sandbox.athena.sql_types import SqlType
from sandbox.aws.objects import Stored


@dataclass(slots=True)
class Source:
    """The objects of one reading of a table, each with its partition."""

    scan: Scan
    objects: dict[Stored, Partition] = field(default_factory=dict)

    def add(self, partition: Partition, objects: Sequence[Stored]) -> None:
        """An object that lies in two partitions counts to the first."""
        for each in objects:
            self.objects.setdefault(each, partition)


def attach(
    cursor: duckdb.DuckDBPyConnection,
    store: LogStore,
    sources: Sequence[Source],
    fetch: Fetch,
    go_on: Callable[[], None],
) -> None:
    """Put a view in the place of each table. One that is read twice from one place has the files of both readings."""
    nodes: dict[int, list[Source]] = {}
    for source in sources:
        nodes.setdefault(id(source.scan.node), []).append(source)
    for number, group in enumerate(nodes.values()):
        whole = Source(group[0].scan)
        for source in group:
            for each, partition in source.objects.items():
                whole.objects.setdefault(each, partition)
        _view(cursor, store, whole, f"reading_{number}", store_numbers(store, whole, fetch, go_on))


def store_numbers(store: LogStore, source: Source, fetch: Fetch, go_on: Callable[[], None]) -> list[int]:
    """The numbers of the files, which are read where they are new."""
    return store.numbers(store.shelf(source.scan.table.columns), list(source.objects), fetch, go_on)


def _view(cursor: duckdb.DuckDBPyConnection, store: LogStore, source: Source, name: str, numbers: list[int]) -> None:
    table = source.scan.table
    keys = "".join(f', unnest(?::VARCHAR[])::{kind.duck} AS "{key}"' for key, kind in table.keys.items())
    columns: list[list[str]] = [[each.values[key] for each in source.objects.values()] for key in table.keys]
    cursor.execute(
        f"CREATE TEMP TABLE files_{name} AS SELECT unnest(?::INTEGER[]) AS athena_file,"
        f' unnest(?::VARCHAR[]) AS "{PATH}"{keys}',
        [numbers, [each.uri for each in source.objects], *columns],
    )
    shelf = store.shelf(table.columns).table
    listed = "".join(f', files."{key}"' for key in (*table.keys, PATH))
    cursor.execute(
        f"CREATE TEMP VIEW {name} AS SELECT rows.* EXCLUDE (athena_file){listed}"  # noqa: S608
        f" FROM {shelf} AS rows JOIN files_{name} AS files USING (athena_file)"
    )
    node = source.scan.node
    for part in ("db", "catalog"):
        node.set(part, None)
    node.set("this", exp.to_identifier(name))


def unnested(tree: exp.Query) -> None:
    """Put a lateral subquery in the place of each UNNEST."""
    for node in list(tree.find_all(exp.Unnest)):
        given: SqlType = node.meta["athena_type"]
        alias = node.args["alias"]
        names = unnested_names(node)
        inner = node.expressions[0].sql("duckdb", comments=False)
        select: exp.Expr = exp.maybe_parse(
            _lateral(given, inner, names, place=bool(node.args.get("offset"))), dialect="duckdb"
        )
        node.replace(exp.Lateral(this=exp.Subquery(this=select), alias=exp.TableAlias(this=alias.this.copy())))


def _lateral(given: SqlType, inner: str, names: list[str], *, place: bool) -> str:
    """A SELECT that gives a row for each element, its columns under the query's own names."""
    listed = f"map_entries({inner})" if given.name == "map" else inner
    fields = ["key", "value"] if given.name == "map" else [name for name, _ in given.element.parts]
    values = [f'element."{name}"' for name in fields] or ["element"]
    values += ["place"] if place else []
    outputs = ", ".join(f'{value} AS "{name}"' for value, name in zip(values, names, strict=True))
    subscripts = f", generate_subscripts({listed}, 1) AS place" if place else ""
    return f"SELECT {outputs} FROM (SELECT unnest({listed}) AS element{subscripts}) AS elements"  # noqa: S608
