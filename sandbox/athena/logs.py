"""The log store: every file is unpacked once and kept in DuckDB, by bucket, key and ETag, for each set of columns.

Log files never change (CloudTrail: "log file integrity"), so what was read of one is read for good; a file that is
overwritten has another ETag and is another file.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import duckdb

from sandbox.athena.failures import QueryFailed
from sandbox.athena.reading import Row, rows
from sandbox.athena.registry import macros
from sandbox.athena.sql_types import SqlType
from sandbox.aws.objects import Stored

MEMORY = "512MB"
"""What DuckDB may use of memory; beyond it, it writes to the store's own folder."""
_BATCH_BYTES = 32_000_000
"""Text that is handed to DuckDB at a time."""
_LARGEST_ROW_BYTES = 64_000_000

Fetch = Callable[[Stored], bytes]


@dataclass(slots=True)
class Shelf:
    """The files that were read with one set of columns: their numbers, or why they could not be read."""

    table: str
    columns: Mapping[str, SqlType]
    numbers: dict[Stored, int] = field(default_factory=dict)
    damaged: dict[Stored, QueryFailed] = field(default_factory=dict)

    @property
    def declared(self) -> str:
        """The columns as DuckDB declares them."""
        return ", ".join(f'"{name}" {kind.duck}' for name, kind in self.columns.items())


class LogStore:
    """One DuckDB database in a folder of its own, gone when it is closed."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-athena-")
        self._connection = duckdb.connect(
            str(Path(self._folder.name) / "logs.duckdb"),
            config={
                "memory_limit": MEMORY,
                "threads": 2,
                "temp_directory": self._folder.name,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._connection.execute("SET allowed_directories = ?", [[self._folder.name]])
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute(macros())
        self._shelves: dict[str, Shelf] = {}
        self._naming = Lock()
        self._reading = Lock()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection for one thread (DuckDB: "Multiple Python threads")."""
        return self._connection.cursor()

    def close(self) -> None:
        """Forget all. Running queries fail."""
        self._connection.close()
        self._folder.cleanup()

    def shelf(self, columns: Mapping[str, SqlType]) -> Shelf:
        """The place of a set of columns."""
        with self._naming:
            declared = ", ".join(f"{name} {kind.duck}" for name, kind in columns.items())
            if declared not in self._shelves:
                made = Shelf(f"shelf_{len(self._shelves)}", dict(columns))
                self._connection.cursor().execute(f"CREATE TABLE {made.table} (athena_file INTEGER, {made.declared})")
                self._shelves[declared] = made
            return self._shelves[declared]

    def numbers(self, shelf: Shelf, files: Sequence[Stored], fetch: Fetch, go_on: Callable[[], None]) -> list[int]:
        """The files' numbers; those that are new are read first. Raises QueryFailed of a damaged one.

        `go_on` is called between files and may raise to end it.
        """
        if any(each not in shelf.numbers for each in files):
            with self._reading:
                self._read(shelf, [each for each in files if each not in shelf.numbers], fetch, go_on)
        for each in files:
            if each in shelf.damaged:
                raise shelf.damaged[each]
        return [shelf.numbers[each] for each in files]

    def _read(self, shelf: Shelf, files: Iterable[Stored], fetch: Fetch, go_on: Callable[[], None]) -> None:
        batch = _Batch(Path(self._folder.name) / "batch.ndjson")
        for each in dict.fromkeys(files):
            go_on()
            number = len(shelf.numbers) + len(batch.files)
            try:
                lines = [_line(number, row) for row in rows(fetch(each), each.uri, shelf.columns)]
            except QueryFailed as failed:
                shelf.damaged[each] = failed
                lines = []
            batch.add(each, lines)
            if batch.size_bytes > _BATCH_BYTES:
                self._load(shelf, batch)
        self._load(shelf, batch)

    def _load(self, shelf: Shelf, batch: "_Batch") -> None:
        if batch.files:
            batch.write()
            types = {"athena_file": "INTEGER", **{name: kind.duck for name, kind in shelf.columns.items()}}
            listed = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
            self._connection.cursor().execute(
                f"INSERT INTO {shelf.table} SELECT * FROM read_json('{batch.path}', format='newline_delimited',"  # noqa: S608
                f" columns={{{listed}}}, maximum_object_size={_LARGEST_ROW_BYTES})"
            )
            shelf.numbers.update({each: number for number, each in enumerate(batch.files, len(shelf.numbers))})
            batch.clear()


class _Batch:
    """Rows on their way into DuckDB."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clear()

    def clear(self) -> None:
        self.files: list[Stored] = []
        self._lines: list[str] = []
        self.size_bytes = 0

    def add(self, file: Stored, lines: list[str]) -> None:
        self.files.append(file)
        self._lines += lines
        self.size_bytes += sum(map(len, lines))

    def write(self) -> None:
        with self.path.open("w", encoding="utf-8", errors="replace") as out:
            out.writelines(self._lines)


def _line(number: int, row: Row) -> str:
    return json.dumps({"athena_file": number, **row}, ensure_ascii=False, separators=(",", ":")) + "\n"
