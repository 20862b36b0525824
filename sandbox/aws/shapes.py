"""Values against botocore's own model of AWS: from the wire, back to it, and whether they are allowed at all."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

_SESSION = botocore.session.get_session()
_VALIDATOR = ParamValidator()


@cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, by its boto3 name. Raises botocore's UnknownServiceError."""
    return _SESSION.get_service_model(service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """Return botocore's model of one operation."""
    return service_model(service).operation_model(operation)


@cache
def error_shape(service: str, code: str) -> str:
    """The name of the error that has a code of its own in the query protocol; the code itself when none has."""
    found = (shape.name for shape in service_model(service).error_shapes if shape.error_code == code)
    return next(found, code)


def decoded(shape: Shape, value: Any) -> Any:
    """A JSON value as boto3 would take it: timestamps aware, members that the model does not know left out."""
    match shape.type_name, value:
        case "structure", dict():
            return {key: decoded(shape.members[key], item) for key, item in value.items() if key in shape.members}
        case "list", list():
            return [decoded(shape.member, item) for item in value]
        case "map", dict():
            return {key: decoded(shape.value, item) for key, item in value.items()}
        case _:
            return _scalar(shape, value)


def _scalar(shape: Shape, value: Any) -> Any:
    match shape.type_name, value:
        case "float" | "double", "NaN" | "Infinity" | "-Infinity":
            return float(value)
        case "timestamp", int() | float():
            return datetime.fromtimestamp(value, UTC)
        case "timestamp", str():
            return _moment(value)
        case _:
            return value


def _moment(text: str) -> Any:
    """A timestamp, or the text itself, which the validator then refuses."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Numbers(list[float]):
    """A long list of numbers that are right by construction: the first is checked for all of them."""


class Moments(list[float]):
    """A long list of timestamps in seconds since 1970, likewise."""

    def shown(self) -> list[datetime]:
        """As other timestamps are kept."""
        return [datetime.fromtimestamp(each, UTC) for each in self]


def sampled(value: Any) -> Any:
    """A value with one of each long list, for what looks at every item."""
    match value:
        case Moments():
            return Moments(value[:1]).shown()
        case Numbers():
            return value[:1]
        case dict():
            return {key: sampled(item) for key, item in value.items()}
        case list():
            return [sampled(item) for item in value]
        case _:
            return value


def present(value: Any) -> Any:
    """A value without the members that are None: handlers write None for what an answer leaves out."""
    if isinstance(value, dict):
        return {key: present(item) for key, item in value.items() if item is not None}
    if isinstance(value, Numbers | Moments):
        return value
    return [present(item) for item in value] if isinstance(value, list | tuple) else value


def encoded(shape: Shape, value: Any) -> Any:
    """A Python value as JSON: timestamps in seconds with milliseconds, nothing in it is None."""
    if isinstance(value, Numbers | Moments):
        return value
    match shape.type_name:
        case "structure":
            return {key: encoded(shape.members[key], item) for key, item in value.items()}
        case "list":
            return [encoded(shape.member, item) for item in value]
        case "map":
            return {key: encoded(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return round(value.timestamp(), 3)
        case _:
            return value


def faults(shape: Shape | None, value: Mapping[str, Any]) -> str:
    """What the model does not allow about a value, in words; empty when all is well."""
    if shape is None:
        return f"unexpected members {', '.join(value)}" if value else ""
    unknown = [key for key in value if key not in shape.members]
    if unknown:
        return f"unknown members {', '.join(unknown)}"
    report = _VALIDATOR.validate(value, shape)
    return report.generate_report() if report.has_errors() else "; ".join(_limits(shape, value, ""))


def _limits(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Lengths, ranges, enums and patterns; botocore itself checks only types, required members and minima."""
    yield from _own_limits(shape, value, path)
    match shape.type_name:
        case "structure":
            for key, item in value.items():
                yield from _limits(
                    shape.members[key], item, f"{path}.{_lower_first(key)}" if path else _lower_first(key)
                )
        case "list":
            for number, item in enumerate(value, 1):
                yield from _limits(shape.member, item, f"{path}.{number}.member")
        case "map":
            for key, item in value.items():
                yield from _limits(shape.value, item, f"{path}.{key}")


def _own_limits(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """What a value itself breaks, whatever is in it."""
    most = shape.metadata.get("max")
    match shape.type_name:
        case "string":
            yield from _text_limits(shape, value, path)
        case "list" | "map" if most is not None and len(value) > most:
            yield _broken(value, path, f"have length less than or equal to {most}")
        case "integer" | "long" | "float" | "double" if most is not None and value > most:
            yield _broken(value, path, f"have value less than or equal to {most}")


def _text_limits(shape: Shape, value: str, path: str) -> Iterator[str]:
    limits = shape.metadata
    if len(value) > (limits.get("max") or len(value)):
        yield _broken(value, path, f"have length less than or equal to {limits['max']}")
    if (names := limits.get("enum")) and value not in names:
        yield _broken(value, path, f"satisfy enum value set: [{', '.join(names)}]")
    if (pattern := limits.get("pattern")) and not _fits(pattern, value):
        yield _broken(value, path, f"satisfy regular expression pattern: {pattern}")


def _fits(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """AWS writes patterns for Java: of Unicode classes and surrogates, which Python lacks, nothing is checked."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _broken(value: Any, path: str, rule: str) -> str:
    """AWS's own wording of a failed constraint."""
    return f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"
