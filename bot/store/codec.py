"""Log entries and what was queued, as JSON.

The shape follows the dataclasses: a field added later with a default reads from older rows, a key that a newer
version wrote is passed over. Renaming a field or an enum's value needs a migration.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache, lru_cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from bot.model.alarm_series import renewed
from bot.model.incident import Click, Entry, Queued
from bot.model.observation import Observation, Subject
from bot.model.place import About

T = TypeVar("T")
Read = Callable[[Any], Any]
KINDS: dict[str, Any] = {"observation": Observation, "click": Click}


def entry_json(entry: Entry) -> str:
    """An entry with its kind."""
    kind = "click" if isinstance(entry, Click) else "observation"
    return _text({"kind": kind, **_plain(entry)})


def entry_of(text: str) -> Entry:
    """The entry that `entry_json` wrote."""
    data = json.loads(text)
    entry: Entry = _reader(KINDS[data["kind"]])(data)
    return entry


def queued_json(queued: Queued) -> str:
    """What was last queued."""
    return _text(queued)


def queued_of(text: str) -> Queued:
    """The `Queued` that `queued_json` wrote."""
    queued: Queued = _reader(Queued)(json.loads(text))
    return queued


@lru_cache(1024)
def about_json(about: About) -> str:
    """What owners say of a service."""
    return _text(about)


@lru_cache(1024)
def about_of(text: str | None) -> About:
    """The `About` that `about_json` wrote; rows of before have none."""
    about: About = _reader(About)(json.loads(text)) if text else About()
    return about


def body_json(value: Any) -> str:
    """Any of the model's dataclasses."""
    return _text(value)


def body_of(kind: Callable[..., T], text: str) -> T:
    """The value that `body_json` wrote of this type."""
    value: T = _reader(kind)(json.loads(text))
    return value


def _plain(value: Any) -> Any:
    """What the encoder knows: tuples are arrays to it."""
    kind: Any = type(value)
    return _form(kind)(value)


_text = json.JSONEncoder(separators=(",", ":"), default=_plain, check_circular=False).encode


@cache
def _form(kind: Any) -> Read:
    """Dataclasses as objects, times as ISO 8601 in UTC, durations as seconds, words of an enumeration as such."""
    if is_dataclass(kind):
        return _members(kind)
    for known, form in _FORMS.items():
        if issubclass(kind, known):
            return form
    raise TypeError(f"a {kind.__name__} has no form in JSON here")


@lru_cache(4096)
def _moment(at: datetime) -> str:
    """One time stands in many rows, and several times in what was queued."""
    return at.astimezone(UTC).isoformat()


_FORMS: dict[type, Read] = {
    datetime: _moment,
    timedelta: timedelta.total_seconds,
    Enum: attrgetter("value"),
}


def _members(kind: Any) -> Read:
    """Each field by its name."""
    names = tuple(f.name for f in fields(kind))
    got: Callable[[Any], tuple[Any, ...]] = attrgetter(*names, names[0])  # of one name it would get no tuple
    return lambda value: dict(zip(names, got(value), strict=False))


@cache
def _reader(kind: Any) -> Read:
    """How a value of this type is read back: `X | None`, `tuple[X, ...]`, a dataclass, a word or a single value."""
    if get_origin(kind) is Literal:
        return str
    if get_origin(kind) is UnionType:
        return _optional(_reader(next(arm for arm in get_args(kind) if arm is not NoneType)))
    if get_origin(kind) is tuple:
        return _many(_reader(get_args(kind)[0]))
    if kind is Subject:
        return _subject(_record(kind))
    if is_dataclass(kind):
        return _record(kind)
    read: Read = _SINGLE.get(kind, kind)
    return read


_SINGLE: dict[Any, Read] = {
    datetime: lambda text: datetime.fromisoformat(text).astimezone(UTC),
    timedelta: lambda seconds: timedelta(seconds=seconds),
}


def _optional(read: Read) -> Read:
    return lambda value: None if value is None else read(value)


def _many(read: Read) -> Read:
    return lambda values: tuple(map(read, values))


def _record(kind: Any) -> Read:
    readers = {name: _reader(hint) for name, hint in get_type_hints(kind).items()}
    return lambda data: kind(**{name: read(data[name]) for name, read in readers.items() if name in data})


def _subject(read: Read) -> Read:
    return lambda data: renewed(read(data))
