"""What is changed in an account: each act with a session of its own, in the name of the person who asked for it."""

from functools import partial

from bot.aws.actions import needs
from bot.aws.fanout import Fanout, Job
from bot.aws.hub import Errand, Hub, Target
from bot.errors import NotAllowed
from bot.model.account import Account
from bot.model.monitor import Schedule
from bot.ports.ask import Ask


class AwsOperations:
    """`bot.ports.fleet.Operations` over SageMaker, bound to one ask."""

    def __init__(self, hub: Hub, fanout: Fanout, ask: Ask) -> None:
        self._hub = hub
        self._fanout = fanout
        self._ask = ask

    @needs("sagemaker:StartMonitoringSchedule", holder="operate")
    def start(self, schedule: Schedule) -> None:
        """One that runs stays as it is. Raises SourceError."""
        self._act(schedule, "StartMonitoringSchedule")

    @needs("sagemaker:StopMonitoringSchedule", holder="operate")
    def stop(self, schedule: Schedule) -> None:
        """One that is stopped stays as it is; a run that goes on is left to its end. Raises SourceError."""
        self._act(schedule, "StopMonitoringSchedule")

    def _act(self, schedule: Schedule, operation: str) -> None:
        account = self._account(schedule.account_id)
        act = partial(
            self._hub.act,
            Target(account, schedule.region),
            self._ask.person,
            Errand("sagemaker", operation, (schedule.arn,)),
            MonitoringScheduleName=schedule.name,
        )
        self._fanout.one(self._ask, Job(account, schedule.region, act))

    def _account(self, account_id: str) -> Account:
        """Of the scope: nothing is changed where the asker's role does not reach."""
        found = next((a for a in self._ask.scope.accounts if a.id == account_id), None)
        if found is None:
            raise NotAllowed(f"Your role does not cover the account {account_id}.", "Ask an admin.")
        return found
