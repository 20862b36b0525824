"""The AWS layer as the app holds it: one hub, one set of threads, ports bound to each ask."""

from collections.abc import Callable
from datetime import UTC, datetime

import boto3

from bot.aws.alarm_listing import AlarmListing
from bot.aws.alarm_mutes import AlarmMutes
from bot.aws.alarm_operations import AwsAlarmOperations
from bot.aws.alarm_values import AlarmValues
from bot.aws.alarms import AwsAlarms
from bot.aws.baselines import AwsBaselines, Constraints
from bot.aws.data_health import AwsDataHealth
from bot.aws.dead_letters import AwsDeadLetters
from bot.aws.definitions import Definitions
from bot.aws.directory import AwsDirectory
from bot.aws.drift import Drift
from bot.aws.drops import AwsDrops
from bot.aws.fanout import Fanout, Job
from bot.aws.health import AwsHealth
from bot.aws.hub import Hub, Target
from bot.aws.identity import UNKNOWN_SELF
from bot.aws.inbox import AwsInbox
from bot.aws.metrics import AwsMetrics, Measuring
from bot.aws.monitors import AwsMonitors
from bot.aws.objects import Objects
from bot.aws.operations import AwsOperations
from bot.aws.packages import AwsPackageOperations, AwsPackages
from bot.aws.reports import Reports
from bot.aws.resources import AwsResources
from bot.aws.schedules import Schedules
from bot.aws.settings import AwsSettings
from bot.aws.trail import AwsTrail
from bot.aws.trail_find import TrailFinder
from bot.aws.trail_ground import Trails
from bot.aws.turns import Turns
from bot.logic.trail_layout import TrailFound
from bot.ports.alarms import AlarmOperations, Alarms
from bot.ports.ask import Ask
from bot.ports.data_health import DataHealth
from bot.ports.dead_letters import DeadLetters
from bot.ports.drops import Drops
from bot.ports.fleet import Directory, Monitors, Operations, Resources
from bot.ports.health import FleetHealth
from bot.ports.inbox import Inbox
from bot.ports.metrics import Baselines, Metrics
from bot.ports.packages import PackageOperations, Packages
from bot.ports.trail import Trail


def _wall() -> datetime:
    return datetime.now(UTC)


class AwsLayer:
    """Every port that AWS answers; asks nobody until a port is used."""

    def __init__(self, session: boto3.Session, settings: AwsSettings, wall: Callable[[], datetime] = _wall) -> None:
        """`session` is the bot as it was started, `wall` the machine's clock.

        Raises BotError when no Region is named anywhere.
        """
        self._wall = wall
        self.hub = Hub(session, settings)
        self._settings = settings
        self._fanout = Fanout(settings.workers, settings.per_account)
        self._schedules = Schedules(self.hub, settings.service_rules, settings.schedule_ttl)
        self._reports = Reports(self.hub, settings.report_cap_bytes)
        self._definitions = Definitions(self.hub)
        self._measuring = Measuring(self.hub)
        self._alarm_listing = AlarmListing(self._measuring.cloudwatch)
        self._alarm_mutes = AlarmMutes(self._measuring.cloudwatch)
        self._alarm_turns = Turns()
        self._drift = Drift(self._measuring)
        self._constraints = Constraints(self.hub, self._fanout, settings.report_cap_bytes)
        named = [account.id for account in settings.accounts]
        self.trails = Trails(self.hub, self._fanout, settings.trail, named) if settings.trail else None

    def bind(self, ask: Ask) -> dict[type, object]:
        """The ports by their type, for one question."""
        return {
            AlarmOperations: self.alarm_operations(ask),
            Alarms: self.alarms(ask),
            Baselines: self.baselines(ask),
            Directory: self.directory(ask),
            Drops: self.drops(ask),
            Metrics: self.metrics(ask),
            Monitors: self.monitors(ask),
            DataHealth: self.data_health(ask),
            Resources: self.resources(ask),
            Operations: self.operations(ask),
            PackageOperations: self.package_operations(ask),
            Packages: self.packages(ask),
            Trail: self.trail(ask),
            FleetHealth: self.health(ask),
        }

    def directory(self, ask: Ask) -> Directory:
        """The fleet, for one question."""
        return AwsDirectory(self.hub, self._fanout, self._settings.accounts, ask)

    def monitors(self, ask: Ask) -> Monitors:
        """Model Monitor, for one question."""
        return AwsMonitors(self.hub, self._fanout, self._schedules, self._reports, self._drift, ask)

    def metrics(self, ask: Ask) -> Metrics:
        """What CloudWatch measured, for one question."""
        return AwsMetrics(self._measuring, ask)

    def baselines(self, ask: Ask) -> Baselines:
        """What monitors hold their metrics to, for one question."""
        return AwsBaselines(self.hub, self._fanout, self._definitions, self._constraints, ask)

    def data_health(self, ask: Ask) -> DataHealth:
        """What monitors live from, for one question."""
        counting = Objects(self.hub, self._settings.report_cap_bytes) if self._settings.count_predictions else None
        return AwsDataHealth(self.hub, self._fanout, self._definitions, counting, ask)

    def resources(self, ask: Ask) -> Resources:
        """Endpoints and schedules, for one question."""
        return AwsResources(self.hub, self._fanout, self._schedules, ask)

    def operations(self, ask: Ask) -> Operations:
        """What is changed, for one question."""
        return AwsOperations(self.hub, self._fanout, ask)

    def packages(self, ask: Ask) -> Packages:
        """Model packages, for one question."""
        objects = Objects(self.hub, self._settings.report_cap_bytes)
        return AwsPackages(self.hub, self._fanout, objects, ask)

    def package_operations(self, ask: Ask) -> PackageOperations:
        """What is decided of them, for one question."""
        return AwsPackageOperations(self.hub, self._fanout, ask)

    def alarms(self, ask: Ask) -> Alarms:
        """Alarms and what holds them back, for one question."""
        values = AlarmValues(self._measuring.cloudwatch, ask)
        return AwsAlarms(self.hub, self._fanout, self._alarm_listing, self._alarm_mutes, values, ask)

    def alarm_operations(self, ask: Ask) -> AlarmOperations:
        """What is changed of alarms, for one question."""
        known, turns = self._alarm_listing, self._alarm_turns
        return AwsAlarmOperations(self.hub, self._measuring.cloudwatch, self._fanout, known, turns, ask)

    def health(self, ask: Ask) -> FleetHealth:
        """What `doctor` asks of AWS, for one question."""
        return AwsHealth(self.hub, self._fanout, self._settings, self._wall, ask, self.trails)

    def trail(self, ask: Ask) -> Trail:
        """What CloudTrail recorded, for one question."""
        return AwsTrail(self.trails, ask)

    def trail_layout(self, ask: Ask, region: str, bucket: str, prefix: str) -> TrailFound:
        """Where a bucket's trail lies. Raises SourceError, BotError where there is none."""

        def find() -> TrailFound:
            return TrailFinder(self.hub, Target(self.hub.own_account(), region or self.hub.regions[0])).find(
                bucket, prefix
            )

        return self._fanout.one(ask, Job(UNKNOWN_SELF, region or self.hub.regions[0], find))

    def inbox(self) -> Inbox | None:
        """The bot's own queue, if the settings name one."""
        return AwsInbox(self.hub, self._settings.queue_url) if self._settings.queue_url else None

    def dead_letters(self) -> DeadLetters:
        """Those of that queue. Raises SourceError, or BadRequest where it has none."""
        return AwsDeadLetters(self.hub, self._settings.queue_url)

    def drops(self, ask: Ask) -> Drops:
        """Other monitors' reports, for one question."""
        settings = self._settings
        return AwsDrops(self.hub, self._fanout, settings.sources, settings.report_cap_bytes, ask)

    def close(self) -> None:
        """Ask nobody any more, and close every connection."""
        self._fanout.close()
        self._measuring.fanout.close()
        if self.trails:
            self.trails.close()
        self.hub.close()
