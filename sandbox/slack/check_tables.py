"""table and data_table (docs.slack.dev, "Table block", "Data table block")."""

from typing import Any

from sandbox.slack.check import Check, Problems, both, flag, many, number, shape, string, typed, whole, word
from sandbox.slack.check_elements import BUTTON
from sandbox.slack.check_rich_text import RICH_TEXT
from sandbox.slack.check_text import IDENTIFIER

TABLE_CHARS = 10_000
DATA_TABLE_CHARS = 20_000

_RAW_TEXT = shape({"text": string(DATA_TABLE_CHARS)})
_RAW_NUMBER = shape({"value": number}, {"text": string(255)})
_PLAIN_CELLS = {"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER}
_CELLS = {**_PLAIN_CELLS, "rich_text": RICH_TEXT}
_ACTION_CELL = shape(
    {"element": typed({"button": BUTTON}), "fallback": typed({"raw_text": _RAW_TEXT})},
)
_HEADER_ROW = many(typed(_PLAIN_CELLS), 20)
_DATA_ROW = many(typed({**_CELLS, "action_cell": _ACTION_CELL}), 20)


def characters(value: Any) -> int:
    """The characters that a block or a cell shows: every `text` in it."""
    if isinstance(value, list):
        return sum(characters(one) for one in value)
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + sum(characters(one) for one in value.values())


def _rows(value: Any, pointer: str, problems: Problems) -> None:
    """A data table's first row is its header, which takes no rich text and no buttons; all rows are equally long."""
    if not isinstance(value, list):
        problems.add("must be an array", pointer)
        return
    many(lambda *_: None, 201, 2)(value, pointer, problems)
    for index, row in enumerate(value):
        (_DATA_ROW if index else _HEADER_ROW)(row, f"{pointer}/{index}", problems)
    lengths = {len(row) for row in value if isinstance(row, list)}
    if len(lengths) > 1:
        problems.add("all rows must have the same number of cells", pointer)


def _budget(most: int) -> Check:
    def check(value: Any, pointer: str, problems: Problems) -> None:
        if characters(value.get("rows")) > most:
            problems.add(f"no more than {most} characters allowed in all cells", f"{pointer}/rows")

    return check


def _row_header(value: Any, pointer: str, problems: Problems) -> None:
    index, rows = value.get("row_header_column_index"), value.get("rows")
    header = rows[0] if isinstance(rows, list) and rows else None
    if isinstance(index, int) and isinstance(header, list) and index >= len(header):
        problems.add("must be the index of a column", f"{pointer}/row_header_column_index")


def _column(value: Any, pointer: str, problems: Problems) -> None:
    """Settings of one column; null leaves it as it is."""
    if value is not None:
        shape({}, {"align": word("left", "center", "right"), "is_wrapped": flag})(value, pointer, problems)


BLOCKS: dict[str, Check] = {
    "table": both(
        shape(
            {"rows": many(many(typed(_CELLS), 20), 100)},
            {"block_id": IDENTIFIER, "column_settings": many(_column, 20)},
        ),
        _budget(TABLE_CHARS),
    ),
    "data_table": both(
        shape(
            {"rows": _rows, "caption": string(3000)},
            {"block_id": IDENTIFIER, "page_size": whole(1, 100), "row_header_column_index": whole(0, 19)},
        ),
        _budget(DATA_TABLE_CHARS),
        _row_header,
    ),
}
