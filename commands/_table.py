"""Tables that fit a chat: what is the same in every row stands once, above them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from bot.model.reply import Cell, Facts, Number, Part, Press, Table, Text
from bot.ports import Ask

MOST_ROWS = 100
"""Rows in an answer; Slack's tables take no more (docs.slack.dev, data table block)."""
T = TypeVar("T")


def fitting(items: Sequence[T], ask: Ask) -> Sequence[T]:
    """Those that the answer's table has: all, where it goes into a file. The table's `total` is of all of them."""
    return items if ask.whole else items[:MOST_ROWS]


def acting(table: Table, ask: Ask) -> Table:
    """Without its last column where that has nothing to press: whoever looks may not, or reads it in a file."""
    if not ask.whole and any(isinstance(row[-1], Press) for row in table.rows):
        return table
    return replace(table, columns=table.columns[:-1], rows=tuple(row[:-1] for row in table.rows))


def compact(table: Table, ask: Ask) -> tuple[Part, ...]:
    """The facts that all rows share, and the table without their columns; a file's and a single row's stay as it is."""
    if ask.whole or len(table.rows) < 2:  # one row shares everything with itself
        return (table,)
    shared = [i for i in range(len(table.columns)) if _same([row[i] for row in table.rows])]
    kept = [i for i in range(len(table.columns)) if i not in shared]
    facts = tuple((table.columns[i].title, _text(table.rows[0][i])) for i in shared if table.rows[0][i] != "")
    columns = tuple(table.columns[i] for i in kept)
    rows = tuple(tuple(row[i] for i in kept) for row in table.rows)
    narrow = Table(table.caption, columns, rows, table.page_size, table.total)
    return (Facts(facts), narrow) if facts else (narrow,)


def _same(cells: list[Cell]) -> bool:
    return not isinstance(cells[0], Press) and all(cell == cells[0] for cell in cells)


def _text(cell: Cell) -> Text:
    match cell:
        case tuple():
            return cell
        case Number():
            return (cell.text,)
        case Press():
            return (cell.label,)
        case _:
            return (cell,)
