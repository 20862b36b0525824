"""Metrics Insights: one aggregate over many metrics.

Source: CloudWatch user guide, "Query components and syntax in CloudWatch Metrics Insights", "Metrics Insights quotas":
two weeks of data, 10,000 metrics processed, 500 series returned, one-minute points at least.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sandbox.aws.cloudwatch.expression import Context, Flaw, Located, Note, Result, Series
from sandbox.aws.cloudwatch.insights_syntax import ACCOUNT, MOST_SERIES, OWN, Condition, Query, parse
from sandbox.aws.cloudwatch.math_functions import number, total

LOOK_BACK = timedelta(weeks=2)
MOST_METRICS = 10_000
OTHER = "Other"
"""The group of metrics without the label."""
_FINEST_S = 60
_READS: Mapping[str, tuple[str, ...]] = {
    "AVG": ("Sum", "SampleCount"),
    "COUNT": ("SampleCount",),
    "MAX": ("Maximum",),
    "MIN": ("Minimum",),
    "SUM": ("Sum",),
}
"""A function aggregates observations: an average is not the average of averages."""
_JOINS: Mapping[str, Callable[[Iterable[float]], float]] = {
    "Maximum": max,
    "Minimum": min,
    "SampleCount": total,
    "Sum": total,
}
_RANKS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": lambda values: total(values) / len(values),
    "COUNT": lambda values: float(len(values)),
    "MAX": max,
    "MIN": min,
    "SUM": total,
}
Points = dict[float, float]


def evaluate(expression: str, context: Context) -> Result:
    """One series, or with GROUP BY one of each group. Raises Flaw where the query is none or has no Period."""
    query = parse(expression)
    if context.period_s is None:
        raise Flaw("The parameter Period is required for a Metrics Insights query")
    period_s = max(context.period_s, _FINEST_S)
    if context.grid(period_s).start_s < context.now_s - LOOK_BACK.total_seconds():
        context.note(Note.TIME_RANGE)
    groups = _grouped(query, context)
    if not query.group:
        return _series(query, "", groups.get((), ()), period_s, context)
    found = [
        replace(
            _series(query, " ".join(labels), groups[labels], period_s, context),
            group=tuple(zip(query.group, labels, strict=True)),
        )
        for labels in sorted(groups)
    ]
    if len(found) > MOST_SERIES >= query.limit:
        context.note(Note.RESULTS)
    return tuple(_ordered(query, found)[: query.limit])


def _grouped(query: Query, context: Context) -> dict[tuple[str, ...], list[Located]]:
    """The metrics that match, by the values of GROUP BY's labels."""
    matching = [one for one in context.select(LOOK_BACK) if _matches(query, one, context.account_id)]
    if len(matching) > MOST_METRICS:
        context.note(Note.MATCHES)
    groups: dict[tuple[str, ...], list[Located]] = {}
    for located in matching[:MOST_METRICS]:
        groups.setdefault(tuple(_label(located, key) or OTHER for key in query.group), []).append(located)
    return groups


def _matches(query: Query, located: Located, own_account: str) -> bool:
    key = located.key
    if (key.namespace, key.name) != (query.namespace, query.metric):
        return False
    if query.dimensions not in {None, frozenset(name for name, _ in key.dimensions)}:
        return False
    return all(_holds(condition, located, own_account) for condition in query.conditions)


def _holds(condition: Condition, located: Located, own_account: str) -> bool:
    value = own_account if condition.value == OWN and condition.key == ACCOUNT else condition.value
    return (_label(located, condition.key) == value) is condition.equal


def _label(located: Located, key: str) -> str | None:
    if key == ACCOUNT:
        return located.account_id
    return next((value for name, value in located.key.dimensions if name == key), None)


def _series(query: Query, label: str, group: Iterable[Located], period_s: int, context: Context) -> Series:
    metrics = list(group)
    parts = [_joined(metrics, statistic, period_s, context) for statistic in _READS[query.function]]
    points = parts[0] if len(parts) == 1 else {at: parts[0][at] / count for at, count in parts[1].items() if count}
    oldest_s = context.now_s - LOOK_BACK.total_seconds()
    times = sorted(at for at, value in points.items() if at >= oldest_s and number(value) is not None)
    return Series(label, period_s, times, [points[at] for at in times])


def _joined(metrics: Sequence[Located], statistic: str, period_s: int, context: Context) -> Points:
    """One statistic of many metrics as if all their observations had been one's."""
    values: dict[float, list[float]] = {}
    for located in metrics:
        series = context.read(located, statistic, period_s)
        for at, value in zip(series.times, series.values, strict=True):
            values.setdefault(at, []).append(value)
    return {at: _JOINS[statistic](every) for at, every in values.items()}


def _ordered(query: Query, found: list[Series]) -> list[Series]:
    """By one number of each; series without points come last."""
    if query.order is None:
        return found
    rank = _RANKS[query.order]
    there = [series for series in found if series.values]
    there.sort(key=lambda series: rank(series.values), reverse=query.descending)
    return there + [series for series in found if not series.values]
