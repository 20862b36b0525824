"""Everything in an expression that is no operator and no call: names, literals, casts, choices, parts of things."""

import re
from typing import Any

from sqlglot import exp

from sandbox.athena.calls import call, filtered, moment, window
from sandbox.athena.casts import cast
from sandbox.athena.failures import QueryFailed
from sandbox.athena.meaning import Meaning
from sandbox.athena.operators import OPERATORS
from sandbox.athena.signatures import common
from sandbox.athena.sql_types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DECIMAL,
    DOUBLE,
    INTEGER,
    JSON,
    TIMESTAMP,
    UNKNOWN,
    VARCHAR,
    ZONED,
    SqlType,
    array,
    hive,
)

_UNITS = {"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"}


def literal(_: Meaning, node: exp.Literal) -> SqlType:
    """Text, or a number: with an exponent a double, with a point a decimal."""
    text = str(node.this)
    if node.is_string:
        return VARCHAR
    if "e" in text.lower():
        return DOUBLE
    if "." in text:
        return DECIMAL
    return INTEGER if int(text) < 2**31 else BIGINT


def dot(meaning: Meaning, node: exp.Dot) -> SqlType:
    """A field of a row."""
    found = meaning.of(node.this).field(node.name)
    if found is None:
        raise meaning.resolved.no_column(node)
    return found


def bracket(meaning: Meaning, node: exp.Bracket) -> SqlType:
    """An array's element or a map's value; unlike with `element_at` it must be there."""
    held, (index,) = meaning.of(node.this), meaning.all(node.expressions)
    wanted = held.parts[0][1] if held.name == "map" else BIGINT
    if held.name not in {"array", "map"} or common([index, wanted]) != wanted:
        raise meaning.fail("TYPE_MISMATCH", node, f"Cannot subscript {held} with {index}")
    place = node.expressions[0]
    node.replace(exp.Anonymous(this=f"athena_{held.name}_at", expressions=[node.this.copy(), place.copy()]))
    return held.parts[-1][1]


def listed(meaning: Meaning, node: exp.Array) -> SqlType:
    """`ARRAY[…]`."""
    found = common(meaning.all(node.expressions)) if node.expressions else UNKNOWN
    if found is None:
        raise meaning.fail("TYPE_MISMATCH", node, "All ARRAY elements must be the same type")
    return array(found)


def converted(meaning: Meaning, place: exp.Expr, node: exp.Cast) -> exp.Expr:
    """A cast in DuckDB's terms. Raises QueryFailed where Trino has none, or the sandbox does not know it."""
    given, wanted = meaning.of(node.this), sql_type(node.to)
    found = cast(given, wanted)
    if found is None:
        if "unknown" in {given.name, wanted.name}:
            return node
        raise meaning.fail("TYPE_MISMATCH", place, f"Cannot cast {given} to {wanted}")
    inner: exp.Expr = node.this.copy()
    if found.meaning:
        inner = exp.Anonymous(this=found.macro, expressions=[inner])
    else:
        inner = exp.Cast(this=inner, to=exp.DataType.build(wanted.duck, dialect="duckdb"))
    if wanted == VARCHAR and node.to.expressions:
        inner = exp.Anonymous(this="left", expressions=[inner, exp.Literal.number(str(node.to.expressions[0]))])
    return inner


def casted(meaning: Meaning, node: exp.Cast) -> SqlType:
    """`CAST`, and typed literals: `DATE '2026-11-22'`."""
    wanted = sql_type(node.to)
    node.replace(converted(meaning, node, node))
    return wanted


def tried(meaning: Meaning, node: exp.TryCast) -> SqlType:
    """`TRY_CAST`: NULL where a cast fails."""
    wanted = sql_type(node.to)
    plain = exp.Cast(this=node.this, to=node.to)
    node.replace(exp.Anonymous(this="try", expressions=[converted(meaning, node, plain)]))
    return wanted


_OWN_NAMES = {"timestamptz": ZONED, "json": JSON, "text": VARCHAR}
"""Sqlglot's names of types that Hive has under others, or not."""


def sql_type(node: exp.DataType) -> SqlType:
    """A type as it stands in a query. Raises QueryFailed of one that is not known."""
    name = node.this.value.lower()
    if name == "struct":
        fields = [(each.name.lower(), sql_type(each.args["kind"])) for each in node.expressions]
        return SqlType("row", tuple(fields))
    if name in {"array", "map"}:
        parts = (sql_type(each) for each in node.expressions)
        return SqlType(name, tuple(zip(("",) if name == "array" else ("key", "value"), parts, strict=True)))
    if name == "decimal":
        return SqlType("decimal", sizes=tuple(int(str(each)) for each in node.expressions))
    try:
        return _OWN_NAMES.get(name) or hive(name)
    except ValueError:
        raise QueryFailed("NOT_SUPPORTED", f"the sandbox does not know the type {name}") from None


def case(meaning: Meaning, node: exp.Case) -> SqlType:
    """`CASE … WHEN`: one type for all results."""
    if node.this is not None:
        value = meaning.of(node.this)
    results = []
    for each in node.args["ifs"]:
        if node.this is None:
            meaning.must_be_boolean(each.this, "CASE WHEN clause")
        elif common([value, meaning.of(each.this)]) is None:
            raise meaning.fail("TYPE_MISMATCH", node, "CASE operand type does not match WHEN clause operand type")
        results.append(meaning.of(each.args["true"]))
    if node.args.get("default") is not None:
        results.append(meaning.of(node.args["default"]))
    return _one(meaning, node, results, "All CASE results")


def choice(meaning: Meaning, node: exp.If) -> SqlType:
    """`IF(…)`."""
    meaning.must_be_boolean(node.this, "IF condition")
    results = [meaning.of(node.args[part]) for part in ("true", "false") if node.args.get(part) is not None]
    return _one(meaning, node, results, "Result types for IF")


def _one(meaning: Meaning, node: exp.Expr, results: list[SqlType], what: str) -> SqlType:
    found = common(results)
    if found is None:
        raise meaning.fail("TYPE_MISMATCH", node, f"{what} must be the same: {', '.join(map(str, results))}")
    return found


def interval(_: Meaning, node: exp.Interval) -> SqlType:
    """`INTERVAL '7' DAY`."""
    unit = str(node.args.get("unit") or "").upper()
    if unit not in _UNITS or not (
        isinstance(node.this, exp.Literal) and re.fullmatch(r"[+-]?\d+", str(node.this.this))
    ):
        raise QueryFailed("NOT_SUPPORTED", "the sandbox knows intervals of a whole number and one unit")
    return SqlType("interval")


def named(name: str, *parts: str) -> Any:
    """A call with words between its arguments, as the function that it is."""

    def handler(meaning: Meaning, node: exp.Expr) -> SqlType:
        given = [node.args[part] for part in parts if node.args.get(part) is not None]
        made = exp.Anonymous(this=name, expressions=[each.copy() for each in given])
        node.replace(made)
        return meaning.of(made)

    return handler


def extract(meaning: Meaning, node: exp.Extract) -> SqlType:
    """`EXTRACT(HOUR FROM …)` is `hour(…)`."""
    made = exp.Anonymous(this=node.name.lower(), expressions=[node.expression.copy()])
    node.replace(made)
    return call(meaning, made)


def called(meaning: Meaning, node: exp.Anonymous) -> SqlType:
    """A function; `date(…)` is a cast by another name."""
    if str(node.this).lower() != "date" or len(node.expressions) != 1:
        return call(meaning, node)
    made = exp.Cast(this=node.expressions[0].copy(), to=exp.DataType.build("date"))
    node.replace(made)
    return casted(meaning, made)


def either(meaning: Meaning, node: exp.Coalesce) -> SqlType:
    """What `USING` makes of the columns of both sides."""
    return _one(meaning, node, meaning.all([node.this, *node.expressions]), "Columns of USING")


def trim(meaning: Meaning, node: exp.Trim) -> SqlType:
    """`TRIM(…)`; the characters to take off cannot be chosen here."""
    if node.args.get("expression") is not None or node.args.get("position"):
        raise QueryFailed("NOT_SUPPORTED", "the sandbox trims spaces on both sides alone")
    found: SqlType = named("trim", "this")(meaning, node)
    return found


def now(kind: SqlType) -> Any:
    """`CURRENT_DATE` and its like."""

    def handler(meaning: Meaning, node: exp.Expr) -> SqlType:
        node.replace(moment(meaning, kind))
        return kind

    return handler


HANDLERS: dict[Any, Any] = {
    **OPERATORS,
    exp.Column: lambda meaning, node: meaning.column(node),
    exp.Literal: literal,
    exp.Null: lambda _, __: UNKNOWN,
    exp.Boolean: lambda _, __: BOOLEAN,
    exp.Paren: lambda meaning, node: meaning.of(node.this),
    exp.Alias: lambda meaning, node: meaning.of(node.this),
    exp.Subquery: lambda meaning, node: meaning.query(node.unnest()),
    exp.Exists: lambda _, __: BOOLEAN,
    exp.Dot: dot,
    exp.Bracket: bracket,
    exp.Array: listed,
    exp.Cast: casted,
    exp.TryCast: tried,
    exp.Case: case,
    exp.If: choice,
    exp.Interval: interval,
    exp.Extract: extract,
    exp.Trim: trim,
    exp.Substring: named("substring", "this", "start", "length"),
    exp.StrPosition: named("strpos", "this", "substr"),
    exp.CurrentDate: now(DATE),
    exp.CurrentTimestamp: now(ZONED),
    exp.Localtimestamp: now(TIMESTAMP),
    exp.Anonymous: called,
    exp.Coalesce: either,
    exp.Filter: filtered,
    exp.Window: window,
}
