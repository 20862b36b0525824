"""Operators: what they take, in Trino's words where they do not, and what DuckDB writes for them."""

from typing import Any

from sqlglot import exp

from sandbox.athena.failures import QueryFailed
from sandbox.athena.meaning import Meaning
from sandbox.athena.signatures import common
from sandbox.athena.sql_types import BOOLEAN, INTEGERS, NUMBERS, TEMPORAL, UNKNOWN, VARCHAR, SqlType

_SIGNS = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.DPipe: "||",
}


def shown(node: exp.Expr, kind: SqlType) -> str:
    """A type as messages have it: a literal's with its length."""
    return f"varchar({len(node.this)})" if isinstance(node, exp.Literal) and node.is_string else str(kind)


def mismatch(meaning: Meaning, node: exp.Binary, left: SqlType, right: SqlType) -> QueryFailed:
    """An operator that does not take these."""
    words = f"{shown(node.left, left)} {_SIGNS[type(node)]} {shown(node.right, right)}"
    return meaning.fail("TYPE_MISMATCH", node, f"Cannot apply operator: {words}")


def comparison(meaning: Meaning, node: exp.Binary) -> SqlType:
    """Both sides must be of one kind."""
    left, right = meaning.of(node.left), meaning.of(node.right)
    if common([left, right]) is None:
        raise mismatch(meaning, node, left, right)
    return BOOLEAN


def arithmetic(meaning: Meaning, node: exp.Binary) -> SqlType:
    """Numbers, or a moment and an interval."""
    left, right = meaning.of(node.left), meaning.of(node.right)
    if "interval" in {left.name, right.name}:
        return _moved(meaning, node, left, right)
    found = common([left, right])
    if found is None or found.name not in (*NUMBERS, "unknown"):
        raise mismatch(meaning, node, left, right)
    if isinstance(node, exp.Div):
        _divide(node, found)
    return found


def _divide(node: exp.Div, kind: SqlType) -> None:
    """Whole numbers are divided with truncation; decimals keep a scale in Trino that DuckDB would not keep."""
    if kind.name in INTEGERS:
        node.replace(exp.IntDiv(this=exp.paren(node.left.copy()), expression=exp.paren(node.right.copy())))
    elif kind.name == "decimal":
        raise QueryFailed("NOT_SUPPORTED", "the sandbox does not divide decimals: cast one to double, or write 2e0")


def _moved(meaning: Meaning, node: exp.Binary, left: SqlType, right: SqlType) -> SqlType:
    """DuckDB makes a timestamp of a date and an interval, Trino a date."""
    kind = left if right.name == "interval" else right
    backwards = isinstance(node, exp.Sub) and left.name == "interval"
    if kind.name not in TEMPORAL or backwards or not isinstance(node, exp.Add | exp.Sub):
        raise mismatch(meaning, node, left, right)
    if kind.name == "date":
        node.replace(exp.cast(exp.paren(node.copy()), "DATE", dialect="duckdb"))
    return kind


def joined(meaning: Meaning, node: exp.DPipe) -> SqlType:
    """Text with text, an array with an array."""
    left, right = meaning.of(node.left), meaning.of(node.right)
    found = common([left, right])
    if found is None or found.name not in {"varchar", "array", "unknown"}:
        raise mismatch(meaning, node, left, right)
    return found


def logical(meaning: Meaning, node: exp.Connector) -> SqlType:
    """Conditions on both sides."""
    for side in (node.left, node.right):
        meaning.must_be_boolean(side, "Logical expression term")
    return BOOLEAN


def negated(meaning: Meaning, node: exp.Not) -> SqlType:
    """A condition turned round."""
    meaning.must_be_boolean(node.this, "Value of logical NOT expression")
    return BOOLEAN


def minus(meaning: Meaning, node: exp.Neg) -> SqlType:
    """A number's."""
    found = meaning.of(node.this)
    if found.name not in (*NUMBERS, "unknown"):
        raise meaning.fail("TYPE_MISMATCH", node, f"Cannot negate {found}")
    return found


def between(meaning: Meaning, node: exp.Between) -> SqlType:
    """Three values of one kind."""
    types = [meaning.of(node.args[part]) for part in ("this", "low", "high")]
    if common(types) is None:
        words = f"Cannot check if {types[0]} is BETWEEN {types[1]} and {types[2]}"
        raise meaning.fail("TYPE_MISMATCH", node, words)
    return BOOLEAN


def one_of(meaning: Meaning, node: exp.In) -> SqlType:
    """Among listed values, or what a subquery gives."""
    value = meaning.of(node.this)
    subquery = node.args.get("query")
    given = [meaning.query(subquery.unnest())] if subquery else meaning.all(node.expressions)
    for each in given:
        if common([value, each]) is None:
            words = f"value and result of subquery must be of the same type for IN expression: {value} vs {each}"
            plain = f"IN value and list items must be the same type: {value}, {each}"
            raise meaning.fail("TYPE_MISMATCH", node, words if subquery else plain)
    return BOOLEAN


def is_null(meaning: Meaning, node: exp.Is) -> SqlType:
    """Of anything. Trino has no IS TRUE."""
    meaning.of(node.this)
    if not isinstance(node.expression, exp.Null):
        raise QueryFailed("NOT_SUPPORTED", "the sandbox runs IS NULL and no other IS")
    return BOOLEAN


def like(meaning: Meaning, node: exp.Like) -> SqlType:
    """Text and a pattern."""
    for side, what in ((node.this, "Left side"), (node.expression, "Pattern for")):
        found = meaning.of(side)
        if found not in {VARCHAR, UNKNOWN}:
            raise meaning.fail("TYPE_MISMATCH", node, f"{what} of LIKE expression must evaluate to a varchar: {found}")
    return BOOLEAN


def escape(meaning: Meaning, node: exp.Escape) -> SqlType:
    """The pattern's escape character."""
    if not (isinstance(node.expression, exp.Literal) and len(str(node.expression.this)) == 1):
        raise meaning.fail("INVALID_FUNCTION_ARGUMENT", node, "Escape string must be a single character")
    return meaning.of(node.this)


OPERATORS: dict[Any, Any] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), comparison),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), arithmetic),
    **dict.fromkeys((exp.And, exp.Or), logical),
    exp.DPipe: joined,
    exp.Not: negated,
    exp.Neg: minus,
    exp.Between: between,
    exp.In: one_of,
    exp.Is: is_null,
    exp.Like: like,
    exp.Escape: escape,
}
