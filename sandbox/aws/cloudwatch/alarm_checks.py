"""What PutMetricAlarm refuses.

Source: API reference, PutMetricAlarm and MetricDataQuery; user guide, "Alarm data queries" and "Limits". Words of
errors as AWS gives them in hashicorp/terraform-provider-aws#29894, aws-cloudformation/cfn-lint#1306 and #771,
hashicorp/terraform#24070; the others are the sandbox's.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.aws.cloudwatch import insights_syntax, metric_math
from sandbox.aws.cloudwatch.alarm_actions import refuse_actions
from sandbox.aws.cloudwatch.expression import Flaw
from sandbox.aws.cloudwatch.grid import DAY_S, HOUR_S
from sandbox.aws.cloudwatch.math_kinds import Kind
from sandbox.aws.cloudwatch.queries import invalid
from sandbox.aws.cloudwatch.statistic import SIMPLE, statistic
from sandbox.aws.errors import NotImplementedInSandbox

MOST_QUERIES, MOST_OF_A_KIND = 20, 10
_SUB_MINUTE = (10, 20, 30)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_ALONE = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit")
_CHOICES = {
    "TreatMissingData": ("missing", "ignore", "breaching", "notBreaching"),
    "EvaluateLowSampleCountPercentile": ("evaluate", "ignore"),
}
_ABSENT = {
    "EvaluationCriteria": "PromQL alarms",
    "EvaluationWindow": "alarms' evaluation windows",
    "WarmUpConfiguration": "alarms' warm-up periods",
    "ActionConfiguration": "the propagation of alarms' tags",
    "ThresholdMetricId": "anomaly detection alarms",
}
_ANOMALY = frozenset(
    {"LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"}
)


def refuse_name(name: str) -> None:
    """Raises AwsError for ASCII control characters."""
    if _CONTROL.search(name):
        raise invalid("The alarm name must not contain ASCII control characters")


def refuse_wrong(params: Mapping[str, Any], region: str) -> None:
    """Raises AwsError for the first rule that PutMetricAlarm's parameters break."""
    refuse_name(params["AlarmName"])
    _refuse_absent(params)
    for member in ("ComparisonOperator", "EvaluationPeriods", "Threshold"):
        _require(params, member)
    if params.get("DatapointsToAlarm", 1) > params["EvaluationPeriods"]:
        raise invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    for member, choices in _CHOICES.items():
        if params.get(member, choices[0]) not in choices:
            listed = f"{', '.join(choices[:-1])} and {choices[-1]}"
            raise invalid(
                f"Option {params[member]} is not supported. Supported options for parameter {member} are {listed}."
            )
    if params.get("Metrics"):
        _refuse_metrics(params)
    else:
        _refuse_metric(params)
    refuse_actions(params, region, ec2=not _computes(params.get("Metrics", ())))


def _refuse_absent(params: Mapping[str, Any]) -> None:
    if "Threshold" in params and "ThresholdMetricId" in params:
        raise invalid("Threshold and ThresholdMetricId cannot both be set")
    for member, what in _ABSENT.items():
        if member in params:
            raise NotImplementedInSandbox(what)
    if params.get("ComparisonOperator") in _ANOMALY:
        raise NotImplementedInSandbox("anomaly detection alarms")
    if "EvaluationInterval" in params:
        raise invalid("EvaluationInterval cannot be specified for alarms configured with MetricName or Metrics")


def _require(params: Mapping[str, Any], member: str) -> None:
    if member not in params:
        raise invalid(f"{member} must not be null")


def _refuse_metric(params: Mapping[str, Any]) -> None:
    for member in ("MetricName", "Namespace", "Period"):
        _require(params, member)
    if ("Statistic" in params) == ("ExtendedStatistic" in params):
        raise invalid("Exactly one of Statistic and ExtendedStatistic must be set")
    extended = params.get("ExtendedStatistic", "p90")
    if extended in SIMPLE or statistic(extended) is None:
        raise invalid(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    if "EvaluateLowSampleCountPercentile" in params and "ExtendedStatistic" not in params:
        raise invalid("EvaluateLowSampleCountPercentile is used only for alarms based on percentiles")
    _refuse_period(params["Period"], params["EvaluationPeriods"])


def _refuse_period(period_s: int, count: int) -> None:
    """A week in all; a day, where the period is shorter than an hour."""
    if period_s not in _SUB_MINUTE and period_s % 60:
        raise invalid("Period must be 10, 20, 30 or a multiple of 60")
    most_s, called = (DAY_S, "day") if period_s < HOUR_S else (7 * DAY_S, "week")
    if period_s * count > most_s:
        raise invalid(
            f"Metrics cannot be checked across more than a {called} (EvaluationPeriods * Period must be <= {most_s})"
        )


def _computes(metrics: Sequence[Mapping[str, Any]]) -> bool:
    return any("Expression" in each for each in metrics)


def _refuse_metrics(params: Mapping[str, Any]) -> None:
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
    _refuse_period(period_s, params["EvaluationPeriods"])
    queries = [each for each in metrics if insights_syntax.is_query(each.get("Expression", ""))]
    if queries and period_s * params["EvaluationPeriods"] > 3 * HOUR_S:
        raise invalid("An alarm on a Metrics Insights query can evaluate only the latest 3 hours of data")
    _refuse_kinds(metrics)


def _refuse_count(metrics: Sequence[Mapping[str, Any]]) -> None:
    ids = [each["Id"] for each in metrics]
    if len(ids) > len(set(ids)):
        raise invalid("The values for parameter id in Metrics are not unique.")
    computed = sum("Expression" in each for each in metrics)
    if len(ids) > MOST_QUERIES or computed > MOST_OF_A_KIND or len(ids) - computed > MOST_OF_A_KIND:
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
        _require(metric["Metric"], member)
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
        known = [id_ for id_, each in waiting.items() if not _needs(each["Expression"]) & waiting.keys()]
        if not known:
            raise invalid(f"The expressions {', '.join(waiting)} depend on one another.")
        for id_ in known:
            each = waiting.pop(id_)
            try:
                kinds[id_] = _kind(each, kinds)
            except Flaw as flaw:
                raise invalid(f"Error in expression '{id_}' [{flaw}]") from None


def _needs(expression: str) -> frozenset[str]:
    try:
        return frozenset() if insights_syntax.is_query(expression) else metric_math.names(expression)
    except Flaw:
        return frozenset()


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
