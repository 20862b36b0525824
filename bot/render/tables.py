"""A table as Slack's sortable `data_table`, or as text that every client shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from tabulate import tabulate

from bot.model.reply import Cell, Number, Press, Table, Time
from bot.render import escape, fence, limits
from bot.render.actions import Ids, button, rows, select
from bot.render.inline import Block, Names, nameless, rich, words

_CELL_CHARS = 60
"""A cell of a text table: wider ones would wrap the row."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table's blocks and how many of its rows they show."""

    blocks: list[Block]
    shown: int


def left_out(table: Table, shown: int) -> str:
    """A sentence about the rows that are not here; empty when all are."""
    total = max(table.total or 0, len(table.rows))
    columns = len(table.columns) - limits.TABLE_COLUMNS
    missing = total - shown
    said = [f"{missing:,} more of {total:,} {'is' if missing == 1 else 'are'} not shown."] if missing > 0 else []
    return " ".join([*said, *([f"{columns} columns are not shown."] if columns > 0 else [])])


def data_table(table: Table, chars: int, ids: Ids, names: Names) -> Drawn:
    """At most 100 rows and as many as `chars` allow."""
    width = min(len(table.columns), limits.TABLE_COLUMNS)
    head: list[Block] = [_raw(column.title) for column in table.columns[:width]]
    caption = escape.shorten(escape.line(table.caption), limits.TABLE_CAPTION) or escape.EMPTY
    left = min(chars, limits.TABLE_CHARS) - visible(head) - len(caption)
    body: list[list[Block]] = []
    for row in table.rows[: limits.TABLE_ROWS]:
        cells = [_cell(cell, ids, names) for cell in _level(row, width)]
        left -= visible(cells)
        if left < 0:
            break
        body.append(cells)
    made: Block = {
        "type": "data_table",
        "caption": caption,
        "page_size": min(max(table.page_size, 1), limits.TABLE_PAGE),
        "rows": [head, *body],
    }
    return Drawn([made] if body else [], len(body))


def text_table(table: Table, chars: int, ids: Ids, names: Names = nameless) -> Drawn:
    """Preformatted sections by `tabulate`; presses of the rows become one select."""
    width = min(len(table.columns), limits.TABLE_COLUMNS)
    lines, shown = _lines(table, width, chars, names)
    menu = select("Act on a row…", _presses(table.rows[:shown]), ids)
    return Drawn([*fence.sections(lines), *rows([menu] if menu else [])], shown)


def _lines(table: Table, width: int, chars: int, names: Names) -> tuple[list[str], int]:
    """The table's lines that fit, already escaped, and how many data rows are among them."""
    kept = [i for i in range(width) if not all(isinstance(c, Press) for c in _column(table, i))]
    titles = [_narrow(escape.line(table.columns[i].title)) for i in kept]
    cells = [[_narrow(flat(_level(r, width)[i], names)) for i in kept] for r in table.rows[: limits.TABLE_ROWS]]
    align = [table.columns[i].align for i in kept]
    text = tabulate(cells, titles, tablefmt="simple", disable_numparse=True, colalign=align if cells and kept else None)
    lines = [fence.escaped(one) for one in text.split("\n")] if kept else []
    fits, left = 0, chars
    for one in lines:
        left -= len(one) + 1
        if left < fence.SIZE * (1 + chars // limits.SECTION):
            break
        fits += 1
    shown = max(0, fits - 2)  # the titles and the rule under them
    return (lines[:fits], shown) if shown else ([], 0)


def _presses(body: Sequence[Sequence[Cell]]) -> list[Press]:
    """The presses of the rows, named by their row."""
    return [
        Press(f"{cell.label}: {_name(row)}", cell.line, cell.does, confirm=cell.confirm)
        for row in body
        for cell in row
        if isinstance(cell, Press)
    ]


def _name(row: Sequence[Cell]) -> str:
    """The first two cells of words."""
    return " ".join([flat(cell) for cell in row if not isinstance(cell, Press)][:2])


def _column(table: Table, index: int) -> list[Cell]:
    return [_level(row, index + 1)[index] for row in table.rows]


def _level(row: Sequence[Cell], width: int) -> list[Cell]:
    """A row of exactly that many cells: Slack refuses uneven ones."""
    return [*row[:width], *[escape.EMPTY] * (width - len(row))]


def flat(cell: Cell, names: Names = nameless) -> str:
    """A cell in words, on one line; what is pressed has none."""
    match cell:
        case str():
            return escape.line(cell)
        case Number():
            return escape.line(cell.text) or f"{cell.value:g}"
        case Press():
            return ""
        case Time():
            return words((cell,))
        case _:
            return escape.line(words(cell, names))


def _narrow(text: str) -> str:
    return escape.shorten(text, _CELL_CHARS)


def _cell(cell: Cell, ids: Ids, names: Names) -> Block:
    match cell:
        case Number() if abs(cell.value) < limits.NUMBER:
            return {"type": "raw_number", "value": cell.value, "text": escape.shorten(flat(cell), limits.NUMBER_TEXT)}
        case Press():
            made = button(cell, ids)
            return {"type": "action_cell", "element": made, "fallback": _raw(cell.label)} if made else _raw(cell.label)
        case Time():
            return _rich(rich((cell,), names))
        case tuple():
            return _rich(rich(cell, names))
        case _:
            return _raw(flat(cell))


def _rich(found: list[Block]) -> Block:
    if not found:
        return _raw(escape.EMPTY)
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": found}]}


def _raw(text: str) -> Block:
    return {"type": "raw_text", "text": escape.line(text) or escape.EMPTY}


_SILENT = frozenset({"type", "block_id", "action_id", "value", "url", "style", "format"})


def visible(part: object) -> int:
    """Characters that count against a budget: every string that a reader may see."""
    if isinstance(part, str):
        return len(part)
    if isinstance(part, list):
        return sum(visible(item) for item in part)
    if isinstance(part, dict):
        return sum(visible(value) for key, value in part.items() if key not in _SILENT)
    return 0
