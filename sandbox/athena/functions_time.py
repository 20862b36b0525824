"""Functions of dates and times (Trino: "Date and time functions"). The session's zone is UTC, as Athena's is."""

KINDS = {"date": "DATE", "timestamp": "TIMESTAMP", "timestamp with time zone": "TIMESTAMPTZ"}


def failing(message: str, kind: str) -> str:
    """SQL of a type that fails with a message, itself SQL. DuckDB's TRY does not take its error() function."""
    return f"({message})::INTEGER::VARCHAR::{kind}"


def checked(pattern: str, meaning: str, message: str, kind: str) -> str:
    """Only text of a pattern has the meaning: DuckDB reads more than Trino does. NULL stays NULL."""
    fails = failing(message, kind)
    return f"CASE WHEN a IS NULL THEN NULL WHEN regexp_full_match(a, '{pattern}') THEN {meaning} ELSE {fails} END"


_UNITS = {"millisecond": "milliseconds", "second": "seconds", "minute": "minutes", "hour": "hours"}
_NO_UNIT = failing("'INVALID_FUNCTION_ARGUMENT: ''' || a || ''' is not a valid DATE field'", "INTERVAL")
_INTERVAL = f"""CASE lower(a) {" ".join(f"WHEN '{name}' THEN to_{unit}(b)" for name, unit in _UNITS.items())}
 WHEN 'day' THEN to_days(b::INTEGER) WHEN 'week' THEN to_weeks(b::INTEGER) WHEN 'month' THEN to_months(b::INTEGER)
 WHEN 'quarter' THEN to_months(3 * b::INTEGER) WHEN 'year' THEN to_years(b::INTEGER) ELSE {_NO_UNIT} END"""
_MALFORMED = "'INVALID_FUNCTION_ARGUMENT: Invalid format: \"' || a || '\"'"
_ISO = r"\d{4}-\d{2}-\d{2}(T\d{2}(:\d{2}(:\d{2}([.,]\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?"
_PARTS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week": "weekofyear",
    "day": "day",
    "day_of_month": "day",
    "day_of_week": "isodow",
    "day_of_year": "dayofyear",
}
TIME = {
    "from_iso8601_timestamp(varchar) -> timestamp with time zone": checked(
        _ISO, "replace(a, ',', '.')::TIMESTAMPTZ", _MALFORMED, "TIMESTAMPTZ"
    ),
    "from_iso8601_date(varchar) -> date": checked(r"\d{4}-\d{2}-\d{2}", "a::DATE", _MALFORMED, "DATE"),
    "to_iso8601(date) -> varchar": "a::VARCHAR",
    "to_iso8601(timestamp) -> varchar": "strftime(a, '%Y-%m-%dT%H:%M:%S.%g')",
    "to_iso8601(timestamp with time zone) -> varchar": "strftime(timezone('UTC', a), '%Y-%m-%dT%H:%M:%S.%gZ')",
    **{f"date_trunc(varchar, {kind}) -> {kind}": f"date_trunc(a, b)::{duck}" for kind, duck in KINDS.items()},
    **{f"date_add(varchar, bigint, {kind}) -> {kind}": f"(c + {_INTERVAL})::{duck}" for kind, duck in KINDS.items()},
    **{f"date_diff(varchar, {kind}, {kind}) -> bigint": "date_sub(a, b, c)" for kind in KINDS},
    **{f"{name}({kind}) -> bigint": f"{duck}(a)" for name, duck in _PARTS.items() for kind in KINDS},
    **{f"{name}({kind}) -> bigint": f"{name}(a)" for name in ("hour", "minute", "second") for kind in [*KINDS][1:]},
    **{f"to_unixtime({kind}) -> double": "epoch(a)" for kind in [*KINDS][1:]},
    "from_unixtime(double) -> timestamp with time zone": "to_timestamp(a)",
    **{f"{name}(timestamp, varchar) -> varchar": "strftime(a, b)" for name in ("date_format", "format_datetime")},
    **{
        f"{name}(timestamp with time zone, varchar) -> varchar": "strftime(timezone('UTC', a), b)"
        for name in ("date_format", "format_datetime")
    },
    "date_parse(varchar, varchar) -> timestamp": (
        f"CASE WHEN a IS NOT NULL AND try_strptime(a, b) IS NULL THEN {failing(_MALFORMED, 'TIMESTAMP')}"
        " ELSE try_strptime(a, b) END"
    ),
}
