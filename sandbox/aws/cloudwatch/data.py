"""GetMetricData.

Source: CloudWatch API reference.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.cloudwatch.answering import Answering, Window
from sandbox.aws.cloudwatch.expression import Evaluate, Series
from sandbox.aws.cloudwatch.pages import MOST_POINTS, Piece, pieces, place, token
from sandbox.aws.cloudwatch.queries import ExpressionQuery, Query, checked, invalid
from sandbox.aws.cloudwatch.series import Stores
from sandbox.aws.cloudwatch.visible import Sight
from sandbox.aws.operations import Request, Values, operation

_DROPPED = {
    "Code": "ArithmeticError",
    "Value": "One or more data-points have been dropped due to non-numeric values (NaN, -Infinite, +Infinite)",
}
"""As Grafana's CloudWatch data source has recorded it."""

See = Callable[[str, str], Sight]
"""What an account sees of a Region now."""


class MetricData:
    """Reads metrics and computes expressions."""

    def __init__(self, stores: Stores, see: See, evaluate: Evaluate) -> None:
        self._stores = stores
        self._see = see
        self._evaluate = evaluate

    @operation("cloudwatch", "GetMetricData")
    def get_metric_data(self, request: Request) -> Values:
        """At most 500 queries and 100,800 points a page."""
        params = request.params
        queries, window = checked(params["MetricDataQueries"]), _window(params["StartTime"], params["EndTime"])
        most = params.get("MaxDatapoints", MOST_POINTS)
        if not 1 <= most <= MOST_POINTS:
            raise invalid(f"The parameter MaxDatapoints must be between 1 and {MOST_POINTS}.")
        sight = self._see(request.account, request.region)
        answering = Answering(queries, window, sight, self._stores, request.region, self._evaluate)
        returned = [each for each in queries if each.returned]
        named = list(_named(answering, returned))
        newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        found, following = pieces((series for _, series in named), place(params), most, newest_first=newest_first)
        begin = len(named) - len(found)
        results = [_result(query, piece) for (query, _), piece in zip(named[begin:], found, strict=True)]
        computed = any(isinstance(each, ExpressionQuery) for each in queries)
        more = token(following, params) if following is not None and not computed else None
        messages = [{"Code": note.value[0], "Value": note.value[1]} for note in answering.notes]
        return {"MetricDataResults": results, "NextToken": more, "Messages": messages}


def _named(answering: Answering, queries: list[Query]) -> Iterator[tuple[Query, Series]]:
    """Every series with its query: an expression may give several."""
    for query in queries:
        result = answering.result(query.id)
        for series in (result,) if isinstance(result, Series) else result:
            yield query, series


def _window(start: datetime, end: datetime) -> Window:
    if start >= end:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    return Window(start.timestamp(), end.timestamp())


def _result(query: Query, piece: Piece) -> dict[str, Any]:
    messages = {"Messages": [_DROPPED]} if piece.series.dropped else {}
    return messages | {
        "Id": query.id,
        "Label": query.label or piece.series.label or query.id,
        "Timestamps": [datetime.fromtimestamp(time, UTC) for time in piece.times],
        "Values": list(piece.values),
        "StatusCode": "Complete" if piece.complete else "PartialData",
    }
