"""Model Monitor's report files, read into findings. They are another account's words: each is checked, none believed.

The schemas are those of Model Monitor's `constraint_violations.json`, `statistics.json` and `constraints.json`
(AWS docs: "Schema for violations", "Model quality metrics").
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.aws.plain import plain
from bot.errors import Malformed
from bot.model.observation import Finding, Reading, Row, Verdict

KINDS = ("binary_classification", "regression", "multiclass_classification")
MOST_FINDINGS = 2000
"""A report that lists more is not read: nobody reads them either, and a row is kept for each."""
MOST_CHARACTERS = 200
"""Of a metric's or check's name; CloudWatch's own metric names end at 255."""
MOST_NOTE_CHARACTERS = 1000

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of `violations`."""

    row: Row
    note: str


@dataclass(frozen=True, slots=True)
class _Limit:
    row: Row
    threshold: float | None


def document(body: bytes) -> Document:
    """The JSON object in a file. Raises Malformed."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("it is not JSON") from None
    if not isinstance(read, dict):
        raise Malformed("it holds no JSON object")
    return read


def violations(report: Document) -> tuple[Listed, ...]:
    """The entries of any monitor's violations, each row once. Raises Malformed rather than leave one out."""
    entries = report.get("violations")
    if not isinstance(entries, list):
        raise Malformed("it lists no violations")
    if len(entries) > MOST_FINDINGS:
        raise Malformed(f"it lists more than {MOST_FINDINGS} violations")
    listed = [_listed(entry) for entry in entries]
    return tuple({one.row: one for one in reversed(listed)}.values())[::-1]


def named(listed: tuple[Listed, ...]) -> tuple[Finding, ...]:
    """Violations as the monitor words them, without numbers: their wording differs by container and is not parsed."""
    return tuple(Finding(one.row, Verdict.BAD, Reading(), one.note) for one in listed)


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
    return (*findings, *named(tuple(left.values())))


def samples_of(statistics: Document) -> int | None:
    """How many records the metrics were computed from."""
    dataset = statistics.get("dataset")
    count = number(dataset.get("item_count")) if isinstance(dataset, dict) else None
    return int(count) if count is not None and count >= 0 and count == int(count) else None


def number(value: object) -> float | None:
    """A finite number; None for `"NaN"`, NaN, infinities and whatever is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _taken(left: dict[Row, Listed], row: Row) -> Listed | None:
    """Take the row's violation out of those left: by metric alone where the check is spelled otherwise."""
    key = row if row in left else next((r for r in left if r.metric == row.metric), row)
    return left.pop(key, None)


def _finding(row: Row, hit: Listed | None, reading: Reading, *, blind: bool) -> Finding:
    if hit is None:
        return Finding(row, Verdict.BLIND if blind else Verdict.GOOD, reading)
    return Finding(row, Verdict.BAD, reading, hit.note)


def _listed(entry: object) -> Listed:
    if not isinstance(entry, dict):
        raise Malformed("an entry is no violation")
    name = entry.get("metric_name", entry.get("feature_name"))
    check = entry.get("constraint_check_type")
    if not (isinstance(name, str) and name and isinstance(check, str) and check):
        raise Malformed("a violation names no metric or check")
    note = plain(entry.get("description"), MOST_NOTE_CHARACTERS).strip()
    return Listed(Row(_short(name + _part(entry)), _short(check)), note)


def _part(entry: Document) -> str:
    """Which facet (bias) or label (explainability) of a metric an entry is about."""
    facet, value, label = entry.get("facet"), entry.get("facet_value"), entry.get("label")
    if isinstance(facet, str):
        return f" [{facet}={value}]" if isinstance(value, str | int | float) else f" [{facet}]"
    return f" [{label}]" if isinstance(label, str) else ""


def _short(text: str) -> str:
    return plain(text, MOST_CHARACTERS)


def _limits(constraints: Document) -> Iterator[_Limit]:
    for metric, one in _section(constraints, "constraints"):
        check = one.get("comparison_operator")
        if isinstance(check, str) and check:
            yield _Limit(Row(_short(metric), _short(check)), number(one.get("threshold")))


def _metrics(statistics: Document) -> dict[str, Document]:
    return {_short(metric): one for metric, one in _section(statistics, "metrics")}


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
