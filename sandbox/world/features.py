"""Statistics of captured columns, and how they keep to constraints, as Model Monitor's data-quality analyzer reports.

Schemas and checks: Developer Guide, "Schema for statistics", "… for constraints", "… for violations". Distances: Deequ,
on which the analyzer is built (`Distance.numericalDistance`, `categoricalDistance`).
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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


def violations(columns: Sequence[Column], constraints: Json, baseline: Json | None) -> Json:
    """The content of constraint_violations.json; without the baseline's statistics no distributions are compared."""
    common, found = constraints["monitoring_config"], list(_columns_differ(columns, constraints["features"]))
    seen = {column.name: column for column in columns}
    before = {each["name"]: each for each in (baseline or {}).get("features", [])}
    for rule in constraints["features"]:
        config = _config(rule, common)
        if rule["name"] in seen and config.get("evaluate_constraints", "Enabled") == "Enabled":
            column = seen[rule["name"]]
            found += _broken(column, rule, config)
            found += _drifted(column, before.get(column.name), config["distribution_constraints"])
    return {"violations": found}


def distance(shares: Sequence[tuple[float, float]], sizes: tuple[int, int], method: str) -> float:
    """L-infinity of two distributions at the same points; Robust takes off what samples of these sizes may differ by.

    That is 1.8 times the root of (n + m) / nm, of the two-sample Kolmogorov-Smirnov test (Deequ: linf_robust).
    """
    simple = max((abs(one - other) for one, other in shares), default=0.0)
    if method == "Simple":
        return simple
    first, second = sizes
    return max(0.0, simple - 1.8 * math.sqrt((first + second) / (first * second)))


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


def _config(rule: Json, common: Json) -> Json:
    """The monitoring config with what a feature overrides."""
    own: Json = rule.get("monitoring_config_overrides", {})
    both = {**common.get("distribution_constraints", {}), **own.get("distribution_constraints", {})}
    return {**common, **own, "distribution_constraints": both}


def _columns_differ(columns: Sequence[Column], rules: Sequence[Json]) -> Iterator[Json]:
    """Fewer or more columns than the baseline had."""
    now, before = len(columns), len(rules)
    for differs, word in ((now < before, "missing"), (now > before > 0, "extra")):
        if differs:
            text = (
                f"There are {word} columns in current dataset. Number of columns in current dataset: {now}, "
                f"Number of columns in baseline constraints: {before}"
            )
            yield _violation(f"{word.capitalize()} columns", f"{word}_column_check", text)


def _broken(column: Column, rule: Json, config: Json) -> Iterator[Json]:
    """Type, completeness and domain."""
    present = column.present
    expected, least = rule["inferred_type"], float(config.get("datatype_check_threshold", 1.0))
    if present and expected in {"Integral", "Fractional"}:
        kinds = column.kinds
        matching = kinds["Integral"] + (kinds["Fractional"] if expected == "Fractional" else 0)
        if matching / present < least:
            text = (
                f"Data type match requirement is not met. Expected data type: {expected}, Expected match: "
                f"{least * 100}%. Observed: Only {matching / present * 100}% of data is {expected}."
            )
            yield _violation(column.name, "data_type_check", text)
    complete = present / max(1, present + column.missing)
    if complete < float(rule["completeness"]):
        yield _violation(column.name, "completeness_check", _unmet(complete))
    domain = rule.get("string_constraints", {}).get("domains")
    if present and domain:
        known = sum(column.values.get(value, 0) for value in domain) / present
        if known < float(config.get("domain_content_threshold", 1.0)):
            yield _violation(column.name, "categorical_values_check", _unmet(known))


def _drifted(column: Column, before: Json | None, comparison: Json) -> Iterator[Json]:
    """Distance from the baseline's distribution beyond the threshold, numbers with numbers and text with text."""
    if before is None or comparison.get("perform_comparison") != "Enabled" or not column.present:
        return
    limit = float(comparison["comparison_threshold"])
    if "numerical_statistics" in before and column.inferred != "String":
        shares, size = _cumulative(column, before["numerical_statistics"])
    elif "string_statistics" in before and column.inferred == "String":
        shares, size = _categories(column, before["string_statistics"])
        limit = float(comparison.get("categorical_comparison_threshold", limit))
    else:
        return
    found = distance(shares, (size, column.present), str(comparison.get("comparison_method", "Robust")))
    if found > limit:
        text = f"Baseline drift distance: {found} exceeds threshold: {limit}"
        yield _violation(column.name, "baseline_drift_check", text)


def _cumulative(column: Column, before: Json) -> tuple[list[tuple[float, float]], int]:
    """(both distribution functions at the bounds of the baseline's buckets, how many values the baseline had)."""
    buckets = before["distribution"]["kll"]["buckets"]
    size, numbers, held, shares = sum(bucket["count"] for bucket in buckets), column.numbers, 0.0, []
    for bucket in buckets:
        held += bucket["count"]
        last = bucket is buckets[-1]
        bound = bucket["upper_bound"]
        below = sum(count for value, count in numbers if value < bound or (last and value <= bound))
        shares.append((held / size, below / column.present))
    return shares, int(size)


def _categories(column: Column, before: Json) -> tuple[list[tuple[float, float]], int]:
    """(the share of each category in both, how many values the baseline had)."""
    held = {bucket["value"]: bucket["count"] for bucket in before["distribution"]["categorical"]["buckets"]}
    size = sum(held.values())
    names = held.keys() | column.values.keys()
    return [(held.get(name, 0) / size, column.values.get(name, 0) / column.present) for name in sorted(names)], size


def _unmet(value: float) -> str:
    """The container's wording of 2019; of later ones only the data type's is known."""
    return f"Value: {value} does not meet the constraint requirement! "


def _violation(feature: str, check: str, description: str) -> Json:
    return {"feature_name": feature, "constraint_check_type": check, "description": description}
