"""Calls of functions, aggregates and windows."""

import re

from sqlglot import exp

from sandbox.athena.failures import QueryFailed
from sandbox.athena.formats import NOTATIONS
from sandbox.athena.meaning import Meaning
from sandbox.athena.registry import Function, chosen, functions
from sandbox.athena.sql_types import BIGINT, ZONED, SqlType


def call(meaning: Meaning, node: exp.Anonymous) -> SqlType:
    """A function's, by name and arguments."""
    found = _chosen(meaning, node)
    if found is None:
        return BIGINT
    way, gives = found
    if way.kind == "window":
        raise meaning.fail("MISSING_OVER", node, f"Window function {way.signature.name} must have an OVER clause")
    _write(meaning, node, way)
    return gives


def _chosen(meaning: Meaning, node: exp.Anonymous) -> tuple[Function, SqlType] | None:
    """None of `count(*)`. Raises QueryFailed where there is no such function, or none that takes these arguments."""
    name = str(node.this).lower()
    if name == "count" and [type(each) for each in node.expressions] == [exp.Star]:
        return None
    if name not in functions():
        raise meaning.fail("FUNCTION_NOT_FOUND", node, f"Function '{name}' not registered")
    _read_format(name, node)
    _check_group(meaning, name, node)
    given = [_argument(meaning, each, name) for each in list(node.expressions)]
    found = chosen(name, given)
    if found is None:
        expected = ", ".join(str(way.signature) for way in functions()[name])
        took = ", ".join(map(str, given))
        words = f"Unexpected parameters ({took}) for function {name}. Expected: {expected}"
        raise meaning.fail("TYPE_MISMATCH", node, words)
    return found


def _argument(meaning: Meaning, node: exp.Expr, name: str) -> SqlType:
    """An argument's type; an aggregate's may be DISTINCT or ordered."""
    aggregate = any(way.kind == "aggregate" for way in functions()[name])
    match node:
        case exp.Distinct(expressions=[only]) if aggregate:
            return meaning.of(only)
        case exp.Order() if aggregate and node.this is not None:
            for ordered in node.expressions:
                meaning.of(ordered.this)
            return _argument(meaning, node.this, name)
        case _:
            return meaning.of(node)


def _read_format(name: str, node: exp.Anonymous) -> None:
    """Put a date's format, which must be written out, into DuckDB's notation."""
    if name not in NOTATIONS or len(node.expressions) != 2:
        return
    given = node.expressions[1]
    if not (isinstance(given, exp.Literal) and given.is_string):
        raise QueryFailed("NOT_SUPPORTED", f"the sandbox reads a format of {name} only where it is a literal")
    try:
        given.set("this", NOTATIONS[name](str(given.this)))
    except ValueError as error:
        raise QueryFailed("NOT_SUPPORTED", f"the sandbox does not know {error}") from None


def _check_group(meaning: Meaning, name: str, node: exp.Anonymous) -> None:
    """DuckDB gives an empty text for a group that a pattern has not; Trino an error.

    A group that took no part in the match is an empty text here too, where Trino has NULL.
    """
    if name != "regexp_extract" or len(node.expressions) != 3:
        return
    _, pattern, group = node.expressions
    if not (isinstance(pattern, exp.Literal) and isinstance(group, exp.Literal) and str(group.this).isdigit()):
        raise QueryFailed(
            "NOT_SUPPORTED", f"the sandbox reads pattern and group of {name} only where they are literals"
        )
    try:
        groups = re.compile(str(pattern.this)).groups
    except re.error as error:
        raise QueryFailed("NOT_SUPPORTED", f"the sandbox cannot read the pattern {pattern.this!r}: {error}") from None
    if int(group.this) > groups:
        words = f"Pattern has {groups} groups. Cannot access group {group.this}"
        raise meaning.fail("INVALID_FUNCTION_ARGUMENT", node, words)


def _write(meaning: Meaning, node: exp.Anonymous, way: Function) -> None:
    if way.signature.name == "count_if":
        (condition,) = node.expressions
        condition.replace(exp.Nullif(this=condition.copy(), expression=exp.false()))
    if way.duck:
        node.set("this", way.duck)
    else:
        node.replace(_written_out(meaning, node))


def _written_out(meaning: Meaning, node: exp.Anonymous) -> exp.Expr:
    """What has no macro, in DuckDB's terms."""
    given = [each.copy() for each in node.expressions]
    match str(node.this).lower():
        case "coalesce":
            return exp.Coalesce(this=given[0], expressions=given[1:])
        case "nullif":
            return exp.Nullif(this=given[0], expression=given[1])
        case "concat":
            return exp.paren(_chain(given))
        case "now":
            return moment(meaning, ZONED)
        case ("greatest" | "least") as name:
            known = exp.and_(*(exp.Not(this=exp.Is(this=each.copy(), expression=exp.Null())) for each in given))
            return exp.Case(ifs=[exp.If(this=known, true=exp.Anonymous(this=name, expressions=given))])
        case name:
            return exp.Anonymous(this=name, expressions=given)


def _chain(parts: list[exp.Expr]) -> exp.Expr:
    found: exp.Expr = exp.paren(parts[0])
    for part in parts[1:]:
        found = exp.DPipe(this=found, expression=exp.paren(part))
    return found


def moment(meaning: Meaning, kind: SqlType) -> exp.Expr:
    """Now, by the world's clock, as a literal."""
    text = f"{meaning.now:%Y-%m-%d %H:%M:%S}.{meaning.now.microsecond // 1000:03d}"
    text = text[:10] if kind.name == "date" else f"{text}+00" if kind == ZONED else text
    return exp.Cast(this=exp.Literal.string(text), to=exp.DataType.build(kind.duck, dialect="duckdb"))


def filtered(meaning: Meaning, node: exp.Filter) -> SqlType:
    """An aggregate over some rows."""
    _must_aggregate(meaning, node.this)
    meaning.must_be_boolean(node.expression.this, "FILTER clause")
    return meaning.of(node.this)


def window(meaning: Meaning, node: exp.Window) -> SqlType:
    """A window function, or an aggregate, over a window."""
    meaning.all(node.args.get("partition_by") or [])
    if order := node.args.get("order"):
        for ordered in order.expressions:
            meaning.of(ordered.this)
    inner = node.this
    if not isinstance(inner, exp.Anonymous):
        return meaning.of(inner)
    found = _chosen(meaning, inner)
    if found is None:
        return BIGINT
    way, gives = found
    if way.kind == "scalar":
        raise meaning.fail("FUNCTION_NOT_WINDOW", inner, f"Function {way.signature.name} is not a window function")
    _write(meaning, inner, way)
    return gives


def _must_aggregate(meaning: Meaning, node: exp.Expr) -> None:
    name = str(node.this).lower() if isinstance(node, exp.Anonymous) else ""
    if not any(way.kind == "aggregate" for way in functions().get(name, ())):
        raise meaning.fail("FUNCTION_NOT_AGGREGATE", node, f"Filter is only valid for aggregation functions: {name}")
