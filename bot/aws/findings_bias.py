"""Bias drift: a run's `analysis.json` against the baseline's, which is its constraints.

The schema and the rule are those of "Bias drift violations" (AWS docs). A metric is bad when it is farther
from 0 than the baseline. AWS gives no standard error, so none is ever called worse.
"""

from collections.abc import Iterator
from typing import Final

from bot.aws.findings import MOST_FINDINGS, Document, Listed, facet, objects, row_of, section
from bot.logic.plain import number
from bot.model.observation import Finding, Reading, Row, Verdict

CHECK: Final = "bias_drift_check"
STAGES: Final = ("pre_training_bias_metrics", "post_training_bias_metrics")
INFINITE: Final = 2.348543e108
"""What stands for infinity where there must be a number (AWS docs: "CloudWatch metrics for bias drift analysis")."""
_INFINITE_WORDS: Final = {"Infinity", "-Infinity"}


def bias(listed: tuple[Listed, ...], analysis: Document | None, baseline: Document | None) -> tuple[Finding, ...]:
    """The violations with their numbers, then what the baseline limits and the run kept; both stages alike.

    A metric that the run gives as null or NaN is blind, for nothing was compared; an infinite one is only unknown.
    """
    seen, limits = dict(_values(analysis or {})), dict(_values(baseline or {}))
    bad = {one.row: one.bad(Reading(_finite(seen.get(one.row)), _finite(limits.get(one.row)))) for one in listed}
    kept = (_kept(row, seen[row], limits[row]) for row in limits if row in seen and row not in bad)
    return (*bad.values(), *(finding for finding in kept if finding))[:MOST_FINDINGS]


def held(baseline: Document) -> Iterator[tuple[Row, float]]:
    """How far from 0 each metric was, which is how far it may be."""
    for row, value in _values(baseline):
        limit = _finite(value)
        if limit is not None:
            yield row, limit


def _kept(row: Row, seen: object, limit: object) -> Finding | None:
    """A metric that is not listed; None where it has no number and yet was compared."""
    value = _finite(seen)
    if value is not None:
        return Finding(row, Verdict.GOOD, Reading(value, _finite(limit)))
    return None if _is_infinite(seen) else Finding(row, Verdict.BLIND, Reading(limit=_finite(limit)))


def _values(analysis: Document) -> Iterator[tuple[Row, object]]:
    """Each metric of each facet with what is written as its value."""
    for stage in STAGES:
        for name, groups in section(section(analysis, stage), "facets").items():
            for group in objects(groups):
                part = facet(name, group.get("value_or_threshold"))
                for metric in objects(group.get("metrics")):
                    if isinstance(metric.get("name"), str) and metric["name"]:
                        yield row_of(metric["name"], CHECK, part), metric.get("value")


def _finite(value: object) -> float | None:
    """The number, unless it stands for infinity."""
    return None if _is_infinite(value) else number(value)


def _is_infinite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return isinstance(value, str) and value in _INFINITE_WORDS
    return abs(value) >= INFINITE
