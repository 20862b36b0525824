"""Running one SELECT: understood, its partitions pruned, their objects counted and read, then answered by DuckDB."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import duckdb
from sqlglot import exp

from sandbox.athena.catalog import Partition as Registered
from sandbox.athena.definitions import Definition
from sandbox.athena.duck_errors import translated
from sandbox.athena.logs import Fetch, LogStore
from sandbox.athena.meaning import Meaning
from sandbox.athena.parameters import Bound
from sandbox.athena.partitions import partitions, readable
from sandbox.athena.progress import Cancelled, Cells, Column, Progress, Stop
from sandbox.athena.rendering import text
from sandbox.athena.resolving import Find, Resolved
from sandbox.athena.scans import Scan, scans
from sandbox.athena.sources import Source, attach, unnested
from sandbox.aws.objects import Stored

_FETCHED_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement and who asks: how tables and partitions are found, what lies under S3 URIs, what an object holds.

    The four raise QueryFailed where there is no such thing, or the caller may not.
    """

    bound: Bound
    tree: exp.Query
    database: str
    now: datetime
    find: Find
    registered: Callable[[Definition], Sequence[Registered]]
    listed: Callable[[Sequence[str]], Iterable[Sequence[Stored]]]
    fetch: Fetch
    stop: Stop
    cutoff_bytes: int | None = None


class Engine:
    """The log store and the way into it; for any number of threads, each with a cursor of its own."""

    def __init__(self) -> None:
        self._store = LogStore()

    def close(self) -> None:
        """End it. Running queries fail."""
        self._store.close()

    def run(self, asked: Asked, progress: Progress) -> tuple[list[Column], Iterator[Cells]]:
        """(the columns, the rows as text). Raises QueryFailed and Cancelled, also while rows are taken."""
        cursor = self._store.cursor()
        resolved = Resolved(asked.bound, asked.tree, asked.database, asked.find)
        meaning = Meaning(resolved, asked.now)
        read = scans(resolved)
        progress.tables = tuple(dict.fromkeys(each.table.full_name for each in read))
        sources = [self._source(cursor, asked, scan, progress) for scan in read]
        attach(cursor, self._store, sources, asked.fetch, asked.stop.check)
        unnested(resolved.tree)
        columns = [Column(name, kind) for name, kind in meaning.outputs]
        return columns, self._rows(cursor, asked, _wrapped(resolved.tree, columns), columns)

    def _source(self, cursor: duckdb.DuckDBPyConnection, asked: Asked, scan: Scan, progress: Progress) -> Source:
        """The objects that a reading needs, counted against the work group's limit as they are met."""
        asked.stop.check()
        found = partitions(cursor, scan, asked.registered(scan.table), asked.now)
        progress.partitions += len(found)
        source = Source(scan)
        for partition, objects in zip(found, asked.listed([each.uri for each in found]), strict=True):
            kept = readable(cursor, scan, objects)
            for each in kept:
                progress.scanned_bytes += each.size_bytes
                progress.objects += 1
                if asked.cutoff_bytes is not None and progress.scanned_bytes > asked.cutoff_bytes:
                    raise Cancelled("Query cancelled! : Bytes scanned limit was exceeded")
            source.add(partition, kept)
        return source

    def _rows(
        self, cursor: duckdb.DuckDBPyConnection, asked: Asked, sql: str, columns: list[Column]
    ) -> Iterator[Cells]:
        kinds = [column.kind for column in columns]
        # The interrupt is taken back before the cursor closes: a closed one raises when it is interrupted.
        with closing(cursor), asked.stop.interrupting(cursor.interrupt):
            try:
                cursor.execute(sql)
                while part := cursor.fetchmany(_FETCHED_ROWS):
                    for row in part:
                        yield tuple(text(kind, value) for kind, value in zip(kinds, row, strict=True))
            except duckdb.Error as error:
                asked.stop.check()
                raise translated(error) from None


def _wrapped(tree: exp.Query, columns: list[Column]) -> str:
    """The query, its columns by number so that names may repeat, moments in UTC without their zone."""
    names = [f"c{number}" for number in range(len(columns))]
    taken = ", ".join(
        f"{name}::{column.kind.duck.replace('TIMESTAMPTZ', 'TIMESTAMP')}" if column.kind.holds_zone else name
        for name, column in zip(names, columns, strict=True)
    )
    inner = tree.sql("duckdb", comments=False)
    return f"SELECT {taken} FROM ({inner}) AS answer({', '.join(names)})"  # noqa: S608
