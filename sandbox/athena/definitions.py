"""A table as a query sees it, read from what Glue keeps of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.athena.catalog import TableRecord
from sandbox.athena.failures import QueryFailed
from sandbox.athena.sql_types import SqlType, hive

CLOUDTRAIL = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
SERDES = frozenset({"org.apache.hive.hcatalog.data.JsonSerDe", "com.amazon.emr.hive.serde.CloudTrailSerde"})
PATH = "$path"
"""The hidden column that holds an object's URI (Athena User Guide: "Get the file locations for source data")."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Names in lower case; `columns` are in the files, `keys` are what the table is partitioned by."""

    database: str
    name: str
    columns: Mapping[str, SqlType]
    keys: Mapping[str, SqlType]
    location: str
    parameters: Mapping[str, str]

    @property
    def full_name(self) -> str:
        """With its database, as Athena's messages have it."""
        return f"{self.database}.{self.name}"

    @property
    def visible(self) -> tuple[str, ...]:
        """What `*` stands for: the files' columns, then the keys."""
        return (*self.columns, *self.keys)

    def type_of(self, column: str) -> SqlType:
        """Of a column, a key or the path. Raises KeyError."""
        return SqlType("varchar") if column == PATH else {**self.columns, **self.keys}[column]


def definition(record: TableRecord) -> Definition:
    """Raises QueryFailed of a table that cannot be read, in Athena's words or, of another format, our own."""
    stored: Mapping[str, Any] = record.given.get("StorageDescriptor") or {}
    _refuse_format(record, stored)
    return Definition(
        database=record.database,
        name=record.name,
        columns=_types(record, stored.get("Columns", [])),
        keys=_types(record, record.given.get("PartitionKeys", [])),
        location=str(stored.get("Location", "")),
        parameters=dict(record.given.get("Parameters", {})),
    )


def _types(record: TableRecord, columns: list[Mapping[str, str]]) -> dict[str, SqlType]:
    try:
        return {column["Name"].lower(): hive(column.get("Type", "string")) for column in columns}
    except (ValueError, StopIteration) as error:
        raise QueryFailed("HIVE_INVALID_METADATA", f"{error} (table {record.database}.{record.name})") from None


def _refuse_format(record: TableRecord, stored: Mapping[str, Any]) -> None:
    """Athena says so too of what it cannot read; the sandbox reads CloudTrail's logs alone."""
    kind, serde = stored.get("InputFormat", ""), stored.get("SerdeInfo", {}).get("SerializationLibrary", "")
    if not kind or not serde:
        raise QueryFailed("HIVE_UNKNOWN_ERROR", "Unable to create input format")
    if kind != CLOUDTRAIL or serde not in SERDES:
        what = f"{record.database}.{record.name} ({kind}, {serde}): the sandbox reads CloudTrail's log files alone"
        raise QueryFailed("NOT_SUPPORTED", what)
