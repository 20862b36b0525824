"""A fitted chart in words with small curves, which every client shows."""

from collections.abc import Iterable

from tabulate import tabulate

from bot.model.reply import Chart, Line

_LEVELS = "▁▂▃▄▅▆▇█"
_BAR_CHARS = 12


def headline(chart: Chart) -> str:
    """`Accuracy of bank-marketing: share, 13:00 to 18:00 UTC`: a fitted chart's title and axes in words."""
    first, last = chart.categories[0], chart.categories[-1]
    span = f"{first} to {last} {chart.x_label}".rstrip() if chart.shape != "bar" and first != last else chart.x_label
    axes = ", ".join(said for said in (chart.y_label, span) if said)
    return f"{chart.title}: {axes}" if axes else chart.title


def in_words(chart: Chart) -> list[str]:
    """A fitted chart's lines: `accuracy ▇▇▇▂▁ 0.91 → 0.33 (limit at least 0.8792)`; bars with their numbers."""
    return _bars(chart) if chart.shape == "bar" else _curves(chart)


def _curves(chart: Chart) -> list[str]:
    """Curves of one scale, so that what is little looks little; limits in brackets where one line is measured."""
    values = [value for line in chart.lines for value in line.values]
    low, high = min(values), max(values)
    curves = [line for line in chart.lines if line.role != "limit"]
    told = [f"{line.name} {_course(line)}" for line in chart.lines if line.role == "limit"]
    beside = f" ({', '.join(told)})" if told and len(curves) == 1 else ""
    width = max((len(line.name) for line in curves), default=0)
    drawn = [f"{line.name:<{width}} {_spark(line.values, low, high)} {_course(line)}{beside}" for line in curves]
    return drawn if beside else [*drawn, *told]


def _bars(chart: Chart) -> list[str]:
    """A row for each category, with a bar of the first line that is measured."""
    first = next((line for line in chart.lines if line.role == "seen"), chart.lines[0])
    most = max(*first.values, 0.0)
    rows = [
        [name, *(figure(line.values[i]) for line in chart.lines), _bar(first.values[i], most)]
        for i, name in enumerate(chart.categories)
    ]
    titles = ["", *(line.name for line in chart.lines), ""]
    align = ["left", *["right"] * len(chart.lines), "left"]
    return tabulate(rows, titles, tablefmt="plain", disable_numparse=True, colalign=align).split("\n")


def figure(value: float) -> str:
    """Four significant digits; separators from 1,000."""
    return f"{value:,.0f}" if 1_000 <= abs(value) < 1e15 else f"{value:.4g}"


def _spark(values: Iterable[float], low: float, high: float) -> str:
    """A level for each value; the middle one where all are the same."""
    # Halved first: the span of two huge numbers is no number.
    span, top = high / 2 - low / 2, len(_LEVELS) - 1
    return "".join(_LEVELS[round(top * (v / 2 - low / 2) / span) if span else top // 2] for v in values)


def _course(line: Line) -> str:
    """`0.91 → 0.33`, or the one value of a line that stays."""
    first, last = figure(line.values[0]), figure(line.values[-1])
    return last if len(set(map(figure, line.values))) == 1 else f"{first} → {last}"


def _bar(value: float, most: float) -> str:
    return "█" * round(_BAR_CHARS * value / most) if most and value > 0 else ""
