"""What accounts hold: endpoints and monitoring schedules, each by one listing and what that leads to."""

from collections.abc import Iterable

from bot.aws.actions import needs
from bot.aws.endpoint_sweep import EndpointSweep
from bot.aws.endpoints import captured_by
from bot.aws.fanout import Fanout, Job
from bot.aws.hub import Hub, Target
from bot.aws.schedule_sweep import ScheduleSweep
from bot.aws.schedules import Schedules
from bot.aws.sweeping import Sweeper
from bot.errors import BotError, Missing
from bot.model.fleet import Capture, Depth, Endpoint
from bot.model.monitor import Schedule
from bot.ports.ask import Ask, Found
from bot.ports.fleet import Sweep


class AwsResources:
    """`bot.ports.fleet.Resources` over SageMaker, bound to one ask."""

    def __init__(self, hub: Hub, fanout: Fanout, schedules: Schedules, ask: Ask) -> None:
        self._sweeper = Sweeper(hub, fanout, ask)
        self._hub = hub
        self._fanout = fanout
        self._schedules = schedules
        self._ask = ask

    @needs(
        "sagemaker:ListEndpoints",
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:ListTags",
    )
    def endpoints(self, known: Iterable[Endpoint], depth: Depth) -> Found[Sweep[Endpoint]]:
        """Per account and Region one listing, then one description per endpoint and per new configuration."""
        before = {endpoint.arn: endpoint for endpoint in known}
        sweep = EndpointSweep(self._sweeper, self._schedules.service_of, before)
        return sweep.run(depth, self._ask.progress)

    @needs("sagemaker:ListMonitoringSchedules", "sagemaker:DescribeMonitoringSchedule", "sagemaker:ListTags")
    def schedules(self, known: Iterable[Schedule], depth: Depth) -> Found[Sweep[Schedule]]:
        """Per account and Region one listing, then one description per schedule that is new or changed."""
        before = {schedule.arn: schedule for schedule in known}
        return ScheduleSweep(self._sweeper, self._schedules, before, self._ask).run(depth, self._ask.progress)

    @needs("sagemaker:DescribeEndpointConfig")
    def capture(self, account_id: str, region: str, config: str) -> Capture | None:
        """By one description."""
        account = next((a for a in self._ask.scope.accounts if a.id == account_id), None)
        if account is None:
            raise BotError(f"The account {account_id} is not in the fleet.")
        target = Target(account, region)

        def asked() -> Capture | None:
            try:
                said = self._hub.call(target, "sagemaker", "DescribeEndpointConfig", EndpointConfigName=config)
            except Missing:
                return None
            return captured_by(said.get("DataCaptureConfig"))

        return self._fanout.one(self._ask, Job(account, region, asked))
