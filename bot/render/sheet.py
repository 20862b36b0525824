"""A Table as CSV that a spreadsheet cannot mistake for formulas."""

import csv
import io
import math

from bot.model.reply import Cell, Number, Table, Time
from bot.render.tables import flat

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula may begin (OWASP ASVS 1.2.10, CWE-1236); some spreadsheets read the full-width signs as well."""


def csv_text(table: Table) -> str:
    """RFC 4180; numbers stay numbers, instants are ISO 8601, text that begins like a formula gets a quote before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_inert(column.title) for column in table.columns])
    writer.writerows([_value(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _value(cell: Cell) -> str:
    match cell:
        case Number() if math.isfinite(cell.value):
            return repr(cell.value)
        case Time():
            return cell.at.isoformat()
        case str():
            return _inert(cell)
        case _:
            return _inert(flat(cell))


def _inert(text: str) -> str:
    words = flat(text)
    return f"'{words}" if text.startswith(_FORMULA) or words.startswith(_FORMULA) else words
