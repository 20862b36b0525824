"""The query protocol's flat parameters (`Tags.member.1.Key=team`) as nested values of the right types."""

from collections.abc import Mapping
from typing import Any

from botocore.model import Shape


def nested(shape: Shape, flat: Mapping[str, str], prefix: str = "") -> Any:
    """The value that stands under `prefix`; None when nothing does."""
    deeper = {"structure": _structure, "list": _list, "map": _map}.get(shape.type_name)
    if deeper is not None:
        return deeper(shape, flat, prefix)
    match shape.type_name:
        case "integer" | "long":
            return _number(flat.get(prefix))
        case "float" | "double":
            return _fraction(flat.get(prefix))
        case "boolean":
            return flat[prefix] == "true" if prefix in flat else None
        case _:
            return flat.get(prefix)


def _structure(shape: Shape, flat: Mapping[str, str], prefix: str) -> dict[str, Any] | None:
    start = f"{prefix}." if prefix else ""
    found = {name: nested(member, flat, f"{start}{name}") for name, member in shape.members.items()}
    present = {name: value for name, value in found.items() if value is not None}
    return present if present or not prefix else None


def _list(shape: Shape, flat: Mapping[str, str], prefix: str) -> list[Any] | None:
    """Counted from 1 until the first that is not there."""
    items: list[Any] = []
    while (item := nested(shape.member, flat, f"{prefix}.member.{len(items) + 1}")) is not None:
        items.append(item)
    return items or None


def _map(shape: Shape, flat: Mapping[str, str], prefix: str) -> dict[str, Any] | None:
    """Entries counted from 1; what key and value are called is the service's own."""
    named, valued = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
    found: dict[str, Any] = {}
    while (key := flat.get(f"{prefix}.entry.{len(found) + 1}.{named}")) is not None:
        found[key] = nested(shape.value, flat, f"{prefix}.entry.{len(found) + 1}.{valued}")
    return found or None


def _fraction(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _number(text: str | None) -> int | str | None:
    """A number, or the text itself, which the validator then refuses."""
    return int(text) if text is not None and text.lstrip("-").isdigit() else text
