"""Model quality: `statistics.json` against `constraints.json` (AWS docs: "Model quality metrics")."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.aws.findings import MOST_FINDINGS, Document, Listed, named, row_of, samples_of, short
from bot.logic.plain import number
from bot.model.observation import Finding, Reading, Row, Verdict

KINDS = ("binary_classification", "regression", "multiclass_classification")


@dataclass(frozen=True, slots=True)
class _Limit:
    row: Row
    threshold: float | None


def model_quality(
    listed: tuple[Listed, ...], statistics: Document | None, constraints: Document | None
) -> tuple[Finding, ...]:
    """One finding per constraint, bad if it is listed; then violations that no constraint explains, without numbers.

    A metric whose value the statistics give as no number is blind: nothing was compared.
    """
    metrics = _metrics(statistics or {})
    samples = samples_of(statistics or {})
    left = {one.row: one for one in listed}
    findings = []
    for limit in _limits(constraints or {}):
        hit = _taken(left, limit.row)
        metric = metrics.get(limit.row.metric)
        reading = _reading(metric or {}, limit.threshold, samples if metric else None)
        blind = metric is not None and reading.seen is None
        findings.append(_finding(limit.row, hit, reading, blind=blind))
    return (*findings, *named(left.values()))


def held(constraints: Document) -> Iterator[tuple[Row, float]]:
    """Each metric's threshold."""
    for limit in _limits(constraints):
        if limit.threshold is not None:
            yield limit.row, limit.threshold


def _taken(left: dict[Row, Listed], row: Row) -> Listed | None:
    """Take the row's violation out of those left: by metric alone where the check is spelled otherwise."""
    key = row if row in left else next((r for r in left if r.metric == row.metric), row)
    return left.pop(key, None)


def _finding(row: Row, hit: Listed | None, reading: Reading, *, blind: bool) -> Finding:
    if hit is None:
        return Finding(row, Verdict.BLIND if blind else Verdict.GOOD, reading)
    return Finding(row, Verdict.BAD, reading, hit.note)


def _limits(constraints: Document) -> Iterator[_Limit]:
    for metric, one in _section(constraints, "constraints"):
        check = one.get("comparison_operator")
        if isinstance(check, str) and check:
            yield _Limit(row_of(metric, check), number(one.get("threshold")))


def _metrics(statistics: Document) -> dict[str, Document]:
    return {short(metric): one for metric, one in _section(statistics, "metrics")}


def _section(file: Document, suffix: str) -> Iterator[tuple[str, Document]]:
    """The metrics of the problem type that the file is about; it has one of the three."""
    for kind in KINDS:
        section = file.get(f"{kind}_{suffix}")
        if isinstance(section, dict):
            yield from ((k, v) for k, v in list(section.items())[:MOST_FINDINGS] if k and isinstance(v, dict))
            return


def _reading(metric: Document, limit: float | None, samples: int | None) -> Reading:
    error = number(metric.get("standard_deviation"))
    return Reading(number(metric.get("value")), limit, error if error is not None and error >= 0 else None, samples)
