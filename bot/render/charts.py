"""A chart within Slack's limits, as its `data_visualization`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite, log10

from bot.model.reply import Chart, Line
from bot.render import escape, limits
from bot.render.inline import Block

_DIGITS = 6
"""Digits of a value: as many as a tip of a chart is read with; a count keeps all of its own."""
_RANK = {"limit": 0, "band": 1, "seen": 2}
"""Who stays where more lines are given than Slack draws: without its limit a line says little."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A chart within every limit; without lines there is nothing to draw. `left_out` is a sentence or empty."""

    chart: Chart
    left_out: str


def fitted(chart: Chart) -> Fitted:
    """The chart as Slack takes it: finite values for every category, names short and different from each other."""
    whole = [i for i, line in enumerate(chart.lines) if _is_whole(line, len(chart.categories))]
    chosen = sorted(sorted(whole, key=lambda i: _RANK[chart.lines[i].role])[: limits.CHART_LINES])
    kept = [chart.lines[i] for i in chosen]
    lost = [line.name for i, line in enumerate(chart.lines) if i not in chosen]
    # Names stand with the worst first, times with the newest last.
    drawn = slice(limits.CHART_POINTS) if chart.shape == "bar" else slice(-limits.CHART_POINTS, None)
    names = unique(line.name for line in kept)
    lines = [
        replace(line, name=name, values=tuple(map(_neat, line.values[drawn])))
        for name, line in zip(names, kept, strict=True)
    ]
    made = replace(
        chart,
        title=_short(chart.title, limits.CHART_TITLE) or escape.EMPTY,
        categories=tuple(unique(chart.categories[drawn])),
        lines=tuple(lines) if chart.categories else (),
        x_label=_short(chart.x_label, limits.CHART_AXIS),
        y_label=_short(chart.y_label, limits.CHART_AXIS),
    )
    return Fitted(made, _left_out(chart, lost))


def unique(names: Iterable[str]) -> Iterator[str]:
    """Names of at most 20 characters, none twice: cut at the end, or in the middle, or with a number added."""
    taken: set[str] = set()
    for name in names:
        made = next(short for short in _shorter(escape.line(name)) if short not in taken)
        taken.add(made)
        yield made


def _shorter(name: str) -> Iterator[str]:
    most = limits.CHART_LABEL
    yield escape.shorten(name, most) or escape.EMPTY
    if len(name) > most:
        yield f"{name[: most // 2]}…{name[1 - most // 2 :]}"
    for number in range(2, 10**6):
        yield (escape.shorten(name, most - len(f" {number}")) or escape.EMPTY) + f" {number}"


def visualization(chart: Chart) -> Block:
    """A fitted chart as Slack's block."""
    axes = {name: said for name, said in (("x_label", chart.x_label), ("y_label", chart.y_label)) if said}
    return {
        "type": "data_visualization",
        "title": chart.title,
        "chart": {
            "type": chart.shape,
            "series": [_series(chart.categories, line) for line in chart.lines],
            "axis_config": {"categories": list(chart.categories), **axes},
        },
    }


def _series(categories: Sequence[str], line: Line) -> Block:
    points = [{"label": label, "value": value} for label, value in zip(categories, line.values, strict=True)]
    return {"name": line.name, "data": points}


def _is_whole(line: Line, length: int) -> bool:
    """Whether it has a finite value for every category, as Slack demands."""
    return len(line.values) == length and all(isfinite(v) and abs(v) < limits.NUMBER for v in line.values)


def _left_out(chart: Chart, lost: Sequence[str]) -> str:
    names = ", ".join(_short(name, 60) or escape.EMPTY for name in lost[:3])
    more = f" and {len(lost) - 3:,} more" if len(lost) > 3 else ""
    count, end = len(chart.categories), "first" if chart.shape == "bar" else "last"
    fewer = f"Only the {end} {limits.CHART_POINTS} of {count:,} are drawn." if count > limits.CHART_POINTS else ""
    return " ".join(said for said in (f"Not drawn: {names}{more}." if lost else "", fewer) if said)


def _neat(value: float) -> float:
    """Six significant digits, and no digit before the point lost."""
    return round(value, max(0, _DIGITS - 1 - floor(log10(abs(value))))) if value else 0.0


def _short(text: str, most: int) -> str:
    return escape.shorten(escape.line(text), most)
