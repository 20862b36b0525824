"""A Table as CSV that a spreadsheet cannot mistake for formulas."""

import csv
import io
import math
import re

from bot.model.reply import Cell, Number, Press, Table, Time
from bot.render.inline import Names, nameless
from bot.render.tables import flat

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula may begin (OWASP ASVS 1.2.10, CWE-1236); some spreadsheets read the full-width signs as well."""
_SPLIT = re.compile(r"([;,|][\s\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where another separator begins a cell of its own: Excel takes the semicolon wherever the comma is for decimals."""


def csv_bytes(table: Table, names: Names = nameless) -> bytes:
    """UTF-8 with its mark: without one Excel takes a file for Windows-1252; other readers of CSV pass over it."""
    return csv_text(table, names).encode("utf-8-sig")


def csv_text(table: Table, names: Names = nameless) -> str:
    """RFC 4180; numbers stay numbers, instants are ISO 8601, text that begins like a formula gets a quote before it.

    So does what would begin a cell where another separator is used. Columns of buttons are left out.
    """
    pressed = {i for row in table.rows for i, cell in enumerate(row) if isinstance(cell, Press)}
    kept = [i for i in range(len(table.columns)) if i not in pressed]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_inert(table.columns[i].title) for i in kept])
    writer.writerows([_value(row[i], names) for i in kept if i < len(row)] for row in table.rows)
    return out.getvalue()


def _value(cell: Cell, names: Names) -> str:
    match cell:
        case Number() if math.isfinite(cell.value):
            return repr(cell.value)
        case Time():
            return cell.at.isoformat(timespec="seconds")
        case str():
            return _inert(cell)
        case _:
            return _inert(flat(cell, names))


def _inert(text: str) -> str:
    words = _SPLIT.sub(r"\1'", flat(text))
    return f"'{words}" if text.startswith(_FORMULA) or words.startswith(_FORMULA) else words
