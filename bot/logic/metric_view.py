"""What was measured, as people are told of it: the takeaway in words, and charts. The same in answers and threads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from bot.logic.charting import over_time
from bot.logic.measured import Measured, Naming, naming
from bot.model.reply import Chart, Note, Paragraph, Part, Text

MOST_SENTENCES = 3
"""Metrics whose course is told in words above the charts; the table tells of all."""
MOST_CHARTS = 2
"""Charts in a message (docs.slack.dev, Data visualization block)."""


@dataclass(frozen=True, slots=True)
class View:
    """What is shown together, worst first, and how it is told apart."""

    each: Sequence[Measured]
    naming: Naming
    title: str
    now: datetime
    zone: tzinfo
    picked: bool
    """Somebody named these metrics: those of one unit share a chart."""


def takeaway(view: View) -> tuple[Paragraph, ...]:
    """The worst in words, a paragraph each."""
    worst = [m for m in view.each if m.is_broken] or [m for m in view.each if m.series.values][:1]
    names = replace(view.naming, metrics=True)
    return tuple(Paragraph(m.told(names.name(m), view.now)) for m in worst[:MOST_SENTENCES])


def charts(view: View) -> tuple[Part, ...]:
    """At most two: of the worst; then of what else is bad in another kind, or of how often it was called."""
    found: list[Part] = []
    left = [m for m in view.each if m.series.values]
    while left and sum(isinstance(p, Chart) for p in found) < MOST_CHARTS:
        first = left[0] if not found or left[0].is_broken or view.picked else _calls(left)
        together = [m for m in left if _axis(m, view) == _axis(first, view)]
        found += _chart(view, together)
        left = [m for m in left if _subject(m, view) != _subject(first, view)]
    return tuple(found)


def _calls(left: Sequence[Measured]) -> Measured:
    """What says most beside a metric that is asked for: whether anybody calls the endpoint."""
    return next((m for m in left if m.gauge.key.name == "Invocations"), left[0])


def _chart(view: View, together: Sequence[Measured]) -> list[Part]:
    """A chart and what must be said beside it."""
    names = naming(together, view.naming.accounts)
    lines = [m.named(names.name(m)) for m in together]
    step = max(m.step for m in together)
    unit = together[0].unit
    titles = list(dict.fromkeys(m.gauge.measure.title for m in together))
    y_label = " ".join((*(titles if len(titles) == 1 else ()), *((f"({unit.label})",) if unit.label else ())))
    made = over_time(_title(view, together), lines, step, unit=unit, zone=view.zone, y_label=y_label)
    return [*((made.chart,) if made.chart else ()), *map(Note, made.said)]


def _axis(measured: Measured, view: View) -> tuple[str, ...]:
    """What shares one chart: a metric of all accounts; of those that somebody picked all of one unit."""
    return (measured.gauge.key.kind, measured.unit.label, _title_of(measured, view))


def _subject(measured: Measured, view: View) -> tuple[str, ...]:
    """What a second chart is not of again: the kind, unless each metric was picked."""
    return _axis(measured, view) if view.picked else (measured.gauge.key.kind,)


def _title_of(measured: Measured, view: View) -> str:
    """Counts of different things share no axis."""
    return measured.gauge.measure.title if measured.unit.counts or not view.picked else ""


def _title(view: View, together: Sequence[Measured]) -> str:
    titles = {m.gauge.measure.title for m in together}
    what = titles.pop() if len(titles) == 1 else together[0].gauge.key.kind.value
    return f"{view.title}: {what}" if view.title and view.title != what else what


def warnings(each: Iterable[Measured]) -> tuple[Text, ...]:
    """What a metric means for the monitors."""
    shown = list(each)
    said: list[Text] = []
    if any(m.gauge.key.name == "DiskUtilization" and m.is_broken for m in shown):
        said.append(("Above 75 % of its disk an endpoint stops capturing data, and its monitors go blind.",))
    return (*said, *((note,) for note in dict.fromkeys(m.note for m in shown if m.note)))
