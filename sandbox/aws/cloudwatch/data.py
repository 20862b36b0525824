"""GetMetricData.

Source: CloudWatch API reference.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch.answering import Answering, Window
from sandbox.aws.cloudwatch.expression import Evaluate, Series
from sandbox.aws.cloudwatch.labels import Labels, zone
from sandbox.aws.cloudwatch.pages import MOST_POINTS, Piece, pieces, place, token
from sandbox.aws.cloudwatch.queries import ExpressionQuery, Query, checked, invalid
from sandbox.aws.cloudwatch.visible import Sight
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.shapes import Moments, Numbers

_DROPPED = {
    "Code": "ArithmeticError",
    "Value": "One or more data-points have been dropped due to non-numeric values (NaN, -Infinite, +Infinite)",
}
"""As Grafana's CloudWatch data source has recorded it."""

See = Callable[[str, str], Sight]
"""What an account sees of a Region now."""


class MetricData:
    """Reads metrics and computes expressions."""

    def __init__(self, see: See, evaluate: Evaluate) -> None:
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
        labels = Labels(request.region, sight.now_s, zone(params.get("LabelOptions", {}).get("Timezone", "+0000")))
        answering = Answering(queries, window, sight, self._evaluate)
        newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        computed = any(isinstance(each, ExpressionQuery) for each in queries)
        begin = place(params)
        named = _named(answering, [each for each in queries if each.returned][begin.number :])
        found, following = pieces(named, begin, most, newest_first=newest_first, paged=not computed)
        more = token(following, params) if following is not None and not computed else None
        results = [_result(query, piece, labels) for query, piece in found]
        messages = [{"Code": note.value[0], "Value": note.value[1]} for note in answering.notes]
        return {"MetricDataResults": results, "NextToken": more, "Messages": messages}


def _named(answering: Answering, queries: list[Query]) -> Iterator[tuple[Query, Series]]:
    """Every series with its query, computed when it is asked for: an expression may give several."""
    for query in queries:
        result = answering.result(query.id)
        for series in (result,) if isinstance(result, Series) else result:
            yield query, series


def _window(start: datetime, end: datetime) -> Window:
    if start >= end:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    return Window(start.timestamp(), end.timestamp())


def _template(query: Query, series: Series) -> str | None:
    """One expression of several series calls them "Expression-Label Metric-Label" (User Guide: metric math)."""
    if isinstance(query, ExpressionQuery) and series.label and query.label is not None and "${" not in query.label:
        return f"{query.label} ${{LABEL}}".lstrip()
    return query.label


def _result(query: Query, piece: Piece, labels: Labels) -> dict[str, Any]:
    messages = {"Messages": [_DROPPED]} if piece.series.dropped else {}
    return messages | {
        "Id": query.id,
        "Label": labels.of(_template(query, piece.series), piece.series, query.id),
        "Timestamps": Moments(piece.times),
        "Values": Numbers(piece.values),
        "StatusCode": "Complete" if piece.complete else "PartialData",
    }
