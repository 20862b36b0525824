"""The functions that the sandbox's Athena has: Trino's signature, and what it is in DuckDB. No other is registered.

Signatures and edge cases are those of Trino's documentation ("Functions and operators"); each has a row in the tests.
In a scalar function's meaning `a`, `b`, … are its arguments in this order. Those without a meaning here are written
out where they are called: their arguments are many, or are not all read.
"""

from sandbox.athena.functions_time import TIME, failing

_SPACES = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"
_SUBSTR = "CASE b WHEN 0 THEN '' ELSE substr(a, b) END"
_SUBSTR_OF = "CASE b WHEN 0 THEN '' ELSE substr(a, b, greatest(c, 0)) END"
_GROUPS = r"regexp_replace(replace(c, '\', '\\'), '\$(\d)', '\\\1', 'g')"
"""Trino's `$1` of a replacement is DuckDB's `\\1`."""
TEXT = {
    "lower(varchar) -> varchar": "lower(a)",
    "upper(varchar) -> varchar": "upper(a)",
    "length(varchar) -> bigint": "length(a)",
    "reverse(varchar) -> varchar": "reverse(a)",
    **{f"{name}(varchar) -> varchar": f"{name}(a, {_SPACES})" for name in ("trim", "ltrim", "rtrim")},
    **{f"{name}(varchar, bigint) -> varchar": _SUBSTR for name in ("substr", "substring")},
    **{f"{name}(varchar, bigint, bigint) -> varchar": _SUBSTR_OF for name in ("substr", "substring")},
    "strpos(varchar, varchar) -> bigint": "strpos(a, b)",
    "replace(varchar, varchar) -> varchar": "replace(a, b, '')",
    "replace(varchar, varchar, varchar) -> varchar": "replace(a, b, c)",
    "starts_with(varchar, varchar) -> boolean": "starts_with(a, b)",
    "split(varchar, varchar) -> array(varchar)": "string_split(a, b)",
    "split_part(varchar, varchar, bigint) -> varchar": "string_split(a, b)[c]",
    "lpad(varchar, bigint, varchar) -> varchar": "lpad(a, b::INTEGER, c)",
    "rpad(varchar, bigint, varchar) -> varchar": "rpad(a, b::INTEGER, c)",
    "regexp_like(varchar, varchar) -> boolean": "regexp_matches(a, b)",
    "regexp_extract(varchar, varchar) -> varchar": "CASE WHEN regexp_matches(a, b) THEN regexp_extract(a, b) END",
    "regexp_extract(varchar, varchar, bigint) -> varchar": (
        "CASE WHEN regexp_matches(a, b) THEN regexp_extract(a, b, c) END"
    ),
    "regexp_replace(varchar, varchar) -> varchar": "regexp_replace(a, b, '', 'g')",
    "regexp_replace(varchar, varchar, varchar) -> varchar": f"regexp_replace(a, b, {_GROUPS}, 'g')",
    "from_base64(varchar) -> varbinary": "from_base64(a)",
    "to_base64(varbinary) -> varchar": "to_base64(a)",
    "from_utf8(varbinary) -> varchar": "decode(a)",
    "to_utf8(varchar) -> varbinary": "encode(a)",
    "url_extract_host(varchar) -> varchar": (
        "nullif(regexp_extract(a, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/:?#]+)', 1), '')"
    ),
}

_PATH = """regexp_replace(b, '\\["([^"\\]]*)"\\]', '."\\1"', 'g')"""
"""Trino's `$["a b"]` is DuckDB's `$."a b"`."""
_SCALAR = f"CASE WHEN json_type(a, {_PATH}) NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(a, {_PATH}) END"
_LENGTH = "CASE WHEN json_type(a) = 'ARRAY' THEN json_array_length(a) END"
_NOT_JSON = failing("'INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: ''' || a || ''''", "JSON")


def _of_text(meaning: str) -> str:
    """A function of JSON, of text that may be none: then it is NULL."""
    return f"CASE WHEN json_valid(a) THEN {meaning.replace('(a', '(a::JSON')} END"


JSON = {
    "json_extract(varchar, varchar) -> json": _of_text(f"json_extract(a, {_PATH})"),
    "json_extract(json, varchar) -> json": f"json_extract(a, {_PATH})",
    "json_extract_scalar(varchar, varchar) -> varchar": _of_text(_SCALAR),
    "json_extract_scalar(json, varchar) -> varchar": _SCALAR,
    "json_array_length(varchar) -> bigint": _of_text(_LENGTH),
    "json_array_length(json) -> bigint": _LENGTH,
    "json_parse(varchar) -> json": f"CASE WHEN json_valid(a) THEN a::JSON WHEN a IS NOT NULL THEN {_NOT_JSON} END",
    "json_format(json) -> varchar": "json(a)::VARCHAR",
}
COLLECTIONS = {
    "cardinality(array(T)) -> bigint": "len(a)",
    "cardinality(map(K,V)) -> bigint": "cardinality(a)",
    "element_at(array(T), bigint) -> T": "a[b]",
    "element_at(map(K,V), K) -> V": "map_extract_value(a, b)",
    "contains(array(T), T) -> boolean": "list_contains(a, b)",
    "array_join(array(T), varchar) -> varchar": "array_to_string(a, b)",
    "array_sort(array(T)) -> array(T)": "list_sort(a, 'ASC', 'NULLS LAST')",
    "array_max(array(T)) -> T": "CASE WHEN list_count(a) = len(a) THEN list_max(a) END",
    "array_min(array(T)) -> T": "CASE WHEN list_count(a) = len(a) THEN list_min(a) END",
    "array_position(array(T), T) -> bigint": "coalesce(list_position(a, b), 0)",
    "arrays_overlap(array(T), array(T)) -> boolean": "list_has_any(a, b)",
    "sequence(bigint, bigint) -> array(bigint)": "generate_series(a, b)",
    "map_keys(map(K,V)) -> array(K)": "map_keys(a)",
    "map_values(map(K,V)) -> array(V)": "map_values(a)",
    "map(array(K), array(V)) -> map(K,V)": "map(a, b)",
    "concat(array(T), array(T)) -> array(T)": "list_concat(a, b)",
}
SUBSCRIPTS = {
    "athena_array_at(a, b)": (
        "a[CASE WHEN b < 1 THEN ('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')::INTEGER WHEN b > len(a)"
        " THEN ('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: ' || b ||"
        " ' > ' || len(a))::INTEGER ELSE b END]"
    ),
    "athena_map_at(a, b)": (
        "[map_extract_value(a, b)][CASE WHEN NOT map_contains(a, b)"
        " THEN ('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || b)::INTEGER ELSE 1 END]"
    ),
}
"""`a[b]`: unlike with element_at, what is not there is an error."""
ARITHMETIC = {
    **{f"abs({kind}) -> {kind}": "abs(a)" for kind in ("integer", "bigint", "double")},
    **{
        f"{name}({kind}) -> {kind}": f"{name}(a)"
        for name in ("ceil", "ceiling", "floor", "round")
        for kind in ("bigint", "double")
    },
    "round(double, bigint) -> double": "round(a, b::INTEGER)",
    "mod(bigint, bigint) -> bigint": "a % b",
    "power(double, double) -> double": "power(a, b)",
    "sqrt(double) -> double": "sqrt(a)",
}
WRITTEN_OUT = (
    "coalesce(T, T…) -> T",
    "nullif(T, T) -> T",
    "greatest(T, T…) -> T",
    "least(T, T…) -> T",
    "concat(varchar, varchar…) -> varchar",
    "try(T) -> T",
    "now() -> timestamp with time zone",
    "date(T) -> date",
)
AGGREGATES = {
    "count(T) -> bigint": "count",
    "count_if(boolean) -> bigint": "count",
    "sum(bigint) -> bigint": "sum",
    "sum(double) -> double": "sum",
    "avg(double) -> double": "avg",
    "min(T) -> T": "min",
    "max(T) -> T": "max",
    "min_by(T, U) -> T": "arg_min",
    "max_by(T, U) -> T": "arg_max",
    "arbitrary(T) -> T": "any_value",
    "any_value(T) -> T": "any_value",
    "approx_distinct(T) -> bigint": "approx_count_distinct",
    "array_agg(T) -> array(T)": "list",
    "bool_and(boolean) -> boolean": "bool_and",
    "every(boolean) -> boolean": "bool_and",
    "bool_or(boolean) -> boolean": "bool_or",
    "histogram(T) -> map(T,bigint)": "histogram",
}
WINDOWS = {
    **{f"{name}() -> bigint": name for name in ("row_number", "rank", "dense_rank")},
    **{f"{name}(T) -> T": name for name in ("lag", "lead", "first_value", "last_value")},
    **{f"{name}(T, bigint) -> T": name for name in ("lag", "lead")},
    "ntile(bigint) -> bigint": "ntile",
}
"""Only over a window; aggregates may stand there too."""
SCALARS = {**TEXT, **JSON, **TIME, **COLLECTIONS, **ARITHMETIC}
