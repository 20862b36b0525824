"""What a Glue Data Catalog keeps: databases, tables and their registered partitions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any

from sandbox.aws.errors import AwsError

DEFAULT = "default"
"""The database that is there from the start."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One that was registered by hand: its values in the order of the table's keys, and where its files lie."""

    values: tuple[str, ...]
    location: str


@dataclass(frozen=True, slots=True)
class TableRecord:
    """A table as it was given (Glue's TableInput), and when."""

    database: str
    given: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def name(self) -> str:
        """In lower case, as Glue keeps names."""
        return str(self.given["Name"])


@dataclass(slots=True)
class _Database:
    given: Mapping[str, Any]
    created_at: datetime
    tables: dict[str, TableRecord] = field(default_factory=dict)
    partitions: dict[str, dict[tuple[str, ...], Partition]] = field(default_factory=dict)


class Catalog:
    """The databases of an account in a Region. Names are kept in lower case (Glue API: CreateTable)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = RLock()
        self._databases = {DEFAULT: _Database({"Name": DEFAULT}, now())}

    def databases(self) -> list[tuple[Mapping[str, Any], datetime]]:
        """(what was given, when), by name."""
        with self._lock:
            return [(each.given, each.created_at) for _, each in sorted(self._databases.items())]

    def database(self, name: str) -> tuple[Mapping[str, Any], datetime]:
        """(what was given, when). Raises AwsError when there is none."""
        held = self._database(name)
        return held.given, held.created_at

    def create_database(self, given: Mapping[str, Any]) -> None:
        """Raises AwsError when there is one of this name."""
        name = given["Name"].lower()
        with self._lock:
            if name in self._databases:
                raise AwsError("AlreadyExistsException", "Database already exists.")
            self._databases[name] = _Database({**given, "Name": name}, self._now())

    def drop_database(self, name: str) -> None:
        """With all that is in it. Raises AwsError when there is none."""
        with self._lock:
            self._database(name)
            del self._databases[name.lower()]

    def tables(self, database: str) -> list[TableRecord]:
        """By name. Raises AwsError when there is no such database."""
        with self._lock:
            return [each for _, each in sorted(self._database(database).tables.items())]

    def table(self, database: str, name: str) -> TableRecord:
        """Raises AwsError when there is no such database or table."""
        with self._lock:
            found = self._database(database).tables.get(name.lower())
        if found is None:
            raise AwsError("EntityNotFoundException", f"Table {name.lower()} not found.")
        return found

    def create_table(self, database: str, given: Mapping[str, Any]) -> None:
        """Raises AwsError when there is no such database, or already such a table."""
        name, now = given["Name"].lower(), self._now()
        with self._lock:
            held = self._database(database)
            if name in held.tables:
                raise AwsError("AlreadyExistsException", "Table already exists.")
            held.tables[name] = TableRecord(database.lower(), {**given, "Name": name}, now, now)

    def update_table(self, database: str, given: Mapping[str, Any]) -> None:
        """Replace a definition; registered partitions stay. Raises AwsError when there is no such table."""
        with self._lock:
            old = self.table(database, given["Name"])
            made = TableRecord(old.database, {**given, "Name": old.name}, old.created_at, self._now(), old.version + 1)
            self._database(database).tables[old.name] = made

    def drop_table(self, database: str, name: str) -> None:
        """With its partitions. Raises AwsError when there is no such table."""
        with self._lock:
            held, record = self._database(database), self.table(database, name)
            del held.tables[record.name]
            held.partitions.pop(record.name, None)

    def partitions(self, database: str, table: str) -> list[Partition]:
        """The registered ones, in the order of their values."""
        with self._lock:
            held = self._database(database).partitions.get(table.lower(), {})
            return [held[values] for values in sorted(held)]

    def add_partition(self, database: str, table: str, partition: Partition) -> None:
        """Raises AwsError when it is there already."""
        with self._lock:
            held = self._database(database).partitions.setdefault(self.table(database, table).name, {})
            if partition.values in held:
                raise AwsError("AlreadyExistsException", "Partition already exists.")
            held[partition.values] = partition

    def drop_partition(self, database: str, table: str, values: tuple[str, ...]) -> bool:
        """Whether there was one."""
        with self._lock:
            held = self._database(database).partitions.get(self.table(database, table).name, {})
            return held.pop(values, None) is not None

    def _database(self, name: str) -> _Database:
        with self._lock:
            held = self._databases.get(name.lower())
        if held is None:
            raise AwsError("EntityNotFoundException", f"Database {name.lower()} not found.")
        return held


class Catalogs:
    """The catalog of each account and Region."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._held: dict[tuple[str, str], Catalog] = {}
        self._lock = RLock()

    def of(self, account: str, region: str) -> Catalog:
        """Made when it is first asked for."""
        with self._lock:
            return self._held.setdefault((account, region), Catalog(self._now))
