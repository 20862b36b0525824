"""The partitions of a table that a query needs: DuckDB itself evaluates the query's conditions over all there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
from sqlglot import exp

from sandbox.athena.catalog import Partition as Registered
from sandbox.athena.definitions import PATH
from sandbox.athena.failures import QueryFailed
from sandbox.athena.projection import Injected, location, projected
from sandbox.athena.scans import Scan
from sandbox.aws.objects import Stored

_MOST_INJECTED = 1000
"""Values in an IN of an injected key (Athena User Guide: "Injected type")."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Its keys' values as they stand in paths, and the S3 URI of its folder."""

    values: Mapping[str, str]
    uri: str


def partitions(
    cursor: duckdb.DuckDBPyConnection, scan: Scan, registered: Sequence[Registered], now: datetime
) -> list[Partition]:
    """Those that the conditions leave. Raises QueryFailed where projection is wrong or lacks a value."""
    table = scan.table
    if not table.keys:
        return [Partition({}, table.location)]
    values = projected(table, now)
    conditions = _sure(cursor, scan)
    if values is None:
        rows = _chosen(cursor, scan, _rows_of(registered, list(table.keys)), conditions)
        where = {each.values: each.location for each in registered}
        return [Partition(dict(zip(table.keys, row, strict=True)), where[row]) for row in rows]
    dimensions = {key: _injected(scan, key) if isinstance(each, Injected) else each for key, each in values.items()}
    found = (dict(zip(table.keys, row, strict=True)) for row in _projected(cursor, scan, dimensions, conditions))
    return [Partition(each, location(table, each)) for each in found]


def readable(cursor: duckdb.DuckDBPyConnection, scan: Scan, objects: Sequence[Stored]) -> Sequence[Stored]:
    """Those of the objects whose address the conditions leave."""
    if not scan.paths or not objects:
        return objects
    where = " AND ".join(f"({each.sql('duckdb', comments=False)})" for each in scan.paths)
    source = f'SELECT unnest(?::VARCHAR[]) AS "{PATH}"'
    rows = cursor.execute(f"SELECT * FROM ({source}) WHERE {where}", [[each.uri for each in objects]]).fetchall()  # noqa: S608
    left = {uri for (uri,) in rows}
    return [each for each in objects if each.uri in left]


def _projected(
    cursor: duckdb.DuckDBPyConnection, scan: Scan, dimensions: Mapping[str, Sequence[str]], conditions: list[str]
) -> list[tuple[str, ...]]:
    """Every combination of values that the conditions leave."""
    parts = ", ".join(f'(SELECT unnest(?::VARCHAR[]) AS "text {key}")' for key in dimensions)
    return _evaluated(cursor, scan, parts, [list(each) for each in dimensions.values()], conditions)


def _rows_of(registered: Sequence[Registered], keys: list[str]) -> list[list[str]]:
    return [[each.values[place] for each in registered] for place in range(len(keys))]


def _chosen(
    cursor: duckdb.DuckDBPyConnection, scan: Scan, columns: list[list[str]], conditions: list[str]
) -> list[tuple[str, ...]]:
    """Of partitions that were registered one by one."""
    taken = ", ".join(f'unnest(?::VARCHAR[]) AS "text {key}"' for key in scan.table.keys)
    return _evaluated(cursor, scan, f"(SELECT {taken})", columns, conditions)


def _evaluated(
    cursor: duckdb.DuckDBPyConnection, scan: Scan, source: str, given: list[list[str]], conditions: list[str]
) -> list[tuple[str, ...]]:
    keys = scan.table.keys
    typed = ", ".join(f'"text {key}"::{kind.duck} AS "{key}"' for key, kind in keys.items())
    texts = ", ".join(f'"text {key}"' for key in keys)
    where = " AND ".join(conditions) or "true"
    sql = f"SELECT {texts} FROM (SELECT {texts}, {typed} FROM {source}) WHERE {where} ORDER BY ALL"  # noqa: S608
    return cursor.execute(sql, given).fetchall()


def _sure(cursor: duckdb.DuckDBPyConnection, scan: Scan) -> list[str]:
    """The conditions as SQL, without those that hold where a key is NULL: beside an outer join they choose nothing."""
    conditions = [f"({each.sql('duckdb', comments=False)})" for each in scan.conditions]
    if not conditions:
        return []
    nulls = ", ".join(f'NULL::{kind.duck} AS "{key}"' for key, kind in scan.table.keys.items())
    tested = ", ".join(f"{each} IS TRUE" for each in conditions)
    (holds,) = cursor.execute(f"SELECT {tested} FROM (SELECT {nulls})").fetchall()  # noqa: S608
    return [each for each, held in zip(conditions, holds, strict=True) if not held]


def _injected(scan: Scan, key: str) -> list[str]:
    """What the query says an injected key is."""
    alone = (each for each in scan.conditions if [column.name for column in each.find_all(exp.Column)] == [key])
    named = [_static(each, key) for each in alone]
    if not named:
        raise _not_static(key)
    return [value for value in dict.fromkeys(named[0]) if all(value in each for each in named[1:])]


def _static(condition: exp.Expr, key: str) -> list[str]:
    sides = [condition.left, condition.right] if isinstance(condition, exp.EQ) else []
    values = (
        condition.expressions if isinstance(condition, exp.In) else [s for s in sides if isinstance(s, exp.Literal)]
    )
    if not values or not all(isinstance(each, exp.Literal) and each.is_string for each in values):
        raise _not_static(key)
    if len(values) > _MOST_INJECTED:
        words = f"the partition column {key} has more than {_MOST_INJECTED} values in the WHERE clause"
        raise QueryFailed("CONSTRAINT_VIOLATION", words)
    return [str(each.this) for each in values]


def _not_static(key: str) -> QueryFailed:
    return QueryFailed(
        "CONSTRAINT_VIOLATION",
        f"For the injected projected partition column {key}, the WHERE clause must contain only static equality"
        " conditions, and at least one such condition must be present.",
    )
