"""A question's SQL read by sqlglot as Athena reads it: for checks by hand and in tests, never at a start."""

import importlib.util
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from bot.logic.trail_layout import COLUMNS, PARTITIONS
from bot.logic.trail_view import ADDED
from bot.model.question import Fault, Question, Questions

_COMMON: Final = frozenset({"STRPOS", "TRY_CAST", "JSON_FORMAT", "JSON_EXTRACT_SCALAR"})
"""Functions of Athena (engine version 3, functions) that sqlglot has no class of its own for."""


PARTITIONED: Final = dict.fromkeys(PARTITIONS, "STRING")


def available() -> bool:
    """Whether sqlglot is installed: a production start has no need of it."""
    return importlib.util.find_spec("sqlglot") is not None


def checked(questions: Questions) -> Questions:
    """With what a parser finds wrong in those that looked whole; the same where none is installed."""
    if not available():
        return questions
    found = {name: fault(one) for name, one in questions.by_name.items()}
    whole = {name: questions.by_name[name] for name, wrong in found.items() if wrong is None}
    return replace(questions, by_name=whole, faults=(*questions.faults, *filter(None, found.values())))


def fault(question: Question) -> Fault | None:
    """What the parser finds wrong. Needs sqlglot."""
    from sqlglot.errors import SqlglotError

    try:
        reason = _reason(question)
    except SqlglotError as error:
        reason = str(error).partition("\n")[0]
    return Fault(f"{question.name.replace('-', '_')}.sql", 1, reason) if reason else None


def _reason(question: Question) -> str:
    """Raises SqlglotError."""
    from sqlglot import exp, parse
    from sqlglot.optimizer.qualify import qualify

    statements = parse(question.select, dialect="athena")
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return "one SELECT is a question"
    table = {name: exp.DataType.build(kind, dialect="hive") for name, kind in {**COLUMNS, **PARTITIONED}.items()}
    added = {name: exp.DataType.build("boolean" if name == "is_change" else "varchar") for name in ADDED}
    schema: dict[str, object] = {"events": {**table, **added}}
    tree = qualify(statements[0], dialect="athena", schema=schema, validate_qualify_columns=True)
    return _strange(tree, {"events"}) or _unknown_function(tree, exp)


def _strange(tree: Any, known: Collection[str]) -> str:
    from sqlglot import exp

    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if table.name.lower() not in {*known, *own} or table.db:
            return f"a question reads FROM events, not {table.sql()}"
    for placeholder in tree.find_all(exp.Placeholder, exp.Parameter):
        if placeholder.find_ancestor(exp.Where) is None:
            return "a placeholder stands outside WHERE, where Athena takes none"
    return ""


def _unknown_function(tree: Any, exp: Any) -> str:
    strange = {f.name.upper() for f in tree.find_all(exp.Anonymous)} - _COMMON
    return f"nobody here knows the function {min(strange).lower()}" if strange else ""
