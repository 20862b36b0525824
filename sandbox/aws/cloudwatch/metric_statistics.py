"""GetMetricStatistics.

Source: CloudWatch API reference; the sentence about too many points is AWS's (cloud-custodian/cloud-custodian#7683).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.cloudwatch.data import See
from sandbox.aws.cloudwatch.grid import Grid, allowed, grid
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.aws.cloudwatch.points import points
from sandbox.aws.cloudwatch.samples import Samples
from sandbox.aws.cloudwatch.statistic import SIMPLE, statistic
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation

MOST_POINTS = 1_440


class MetricStatistics:
    """The older way to read one metric of one's own account."""

    def __init__(self, see: See) -> None:
        self._see = see

    @operation("cloudwatch", "GetMetricStatistics")
    def get_metric_statistics(self, request: Request) -> Values:
        """Each unit's points apart, in no order."""
        params, sight = request.params, self._see(request.account, request.region)
        spans = _spans(params, sight.now_s)
        asked = _asked(params)
        key = MetricKey.asked(params["Namespace"], params["MetricName"], params.get("Dimensions", ()))
        columns = sight.store(request.account).columns(key, spans, params.get("Unit"))
        units = sorted({unit for unit, _ in columns})
        found = [
            datapoint
            for unit in units
            for datapoint in _datapoints([each for (of, _), each in columns.items() if of == unit], spans, asked, unit)
        ]
        return {"Label": params["MetricName"], "Datapoints": found}


def _spans(params: Mapping[str, Any], now_s: float) -> Grid:
    start, end, period_s = params["StartTime"], params["EndTime"], params["Period"]
    if not allowed(period_s):
        said = f"The value {period_s} for parameter Period is not 1, 5, 10, 20, 30 or a multiple of 60."
        raise AwsError("InvalidParameterValue", said)
    if start >= end:
        raise AwsError(
            "InvalidParameterCombination", "The parameter StartTime must be less than the parameter EndTime."
        )
    count = int((end - start).total_seconds() // period_s)
    if count > MOST_POINTS:
        said = f"You have requested up to {count} datapoints, which exceeds the limit of {MOST_POINTS}."
        more = "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        raise AwsError("InvalidParameterCombination", f"{said} {more}")
    return grid(start.timestamp(), end.timestamp(), period_s, now_s)


def _asked(params: Mapping[str, Any]) -> Sequence[str]:
    """The statistics. Raises AwsError unless either kind is given, and for one that there is not."""
    plain, extended = params.get("Statistics", []), params.get("ExtendedStatistics", [])
    if bool(plain) == bool(extended):
        said = "are mutually exclusive and you have specified both" if plain else "need one to be specified"
        raise AwsError("InvalidParameterCombination", f"The parameters ExtendedStatistics and Statistics {said}.")
    for name in extended:
        if statistic(name) is None or name in SIMPLE:
            said = f"The value {name} for parameter ExtendedStatistics is not supported."
            raise AwsError("InvalidParameterValue", said)
    found: Sequence[str] = plain or extended
    return found


def _datapoints(columns: Sequence[Samples], spans: Grid, asked: Sequence[str], unit: str) -> list[dict[str, Any]]:
    by_time: dict[float, dict[str, Any]] = {}
    for name in asked:
        of = statistic(name)
        times, values = points(columns, spans, of) if of else ((), ())
        for time, value in zip(times, values, strict=True):
            point = by_time.setdefault(time, {"Timestamp": datetime.fromtimestamp(time, UTC), "Unit": unit})
            into = point if name in SIMPLE else point.setdefault("ExtendedStatistics", {})
            into[name] = value
    return list(by_time.values())
