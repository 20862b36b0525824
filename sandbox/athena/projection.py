"""The values that partition projection gives each key of a table.

Source: Athena User Guide, "Supported types for partition projection" and "Set up partition projection".
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.athena.definitions import Definition
from sandbox.athena.failures import QueryFailed
from sandbox.athena.formats import joda

_NOW = re.compile(r"\s*NOW\s*(?:([+-])\s*(\d+)\s*(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?\s*)?", re.IGNORECASE)
_STEPS = {
    "WEEKS": timedelta(weeks=1),
    "DAYS": timedelta(days=1),
    "HOURS": timedelta(hours=1),
    "MINUTES": timedelta(minutes=1),
    "SECONDS": timedelta(seconds=1),
}
_MOST = 200_000
"""Values of one key that the sandbox makes; Athena names no limit."""


@dataclass(frozen=True, slots=True)
class Injected:
    """A key whose values are those that the query names."""


Values = tuple[str, ...] | Injected


def projected(table: Definition, now: datetime) -> dict[str, Values] | None:
    """The values of each key as they stand in paths; None of a table without projection.

    Raises QueryFailed where the properties are wrong: Athena reads them when a query is run.
    """
    if table.parameters.get("projection.enabled", "false").strip().lower() != "true":
        return None
    if missing := [key for key in table.keys if f"projection.{key}.type" not in _lower(table)]:
        columns = f"[{', '.join(missing)}] (table {table.full_name})"
        raise QueryFailed(
            "HIVE_METASTORE_ERROR",
            f"Table {table.full_name} is configured for partition projection, but the following partition columns"
            f" are missing projection configuration: {columns}",
        )
    _refuse_template(table)
    return {key: _values(key, _of(key, _lower(table)), now) for key in table.keys}


def location(table: Definition, values: Mapping[str, str]) -> str:
    """Where a partition's files lie: by the template, else in Hive's way."""
    template = table.parameters.get("storage.location.template")
    if template is None:
        return table.location.rstrip("/") + "".join(f"/{key}={values[key]}" for key in table.keys)
    return re.sub(r"\$\{(\w+)\}", lambda match: values[match[1].lower()], template)


def _refuse_template(table: Definition) -> None:
    template = table.parameters.get("storage.location.template")
    if template is None:
        return
    named = {name.lower() for name in re.findall(r"\$\{(\w+)\}", template)}
    for key in table.keys:
        if key not in named:
            words = f"storage.location.template has no placeholder for the partition column {key}"
            raise QueryFailed("INVALID_TABLE_PROPERTY", f"{words} (table {table.full_name})")
    if strange := named - table.keys.keys():
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"storage.location.template names {min(strange)}, which is no key")


def _lower(table: Definition) -> dict[str, str]:
    return {name.lower(): value for name, value in table.parameters.items()}


def _of(key: str, parameters: Mapping[str, str]) -> dict[str, str]:
    start = f"projection.{key}."
    return {name.removeprefix(start): value for name, value in parameters.items() if name.startswith(start)}


def _values(key: str, given: Mapping[str, str], now: datetime) -> Values:
    kind = given["type"].strip().lower()
    if kind == "injected":
        return Injected()
    if kind not in _KINDS:
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"Table property 'projection.{key}.type' has no type {kind!r}")
    found = []
    try:
        for number, value in enumerate(_KINDS[kind](given, now)):
            if number >= _MOST:
                raise QueryFailed("NOT_SUPPORTED", f"the sandbox projects at most {_MOST} values of {key}")
            found.append(value)
    except KeyError as error:
        words = f"Table property 'projection.{key}.{error.args[0]}' is required for the type {kind}"
        raise QueryFailed("INVALID_TABLE_PROPERTY", words) from None
    except ValueError as error:
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"projection.{key}: {error}") from None
    return tuple(found)


def _enum(given: Mapping[str, str], _: datetime) -> Iterator[str]:
    """White space is part of a value."""
    yield from given["values"].split(",")


def _integer(given: Mapping[str, str], _: datetime) -> Iterator[str]:
    bounds = given["range"].split(",")
    if len(bounds) != 2:
        raise ValueError(f'For input string: "{given["range"]}"')
    digits = int(given.get("digits", "1"))
    for number in range(int(bounds[0]), int(bounds[1]) + 1, int(given.get("interval", "1"))):
        yield f"{number:0{digits}d}"


def _date(given: Mapping[str, str], now: datetime) -> Iterator[str]:
    bounds = given["range"].split(",")
    if len(bounds) != 2:
        raise ValueError(f"the range {given['range']!r} is not two dates")
    form = joda(given["format"])
    first, last = (_bound(each, form, now) for each in bounds)
    unit = given.get("interval.unit", "").strip().upper() or _unit(given["format"])
    step, number = int(given.get("interval", "1")), 0
    while (moment := _later(first, step * number, unit)) <= last:
        yield moment.strftime(form)
        number += 1


def _unit(form: str) -> str:
    """Days or months where the format is that precise, else it must be said."""
    if "H" in form or "M" not in form:
        raise KeyError("interval.unit")
    return "DAYS" if "d" in form else "MONTHS"


def _bound(text: str, form: str, now: datetime) -> datetime:
    relative = _NOW.fullmatch(text)
    if relative is None:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    sign, count, unit = relative.groups()
    return _later(now, int(f"{sign}{count}"), f"{unit.upper()}S") if unit else now


def _later(moment: datetime, count: int, unit: str) -> datetime:
    if unit in _STEPS:
        return moment + count * _STEPS[unit]
    if unit not in {"MONTHS", "YEARS"}:
        raise ValueError(f"{unit!r} is no interval unit that the sandbox knows")
    months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "YEARS" else 1)
    year, month = divmod(months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


_KINDS = {"enum": _enum, "integer": _integer, "date": _date}
