"""Monitoring schedules: what their runs are called, how often they run, which service they watch."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.aws.hub import Answer, Hub, Target
from bot.aws.jobs import MOST_MESSAGE
from bot.aws.kept import Kept
from bot.aws.plain import plain
from bot.errors import Missing
from bot.logic.services import service_of
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


def service_by_name(execution: Execution, rules: Sequence[ServiceRule]) -> Service:
    """The service of a run whose tags cannot be read: by the endpoint's name, else the schedule's."""
    return service_of(execution.endpoint or execution.schedule_name, {}, rules)


class Schedules:
    """Reads schedules, and believes what it read for a while."""

    def __init__(self, hub: Hub, rules: tuple[ServiceRule, ...], ttl: timedelta) -> None:
        """`rules` name services that have no tag."""
        self._hub = hub
        self._rules = rules
        self._ttl = ttl
        self._kept: Kept[tuple[str, str, str], tuple[datetime, Schedule]] = Kept(KEPT_SCHEDULES)

    def read(self, ask: Ask, execution: Execution) -> Schedule:
        """The schedule of a run; one that was deleted is known by its names. Raises SourceError."""
        key = (execution.account.id, execution.region, execution.schedule_name)
        kept = self._kept.get(key)
        if kept and timedelta() <= ask.now - kept[0] < self._ttl:
            return kept[1]
        try:
            schedule = self._ask(ask, execution)
        except Missing:
            schedule = self._by_name(execution)
        self._kept.put(key, (ask.now, schedule))
        return schedule

    def _ask(self, ask: Ask, execution: Execution) -> Schedule:
        target = Target(execution.account, execution.region)
        name = execution.schedule_name
        said = self._hub.call(target, "sagemaker", "DescribeMonitoringSchedule", MonitoringScheduleName=name)
        endpoint = str(said.get("EndpointName") or execution.endpoint)
        arn = str(said["MonitoringScheduleArn"])
        tags = {**self._endpoint_tags(ask, target, endpoint), **self._tags(ask, target, arn)}
        timing = said["MonitoringScheduleConfig"].get("ScheduleConfig", {})
        return Schedule(
            arn=arn,
            name=name,
            account_id=execution.account.id,
            region=execution.region,
            family=execution.family,
            endpoint=endpoint,
            cadence=cadence_of(str(timing.get("ScheduleExpression", ""))),
            service=service_of(endpoint or name, tags, self._rules),
            tags=tuple(sorted(tags.items())),
        )

    def _by_name(self, execution: Execution) -> Schedule:
        """A deleted schedule: its last run still speaks, its rhythm and tags are gone."""
        target = Target(execution.account, execution.region)
        return Schedule(
            arn=self._hub.arn(target, "sagemaker", f"monitoring-schedule/{execution.schedule_name.lower()}"),
            name=execution.schedule_name,
            account_id=execution.account.id,
            region=execution.region,
            family=execution.family,
            endpoint=execution.endpoint,
            cadence=None,
            service=service_by_name(execution, self._rules),
        )

    def _endpoint_tags(self, ask: Ask, target: Target, endpoint: str) -> Mapping[str, str]:
        if not endpoint:
            return {}
        try:
            return self._tags(ask, target, self._hub.arn(target, "sagemaker", f"endpoint/{endpoint.lower()}"))
        except Missing:
            return {}

    def _tags(self, ask: Ask, target: Target, arn: str) -> Mapping[str, str]:
        pages = self._hub.pages(ask, target, "sagemaker", "ListTags", ResourceArn=arn, MaxResults=100)
        return {str(tag["Key"]): str(tag["Value"]) for page in pages for tag in page.get("Tags", ())}
