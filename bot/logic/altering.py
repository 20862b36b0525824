"""The model's values with other fields, where that is done for each event."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")
_put = object.__setattr__


def altered(value: T, **said: Any) -> T:
    """The same as `dataclasses.replace`, in half the time: the model's classes check nothing when one is made.

    For those of two fields or more, with slots. Raises AttributeError for a field that there is not.
    """
    kind: Any = type(value)
    held, puts = _fields(kind)
    made: T = object.__new__(kind)
    for put, one in zip(puts, held(value), strict=True):
        put(made, one)
    for name, one in said.items():
        _put(made, name, one)
    return made


@cache
def _fields(kind: Any) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[Callable[[Any, Any], None], ...]]:
    """What gets them all, and what sets each."""
    names = [field.name for field in fields(kind)]
    return attrgetter(*names), tuple(getattr(kind, name).__set__ for name in names)
