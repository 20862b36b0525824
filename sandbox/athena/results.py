"""Results: the CSV that lies in S3, and the pages that GetQueryResults reads from it.

Source: Athena User Guide, "Find query output files in Amazon S3"; API, GetQueryResults. That the header is the first
row, that NULL is an empty cell without quotes in the file and `{}` in a page, is known behaviour.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.athena.progress import Cells, Column

MOST_ROWS = 1000
"""In one page (API: GetQueryResults)."""
_CELL = re.compile(r'(?:"((?:[^"]|"")*)")?([,\n])')
_PRECISION = {
    "varchar": 2_147_483_647,
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "real": 17,
    "double": 17,
    "timestamp": 3,
    "timestamp with time zone": 3,
}
_NAMES = {"real": "float"}


def csv(columns: Sequence[str], rows: Iterable[Cells]) -> bytes:
    """The file: every cell in quotes, but for NULL."""
    parts = [_line(columns)]
    parts.extend(_line(row) for row in rows)
    return "".join(parts).encode("utf-8", "replace")


def _line(cells: Sequence[str | None]) -> str:
    return ",".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def page(text: str, start: int, columns: int, most: int) -> tuple[list[Cells], int | None]:
    """(rows from a place in the file on, the place after them); None at the end."""
    rows: list[Cells] = []
    cells: list[str | None] = []
    place = start
    for found in _CELL.finditer(text, start):
        cells.append(None if found[1] is None else found[1].replace('""', '"'))
        if found[2] == "\n":
            rows.append(tuple(cells[:columns]))
            cells, place = [], found.end()
            if len(rows) == most:
                break
    return rows, place if place < len(text) else None


def described(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """ResultSetMetadata's ColumnInfo."""
    return [
        {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": column.name,
            "Label": column.name,
            "Type": _NAMES.get(column.kind.name, column.kind.name),
            "Precision": _PRECISION.get(column.kind.name, 0),
            "Scale": 0,
            "Nullable": "UNKNOWN",
            "CaseSensitive": column.kind.name == "varchar",
        }
        for column in columns
    ]


def shown(rows: Iterable[Cells]) -> list[dict[str, Any]]:
    """ResultSet's Rows."""
    return [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows]
