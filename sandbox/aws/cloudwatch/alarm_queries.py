"""What PutMetricAlarm refuses of its list of metrics and expressions.

Source: API reference, MetricDataQuery; user guide, "Alarm data queries" and "Limits". Words of errors as AWS gives
them in hashicorp/terraform-provider-aws#29894 and aws-cloudformation/cfn-lint#766; the others are the sandbox's.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.aws.cloudwatch import insights_syntax, metric_math
from sandbox.aws.cloudwatch.expression import Flaw
from sandbox.aws.cloudwatch.expressions import uses
from sandbox.aws.cloudwatch.grid import DAY_S, HOUR_S
from sandbox.aws.cloudwatch.math_kinds import Kind
from sandbox.aws.cloudwatch.queries import invalid
from sandbox.aws.cloudwatch.statistic import statistic

MOST_OF_A_KIND = 10
"""Metrics, and expressions: 20 in all."""
_SUB_MINUTE = (10, 20, 30)
_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_ALONE = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit")


def require(params: Mapping[str, Any], member: str) -> None:
    """Raises AwsError where a member is missing."""
    if member not in params:
        raise invalid(f"{member} must not be null")


def refuse_period(period_s: int, count: int) -> None:
    """Raises AwsError beyond a week in all, or a day where the period is shorter than an hour."""
    if period_s not in _SUB_MINUTE and period_s % 60:
        raise invalid("Period must be 10, 20, 30 or a multiple of 60")
    most_s, called = (DAY_S, "day") if period_s < HOUR_S else (7 * DAY_S, "week")
    if period_s * count > most_s:
        raise invalid(
            f"Metrics cannot be checked across more than a {called} (EvaluationPeriods * Period must be <= {most_s})"
        )


def refuse_metrics(params: Mapping[str, Any]) -> None:
    """Raises AwsError for the first rule that the list breaks, or what else stands beside it."""
    metrics: Sequence[Mapping[str, Any]] = params["Metrics"]
    for member in _ALONE:
        if member in params:
            raise invalid(f"{member} should not be set if list of Metrics is set.")
    _refuse_count(metrics)
    for each in metrics:
        _refuse_query(each)
    if sum(each.get("ReturnData", True) for each in metrics) != 1:
        raise invalid("Exactly one element of the metrics list should return data.")
    periods = {_period(each) for each in metrics} - {None}
    if len(periods) > 1:
        raise invalid(f"Each metric must be using the same period, not {sorted(filter(None, periods))}")
    if not periods:
        raise invalid("The parameter Period is required for an expression that uses no metric")
    period_s = periods.pop() or 0
    refuse_period(period_s, params["EvaluationPeriods"])
    queries = [each for each in metrics if insights_syntax.is_query(each.get("Expression", ""))]
    if queries and period_s * params["EvaluationPeriods"] > 3 * HOUR_S:
        raise invalid("An alarm on a Metrics Insights query can evaluate only the latest 3 hours of data")
    _refuse_kinds(metrics)


def _refuse_count(metrics: Sequence[Mapping[str, Any]]) -> None:
    ids = [each["Id"] for each in metrics]
    if len(ids) > len(set(ids)):
        raise invalid("The values for parameter id in Metrics are not unique.")
    computed = sum("Expression" in each for each in metrics)
    if max(computed, len(ids) - computed) > MOST_OF_A_KIND:
        raise invalid(f"An alarm can have at most {MOST_OF_A_KIND} metrics and {MOST_OF_A_KIND} expressions")


def _refuse_query(query: Mapping[str, Any]) -> None:
    id_, metric = query["Id"], query.get("MetricStat")
    if not _ID.fullmatch(id_):
        raise invalid(f"The id {id_} must begin with a lowercase letter and hold letters, digits and underscores.")
    if (metric is None) == ("Expression" not in query):
        raise invalid(f"The query {id_} must have either MetricStat or Expression, and not both.")
    if metric is None:
        if "AccountId" in query:
            raise invalid(f"The query {id_} can have AccountId only with MetricStat.")
        return
    for member in ("Namespace", "MetricName"):
        require(metric["Metric"], member)
    if statistic(metric["Stat"]) is None:
        raise invalid(f"The value {metric['Stat']} for parameter Stat is not supported.")


def _period(query: Mapping[str, Any]) -> int | None:
    """That of the metric it reads; of an expression its own."""
    period_s: int | None = query.get("MetricStat", query).get("Period")
    return period_s


def _refuse_kinds(metrics: Sequence[Mapping[str, Any]]) -> None:
    """Every expression must give a single series, but a Metrics Insights query that the alarm watches may give many."""
    kinds = {each["Id"]: Kind.METRIC for each in metrics if "MetricStat" in each}
    waiting = {each["Id"]: each for each in metrics if "Expression" in each}
    while waiting:
        known = [id_ for id_, each in waiting.items() if not uses(each["Expression"]) & waiting.keys()]
        if not known:
            raise invalid(f"The expressions {', '.join(waiting)} depend on one another.")
        for id_ in known:
            each = waiting.pop(id_)
            try:
                kinds[id_] = _kind(each, kinds)
            except Flaw as flaw:
                raise invalid(f"Error in expression '{id_}' [{flaw}]") from None


def _kind(query: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Kind:
    expression = query["Expression"]
    if insights_syntax.is_query(expression):
        return _kind_of_query(query)
    if metric_math.searches(expression):
        raise Flaw("SEARCH is not supported on metric alarms: it returns multiple time series")
    kind = metric_math.result_kind(expression, kinds)
    if kind is Kind.ARRAY:
        raise Flaw("An expression of an alarm must return a single time series")
    return kind


def _kind_of_query(query: Mapping[str, Any]) -> Kind:
    found = insights_syntax.parse(query["Expression"])
    if "Period" not in query:
        raise Flaw("The parameter Period is required for a Metrics Insights query")
    if not found.group:
        return Kind.SERIES
    if found.order is None or not query.get("ReturnData", True):
        raise Flaw("A query with GROUP BY needs ORDER BY, and must be what the alarm watches")
    return Kind.ARRAY
