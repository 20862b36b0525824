"""What was measured as a table, worst first; in a file every point of it."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.logic.measured import Measured
from bot.logic.metric_view import View
from bot.logic.words import number
from bot.model.reply import Cell, Column, Number, Part, Table, Time
from bot.ports import Ask
from commands._table import compact, fitting


def table(view: View, ask: Ask) -> tuple[Part, ...]:
    """A row for each; in a file a row for each point."""
    if ask.whole:
        return (_points(view),)
    rows = tuple(_row(m, view) for m in fitting(view.each, ask))
    columns = (*_named(view), Column("Now", "right"), Column("Limit", "right"), Column("State"), Column("Course"))
    return compact(Table("Metrics, worst first", columns, rows, page_size=15, total=len(view.each)), ask)


def _named(view: View) -> tuple[Column, ...]:
    naming = view.naming
    told = ((naming.metrics or not (naming.services or naming.places), "Metric"), (naming.services, "Service"))
    return (*(Column(title) for shown, title in told if shown), *((Column("Account"),) if naming.places else ()))


def _names(measured: Measured, view: View) -> tuple[Cell, ...]:
    cells = {"Metric": measured.gauge.measure.title, "Service": measured.gauge.key.service}
    cells["Account"] = view.naming.place(measured)
    return tuple(cells[column.title] for column in _named(view))


def _row(measured: Measured, view: View) -> tuple[Cell, ...]:
    last, held = measured.last, measured.held
    return (
        *_names(measured, view),
        "no points" if last is None else Number(last, measured.unit.written(last)),
        Number(held.limit, held.wanted(measured.unit.written)) if held else "",
        _state(measured),
        measured.course(view.now),
    )


def _state(measured: Measured) -> str:
    if measured.last is None or measured.held is None:
        return ""
    if not measured.is_broken:
        return "within"
    return (
        "\N{BLACK DOWN-POINTING TRIANGLE} below"
        if measured.last < measured.held.limit
        else "\N{BLACK UP-POINTING TRIANGLE} above"
    )


def _points(view: View) -> Table:
    columns = tuple(map(Column, ("Time", "Account", "Region", "Service", "Kind", "Metric", "Value", "Unit", "Limit")))
    return Table("Points", columns, tuple(row for m in view.each for row in _point_rows(m, view)))


def _point_rows(measured: Measured, view: View) -> Iterable[tuple[Cell, ...]]:
    key, limit = measured.gauge.key, measured.held
    account = view.naming.accounts.get(key.account_id)
    place = account.label if account else key.account_id
    about = (place, key.region, key.service, key.kind.value, measured.gauge.measure.title)
    rest: tuple[Cell, ...] = (measured.unit.label, Number(limit.limit, number(limit.limit)) if limit else "")
    for at, value in zip(measured.series.times_s, measured.series.values, strict=True):
        yield (Time(datetime.fromtimestamp(at, UTC)), *about, Number(value, repr(value)), *rest)
