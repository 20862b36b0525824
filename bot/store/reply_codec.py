"""A Reply as JSON: each dataclass of `bot.model.reply` under its name, tuples as arrays, defaults left out.

A key that a newer version wrote is passed over, as in `bot.store.codec`; a class that it wrote cannot be drawn.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from bot.model import reply as model
from bot.model.reply import Reply

TAG = "="
"""The key of a class's name; no field has that name."""
_AT = "at"
KINDS: Mapping[str, Any] = MappingProxyType(
    {name: kind for name, kind in vars(model).items() if isinstance(kind, type) and is_dataclass(kind)}
)
"""Every class of the model, a new one without being named here."""


class Unreadable(ValueError):
    """No reply of this version. Says what it is that cannot be read, never what stands there."""


def reply_json(reply: Reply) -> str:
    """The reply, in ASCII."""
    return json.dumps(_plain(reply), separators=(",", ":"))


def reply_of(text: str) -> Reply:
    """The reply that `reply_json` wrote. Raises Unreadable."""
    try:
        found = _value(json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise error if isinstance(error, Unreadable) else Unreadable("it is damaged") from error
    if not isinstance(found, Reply):
        raise Unreadable("it is no reply")
    return found


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        told = {f.name: getattr(value, f.name) for f in fields(value)}
        kept = {f.name: _plain(told[f.name]) for f in fields(value) if not _is_default(f, told[f.name])}
        return {TAG: type(value).__name__, **kept}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return {TAG: _AT, _AT: value.astimezone(UTC).isoformat()}
    return value


def _is_default(field: Field[Any], value: Any) -> bool:
    """Of the same type too: 1, 1.0 and True are equal and are not the same."""
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    return type(value) is type(default) and bool(value == default)


def _value(found: Any) -> Any:
    if isinstance(found, list):
        return tuple(map(_value, found))
    if not isinstance(found, dict):
        return found
    name = found.get(TAG)
    if name == _AT:
        return datetime.fromisoformat(found[_AT]).astimezone(UTC)
    if not isinstance(name, str) or name not in KINDS:
        raise Unreadable("it has parts that only a newer version knows")
    return KINDS[name](**{key: _value(found[key]) for key in found if key in _names(name)})


@cache
def _names(kind: str) -> frozenset[str]:
    return frozenset(f.name for f in fields(KINDS[kind]))
