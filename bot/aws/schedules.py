"""Monitoring schedules: what their runs are called, how often they run, which service they watch."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.aws.errors import lasting
from bot.aws.hub import Answer, Hub, Target
from bot.aws.jobs import MOST_MESSAGE
from bot.aws.kept import Kept
from bot.errors import Missing, SourceError
from bot.log import LOG
from bot.logic.plain import plain
from bot.logic.services import service_of
from bot.model.account import Account
from bot.model.monitor import Execution, RunStatus, Schedule
from bot.model.place import Family, Service, ServiceRule
from bot.ports.ask import Ask

STATUSES = {
    "Completed": RunStatus.CLEAN,
    "CompletedWithViolations": RunStatus.VIOLATED,
    "Failed": RunStatus.FAILED,
    "Stopped": RunStatus.STOPPED,
}
"""The final ones; every other still changes."""
FAMILIES = {
    "DataQuality": Family.DATA_QUALITY,
    "ModelQuality": Family.MODEL_QUALITY,
    "ModelBias": Family.BIAS,
    "ModelExplainability": Family.EXPLAINABILITY,
}
KEPT_SCHEDULES = 4096
_Key = tuple[str, str, str]
"""Account, Region, schedule."""
_CRON = re.compile(r"cron\(\d{1,2} (?:(?P<any>\*)|(?P<at>\d{1,2})|(?:\*|\d{1,2})/(?P<every>\d{1,2})) [?*] \* \? \*\)")


def execution_of(summary: Answer, target: Target) -> Execution:
    """A row of ListMonitoringExecutions. A run without a type is of data quality: the only type before types were."""
    status = str(summary["MonitoringExecutionStatus"])
    return Execution(
        account=target.account,
        region=target.region,
        schedule_name=str(summary["MonitoringScheduleName"]),
        endpoint=str(summary.get("EndpointName", "")),
        family=FAMILIES.get(str(summary.get("MonitoringType")), Family.DATA_QUALITY),
        scheduled_at=_utc(summary["ScheduledTime"]),
        ended_at=_utc(summary["LastModifiedTime"]),
        status=STATUSES.get(status, RunStatus.RUNNING),
        job_arn=str(summary.get("ProcessingJobArn", "")),
        failure=plain(summary.get("FailureReason"), MOST_MESSAGE),
    )


def _utc(when: datetime) -> datetime:
    return when.astimezone(UTC)


def cadence_of(expression: str) -> timedelta | None:
    """How often a schedule runs: hourly, daily or every so many hours, as Model Monitor allows; None for `NOW`."""
    cron = _CRON.fullmatch(re.sub(r"[?*] \* [?*] \*\)$", "? * ? *)", expression.strip()))
    if cron is None:
        return None
    if cron["any"]:
        return timedelta(hours=1)
    return timedelta(days=1) if cron["at"] else timedelta(hours=int(cron["every"])) or None


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list of schedules says of one."""

    account: Account
    region: str
    schedule_name: str
    endpoint: str
    family: Family
    arn: str
    status: str
    created_at: datetime
    changed_at: datetime

    def over(self, schedule: Schedule) -> Schedule:
        """The schedule with what the list knows better: it was asked later."""
        return replace(schedule, status=self.status, created_at=self.created_at, changed_at=self.changed_at)


def listed_of(row: Answer, target: Target) -> Listed:
    """A row of ListMonitoringSchedules."""
    return Listed(
        account=target.account,
        region=target.region,
        schedule_name=str(row["MonitoringScheduleName"]),
        endpoint=str(row.get("EndpointName", "")),
        family=FAMILIES.get(str(row.get("MonitoringType")), Family.DATA_QUALITY),
        arn=str(row["MonitoringScheduleArn"]),
        status=str(row["MonitoringScheduleStatus"]),
        created_at=_utc(row["CreationTime"]),
        changed_at=_utc(row["LastModifiedTime"]),
    )


Watched = Execution | Listed
"""What names a schedule: a run of it, or its place in a list."""


@dataclass(frozen=True, slots=True)
class ReadSchedule:
    """A schedule, and the refusal that kept it from being read in full; that it was deleted is none."""

    schedule: Schedule
    refused: SourceError | None = None


class Schedules:
    """Reads schedules, and believes what it read for a while."""

    def __init__(self, hub: Hub, rules: Callable[[], Sequence[ServiceRule]], ttl: timedelta) -> None:
        """`rules` are what the settings say of services; what was read before they changed is read anew."""
        self._hub = hub
        self._rules = rules
        self._ttl = ttl
        self._kept: Kept[tuple[str, str, str], tuple[datetime, Sequence[ServiceRule], ReadSchedule]] = Kept(
            KEPT_SCHEDULES
        )
        self._whole: Kept[tuple[str, str, str], Schedule] = Kept(KEPT_SCHEDULES)

    def read(self, ask: Ask, execution: Watched, *, anew: bool = False) -> ReadSchedule:
        """The schedule of a run. One that is gone or refused is as it last was in full, else known by its names.

        Raises SourceError, always `retryable`, when the account does not answer.
        """
        key = (execution.account.id, execution.region, execution.schedule_name)
        kept, rules = self._kept.get(key), self._rules()
        if not anew and kept and kept[1] is rules and timedelta() <= ask.now - kept[0] < self._ttl:
            return kept[2]
        read, whole = self._ask(ask, execution)
        if whole:
            self._whole.put(key, read.schedule)
        elif known := self._whole.get(key):
            read = replace(read, schedule=known)
        self._kept.put(key, (ask.now, rules, read))
        return read

    def service_of(self, name: str, tags: Mapping[str, str]) -> Service:
        """The service of a resource with these tags."""
        return service_of(name, tags, self._rules())

    def by_name(self, listed: Listed) -> Schedule:
        """A schedule of which only the list tells."""
        return listed.over(self._made(listed, {}, {}))

    def service_by_name(self, execution: Execution) -> Service:
        """The service of a run whose tags cannot be read: by the endpoint's name, else the schedule's."""
        return service_of(execution.endpoint or execution.schedule_name, {}, self._rules())

    def _ask(self, ask: Ask, execution: Watched) -> tuple[ReadSchedule, bool]:
        """The schedule now, and whether nothing lacks."""
        target, name = Target(execution.account, execution.region), execution.schedule_name
        said, lack = self._described(target, name)
        if isinstance(lack, Missing):
            return ReadSchedule(self._made(execution, {}, {})), False
        tags, untagged = self._all_tags(ask, execution, said)
        refused = lack or untagged
        if refused:
            LOG.warning("schedule not read in full", schedule=name, cause=refused.cause)
        return ReadSchedule(self._made(execution, said, tags), refused), refused is None

    def _described(self, target: Target, name: str) -> tuple[Answer, SourceError | None]:
        try:
            said = self._hub.call(target, "sagemaker", "DescribeMonitoringSchedule", MonitoringScheduleName=name)
        except SourceError as error:
            return {}, lasting(error)
        return said, None

    def _made(self, execution: Watched, said: Answer, tags: Mapping[str, str]) -> Schedule:
        """From what could be read; without a description the rhythm is unknown."""
        endpoint = str(said.get("EndpointName") or execution.endpoint)
        config = said.get("MonitoringScheduleConfig", {})
        timing = config.get("ScheduleConfig", {})
        return Schedule(
            arn=self._arn(execution, said),
            name=execution.schedule_name,
            account_id=execution.account.id,
            region=execution.region,
            family=execution.family,
            endpoint=endpoint,
            cadence=cadence_of(str(timing.get("ScheduleExpression", ""))),
            service=service_of(endpoint or execution.schedule_name, tags, self._rules()),
            tags=tuple(sorted(tags.items())),
            definition=str(config.get("MonitoringJobDefinitionName", "")),
            failure=plain(said.get("FailureReason"), MOST_MESSAGE),
        )

    def _arn(self, execution: Watched, said: Answer) -> str:
        """SageMaker's ARNs are in lower case."""
        resource = f"monitoring-schedule/{execution.schedule_name.lower()}"
        target = Target(execution.account, execution.region)
        return str(said.get("MonitoringScheduleArn") or self._hub.arn(target, "sagemaker", resource))

    def _all_tags(self, ask: Ask, execution: Watched, said: Answer) -> tuple[Mapping[str, str], SourceError | None]:
        """The schedule's tags over its endpoint's, and why some may lack; an endpoint that is gone is no lack."""
        target = Target(execution.account, execution.region)
        endpoint = str(said.get("EndpointName") or execution.endpoint)
        arns = [self._arn(execution, said)]
        if endpoint:
            arns.insert(0, self._hub.arn(target, "sagemaker", f"endpoint/{endpoint.lower()}"))
        tags: dict[str, str] = {}
        lack: SourceError | None = None
        for arn in arns:
            try:
                tags.update(self._tags(ask, target, arn))
            except Missing:
                continue
            except SourceError as error:
                lack = lasting(error)
        return tags, lack

    def _tags(self, ask: Ask, target: Target, arn: str) -> Mapping[str, str]:
        pages = self._hub.pages(ask, target, "sagemaker", "ListTags", ResourceArn=arn, MaxResults=100)
        return {str(tag["Key"]): str(tag["Value"]) for page in pages for tag in page.get("Tags", ())}
