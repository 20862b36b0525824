"""Whether captured columns keep to their constraints: Model Monitor's six checks, and the distances they use.

Developer Guide, "Schema for violations". Distances: Deequ, on which the analyzer is built
(`Distance.numericalDistance`, `categoricalDistance`).
"""

import math
from collections.abc import Iterator, Sequence

from sandbox.world.features import Column
from sandbox.world.quality import Json


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
