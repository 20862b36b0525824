"""Values as Athena writes them into its results."""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.athena.sql_types import SqlType


def text(kind: SqlType, value: Any) -> str | None:
    """A cell; None for NULL, which within rows, arrays and maps is written out."""
    if value is None:
        return None
    match kind.name:
        case "row":
            named = (f"{name}={_inner(part, value[name])}" for name, part in kind.parts)
            return f"{{{', '.join(named)}}}"
        case "array":
            return f"[{', '.join(_inner(kind.element, each) for each in value)}]"
        case "map":
            (_, key), (_, held) = kind.parts
            return f"{{{', '.join(f'{_inner(key, k)}={_inner(held, v)}' for k, v in value.items())}}}"
        case name:
            return _PLAIN.get(name, str)(value)


def _inner(kind: SqlType, value: Any) -> str:
    found = text(kind, value)
    return "null" if found is None else found


def _moment(value: datetime) -> str:
    """With milliseconds: that is the precision of Athena's timestamps."""
    return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"


def _double(value: float) -> str:
    """As Java does (Double.toString): with an exponent from ten million on and below a thousandth."""
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124  # only NaN is not itself
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(value)]
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = f"{Decimal(repr(value)):f}"
        return plain if "." in plain else f"{plain}.0"
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


_PLAIN: dict[str, Callable[[Any], str]] = {
    "boolean": lambda value: "true" if value else "false",
    "double": _double,
    "real": _double,
    "timestamp": _moment,
    "timestamp with time zone": lambda value: f"{_moment(value)} UTC",
    "date": date.isoformat,
    "varbinary": lambda value: value.hex(" "),
    "json": lambda value: value if isinstance(value, str) else json.dumps(value),
}
