"""CloudWatch's operations, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.aws.cloudwatch.alarm_describing import AlarmsDescribed, AlarmStores
from sandbox.aws.cloudwatch.alarm_tags import AlarmTags
from sandbox.aws.cloudwatch.alarms import Alarms
from sandbox.aws.cloudwatch.alarms_tagged import AlarmsTagged
from sandbox.aws.cloudwatch.dashboard_store import DashboardStores
from sandbox.aws.cloudwatch.dashboards import Dashboards
from sandbox.aws.cloudwatch.data import MetricData
from sandbox.aws.cloudwatch.expressions import evaluate
from sandbox.aws.cloudwatch.listing import Listing
from sandbox.aws.cloudwatch.metric_statistics import MetricStatistics
from sandbox.aws.cloudwatch.mutes import MuteRules
from sandbox.aws.cloudwatch.putting import Putting
from sandbox.aws.cloudwatch.series import Stores
from sandbox.aws.cloudwatch.visible import Links, Sight


@dataclass(frozen=True, slots=True)
class Kept:
    """Where it keeps what, by account and Region; dashboards by account."""

    metrics: Stores
    alarms: AlarmStores
    dashboards: DashboardStores


def services(kept: Kept, links: Links, now: Callable[[], datetime]) -> tuple[object, ...]:
    """What declares CloudWatch's operations."""

    def see(account_id: str, region: str) -> Sight:
        return Sight(account_id, region, now(), kept.metrics, links)

    return (
        MetricData(see, evaluate),
        MetricStatistics(see),
        Listing(see),
        Putting(kept.metrics, now),
        Alarms(kept.alarms, see, now),
        AlarmsDescribed(kept.alarms, now),
        AlarmTags(kept.alarms, kept.dashboards),
        MuteRules(kept.alarms, now),
        AlarmsTagged(kept.alarms),
        Dashboards(kept.dashboards, now),
    )
