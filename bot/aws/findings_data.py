"""Data quality: `statistics.json` against `constraints.json` (AWS docs: "Schema for statistics", "… for constraints").

Where the statistics give no number none is shown: the share of a type is in no file, and the monitor's own sentence
says it. A drift is in no file either; it is looked for among CloudWatch's metrics (`drift`).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.aws.findings import MOST_FINDINGS, Document, Listed, objects, row_of, section, short, whole
from bot.logic.plain import number
from bot.model.observation import Finding, Reading, Row, Verdict

COMPLETENESS: Final = "completeness_check"
TYPE: Final = "data_type_check"
DRIFT: Final = "baseline_drift_check"
CATEGORIES: Final = "categorical_values_check"
SIGN: Final = "non_negative_check"
"""The schema has the constraint and its list of checks no name for it; this one is ours for what was kept."""
DISABLED: Final = "Disabled"
_OVERRIDES: Final = ("monitoringConfigOverrides", "monitoring_config_overrides")
"""The schema and real files spell it differently."""


def data_quality(
    listed: tuple[Listed, ...], statistics: Document | None, constraints: Document | None
) -> tuple[Finding, ...]:
    """The violations with their numbers, then the constraints that were kept, as far as there are numbers for them.

    Columns that are missing or new have none.
    """
    statistic = _features(statistics or {})
    rules = _features(constraints or {})
    common = section(constraints or {}, "monitoring_config")
    bad = {one.row: one.bad(_reading(one.row, statistic, rules, common)) for one in listed}
    kept = (f for name in rules if name in statistic for f in _kept(name, statistic[name], rules[name], common))
    return (*bad.values(), *(f for f in kept if not _is_listed(f.row, bad)))[:MOST_FINDINGS]


def held(constraints: Document) -> Iterator[tuple[Row, float]]:
    """How far each feature may drift, where that is looked at."""
    common = section(constraints, "monitoring_config")
    for name, rule in reversed(_features(constraints).items()):
        config = _config(rule, common)
        comparison = section(config, "distribution_constraints")
        off = DISABLED in {config.get("evaluate_constraints"), comparison.get("perform_comparison")}
        limit = _most_drift(rule, comparison)
        if limit is not None and not off:
            yield row_of(name, DRIFT), limit


def _reading(row: Row, statistic: Mapping[str, Document], rules: Mapping[str, Document], common: Document) -> Reading:
    """The numbers behind a violation."""
    rule, seen = rules.get(row.metric, {}), statistic.get(row.metric, {})
    config = _config(rule, common)
    match row.check:
        case "completeness_check":
            return _completeness(seen, rule)
        case "data_type_check":
            return Reading(limit=number(config.get("datatype_check_threshold")))
        case "baseline_drift_check":
            return Reading(limit=_most_drift(rule, section(config, "distribution_constraints")))
        case "categorical_values_check":
            return _categories(seen, rule, config)
        case _:
            return _sign(seen) if _is_sign(row.check) else Reading()


def _kept(name: str, seen: Document, rule: Document, common: Document) -> Iterator[Finding]:
    """What a feature was held to and kept; a number that says otherwise is not what was judged, and is not shown."""
    config = _config(rule, common)
    if config.get("evaluate_constraints") == DISABLED:
        return
    readings = {COMPLETENESS: _completeness(seen, rule), CATEGORIES: _categories(seen, rule, config)}
    if section(rule, "num_constraints").get("is_non_negative") is True:
        readings[SIGN] = _sign(seen)
    for check, reading in readings.items():
        if reading.seen is not None and (reading.limit is None or reading.seen >= reading.limit):
            yield Finding(row_of(name, check), Verdict.GOOD, reading)


def _is_listed(row: Row, bad: Mapping[Row, Finding]) -> bool:
    """Whether the row is bad, under this name of its check or another."""
    return row in bad or (row.check == SIGN and any(r.metric == row.metric and _is_sign(r.check) for r in bad))


def _is_sign(check: str) -> bool:
    return "negative" in check.casefold()


def _completeness(seen: Document, rule: Document) -> Reading:
    """The share of records that have the feature; nothing where no completeness is demanded."""
    limit = number(rule.get("completeness"))
    counts = [whole(_common(seen).get(key)) for key in ("num_present", "num_missing")]
    if None in counts or not sum(filter(None, counts)):
        return Reading(limit=limit)
    total = sum(filter(None, counts))
    return Reading((counts[0] or 0) / total, limit, None, total)


def _categories(seen: Document, rule: Document, config: Document) -> Reading:
    """The share of values that the baseline knew; unknown unless the buckets hold every value."""
    limit = number(config.get("domain_content_threshold"))
    known, buckets = _domain(rule), _buckets(seen)
    total = sum(count for _, count in buckets)
    if not known or not total or total != whole(_common(seen).get("num_present")):
        return Reading(limit=limit)
    return Reading(sum(count for value, count in buckets if value in known) / total, limit, None, total)


def _sign(seen: Document) -> Reading:
    """The smallest value, which must not be below 0."""
    return Reading(number(section(seen, "numerical_statistics").get("min")), 0.0)


def _most_drift(rule: Document, comparison: Document) -> float | None:
    """The threshold; strings may have one of their own."""
    keys = ("categorical_comparison_threshold",) if rule.get("inferred_type") == "String" else ()
    found = (number(comparison.get(key)) for key in (*keys, "comparison_threshold"))
    return next((limit for limit in found if limit is not None), None)


def _config(rule: Document, common: Document) -> Document:
    """The file's monitoring config, with what the feature overrides; real files keep that inside its constraints."""
    config = dict(common)
    places = (rule, section(rule, "num_constraints"), section(rule, "string_constraints"))
    for own in (section(place, key) for place in places for key in _OVERRIDES):
        comparison = section(config, "distribution_constraints") | section(own, "distribution_constraints")
        config |= {**own, "distribution_constraints": comparison}
    return config


def _features(file: Document) -> dict[str, Document]:
    """The features by name, the first of each."""
    named = [one for one in objects(file.get("features")) if isinstance(one.get("name"), str) and one["name"]]
    return {short(one["name"]): one for one in reversed(named)}


def _common(seen: Document) -> Document:
    """The counts of present and missing values, which numbers and strings both have."""
    return section(section(seen, "numerical_statistics"), "common") or section(_strings(seen), "common")


def _strings(seen: Document) -> Document:
    return section(seen, "string_statistics")


def _domain(rule: Document) -> frozenset[str]:
    values = section(rule, "string_constraints").get("domains")
    return frozenset(v for v in values if isinstance(v, str)) if isinstance(values, list) else frozenset()


def _buckets(seen: Document) -> list[tuple[str, int]]:
    """How often each value occurs."""
    found = section(section(_strings(seen), "distribution"), "categorical").get("buckets")
    read = [(one.get("value"), whole(one.get("count"))) for one in objects(found)]
    return [(value, count) for value, count in read if isinstance(value, str) and count is not None]
