"""Statements that tell of the catalog: SHOW and DESCRIBE.

Rows are laid out as Hive does, names filled up to twenty characters, as Athena's clients have them.
"""

import re
from collections.abc import Callable
from typing import Any

from sandbox.athena.ddl import failed
from sandbox.athena.ddl_words import Words
from sandbox.athena.failures import StatementRefused
from sandbox.athena.tables import Tables

Tell = Callable[[Tables], list[str]]
_WIDTH = 20


def told(words: Words, database: str) -> tuple[str, tuple[str, ...], Tell]:
    """(its kind, its columns, what it tells). Raises StatementRefused of a statement that is not among these."""
    for keywords, columns, tell in _STATEMENTS:
        if words.met(*keywords):
            kind = "DESCRIBE_TABLE" if len(keywords) == 1 else "_".join(keywords)
            return kind, columns, tell(words, database)
    raise StatementRefused("Queries of this type are not supported")


def _pattern(words: Words, *keywords: str) -> str | None:
    """A pattern with `*` and `|`, at the end."""
    if keywords:
        words.met(*keywords)
    found = None if words.over else words.text()
    words.finish()
    return found


def _matching(names: list[str], pattern: str | None) -> list[str]:
    if pattern is None:
        return names
    parts = [re.escape(part).replace(r"\*", ".*") for part in pattern.split("|")]
    return [name for name in names if any(re.fullmatch(part, name) for part in parts)]


def _databases(words: Words, _: str) -> Tell:
    pattern = _pattern(words, "LIKE")

    def tell(tables: Tables) -> list[str]:
        tables.may("GetDatabases", "*")
        return _matching([str(given["Name"]) for given, _ in tables.catalog.databases()], pattern)

    return tell


def _tables(words: Words, database: str) -> Tell:
    where = words.name() if words.met("IN") or words.met("FROM") else database
    pattern = _pattern(words)

    def tell(tables: Tables) -> list[str]:
        tables.may("GetTables", where, "*")
        return _matching([each.name for each in tables.held(where)], pattern)

    return tell


def _partitions(words: Words, database: str) -> Tell:
    where, name = words.table(database)
    words.finish()

    def tell(tables: Tables) -> list[str]:
        tables.may("GetPartitions", where, name)
        keys = [each["Name"] for each in tables.record(where, name).given.get("PartitionKeys", [])]
        if not keys:
            raise failed(f"FAILED: Execution Error: Table {name} is not a partitioned table")
        found = tables.catalog.partitions(where, name)
        return ["/".join(f"{k}={v}" for k, v in zip(keys, each.values, strict=True)) for each in found]

    return tell


def _columns(words: Words, database: str) -> Tell:
    if not (words.met("IN") or words.met("FROM")):
        raise words.wrong()
    where, name = words.table(database)
    if words.met("IN") or words.met("FROM"):
        where = words.name()
    words.finish()
    return lambda tables: [f"{each['Name']:<{_WIDTH}}" for part in _of(tables, where, name) for each in part]


def _properties(words: Words, database: str) -> Tell:
    where, name = words.table(database)
    wanted = None
    if words.met("("):
        wanted = words.text()
        words.expect(")")
    words.finish()

    def tell(tables: Tables) -> list[str]:
        tables.may("GetTable", where, name)
        parameters = tables.record(where, name).given.get("Parameters", {})
        if wanted is not None:
            return [parameters.get(wanted, f"Table {where}.{name} does not have property: {wanted}")]
        return [f"{key}\t{value}" for key, value in sorted(parameters.items())]

    return tell


def _description(words: Words, database: str) -> Tell:
    where, name = words.table(database)
    words.finish()

    def line(column: dict[str, str]) -> str:
        parts = (column["Name"], column.get("Type", "string"), column.get("Comment", ""))
        return "\t".join(f"{part:<{_WIDTH}}" for part in parts)

    def tell(tables: Tables) -> list[str]:
        columns, keys = _of(tables, where, name)
        if not keys:
            return [line(each) for each in columns]
        head = ["\t \t ", "# Partition Information\t \t ", f"{'# col_name':<24}\t{'data_type':<20}\t{'comment':<20}"]
        return [*map(line, (*columns, *keys)), *head, "\t \t ", *map(line, keys)]

    return tell


def _statement(words: Words, database: str) -> Tell:
    where, name = words.table(database)
    words.finish()

    def tell(tables: Tables) -> list[str]:
        columns, keys = _of(tables, where, name)
        given = tables.record(where, name).given
        stored = given["StorageDescriptor"]
        return [
            f"CREATE EXTERNAL TABLE `{name}`(",
            *_listed(columns),
            *([] if not keys else ["PARTITIONED BY ( ", *_listed(keys)]),
            "ROW FORMAT SERDE ",
            f"  '{stored.get('SerdeInfo', {}).get('SerializationLibrary', '')}' ",
            "STORED AS INPUTFORMAT ",
            f"  '{stored.get('InputFormat', '')}' ",
            "OUTPUTFORMAT ",
            f"  '{stored.get('OutputFormat', '')}'",
            "LOCATION",
            f"  '{stored.get('Location', '')}'",
            "TBLPROPERTIES (",
            *_properties_listed(given.get("Parameters", {})),
        ]

    return tell


def _listed(columns: list[dict[str, str]]) -> list[str]:
    return [
        f"  `{each['Name']}` {each.get('Type', 'string')}{')' if each is columns[-1] else ', '}" for each in columns
    ]


def _properties_listed(parameters: dict[str, str]) -> list[str]:
    shown = [f"  '{key}'='{value}'" for key, value in sorted(parameters.items()) if key != "EXTERNAL"]
    return [f"{line}{')' if line is shown[-1] else ', '}" for line in shown]


def _of(tables: Tables, database: str, name: str) -> list[list[dict[str, Any]]]:
    """[columns, keys]."""
    tables.may("GetTable", database, name)
    given = tables.record(database, name).given
    return [list(given["StorageDescriptor"]["Columns"]), list(given.get("PartitionKeys", []))]


_STATEMENTS: tuple[tuple[tuple[str, ...], tuple[str, ...], Callable[[Words, str], Tell]], ...] = (
    (("SHOW", "DATABASES"), ("database_name",), _databases),
    (("SHOW", "SCHEMAS"), ("database_name",), _databases),
    (("SHOW", "TABLES"), ("tab_name",), _tables),
    (("SHOW", "PARTITIONS"), ("partition",), _partitions),
    (("SHOW", "COLUMNS"), ("field",), _columns),
    (("SHOW", "TBLPROPERTIES"), ("prpt_name",), _properties),
    (("SHOW", "CREATE", "TABLE"), ("createtab_stmt",), _statement),
    (("DESCRIBE",), ("col_name", "data_type", "comment"), _description),
    (("DESC",), ("col_name", "data_type", "comment"), _description),
)
