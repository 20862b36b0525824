"""The rows of a card: what is bad now; once resolved, what fired and what it is now."""

from collections.abc import Callable, Sequence

from bot.logic.constraints import limit, row_name, title
from bot.logic.phrases import happened
from bot.logic.words import UNKNOWN, number, shortened
from bot.model.incident import RowState, State, Status
from bot.model.observation import UNREAD, Reading
from bot.model.place import Family
from bot.model.reply import Cell, Column, Number, Table, Time

MOST_ROWS = 15
"""Rows on a card, worst first; the rest is counted."""
MOST_SENTENCE = 200
"""Characters of a source's own sentence in a row."""

_Columns = tuple[tuple[Column, Callable[[RowState], Cell]], ...]
_OF_EVENTS = (Family.OPERATIONS, Family.GOVERNANCE)
"""Families whose rows are of what happened, mostly, and not of a measured constraint."""


def rows_table(state: State, family: Family, most: int | None = MOST_ROWS) -> tuple[Table, ...]:
    """The table, whose `total` counts the rows it has not; without a `most` all rows, each with its own beginning."""
    resolved = state.status is Status.RESOLVED
    rows = tuple(r for r in state.rows if r.row != UNREAD and (resolved or r.bad))
    if not rows:
        return ()
    shown = rows[:most]
    together = most is not None and all(r.since == state.started_at for r in rows)  # as the card says above
    columns = (
        *_named(family),
        *_numbers(family, shown, _FIRED if resolved else _BROKEN),
        *_sentences(family, shown, _fired_sentence if resolved else _sentence),
        *(() if resolved or together else _SINCE),
    )
    body = tuple(tuple(cell(r) for _, cell in columns) for r in shown)
    caption = "What fired" if resolved else _caption(rows, family)
    return (Table(caption, tuple(c for c, _ in columns), body, page_size=MOST_ROWS, total=len(rows)),)


def _named(family: Family) -> _Columns:
    """Which row it is; a feature may be held to several checks."""
    number = (Column("#", "right"), _row_number)
    if family in _OF_EVENTS:
        return (number, (Column("What"), _event))
    if family is Family.DATA_QUALITY:
        return (number, (Column("Feature"), _metric), (Column("Check"), _check))
    return (number, (Column("Metric"), _metric))


def _numbers(family: Family, shown: Sequence[RowState], columns: _Columns) -> _Columns:
    """Seen and limit; none where what happened has neither."""
    return () if family in _OF_EVENTS and all(happened(r) for r in shown) else columns


def _sentences(family: Family, shown: Sequence[RowState], sentence: Callable[[RowState], Cell]) -> _Columns:
    """What the source says of the rows that have no number, if any has something said of it."""
    silent = family is Family.MODEL_QUALITY or not any(sentence(r) for r in shown)
    return () if silent else ((Column("Why" if family in _OF_EVENTS else "The monitor says"), sentence),)


def _row_number(row: RowState) -> Cell:
    return Number(row.number, str(row.number))


def _caption(rows: Sequence[RowState], family: Family) -> str:
    """What the rows are of: monitors' constraints or what happened, alarms, or both."""
    alarms, others = (
        sum(bool(r.row.alarm) for r in rows),
        "What is wrong" if family in _OF_EVENTS else "Broken constraints",
    )
    if not alarms:
        return others
    return "Alarms" if alarms == len(rows) else f"{others} and alarms"


def _metric(row: RowState) -> Cell:
    """An alarm's has what it watches before its name, which need not say it."""
    name = row.row.alarm
    if not name:
        return row.row.metric
    return f"{row.measured} (alarm {name})" if row.measured else f"alarm {name}"


def _event(row: RowState) -> Cell:
    """`endpoint failed`."""
    return row_name(row.row) if happened(row) else _metric(row)


def _check(row: RowState) -> Cell:
    return "alarm" if row.row.alarm else title(row.row.check)


def _sentence(row: RowState) -> Cell:
    return shortened(row.note, MOST_SENTENCE) if row.last.seen is None and not row.row.alarm else ""


def _fired_sentence(row: RowState) -> Cell:
    return shortened(row.note, MOST_SENTENCE) if row.fired.seen is None and not row.row.alarm else ""


def _limit(row: RowState, reading: Reading) -> Cell:
    """The limit and which side of it is wanted, in words, sorting by the number."""
    words = limit(row.row.check, reading.limit)
    return words or UNKNOWN if reading.limit is None else Number(reading.limit, words)


def _seen(reading: Reading) -> Cell:
    """A number that sorts, or a dash; that there was nothing to see is told."""
    text = number(reading.seen)
    if reading.missing:
        return "no data"
    return UNKNOWN if reading.seen is None or text == UNKNOWN else Number(reading.seen, text)


_BROKEN: _Columns = (
    (Column("Seen", "right"), lambda r: _seen(r.last)),
    (Column("Limit", "right"), lambda r: _limit(r, r.last)),
)
_FIRED: _Columns = (
    (Column("Seen when it fired", "right"), lambda r: _seen(r.fired)),
    (Column("Limit", "right"), lambda r: _limit(r, r.fired)),
    (Column("Seen now", "right"), lambda r: _seen(r.last)),
)
_SINCE: _Columns = ((Column("Since"), lambda r: Time(r.since)),)
