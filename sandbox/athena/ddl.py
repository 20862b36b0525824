"""Statements that make, change and drop databases, tables and partitions in Glue.

As far as AWS's pages on CloudTrail and partition projection need (Athena User Guide, "DDL statements"). Failures have
Hive's words as Athena's users report them.
"""

from collections.abc import Callable
from typing import Any

from sandbox.athena.catalog import Partition
from sandbox.athena.create_table import table_input
from sandbox.athena.ddl_words import Words
from sandbox.athena.failures import QueryFailed, StatementRefused
from sandbox.athena.tables import Tables
from sandbox.aws.errors import AwsError

Act = Callable[[Tables], None]
FAILED = 1003
"""DDL task failed (Athena error catalog)."""
_TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."


def act(words: Words, database: str) -> tuple[str, Act]:
    """(its kind, what it does). Raises StatementRefused of a statement that is not among these."""
    if words.met("CREATE", "DATABASE") or words.met("CREATE", "SCHEMA"):
        return "CREATE_DATABASE", _create_database(words)
    if words.met("DROP", "DATABASE") or words.met("DROP", "SCHEMA"):
        return "DROP_DATABASE", _drop_database(words)
    if words.met("CREATE", "EXTERNAL", "TABLE"):
        return "CREATE_TABLE", _create_table(words, database)
    if words.met("DROP", "TABLE"):
        return "DROP_TABLE", _drop_table(words, database)
    if words.met("ALTER", "TABLE"):
        return "ALTER_TABLE", _alter(words, *words.table(database))
    raise StatementRefused("Queries of this type are not supported")


def _create_database(words: Words) -> Act:
    lenient = words.met("IF", "NOT", "EXISTS")
    given: dict[str, Any] = {"Name": words.name()}
    if words.met("COMMENT"):
        given["Description"] = words.text()
    if words.met("LOCATION"):
        given["LocationUri"] = words.text()
    words.finish()

    def create(tables: Tables) -> None:
        tables.may("CreateDatabase", given["Name"])
        _unless_there(lambda: tables.catalog.create_database(given), lenient=lenient)

    return create


def _drop_database(words: Words) -> Act:
    lenient, name = words.met("IF", "EXISTS"), words.name()
    cascade = words.met("CASCADE")
    if not cascade:
        words.met("RESTRICT")
    words.finish()

    def drop(tables: Tables) -> None:
        tables.may("DeleteDatabase", name)
        try:
            held = tables.catalog.tables(name)
        except AwsError:
            if lenient:
                return
            raise failed(f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}") from None
        if held and not cascade:
            what = f"Database {name} is not empty. One or more tables exist."
            raise failed(f"{_TASK} InvalidOperationException(message:{what})")
        tables.catalog.drop_database(name)

    return drop


def _create_table(words: Words, database: str) -> Act:
    lenient = words.met("IF", "NOT", "EXISTS")
    where, name = words.table(database)
    given = table_input(words, name)

    def create(tables: Tables) -> None:
        tables.may("CreateTable", where, name)
        tables.may_list(given["StorageDescriptor"]["Location"])
        _unless_there(lambda: tables.catalog.create_table(where, given), lenient=lenient)

    return create


def _drop_table(words: Words, database: str) -> Act:
    lenient = words.met("IF", "EXISTS")
    where, name = words.table(database)
    words.finish()

    def drop(tables: Tables) -> None:
        tables.may("DeleteTable", where, name)
        try:
            tables.catalog.drop_table(where, name)
        except AwsError:
            if not lenient:
                raise not_found(name) from None

    return drop


def _alter(words: Words, database: str, name: str) -> Act:
    if words.met("ADD", "COLUMNS"):
        return _changing(database, name, _added(words))
    if words.met("CHANGE", "COLUMN") or words.met("CHANGE"):
        return _changing(database, name, _changed(words))
    if words.met("SET", "TBLPROPERTIES"):
        return _changing(database, name, _set(words))
    if words.met("ADD"):
        return _add_partitions(words, database, name)
    if words.met("DROP"):
        return _drop_partitions(words, database, name)
    raise words.wrong()


Change = Callable[[dict[str, Any]], dict[str, Any]]


def _changing(database: str, name: str, change: Change) -> Act:
    def alter(tables: Tables) -> None:
        tables.may("UpdateTable", database, name)
        tables.catalog.update_table(database, change(dict(tables.record(database, name).given)))

    return alter


def _added(words: Words) -> Change:
    words.expect("(")
    columns = [_column(words)]
    while words.met(","):
        columns.append(_column(words))
    words.expect(")")
    words.finish()
    return lambda given: _with_columns(given, [*given["StorageDescriptor"]["Columns"], *columns])


def _changed(words: Words) -> Change:
    old, column = words.name(), _column(words)
    words.finish()

    def change(given: dict[str, Any]) -> dict[str, Any]:
        columns = list(given["StorageDescriptor"]["Columns"])
        places = [place for place, each in enumerate(columns) if each["Name"] == old]
        if not places:
            raise failed(f"{_TASK} Invalid column reference {old}")
        columns[places[0]] = column
        return _with_columns(given, columns)

    return change


def _set(words: Words) -> Change:
    properties = dict(words.pairs())
    words.finish()
    return lambda given: {**given, "Parameters": {**given.get("Parameters", {}), **properties}}


def _column(words: Words) -> dict[str, str]:
    found = {"Name": words.name(), "Type": words.type()}
    if words.met("COMMENT"):
        found["Comment"] = words.text()
    return found


def _with_columns(given: dict[str, Any], columns: list[dict[str, str]]) -> dict[str, Any]:
    return {**given, "StorageDescriptor": {**given["StorageDescriptor"], "Columns": columns}}


def _add_partitions(words: Words, database: str, name: str) -> Act:
    lenient, given = words.met("IF", "NOT", "EXISTS"), []
    while not words.over:
        words.expect("PARTITION")
        given.append((dict(words.pairs()), words.text() if words.met("LOCATION") else None))
    if not given:
        raise words.wrong()

    def add(tables: Tables) -> None:
        tables.may("BatchCreatePartition", database, name)
        for spec, location in given:
            values = _values(tables, database, name, spec)
            root = str(tables.record(database, name).given["StorageDescriptor"]["Location"]).rstrip("/")
            where = location or root + "".join(f"/{key}={value}" for key, value in spec.items()) + "/"
            made = Partition(values, where)
            _unless_there(
                lambda made=made: tables.catalog.add_partition(database, name, made),  # type: ignore[misc]
                lenient=lenient,
            )

    return add


def _drop_partitions(words: Words, database: str, name: str) -> Act:
    lenient, specs = words.met("IF", "EXISTS"), []
    words.expect("PARTITION")
    specs.append(dict(words.pairs()))
    while words.met(",", "PARTITION"):
        specs.append(dict(words.pairs()))
    words.finish()

    def drop(tables: Tables) -> None:
        tables.may("BatchDeletePartition", database, name)
        for spec in specs:
            gone = tables.catalog.drop_partition(database, name, _values(tables, database, name, spec))
            if not gone and not lenient:
                raise failed(f"FAILED: SemanticException [Error 10006]: Partition not found {spec}")

    return drop


def _values(tables: Tables, database: str, name: str, spec: dict[str, str]) -> tuple[str, ...]:
    """A partition's values in the order of the keys."""
    keys = [str(each["Name"]) for each in tables.record(database, name).given.get("PartitionKeys", [])]
    lower = {key.lower(): value for key, value in spec.items()}
    if not keys:
        raise failed("FAILED: SemanticException table is not partitioned but partition spec exists: " + str(spec))
    if sorted(lower) != sorted(keys):
        raise failed(f"FAILED: SemanticException [Error 10098]: partition spec {spec} doesn't contain all keys {keys}")
    return tuple(lower[key] for key in keys)


def _unless_there(create: Callable[[], None], *, lenient: bool) -> None:
    try:
        create()
    except AwsError as error:
        if error.code == "EntityNotFoundException":
            raise failed(f"FAILED: SemanticException [Error 10072]: {error.message}") from None
        if not lenient:
            raise failed(f"{_TASK} AlreadyExistsException(message:{error.message})") from None


def failed(message: str) -> QueryFailed:
    """A DDL statement's failure."""
    return QueryFailed("", message, FAILED)


def not_found(name: str) -> QueryFailed:
    """Of a table."""
    return failed(f"FAILED: SemanticException [Error 10001]: Table not found {name}")
