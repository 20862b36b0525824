"""Every function that the sandbox's Athena has, by values worked out from Trino's documentation."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.athena.engine import Asked, Engine
from sandbox.athena.failures import QueryFailed
from sandbox.athena.functions import AGGREGATES, SCALARS, WINDOWS, WRITTEN_OUT
from sandbox.athena.parameters import bound
from sandbox.athena.progress import Progress, Stop
from sandbox.athena.statements import select

NOW = datetime(2026, 11, 29, 1, 2, 3, 4000, tzinfo=UTC)
ROWS = "(VALUES (1, 'a'), (2, 'b'), (3, 'b'), (CAST(NULL AS integer), 'c')) AS t(n, s)"
BANK = """'{"a b": 1, "n": null, "t": true, "o": {"x": [1, "two", 3.5]}, "e": ""}'"""
VALUES: dict[str, list[tuple[str, str | None]]] = {
    "lower": [("lower('ÄB')", "äb")],
    "upper": [("upper('äb')", "ÄB")],
    "length": [("length('äbc')", "3")],
    "reverse": [("reverse('abc')", "cba")],
    "trim": [("trim('  a b ')", "a b")],
    "ltrim": [("ltrim('  a ')", "a ")],
    "rtrim": [("rtrim(' a  ')", " a")],
    "substr": [("substr('abcd', 2)", "bcd"), ("substr('abcd', -2)", "cd"), ("substr('abcd', 0)", "")],
    "substring": [("substring('abcd' FROM 2 FOR 2)", "bc"), ("substring('abcd', 3, 9)", "cd")],
    "strpos": [("strpos('abc', 'c')", "3"), ("position('x' IN 'abc')", "0")],
    "replace": [("replace('aXbX', 'X')", "ab"), ("replace('aXb', 'X', '-')", "a-b")],
    "starts_with": [("starts_with('abc', 'ab')", "true")],
    "split": [("split('a/b//c', '/')", "[a, b, , c]")],
    "split_part": [("split_part('a/b', '/', 2)", "b"), ("split_part('a/b', '/', 3)", None)],
    "lpad": [("lpad('7', 3, '0')", "007")],
    "rpad": [("rpad('7', 3, '0')", "700")],
    "regexp_like": [("regexp_like('abc', 'b')", "true"), ("regexp_like('abc', '^b')", "false")],
    "regexp_extract": [("regexp_extract('a12b3', '[0-9]+')", "12"), ("regexp_extract('abc', '[0-9]+')", None)],
    "regexp_replace": [("regexp_replace('a1b2', '[0-9]')", "ab"), (r"regexp_replace('ab', '(a)(b)', '$2\$1')", r"b\a")],
    "from_base64": [("from_utf8(from_base64('aMOk'))", "hä")],
    "to_base64": [("to_base64(to_utf8('hä'))", "aMOk")],
    "from_utf8": [("from_utf8(to_utf8('ü'))", "ü")],
    "to_utf8": [("to_utf8('AB')", "41 42")],
    "url_extract_host": [
        ("url_extract_host('https://user@a.example:8443/x?y')", "a.example"),
        ("url_extract_host('no address')", None),
    ],
    "json_extract": [(f"json_extract({BANK}, '$.o.x')", '[1,"two",3.5]'), ("json_extract('no json', '$.a')", None)],
    "json_extract_scalar": [
        (f"json_extract_scalar({BANK}, '$[\"a b\"]')", "1"),
        (f"json_extract_scalar({BANK}, '$.t')", "true"),
        (f"json_extract_scalar({BANK}, '$.o.x[1]')", "two"),
        (f"json_extract_scalar({BANK}, '$.e')", ""),
        (f"json_extract_scalar({BANK}, '$.o')", None),
        (f"json_extract_scalar({BANK}, '$.n')", None),
        (f"json_extract_scalar({BANK}, '$.missing')", None),
        ("json_extract_scalar('{\"a\": ', '$.a')", None),
        ("json_extract_scalar(json_parse('{\"a\": 5}'), '$.a')", "5"),
    ],
    "json_array_length": [("json_array_length('[1, 2]')", "2"), ("json_array_length('{}')", None)],
    "json_parse": [("json_parse('[1, 2]')", "[1, 2]")],
    "json_format": [("json_format(json_extract('{\"a\": [1, 2]}', '$.a'))", "[1,2]")],
    "cardinality": [("cardinality(ARRAY[1, 2])", "2"), ("cardinality(map(ARRAY['a'], ARRAY[1]))", "1")],
    "element_at": [
        ("element_at(ARRAY['a', 'b'], 2)", "b"),
        ("element_at(ARRAY['a', 'b'], -1)", "b"),
        ("element_at(ARRAY['a'], 5)", None),
        ("element_at(map(ARRAY['k'], ARRAY[7]), 'k')", "7"),
        ("element_at(map(ARRAY['k'], ARRAY[7]), 'x')", None),
    ],
    "contains": [("contains(ARRAY['a', 'b'], 'b')", "true")],
    "array_join": [("array_join(ARRAY['a', NULL, 'b'], '-')", "a-b")],
    "array_sort": [("array_sort(ARRAY[3, NULL, 1])", "[1, 3, null]")],
    "array_max": [("array_max(ARRAY[3, 1])", "3"), ("array_max(ARRAY[3, NULL])", None)],
    "array_min": [("array_min(ARRAY[3, 1])", "1")],
    "array_position": [("array_position(ARRAY['a', 'b'], 'b')", "2"), ("array_position(ARRAY['a'], 'x')", "0")],
    "arrays_overlap": [("arrays_overlap(ARRAY[1, 2], ARRAY[2, 3])", "true")],
    "sequence": [("sequence(1, 3)", "[1, 2, 3]")],
    "map_keys": [("map_keys(map(ARRAY['a', 'b'], ARRAY[1, 2]))", "[a, b]")],
    "map_values": [("map_values(map(ARRAY['a', 'b'], ARRAY[1, 2]))", "[1, 2]")],
    "map": [("map(ARRAY['a'], ARRAY[1])", "{a=1}")],
    "abs": [("abs(-5)", "5"), ("abs(-1.5e0)", "1.5")],
    "ceil": [("ceil(1.2e0)", "2.0")],
    "ceiling": [("ceiling(-1.2e0)", "-1.0")],
    "floor": [("floor(-1.2e0)", "-2.0")],
    "round": [("round(2.5e0)", "3.0"), ("round(1.255e0, 1)", "1.3"), ("round(7)", "7")],
    "mod": [("mod(-7, 3)", "-1")],
    "power": [("power(2, 10)", "1024.0")],
    "sqrt": [("sqrt(16)", "4.0")],
    "coalesce": [("coalesce(NULL, 'a', 'b')", "a")],
    "nullif": [("nullif('a', 'a')", None), ("nullif('a', 'b')", "a")],
    "greatest": [("greatest(1, 3, 2)", "3"), ("greatest(1, NULL)", None)],
    "least": [("least('b', 'a')", "a")],
    "concat": [
        ("concat('a', 'b', 'c')", "abc"),
        ("concat('a', NULL)", None),
        ("concat(ARRAY[1], ARRAY[2])", "[1, 2]"),
    ],
    "try": [("try(CAST('x' AS integer))", None), ("try(1 / 0)", None), ("try(from_iso8601_timestamp('x'))", None)],
    "now": [("now()", "2026-11-29 01:02:03.004 UTC"), ("current_timestamp", "2026-11-29 01:02:03.004 UTC")],
    "date": [
        ("date('2026-02-28')", "2026-02-28"),
        ("date(from_iso8601_timestamp('2026-01-01T23:00:00Z'))", "2026-01-01"),
    ],
    "from_iso8601_timestamp": [
        ("from_iso8601_timestamp('2026-11-20T09:00:00Z')", "2026-11-20 09:00:00.000 UTC"),
        ("from_iso8601_timestamp('2026-11-20T09:00:00.5+02:00')", "2026-11-20 07:00:00.500 UTC"),
        ("from_iso8601_timestamp('2026-11-20')", "2026-11-20 00:00:00.000 UTC"),
        ("from_iso8601_timestamp(NULL)", None),
    ],
    "from_iso8601_date": [("from_iso8601_date('2026-11-20')", "2026-11-20")],
    "to_iso8601": [
        ("to_iso8601(DATE '2026-11-20')", "2026-11-20"),
        ("to_iso8601(TIMESTAMP '2026-11-20 09:00:00')", "2026-11-20T09:00:00.000"),
        ("to_iso8601(from_iso8601_timestamp('2026-11-20T09:00:00Z'))", "2026-11-20T09:00:00.000Z"),
    ],
    "date_trunc": [
        ("date_trunc('month', DATE '2026-11-20')", "2026-11-01"),
        ("date_trunc('hour', TIMESTAMP '2026-11-20 09:41:00')", "2026-11-20 09:00:00.000"),
        ("date_trunc('day', from_iso8601_timestamp('2026-11-20T09:41:00Z'))", "2026-11-20 00:00:00.000 UTC"),
    ],
    "date_add": [
        ("date_add('month', 1, DATE '2026-01-31')", "2026-02-28"),
        ("date_add('hour', -2, TIMESTAMP '2026-01-01 01:00:00')", "2025-12-31 23:00:00.000"),
        ("date_add('day', -7, from_iso8601_timestamp('2026-11-20T09:00:00Z'))", "2026-11-13 09:00:00.000 UTC"),
    ],
    "date_diff": [
        ("date_diff('day', DATE '2026-01-01', DATE '2026-03-01')", "59"),
        ("date_diff('day', TIMESTAMP '2026-01-01 12:00:00', TIMESTAMP '2026-01-03 11:00:00')", "1"),
        ("date_diff('minute', from_iso8601_timestamp('2026-01-01T00:00:00Z'), current_timestamp)", "478142"),
    ],
    "year": [("year(DATE '2026-11-20')", "2026"), ("extract(YEAR FROM current_date)", "2026")],
    "quarter": [("quarter(DATE '2026-11-20')", "4")],
    "month": [("month(DATE '2026-11-20')", "11")],
    "week": [("week(DATE '2027-01-01')", "53")],
    "day": [("day(DATE '2026-11-20')", "20")],
    "day_of_month": [("day_of_month(DATE '2026-11-20')", "20")],
    "day_of_week": [("day_of_week(DATE '2026-11-22')", "7")],
    "day_of_year": [("day_of_year(DATE '2026-02-01')", "32")],
    "hour": [("hour(TIMESTAMP '2026-11-20 09:41:05')", "9")],
    "minute": [("minute(TIMESTAMP '2026-11-20 09:41:05')", "41")],
    "second": [("second(TIMESTAMP '2026-11-20 09:41:05')", "5")],
    "to_unixtime": [("to_unixtime(from_iso8601_timestamp('1970-01-01T00:01:00Z'))", "60.0")],
    "from_unixtime": [("from_unixtime(60)", "1970-01-01 00:01:00.000 UTC")],
    "date_format": [
        ("date_format(current_date - INTERVAL '7' DAY, '%Y/%m/%d')", "2026/11/22"),
        ("date_format(TIMESTAMP '2026-11-20 09:41:05', '%W %e %M, %h:%i:%s %p')", "Friday 20 November, 09:41:05 AM"),
        ("date_format(from_iso8601_timestamp('2026-11-20T23:30:00-01:00'), '%Y-%m-%d %H')", "2026-11-21 00"),
    ],
    "format_datetime": [
        ("format_datetime(TIMESTAMP '2026-11-20 09:41:05', 'yyyy-MM-dd''T''HH:mm')", "2026-11-20T09:41")
    ],
    "date_parse": [("date_parse('2026/11/20', '%Y/%m/%d')", "2026-11-20 00:00:00.000")],
    "count": [("count(*)", "4"), ("count(n)", "3"), ("count(DISTINCT s)", "3"), ("count(*) FILTER (WHERE n > 1)", "2")],
    "count_if": [("count_if(n > 1)", "2"), ("count_if(n > 9)", "0")],
    "sum": [("sum(n)", "6"), ("sum(n * 0.5e0)", "3.0"), ("sum(DISTINCT length(s))", "1")],
    "avg": [("avg(n)", "2.0")],
    "min": [("min(s)", "a")],
    "max": [("max(n)", "3")],
    "min_by": [("min_by(s, n)", "a")],
    "max_by": [("max_by(s, n)", "b")],
    "arbitrary": [("arbitrary(length(s))", "1")],
    "any_value": [("any_value(length(s))", "1")],
    "approx_distinct": [("approx_distinct(s)", "3")],
    "array_agg": [
        ("array_agg(n ORDER BY n DESC)", "[3, 2, 1, null]"),
        ("array_sort(array_agg(DISTINCT s))", "[a, b, c]"),
    ],
    "bool_and": [("bool_and(n > 0)", "true")],
    "every": [("every(n > 1)", "false")],
    "bool_or": [("bool_or(n > 2)", "true")],
    "histogram": [("element_at(histogram(s), 'b')", "2")],
    "row_number": [("max(r) FROM (SELECT row_number() OVER (ORDER BY n DESC) AS r", "4")],
    "rank": [("max(r) FROM (SELECT rank() OVER (ORDER BY s) AS r", "4")],
    "dense_rank": [("max(r) FROM (SELECT dense_rank() OVER (ORDER BY s) AS r", "3")],
    "lag": [
        ("max(r) FROM (SELECT lag(n) OVER (ORDER BY n) AS r", "3"),
        ("max(r) FROM (SELECT lag(n, 2) OVER (ORDER BY n) AS r", "2"),
    ],
    "lead": [
        ("min(r) FROM (SELECT lead(n) OVER (ORDER BY n) AS r", "2"),
        ("min(r) FROM (SELECT lead(n, 2) OVER (ORDER BY n) AS r", "3"),
    ],
    "first_value": [("max(r) FROM (SELECT first_value(s) OVER (PARTITION BY length(s) ORDER BY n) AS r", "a")],
    "last_value": [("max(r) FROM (SELECT last_value(n) OVER (ORDER BY n) AS r", "3")],
    "ntile": [("max(r) FROM (SELECT ntile(2) OVER (ORDER BY n) AS r", "2")],
}
OPERATORS: list[tuple[str, str | None]] = [
    ("7 / 2", "3"),
    ("-7 / 2", "-3"),
    ("7 / 2e0", "3.5"),
    ("-7 % 3", "-1"),
    ("1.5 + 1", "2.5"),
    ("1e0 / 0", "Infinity"),
    ("12345678.9e0", "1.23456789E7"),
    ("0.0001e0", "1.0E-4"),
    ("'a' || 'b'", "ab"),
    ("'a' < 'B'", "false"),
    ("NULL = 1", None),
    ("1 BETWEEN 0 AND 2", "true"),
    ("'x' IN ('y', 'x')", "true"),
    ("'aXc' LIKE 'a_c' AND 'a%c' LIKE 'a!%c' ESCAPE '!'", "true"),
    ("NOT (1 = 2 OR NULL IS NOT NULL)", "true"),
    ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b"),
    ("if(1 > 2, 'a')", None),
    ("ARRAY['a', 'b'][2]", "b"),
    ("map(ARRAY['k'], ARRAY[1])['k']", "1"),
    ("DATE '2026-03-01' - INTERVAL '1' DAY", "2026-02-28"),
    ("TIMESTAMP '2026-01-01 00:00:00' + INTERVAL '90' MINUTE", "2026-01-01 01:30:00.000"),
    ("CAST(5 AS varchar) || CAST(true AS varchar)", "5true"),
    ("CAST(TIMESTAMP '2026-01-01 00:00:00' AS varchar)", "2026-01-01 00:00:00.000"),
    ("CAST(current_timestamp AS varchar)", "2026-11-29 01:02:03.004 UTC"),
    ("CAST('abc' AS varchar(2))", "ab"),
    ("CAST(2.5e0 AS bigint)", "3"),
    ("CAST(json_extract('{\"a\": [\"x\", 1]}', '$.a') AS array(varchar))", "[x, 1]"),
    ("CAST(json_parse('{\"a\": 1}') AS map(varchar, bigint))", "{a=1}"),
    ("CAST(json_parse('\"text\"') AS varchar)", "text"),
    ('CAST(json_parse(\'{"a": 1, "b": "c"}\') AS row(a bigint, b varchar)).b', "c"),
    ("TRY_CAST('12a' AS bigint)", None),
    ("CAST('TRUE' AS boolean)", "true"),
    ("current_date", "2026-11-29"),
    ("localtimestamp", "2026-11-29 01:02:03.004"),
    ("(SELECT max(x) FROM UNNEST(ARRAY[1, 5]) AS u(x))", "5"),
    ("EXISTS (SELECT 1)", "true"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """With nothing in its store."""
    made = Engine()
    yield made
    made.close()


def answer(engine: Engine, sql: str) -> list[tuple[str | None, ...]]:
    """The rows of a query that reads no table."""

    def nothing(*_: object) -> list[object]:
        raise AssertionError("no table is read")

    statement = bound(sql, [])
    asked = Asked(
        statement,
        select(statement),
        "default",
        NOW,
        find=nothing,  # type: ignore[arg-type]
        registered=nothing,  # type: ignore[arg-type]
        listed=nothing,  # type: ignore[arg-type]
        fetch=nothing,  # type: ignore[arg-type]
        stop=Stop(),
    )
    _, rows = engine.run(asked, Progress())
    return list(rows)


def names(*tables: object) -> set[str]:
    return {str(text).partition("(")[0] for table in tables for text in table}  # type: ignore[attr-defined]


CASES = [(call, wanted) for cases in VALUES.values() for call, wanted in cases]


def test_every_function_has_a_value_here() -> None:
    """None is let through untried."""
    assert names(SCALARS, WRITTEN_OUT, AGGREGATES, WINDOWS) == set(VALUES)


@pytest.mark.parametrize(("call", "wanted"), CASES, ids=[call for call, _ in CASES])
def test_a_function_gives_what_trino_documents(engine: Engine, call: str, wanted: str | None) -> None:
    """As text, which is how Athena gives it."""
    closing = ")" if "FROM (SELECT" in call else ""
    over = names(AGGREGATES, WINDOWS) & {call.partition("(")[0]} or "agg(" in call or "histogram(" in call
    source = f" FROM {ROWS}" if over else ""
    assert answer(engine, f"SELECT {call}{source}{closing}") == [(wanted,)]


@pytest.mark.parametrize(("expression", "wanted"), OPERATORS, ids=[text for text, _ in OPERATORS])
def test_an_expression_gives_what_trino_documents(engine: Engine, expression: str, wanted: str | None) -> None:
    """Division, casts, text, dates and the rest."""
    assert answer(engine, f"SELECT {expression}") == [(wanted,)]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("ARRAY[1][2]", "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 2 > 1"),
        ("ARRAY[1][0]", "INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1"),
        ("map(ARRAY['a'], ARRAY[1])['b']", "INVALID_FUNCTION_ARGUMENT: Key not present in map: b"),
        ("CAST('12.7' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast '12.7' to INTEGER"),
        ("CAST('2026-01-01T00:00:00Z' AS timestamp)", "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp"),
        ("CAST(1.5e0 AS varchar)", "TYPE_MISMATCH: line 1:13: Cannot cast double to varchar"),
        ("1 / 2.0", "NOT_SUPPORTED: the sandbox does not divide decimals"),
        ("date_format(current_date, '%U')", "NOT_SUPPORTED: the sandbox does not know %U"),
        ("date_add('fortnight', 1, current_date)", "INVALID_FUNCTION_ARGUMENT: 'fortnight' is not a valid DATE field"),
        ("json_parse('{')", "INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{'"),
        ("2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE: overflow"),
        ("row_number()", "MISSING_OVER: line 1:8: Window function row_number must have an OVER clause"),
        ("lower('a') FILTER (WHERE true)", "FUNCTION_NOT_AGGREGATE"),
        ("(SELECT x FROM (VALUES (1), (2)) AS t(x))", "SUBQUERY_MULTIPLE_ROWS"),
        ("1 WHERE 'a'", "TYPE_MISMATCH: line 1:16: WHERE clause must evaluate to a boolean: actual type varchar"),
        ("(INTERVAL '1' DAY) + 1", "TYPE_MISMATCH: line 1:18: Cannot apply operator: interval + integer"),
        ("transform(ARRAY[1], x -> x)", "NOT_SUPPORTED: the sandbox does not run lambda"),
    ],
)
def test_what_trino_refuses_or_nobody_tried_is_refused(engine: Engine, expression: str, reason: str) -> None:
    """Loudly: DuckDB would take most of it and answer something else."""
    with pytest.raises(QueryFailed) as error:
        answer(engine, f"SELECT {expression}")
    assert str(error.value).startswith(reason)


def test_nulls_come_last_either_way(engine: Engine) -> None:
    """Trino's default."""
    for order in ("ASC", "DESC"):
        assert answer(engine, f"SELECT n FROM {ROWS} ORDER BY n {order}")[-1] == (None,)  # noqa: S608
    assert answer(engine, f"SELECT n FROM {ROWS} ORDER BY n NULLS FIRST")[0] == (None,)  # noqa: S608


def test_arrays_and_maps_are_unnested(engine: Engine) -> None:
    """Rows into columns, maps into keys and values, with the place where asked; an empty one keeps its row on LEFT."""
    rows = 'CAST(json_parse(\'[{"a":1,"b":"x"},{"a":2,"b":null}]\') AS array(row(a bigint, b varchar)))'
    sql = f"SELECT b, a, o FROM UNNEST({rows}) WITH ORDINALITY AS t(a, b, o) ORDER BY o"  # noqa: S608
    assert answer(engine, sql) == [("x", "1", "1"), (None, "2", "2")]
    assert answer(engine, "SELECT v, k FROM UNNEST(map(ARRAY['a'], ARRAY[5])) AS t(k, v)") == [("5", "a")]
    left = "SELECT s, x FROM (VALUES ('a', ARRAY[1, 2]), ('b', ARRAY[])) AS t(s, l) LEFT JOIN UNNEST(l) AS u(x) ON true"
    assert sorted(answer(engine, left), key=str) == [("a", "1"), ("a", "2"), ("b", None)]
