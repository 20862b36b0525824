"""The queries of a GetMetricData request, checked.

Source: CloudWatch API reference, GetMetricData and MetricDataQuery. Sentences about ids and statistics are AWS's own
(influxdata/telegraf#5420, prometheus-community/yet-another-cloudwatch-exporter#385), which tells all of them at once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.aws.cloudwatch.grid import allowed
from sandbox.aws.cloudwatch.insights_syntax import is_query
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.aws.cloudwatch.labels import fault
from sandbox.aws.cloudwatch.statistic import statistic
from sandbox.aws.errors import AwsError

MOST_QUERIES = 500
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One statistic of one metric; `account_id` is None for the caller's own."""

    id: str
    label: str | None
    returned: bool
    key: MetricKey
    stat: str
    period_s: int
    unit: str | None
    account_id: str | None


@dataclass(frozen=True, slots=True)
class ExpressionQuery:
    """Metric math, a search or a Metrics Insights query; `period_s` is None unless given."""

    id: str
    label: str | None
    returned: bool
    expression: str
    period_s: int | None


Query = MetricQuery | ExpressionQuery


def invalid(message: str) -> AwsError:
    """A request that is wrong in itself."""
    return AwsError("ValidationError", message)


def checked(given: Sequence[Mapping[str, Any]]) -> tuple[Query, ...]:
    """The queries, in order. Raises AwsError, which tells everything that is wrong with them."""
    if not given:
        raise invalid("The parameter MetricDataQueries is required.")
    if len(given) > MOST_QUERIES:
        raise invalid(f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.")
    wrong = [sentence for number, each in enumerate(given, 1) for sentence in _faults(number, each)]
    ids = [each["Id"] for each in given]
    if len(set(ids)) < len(ids):
        wrong.append("The values for parameter id in MetricDataQueries are not unique.")
    if sum(is_query(each.get("Expression", "")) for each in given) > 1:
        wrong.append("A GetMetricData operation can have only one Metrics Insights query.")
    if wrong:
        raise invalid("\n".join(wrong))
    return tuple(_query(each) for each in given)


def _faults(number: int, given: Mapping[str, Any]) -> Iterator[str]:
    """What one query breaks, a sentence each."""
    name, metric = f"MetricDataQueries.member.{number}", given.get("MetricStat")
    if not _ID.fullmatch(given["Id"]):
        said = f"The value {given['Id']} for parameter {name}.Id is not matching the expected pattern"
        yield f"{said} ^[a-z][a-zA-Z0-9_]*$."
    if metric is not None and "Expression" in given:
        both = f"{name}.Expression and {name}.MetricStat"
        yield f"The parameters {both} are mutually exclusive and you have specified both."
    if metric is None and "Expression" not in given:
        yield f"At least one of the parameters {name}.Expression and {name}.MetricStat must be specified."
    if metric is not None:
        yield from _metric_faults(f"{name}.MetricStat", metric)
    if "Period" in given and not allowed(given["Period"]):
        yield _period_fault(given["Period"], f"{name}.Period")
    if wrong := fault(given.get("Label", "")):
        yield wrong


def _metric_faults(name: str, metric: Mapping[str, Any]) -> Iterator[str]:
    for member in ("Namespace", "MetricName"):
        if member not in metric["Metric"]:
            yield f"The parameter {name}.Metric.{member} is required."
    if statistic(metric["Stat"]) is None:
        yield f"The value {metric['Stat']} for parameter {name}.Stat is not a valid statistic."
    if not allowed(metric["Period"]):
        yield _period_fault(metric["Period"], f"{name}.Period")


def _period_fault(period_s: int, name: str) -> str:
    return f"The value {period_s} for parameter {name} is not 1, 5, 10, 20, 30 or a multiple of 60."


def _query(given: Mapping[str, Any]) -> Query:
    label, returned = given.get("Label"), given.get("ReturnData", True)
    if "Expression" in given:
        return ExpressionQuery(given["Id"], label, returned, given["Expression"], given.get("Period"))
    asked = given["MetricStat"]
    metric = asked["Metric"]
    return MetricQuery(
        id=given["Id"],
        label=label,
        returned=returned,
        key=MetricKey.asked(metric["Namespace"], metric["MetricName"], metric.get("Dimensions", ())),
        stat=asked["Stat"],
        period_s=asked["Period"],
        unit=asked.get("Unit"),
        account_id=given.get("AccountId"),
    )


def known(stat: str) -> str:
    """A statistic's name. Raises AwsError when there is none of that name."""
    if statistic(stat) is None:
        raise invalid(f"The value {stat} is not a valid statistic.")
    return stat


def period(period_s: int) -> int:
    """A period in seconds. Raises AwsError unless it is 1, 5, 10, 20, 30 or a multiple of 60."""
    if not allowed(period_s):
        raise invalid(_period_fault(period_s, "Period"))
    return period_s
