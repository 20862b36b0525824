"""Checks of a JSON document that tell where it is wrong, in the words of the validator behind PutDashboard.

Words as AWS gives them in aws-samples/aws-eda-slurm-cluster#116, pulumi/pulumi#13059, aws-solutions-library-samples/
guidance-for-automating-network-monitoring-and-alerting-on-aws#7.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Wrong:
    """Where, as `/widgets/0/properties`, and what."""

    path: str
    message: str


Check = Callable[[Any, str], Iterator[Wrong]]
"""What is wrong with a value at a path."""
_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def typed(name: str, *more: Check) -> Check:
    """A JSON type; the other checks are for values of it."""

    def check(value: Any, path: str) -> Iterator[Wrong]:
        if not _TYPES[name](value):
            yield Wrong(path, f"Should be {name}")
            return
        for other in more:
            yield from other(value, path)

    return check


def one_of(*values: str) -> Check:
    """Texts that are allowed."""
    return typed("string", holds(lambda value: value in values, "Should be equal to one of the allowed values"))


def holds(test: Callable[[Any], bool], message: str) -> Check:
    """Anything else."""

    def check(value: Any, path: str) -> Iterator[Wrong]:
        if not test(value):
            yield Wrong(path, message)

    return check


def matching(pattern: str) -> Check:
    """A text of a form."""
    known = re.compile(pattern)
    return typed("string", holds(lambda value: known.fullmatch(value) is not None, f'Should match pattern "{pattern}"'))


def within(least: float, most: float = math.inf, *, whole: bool = True) -> Check:
    """A number between both, both included."""
    return typed(
        "integer" if whole else "number",
        holds(lambda value: value >= least, f"Should be >= {least:g}"),
        holds(lambda value: value <= most, f"Should be <= {most:g}"),
    )


def items(check: Check, least: int = 0, most: int | None = None) -> Check:
    """A list of so many values."""

    def every(value: Sequence[Any], path: str) -> Iterator[Wrong]:
        if len(value) < least:
            yield Wrong(path, f"Should NOT have less than {least} items")
        if most is not None and len(value) > most:
            yield Wrong(path, f"Should NOT have more than {most} items")
            return
        for number, item in enumerate(value):
            yield from check(item, f"{path}/{number}")

    return typed("array", every)


def members(required: Sequence[str] = (), /, **checks: Check) -> Check:
    """An object; members that are not named may be anything."""

    def every(value: Mapping[str, Any], path: str) -> Iterator[Wrong]:
        for name in required:
            if name not in value:
                yield Wrong(path, f"Should have required property '{name}'")
        for name, check in checks.items():
            if name in value:
                yield from check(value[name], f"{path}/{name}")

    return typed("object", every)
