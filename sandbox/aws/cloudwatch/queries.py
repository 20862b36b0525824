"""The queries of a GetMetricData request, checked.

Source: CloudWatch API reference, GetMetricData and MetricDataQuery.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.aws.cloudwatch.grid import allowed
from sandbox.aws.cloudwatch.insights_syntax import is_query
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.aws.cloudwatch.statistic import statistic
from sandbox.aws.errors import AwsError

MOST_QUERIES = 500
_ID = re.compile(r"[a-z][A-Za-z0-9_]*")


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
    """The queries, in order. Raises AwsError for the first rule that one breaks."""
    if not given:
        raise invalid("The parameter MetricDataQueries must have at least one query.")
    if len(given) > MOST_QUERIES:
        raise invalid(f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.")
    queries = tuple(_query(each) for each in given)
    ids = [each.id for each in queries]
    if twice := next((id_ for id_ in ids if ids.count(id_) > 1), None):
        raise invalid(f"The values for parameter id in MetricDataQueries are not unique: {twice}.")
    if sum(isinstance(each, ExpressionQuery) and is_query(each.expression) for each in queries) > 1:
        raise invalid("A GetMetricData operation can have only one Metrics Insights query.")
    return queries


def _query(given: Mapping[str, Any]) -> Query:
    id_, metric = given["Id"], given.get("MetricStat")
    if not _ID.fullmatch(id_):
        raise invalid(f"The id {id_} must begin with a lowercase letter and hold letters, digits and underscores.")
    if (metric is None) == ("Expression" not in given):
        raise invalid(f"The query {id_} must have either MetricStat or Expression, and not both.")
    returned = given.get("ReturnData", True)
    if metric is None:
        period_s = None if "Period" not in given else period(given["Period"])
        return ExpressionQuery(id_, given.get("Label"), returned, given["Expression"], period_s)
    return MetricQuery(
        id=id_,
        label=given.get("Label"),
        returned=returned,
        key=_key(id_, metric["Metric"]),
        stat=known(metric["Stat"]),
        period_s=period(metric["Period"]),
        unit=metric.get("Unit"),
        account_id=given.get("AccountId"),
    )


def _key(id_: str, metric: Mapping[str, Any]) -> MetricKey:
    for member in ("Namespace", "MetricName"):
        if member not in metric:
            raise invalid(f"The parameter MetricDataQueries.{id_}.MetricStat.Metric.{member} is required.")
    return MetricKey.asked(metric["Namespace"], metric["MetricName"], metric.get("Dimensions", ()))


def known(stat: str) -> str:
    """A statistic's name. Raises AwsError when there is none of that name."""
    if statistic(stat) is None:
        raise invalid(f"The value {stat} for parameter Stat is not supported.")
    return stat


def period(period_s: int) -> int:
    """A period in seconds. Raises AwsError unless it is 1, 5, 10, 20, 30 or a multiple of 60."""
    if not allowed(period_s):
        raise invalid("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    return period_s
