"""What monitors live from, cheaply looked at: captured data and ground truth, by S3's listings."""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from bot.aws.actions import needs
from bot.aws.definitions import Definitions
from bot.aws.fanout import Fanout, Job, gather
from bot.aws.hours import Hours
from bot.aws.hub import Hub, Target
from bot.aws.jobs import Location, folder_of
from bot.aws.looking import MOST_VARIANTS, Looking
from bot.aws.objects import Objects
from bot.errors import SourceError
from bot.model.account import Account
from bot.model.blind import Newest, RunFacts
from bot.model.fleet import Endpoint
from bot.model.monitor import Execution, Schedule
from bot.ports.ask import Ask, Found

DEFINITIONS = (
    "sagemaker:DescribeDataQualityJobDefinition",
    "sagemaker:DescribeModelBiasJobDefinition",
    "sagemaker:DescribeModelExplainabilityJobDefinition",
    "sagemaker:DescribeModelQualityJobDefinition",
    "sagemaker:DescribeMonitoringSchedule",
)


class AwsDataHealth:
    """`bot.ports.data_health.DataHealth`, bound to one ask."""

    def __init__(self, hub: Hub, fanout: Fanout, definitions: Definitions, counting: Objects | None, ask: Ask) -> None:
        """Without `counting` nothing that was captured is opened."""
        self._hub = hub
        self._fanout = fanout
        self._definitions = definitions
        self._counting = counting
        self._hours = Hours(hub)
        self._ask = ask

    @needs(*DEFINITIONS, "sagemaker:DescribeProcessingJob", "sagemaker:DescribeEndpoint", "s3:ListBucket")
    def facts(self, execution: Execution, schedule: Schedule) -> RunFacts:
        """For a run without a verdict: seven calls for an endpoint of one variant, two more for each further one.

        Whatever is refused or does not answer is in `unlooked`. To count, up to twenty files are opened.
        """
        look = Looking(self._hub, self._definitions, self._counting, self._ask, execution, schedule)
        try:
            return self._fanout.one(self._ask, Job(execution.account, execution.region, look.look))
        except SourceError as error:
            return RunFacts(unlooked=(error.cause,), answered=False)

    @needs("s3:ListBucket")
    def captures(self, endpoints: Sequence[Endpoint]) -> Found[Newest]:
        """The newest captured hour of each endpoint whose capture has an address, by one to four listings each."""
        return self._newest((e.account_id, e.region, partial(self._captured, e)) for e in endpoints if e.capture)

    @needs(*DEFINITIONS, "s3:ListBucket")
    def labels(self, schedules: Sequence[Schedule]) -> Found[Newest]:
        """The newest hour of ground truth of each schedule; its definition is read once."""
        return self._newest((s.account_id, s.region, partial(self._labelled, s)) for s in schedules)

    def _newest(self, wanted: Iterable[tuple[str, str, Callable[[Target], Newest]]]) -> Found[Newest]:
        """Of accounts in the ask's scope."""
        began = time.monotonic()
        accounts: dict[str, Account] = {account.id: account for account in self._ask.scope.accounts}
        jobs = [
            Job(accounts[id_], region, partial(run, Target(accounts[id_], region)))
            for id_, region, run in wanted
            if id_ in accounts
        ]
        answers = self._fanout.answers(self._ask, jobs)
        return gather(jobs, answers, began)

    def _captured(self, endpoint: Endpoint, target: Target) -> Newest:
        at = folder_of(endpoint.capture.destination) if endpoint.capture else None
        variants = endpoint.variants[:MOST_VARIANTS] if at else ()
        folders = [Location(at.bucket, f"{at.key}/{endpoint.name}/{v.name}".lstrip("/")) for v in variants if at]
        return Newest(endpoint.arn, self._latest(target, folders))

    def _labelled(self, schedule: Schedule, target: Target) -> Newest:
        truth = self._definitions.read(target, schedule).truth
        return Newest(schedule.arn, self._latest(target, (truth,) if truth else ()))

    def _latest(self, target: Target, folders: Iterable[Location]) -> datetime | None:
        hours = (self._hours.newest(target, at, self._ask.now) for at in folders)
        return max(filter(None, hours), default=None)
