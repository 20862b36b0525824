"""What PutMetricAlarm refuses.

Source: API reference, PutMetricAlarm. Words of errors as AWS gives them in aws-cloudformation/cfn-lint#1306 and #771,
hashicorp/terraform#24070; the others are the sandbox's.
"""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.aws.cloudwatch.alarm_actions import refuse_actions
from sandbox.aws.cloudwatch.alarm_queries import refuse_metrics, refuse_period, require
from sandbox.aws.cloudwatch.queries import invalid
from sandbox.aws.cloudwatch.statistic import SIMPLE, statistic
from sandbox.aws.errors import NotImplementedInSandbox

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
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
        require(params, member)
    if params.get("DatapointsToAlarm", 1) > params["EvaluationPeriods"]:
        raise invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    for member, choices in _CHOICES.items():
        if params.get(member, choices[0]) not in choices:
            listed = f"{', '.join(choices[:-1])} and {choices[-1]}"
            raise invalid(
                f"Option {params[member]} is not supported. Supported options for parameter {member} are {listed}."
            )
    if params.get("Metrics"):
        refuse_metrics(params)
    else:
        _refuse_metric(params)
    refuse_actions(params, region, ec2=not any("Expression" in each for each in params.get("Metrics", ())))


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


def _refuse_metric(params: Mapping[str, Any]) -> None:
    for member in ("MetricName", "Namespace", "Period"):
        require(params, member)
    if ("Statistic" in params) == ("ExtendedStatistic" in params):
        raise invalid("Exactly one of Statistic and ExtendedStatistic must be set")
    extended = params.get("ExtendedStatistic", "p90")
    if extended in SIMPLE or statistic(extended) is None:
        raise invalid(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    if "EvaluateLowSampleCountPercentile" in params and "ExtendedStatistic" not in params:
        raise invalid("EvaluateLowSampleCountPercentile is used only for alarms based on percentiles")
    refuse_period(params["Period"], params["EvaluationPeriods"])
