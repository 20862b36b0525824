"""Which type may be cast to which, and how: where DuckDB's own cast takes or gives something else, in its place.

Source: Trino, "Conversion functions", "JSON functions: cast"; what is not here is refused.
"""

from dataclasses import dataclass

from sandbox.athena.functions_time import checked
from sandbox.athena.sql_types import INTEGERS, SqlType

_DAY = r"\d{4,}-\d{1,2}-\d{1,2}"
_MOMENT = rf"{_DAY}( \d{{1,2}}:\d{{1,2}}(:\d{{1,2}}(\.\d+)?)?)?"


@dataclass(frozen=True, slots=True)
class Cast:
    """One conversion; an empty meaning is DuckDB's own."""

    macro: str
    meaning: str


def _no_cast(name: str) -> str:
    return f"'INVALID_CAST_ARGUMENT: Cannot cast ''' || a || ''' to {name.upper()}'"


def _invalid(name: str) -> str:
    return f"'INVALID_CAST_ARGUMENT: Value cannot be cast to {name}: ' || a"


_TEXT_OF_JSON = "json_extract_string(a, '$')"
_MEANINGS: dict[tuple[str, str], str] = {
    **{
        ("varchar", name): checked("[+-]?[0-9]+", f"a::{name.upper()}", _no_cast(name), name.upper())
        for name in INTEGERS
    },
    ("varchar", "double"): "a::DOUBLE",
    ("varchar", "boolean"): checked(
        "(?i)t|true|1|f|false|0", "lower(a) IN ('t', 'true', '1')", _no_cast("boolean"), "BOOLEAN"
    ),
    ("varchar", "date"): checked(_DAY, "a::DATE", _invalid("date"), "DATE"),
    ("varchar", "timestamp"): checked(_MOMENT, "a::TIMESTAMP", _invalid("timestamp"), "TIMESTAMP"),
    ("varchar", "timestamp with time zone"): checked(
        rf"{_MOMENT}( UTC| ?Z| [+-]\d{{2}}:\d{{2}})?",
        "a::TIMESTAMPTZ",
        _invalid("timestamp with time zone"),
        "TIMESTAMPTZ",
    ),
    ("varchar", "json"): "to_json(a)",
    ("timestamp", "varchar"): "strftime(a, '%Y-%m-%d %H:%M:%S.%g')",
    ("timestamp with time zone", "varchar"): "strftime(timezone('UTC', a), '%Y-%m-%d %H:%M:%S.%g UTC')",
    ("timestamp with time zone", "timestamp"): "timezone('UTC', a)",
    ("timestamp with time zone", "date"): "timezone('UTC', a)::DATE",
    ("timestamp", "date"): "a::DATE",
    ("timestamp", "timestamp with time zone"): "timezone('UTC', a)",
    ("date", "timestamp"): "a::TIMESTAMP",
    ("date", "timestamp with time zone"): "timezone('UTC', a::TIMESTAMP)",
    ("date", "varchar"): "a::VARCHAR",
    ("boolean", "varchar"): "a::VARCHAR",
    **{("double", name): f"round(a)::{name.upper()}" for name in ("integer", "bigint")},
    **{(name, "varchar"): "a::VARCHAR" for name in (*INTEGERS, "decimal")},
    **{(name, "double"): "a::DOUBLE" for name in (*INTEGERS, "decimal", "real")},
    **{(name, other): f"a::{other.upper()}" for name in INTEGERS for other in INTEGERS if other != name},
    **{(name, "json"): "to_json(a)" for name in (*INTEGERS, "double", "boolean", "row", "array", "map")},
    ("json", "varchar"): (
        f"CASE WHEN json_type(a) IN ('OBJECT', 'ARRAY') THEN (CASE WHEN a IS NULL THEN NULL ELSE"
        f" {_no_cast('varchar').replace('|| a ||', '|| a::VARCHAR ||')} END)::INTEGER::VARCHAR ELSE {_TEXT_OF_JSON} END"
    ),
    **{("json", name): f"{_TEXT_OF_JSON}::{name.upper()}" for name in ("bigint", "integer", "double", "boolean")},
    **{("json", name): "" for name in ("array", "map", "row")},
}
CASTS = {pair: Cast(f"athena_cast_{number}", meaning) for number, (pair, meaning) in enumerate(_MEANINGS.items())}


def cast(given: SqlType, wanted: SqlType) -> Cast | None:
    """The conversion; None where there is none."""
    if given.name == wanted.name == "varchar" or given == wanted or given.name == "unknown":
        return Cast("", "")
    return CASTS.get((given.name, wanted.name))
