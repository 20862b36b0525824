"""Whether captured columns keep to their constraints: Model Monitor's six checks, and the distances they use.

Developer Guide, "Schema for violations". Distances: Deequ, on which the analyzer is built
(`Distance.numericalDistance`, `categoricalDistance`).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.world.features import Column
from sandbox.world.quality import Json


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a column's distribution is from the baseline's, and how far it may be."""

    distance: float
    limit: float


def violations(columns: Sequence[Column], constraints: Json, drifts: Mapping[str, Drift]) -> Json:
    """The content of constraint_violations.json; `drifts` as the function of that name tells them."""
    found = list(_columns_differ(columns, constraints["features"]))
    for column, rule, config in _evaluated(columns, constraints):
        found += _broken(column, rule, config)
        if column.name in drifts:
            found += _drifted(column.name, drifts[column.name])
    return {"violations": found}


def drifts(columns: Sequence[Column], constraints: Json, baseline: Json | None) -> dict[str, Drift]:
    """By column, of those whose distributions are compared; none without the baseline's statistics."""
    before = {each["name"]: each for each in (baseline or {}).get("features", [])}
    found = {}
    for column, _, config in _evaluated(columns, constraints):
        drift = _drift(column, before.get(column.name), config["distribution_constraints"])
        if drift is not None:
            found[column.name] = drift
    return found


def emitting(columns: Sequence[Column], constraints: Json) -> frozenset[str]:
    """The columns for which metrics are emitted: where the file says that they are (Developer Guide: emit_metrics)."""
    common, rules = constraints["monitoring_config"], {rule["name"]: rule for rule in constraints["features"]}
    configs = {column.name: _config(rules.get(column.name, {}), common) for column in columns}
    return frozenset(name for name, config in configs.items() if config.get("emit_metrics") == "Enabled")


def distance(shares: Sequence[tuple[float, float]], sizes: tuple[int, int], method: str) -> float:
    """L-infinity of two distributions at the same points; Robust takes off what samples of these sizes may differ by.

    That is 1.8 times the root of (n + m) / nm, of the two-sample Kolmogorov-Smirnov test (Deequ: linf_robust).
    """
    simple = max((abs(one - other) for one, other in shares), default=0.0)
    if method == "Simple":
        return simple
    first, second = sizes
    return max(0.0, simple - 1.8 * math.sqrt((first + second) / (first * second)))


def _evaluated(columns: Sequence[Column], constraints: Json) -> Iterator[tuple[Column, Json, Json]]:
    """Each column with its rule and its config, where the rule is to be evaluated."""
    seen = {column.name: column for column in columns}
    for rule in constraints["features"]:
        config = _config(rule, constraints["monitoring_config"])
        if rule["name"] in seen and config.get("evaluate_constraints", "Enabled") == "Enabled":
            yield seen[rule["name"]], rule, config


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


def _drifted(name: str, drift: Drift) -> Iterator[Json]:
    """A distance beyond its limit."""
    if drift.distance > drift.limit:
        text = f"Baseline drift distance: {drift.distance} exceeds threshold: {drift.limit}"
        yield _violation(name, "baseline_drift_check", text)


def _drift(column: Column, before: Json | None, comparison: Json) -> Drift | None:
    """Numbers are compared with numbers and text with text."""
    if before is None or comparison.get("perform_comparison") != "Enabled" or not column.present:
        return None
    limit = float(comparison["comparison_threshold"])
    if "numerical_statistics" in before and column.inferred != "String":
        shares, size = _cumulative(column, before["numerical_statistics"])
    elif "string_statistics" in before and column.inferred == "String":
        shares, size = _categories(column, before["string_statistics"])
        limit = float(comparison.get("categorical_comparison_threshold", limit))
    else:
        return None
    return Drift(distance(shares, (size, column.present), str(comparison.get("comparison_method", "Robust"))), limit)


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
