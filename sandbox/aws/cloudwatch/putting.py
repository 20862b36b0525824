"""PutMetricData.

Source: CloudWatch API reference. A request is taken as a whole or not at all.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sandbox.aws.cloudwatch.datum import check, put
from sandbox.aws.cloudwatch.series import Stores
from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.operations import Request, Values, operation

MOST_METRICS = 1000
_LATE = ((timedelta(hours=24), timedelta(hours=48)), (timedelta(hours=3), timedelta(hours=2)))
"""Samples that are older than the first can be read only after the second ("can take at least", "as much as")."""


class Putting:
    """Takes what accounts measure themselves."""

    def __init__(self, stores: Stores, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._now = now

    @operation("cloudwatch", "PutMetricData")
    def put_metric_data(self, request: Request) -> Values:
        """At most a thousand metrics in a namespace that is not AWS's own."""
        params, now = request.params, self._now()
        if "EntityMetricData" in params:
            raise NotImplementedInSandbox("cloudwatch:PutMetricData", "EntityMetricData")
        given = params.get("MetricData", [])
        _check_namespace(params["Namespace"])
        if not given:
            raise AwsError("MissingParameter", "The parameter MetricData is required.")
        if len(given) > MOST_METRICS:
            said = f"The collection MetricData must not have a size greater than {MOST_METRICS}."
            raise AwsError("InvalidParameterValue", said)
        for number, datum in enumerate(given, 1):
            check(datum, f"MetricData.member.{number}", now)
        store = self._stores(request.account, request.region)
        for datum in given:
            at = datum.get("Timestamp", now)
            late = next((late for age, late in _LATE if now - at >= age), timedelta())
            storing = partial(put, store, params["Namespace"], datum, at, now.timestamp())
            if late:
                store.later(now + late, storing)
            else:
                storing()
        return {}


def _check_namespace(namespace: str) -> None:
    """Not AWS's own, and printable ASCII."""
    if namespace.startswith("AWS/") or not (namespace.isascii() and namespace.isprintable()):
        raise AwsError("InvalidParameterValue", f"The value {namespace} for parameter Namespace is invalid.")
