"""A Reply as plain text, for logs, terminals and readers without blocks."""

from tabulate import tabulate

from bot.model.reply import Actions, Chart, Facts, Heading, Note, Paragraph, Part, Reply, Rule, Table
from bot.render import charts, curves, escape
from bot.render.inline import Names, nameless, words
from bot.render.tables import flat, left_out


def plain_text(reply: Reply, *, names: Names = nameless) -> str:
    """Text, parts and footer, a blank line between them; what can be pressed is left out."""
    parts = [words(reply.text, names), *(_part(part, names) for part in reply.parts)]
    return "\n\n".join([part for part in [*parts, *(words(line, names) for line in reply.footer)] if part.strip()])


def _part(part: Part, names: Names) -> str:
    match part:
        case Heading():
            return words((part.text,))
        case Paragraph() | Note():
            return words(part.text, names)
        case Facts():
            return "\n".join(f"{escape.line(label)}: {words(value, names)}" for label, value in part.items)
        case Table():
            return _table(part)
        case Chart():
            return _chart(part)
        case Rule() | Actions():
            return ""


def _table(table: Table) -> str:
    rows = [[flat(cell) for cell in row] for row in table.rows]
    drawn = tabulate(rows, [words((c.title,)) for c in table.columns], tablefmt="simple", disable_numparse=True)
    said = [words((table.caption,)), drawn if rows else "none", left_out(table, len(rows))]
    return "\n".join(part for part in said if part)


def _chart(chart: Chart) -> str:
    made = charts.fitted(chart)
    title = curves.headline(made.chart) if made.chart.lines else f"{made.chart.title}: nothing to draw."
    drawn = curves.in_words(made.chart) if made.chart.lines else []
    return "\n".join([title, *drawn, *([made.left_out] if made.left_out else [])])
