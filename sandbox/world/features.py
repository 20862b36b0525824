"""Statistics of captured columns, and the constraints that they suggest, as Model Monitor's analyzer writes them.

Developer Guide, "Schema for statistics", "… for constraints".
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from sandbox.world.quality import Json

BUCKETS: Final = 10
"""In which a distribution is written (Developer Guide: statistics schema; not configurable)."""
DOMAIN_LIMIT: Final = 20
"""Distinct values up to which the suggested constraints list a text column's domain."""

CONFIG: Final[Json] = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}
"""What the baseline job suggests."""

NO_CONSTRAINTS: Final[Json] = {"version": 0.0, "features": [], "monitoring_config": CONFIG}

_INTEGRAL: Final = re.compile(r"[+-]?\d+")
_KINDS: Final = ("Integral", "Fractional", "String")


@dataclass(frozen=True, slots=True)
class Column:
    """One feature's values and how often each occurs; an empty value is missing."""

    name: str
    values: Mapping[str, int]
    missing: int

    @property
    def present(self) -> int:
        """How many values there are."""
        return sum(self.values.values())

    @property
    def kinds(self) -> dict[str, int]:
        """How many values are of each type."""
        found = dict.fromkeys(_KINDS, 0)
        for value, count in self.values.items():
            found[_kind(value)] += count
        return found

    @property
    def inferred(self) -> str:
        """Text as soon as there is any, fractional as soon as one number is; Unknown without values."""
        kinds = self.kinds
        return next((kind for kind in reversed(_KINDS) if kinds[kind]), "Unknown")

    @property
    def numbers(self) -> list[tuple[float, int]]:
        """The numeric values with their counts, ascending."""
        return sorted((float(value), count) for value, count in self.values.items() if _kind(value) != "String")


def table(rows: Sequence[Sequence[str]], names: Sequence[str]) -> tuple[Column, ...]:
    """The columns of rows of text, named in order; further ones are called by their place."""
    columns = []
    for place, values in enumerate(zip_longest(*rows, fillvalue="")):
        counts = Counter(values)
        missing = counts.pop("", 0)
        columns.append(Column(names[place] if place < len(names) else f"_c{place}", counts, missing))
    return tuple(columns)


def statistics(columns: Sequence[Column]) -> Json:
    """The content of statistics.json, without the sketches."""
    total = columns[0].present + columns[0].missing if columns else 0
    return {"version": 0.0, "dataset": {"item_count": total}, "features": [_statistic(column) for column in columns]}


def suggested(columns: Sequence[Column]) -> Json:
    """The content of constraints.json as the baseline job writes it."""
    return {"version": 0.0, "features": [_rule(column) for column in columns], "monitoring_config": CONFIG}


@functools.lru_cache(maxsize=4096)
def _kind(value: str) -> str:
    if _INTEGRAL.fullmatch(value):
        return "Integral"
    try:
        return "Fractional" if math.isfinite(float(value)) else "String"
    except ValueError:
        return "String"


def _statistic(column: Column) -> Json:
    common = {"num_present": column.present, "num_missing": column.missing}
    about: Json = {"name": column.name, "inferred_type": column.inferred}
    if column.inferred in {"Integral", "Fractional"}:
        return {**about, "numerical_statistics": {"common": common, **_moments(column.numbers)}}
    if column.inferred == "String":
        buckets = [{"value": value, "count": count} for value, count in sorted(column.values.items())]
        distribution = {"categorical": {"buckets": buckets}}
        text = {"common": common, "distinct_count": float(len(column.values)), "distribution": distribution}
        return {**about, "string_statistics": text}
    return about


def _moments(numbers: Sequence[tuple[float, int]]) -> Json:
    """Mean to maximum, and the distribution in ten buckets of equal width."""
    total = sum(count for _, count in numbers)
    whole = sum(value * count for value, count in numbers)
    mean = whole / total
    variance = sum(count * (value - mean) ** 2 for value, count in numbers) / total
    return {
        "mean": mean,
        "sum": whole,
        "std_dev": math.sqrt(variance),
        "min": numbers[0][0],
        "max": numbers[-1][0],
        "distribution": {"kll": {"buckets": _buckets(numbers)}},
    }


def _buckets(numbers: Sequence[tuple[float, int]]) -> list[Json]:
    """Each from its lower bound up to the upper one, which only the last includes."""
    low, high = numbers[0][0], numbers[-1][0]
    width = (high - low) / BUCKETS
    counts = [0.0] * BUCKETS
    for value, count in numbers:
        counts[min(BUCKETS - 1, int((value - low) / width)) if width else 0] += count
    bounds = [low + width * place for place in range(BUCKETS)] + [high]
    return [
        {"lower_bound": bounds[place], "upper_bound": bounds[place + 1], "count": count}
        for place, count in enumerate(counts)
    ]


def _rule(column: Column) -> Json:
    """One feature's suggested constraints."""
    present = column.present
    rule: Json = {"name": column.name, "inferred_type": column.inferred, "completeness": 0.0}
    if present:
        rule["completeness"] = present / (present + column.missing)
    if column.inferred in {"Integral", "Fractional"}:
        rule["num_constraints"] = {"is_non_negative": column.numbers[0][0] >= 0}
    elif column.inferred == "String" and len(column.values) <= DOMAIN_LIMIT:
        rule["string_constraints"] = {"domains": sorted(column.values)}
    return rule
