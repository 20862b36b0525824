"""CloudWatch's operations on metrics, put together."""

from collections.abc import Callable
from datetime import datetime

from sandbox.aws.cloudwatch.data import MetricData
from sandbox.aws.cloudwatch.expressions import evaluate
from sandbox.aws.cloudwatch.listing import Listing
from sandbox.aws.cloudwatch.metric_statistics import MetricStatistics
from sandbox.aws.cloudwatch.putting import Putting
from sandbox.aws.cloudwatch.series import Stores
from sandbox.aws.cloudwatch.visible import Links, Sight


def services(stores: Stores, links: Links, now: Callable[[], datetime]) -> tuple[object, ...]:
    """What declares CloudWatch's operations."""

    def see(account_id: str, region: str) -> Sight:
        return Sight(account_id, region, now(), stores, links)

    return MetricData(see, evaluate), MetricStatistics(see), Listing(see), Putting(stores, now)
