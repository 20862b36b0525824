"""`/ml ask`: canned questions to the trail."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.kit import Catalogue, Instant, Named, Since, Yes, command, form
from bot.logic.actor_words import how, who
from bot.logic.trail_records import moment
from bot.logic.words import duration, plural
from bot.model.question import Question, Questions
from bot.model.reply import (
    Actions,
    Bold,
    Cell,
    Code,
    Column,
    Form,
    Inline,
    Menu,
    Note,
    Number,
    Paragraph,
    Part,
    Press,
    Reply,
    Table,
    Time,
)
from bot.model.trail import Actor, KnownBy, Rows, Shown, TrailQuery
from bot.ports import Ask, Trail
from commands import _question
from commands._table import compact
from commands._trail import asked_back, scope_words, small_print, span_words, stamp, window_of

_TITLES = {"eventtime": "When", "actor": "Who", "known_by": "Known by"}
_SPANS = (("24 h", "24h"), ("7 d", "7d"), ("30 d", "30d"), ("90 d", "90d"))
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@command("ask", role="auditor", example="ask endpoint-created since=30d")
def ask_(
    trail: Trail,
    questions: Questions,
    catalogue: Catalogue,
    ask: Ask,
    *,
    question: str = "",
    values: Named = "",
    since: Since | None = None,
    until: Instant | None = None,
    run: Yes = False,
) -> Reply | Form:
    """Canned questions to CloudTrail; without a name, which there are.

    Values follow as `name=value`; where one is missing, a form asks for it.
    """
    if not question:
        return _listed(questions, catalogue.slash)
    chosen = _question.named(question, questions)
    given = _question.typed(chosen, values)
    bound = _question.values(chosen, given)
    back = since or chosen.since
    if bound is None:
        return _question.form(chosen, given, ask.narrowing, back)
    window = window_of(ask, back, until)
    line = _question.line(chosen, given, ask.narrowing)
    estimate = trail.estimate(window, chosen.reads)
    if estimate.dear and not run:
        return asked_back(estimate, f"{line} until={stamp(until)}" if until else line, back)
    query = TrailQuery(chosen.select, tuple(bound[slot] for slot in chosen.slots), chosen.limit, chosen.reads)
    return _answer(chosen, trail.ask(query, window), line, back, ask)


@form("ask-with", role="auditor", submits="ask", scoped=True)
def ask_with(questions: Questions, ask: Ask, *, question: str, values: Named = "", since: Since | None = None) -> Form:
    """A question's values."""
    chosen = _question.named(question, questions)
    return _question.form(chosen, _question.typed(chosen, values), ask.narrowing, since or chosen.since)


def _answer(chosen: Question, found: Rows, line: str, back: timedelta, ask: Ask) -> Reply:
    count = f"{'more than ' if found.more else ''}{plural(len(found.rows), 'row')}"
    point = f"{chosen.title}: {count} in {duration(back)}"
    parts: tuple[Part, ...] = compact(_table(chosen, found, ask), ask) if found.rows else _nothing(found, ask)
    body = (Paragraph((Bold(point),)), Note((chosen.asks,)), *parts, _buttons(chosen, line, back))
    return Reply((point,), body, small_print(found.scan, ask), shareable=False, private=True)


def _nothing(found: Rows, ask: Ask) -> tuple[Part, ...]:
    looked: tuple[Inline, ...] = (f"Nothing of that in {scope_words(ask)}, ", *span_words(found.scan.window), ".")
    return (Paragraph(looked), Note(("What no log file has yet is not in it; /ml who looks that up.",)))


def _table(chosen: Question, found: Rows, ask: Ask) -> Table:
    labels = {account.id: account.label for account in ask.scope.accounts}
    numbers = [i for i in range(len(found.columns)) if any(isinstance(row[i], float | int) for row in found.rows)]
    columns = tuple(Column(_title(name), "right" if i in numbers else "left") for i, name in enumerate(found.columns))
    body = tuple(
        tuple(_cell(name, value, found.columns, row, labels) for name, value in zip(found.columns, row, strict=True))
        for row in found.rows
    )
    return Table(chosen.title, columns, body, total=len(body) + found.more)


def _title(name: str) -> str:
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def _cell(name: str, value: Shown, columns: Sequence[str], row: Sequence[Shown], labels: dict[str, str]) -> Cell:
    if value is None:
        return ""
    if isinstance(value, float | int):
        return Number(float(value), f"{value:,.10g}")
    if name in {"actor", "known_by"} and "known_by" in columns and "actor" in columns:
        known = Actor(str(row[columns.index("actor")]), KnownBy(str(row[columns.index("known_by")])))
        return who(known) if name == "actor" else how(known)
    if name == "account":
        return labels.get(value, value)
    at = moment(value) if _TIME.fullmatch(value) else None
    return Time(at) if at else value


def _buttons(chosen: Question, line: str, back: timedelta) -> Actions:
    span = f"since={round(back.total_seconds())}s"
    presses = [Press(label, f"{line} since={word}") for label, word in _SPANS]
    other = line.replace("ask ", "ask-with ", 1)
    values = [Press("Other Values…", f"{other} {span}", does="form")] if chosen.parameters else []
    return Actions((*presses, Press("Refresh", f"{line} {span}"), *values))


def _listed(questions: Questions, slash: str) -> Reply:
    """By group, with those that are off, and what is wrong with files."""
    shown = sorted(questions.by_name.values(), key=lambda q: (q.group, q.name))
    groups = dict.fromkeys(q.group for q in shown)
    parts: list[Part] = [
        Paragraph((Bold(group), *(piece for q in shown if q.group == group for piece in _line(q, questions, slash))))
        for group in groups
    ]
    asks = tuple(Press(q.title, f"ask {q.name}") for q in shown if not questions.off(q))
    faults = tuple(Note((f"Not usable: {fault}.",)) for fault in questions.faults[:5])
    said = f"{plural(len(asks), 'question')} to CloudTrail"
    return Reply((said,), (*parts, *faults, Actions((Menu(asks, "Ask…"),))), shareable=False, private=True)


def _line(question: Question, questions: Questions, slash: str) -> Iterator[Inline]:
    yield "\n"
    yield Code(f"{slash} ask {question.name}")
    wants = " ".join(f"{p.name}=…" for p in question.parameters if p.default is None)
    yield f"  {question.title}{f' ({wants})' if wants else ''}"
    if questions.off(question):
        yield f" (off: {question.setting})"
