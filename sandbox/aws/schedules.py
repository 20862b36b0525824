"""SageMaker's operations on monitoring schedules and their alerts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox.aws import behind
from sandbox.aws.definitions import found
from sandbox.aws.errors import AwsError
from sandbox.aws.listing import chosen, ordered
from sandbox.aws.monitoring import MonitoringStore, Stores
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page
from sandbox.aws.records import ScheduleRecord, endpoint_of
from sandbox.aws.tags import merged

_CRON = re.compile(r"cron\(0 (\*|([01]?\d|2[0-3])(/([1-9]|1\d|2[0-4]))?) \? \* \* \*\)")
"""Hourly, daily at an hour, every N hours (SageMaker API: ScheduleConfig)."""


class Schedules:
    """Create, describe, list, update, start, stop and delete."""

    def __init__(self, stores: Stores, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._now = now

    @operation("sagemaker", "CreateMonitoringSchedule")
    def create(self, request: Request) -> Values:
        """The job definition and its endpoint must exist; a schedule whose expression is NOW runs once."""
        store = self._stores(request.account, request.region)
        name = request.params["MonitoringScheduleName"]
        arn = _arn(request, name)
        if store.schedule(name):
            raise AwsError("ResourceInUse", f"Monitoring Schedule {arn} already exists")
        config = request.params["MonitoringScheduleConfig"]
        kind, definition = _definition(store, config)
        tags = merged({}, request.params.get("Tags", []))
        now = self._now()
        store.keep(
            ScheduleRecord(
                name=name,
                arn=arn,
                monitoring_type=kind,
                endpoint_name=_endpoint(request, definition),
                definition_name=config.get("MonitoringJobDefinitionName"),
                cron=_expression(config),
                status="Scheduled",
                created_at=now,
                modified_at=now,
                definition=definition,
                config=config,
            )
        )
        store.tag(arn, tags)
        return {"MonitoringScheduleArn": arn}

    @operation("sagemaker", "DescribeMonitoringSchedule")
    def describe(self, request: Request) -> Values:
        """With the last execution, once there is one."""
        store, schedule = self._found(request)
        last = store.last_execution(schedule.name)
        about = {key: value for key, value in summary(schedule).items() if key != "MonitoringJobDefinitionName"}
        return {
            **about,
            "MonitoringScheduleConfig": dict(schedule.config),
            "LastMonitoringExecutionSummary": dict(last.summary) if last else None,
        }

    @operation("sagemaker", "ListMonitoringSchedules")
    def list(self, request: Request) -> Values:
        """Newest first unless asked otherwise; ten to a page."""
        schedules = self._stores(request.account, request.region).schedules()
        summaries = [summary(schedule) for schedule in schedules]
        kept = ordered(chosen(summaries, request.params, "MonitoringSchedule"), request.params, "MonitoringSchedule")
        items, token = page(kept, request.params, lambda item: str(item["MonitoringScheduleName"]), default=10)
        return {"MonitoringScheduleSummaries": items, "NextToken": token}

    @operation("sagemaker", "UpdateMonitoringSchedule")
    def update(self, request: Request) -> Values:
        """Another definition or cadence under the same name."""
        store, schedule = self._found(request)
        config = request.params["MonitoringScheduleConfig"]
        kind, definition = _definition(store, config)
        store.keep(
            replace(
                schedule,
                monitoring_type=kind,
                endpoint_name=_endpoint(request, definition),
                definition_name=config.get("MonitoringJobDefinitionName"),
                cron=_expression(config),
                modified_at=self._now(),
                definition=definition,
                config=config,
            )
        )
        return {"MonitoringScheduleArn": schedule.arn}

    @operation("sagemaker", "StartMonitoringSchedule")
    def start(self, request: Request) -> Values:
        """A stopped schedule runs again; one that runs stays as it is."""
        return self._to_status(request, "Scheduled")

    @operation("sagemaker", "StopMonitoringSchedule")
    def stop(self, request: Request) -> Values:
        """No more runs until it is started."""
        return self._to_status(request, "Stopped")

    @operation("sagemaker", "DeleteMonitoringSchedule")
    def delete(self, request: Request) -> Values:
        """It stops, too; executions, processing jobs and reports stay (SageMaker API)."""
        store, schedule = self._found(request)
        store.forget(schedule.name, self._now())
        return {}

    @operation("sagemaker", "ListMonitoringAlerts")
    def alerts(self, request: Request) -> Values:
        """Every schedule has one alert: in alarm when the last finished run had violations or failed."""
        store, schedule = self._found(request)
        last = store.last_execution(schedule.name)
        bad = last is not None and last.status in {"CompletedWithViolations", "Failed"}
        return {
            "MonitoringAlertSummaries": [
                {
                    "MonitoringAlertName": schedule.name,
                    "CreationTime": schedule.created_at,
                    "LastModifiedTime": last.modified_at if last else schedule.modified_at,
                    "AlertStatus": "InAlert" if bad else "OK",
                    "DatapointsToAlert": 1,
                    "EvaluationPeriod": 1,
                    "Actions": {"ModelDashboardIndicator": {"Enabled": True}},
                }
            ]
        }

    def _to_status(self, request: Request, status: str) -> Values:
        store, schedule = self._found(request)
        if schedule.status != status:
            store.keep(replace(schedule, status=status, modified_at=self._now()))
        return {}

    def _found(self, request: Request) -> tuple[MonitoringStore, ScheduleRecord]:
        store = self._stores(request.account, request.region)
        name = request.params["MonitoringScheduleName"]
        schedule = store.schedule(name)
        if schedule is None:
            raise AwsError("ResourceNotFound", f"Monitoring Schedule {_arn(request, name)} not found")
        return store, schedule


def summary(schedule: ScheduleRecord) -> Values:
    """MonitoringScheduleSummary."""
    return {
        "MonitoringScheduleName": schedule.name,
        "MonitoringScheduleArn": schedule.arn,
        "CreationTime": schedule.created_at,
        "LastModifiedTime": schedule.modified_at,
        "MonitoringScheduleStatus": schedule.status,
        "EndpointName": schedule.endpoint_name,
        "MonitoringJobDefinitionName": schedule.definition_name,
        "MonitoringType": schedule.monitoring_type,
    }


def _arn(request: Request, name: str) -> str:
    return f"arn:aws:sagemaker:{request.region}:{request.account}:monitoring-schedule/{name.lower()}"


def _expression(config: Mapping[str, Any]) -> str:
    """Raises AwsError for what SageMaker does not run. Without a schedule it runs once, now."""
    schedule = config.get("ScheduleConfig") or {"ScheduleExpression": "NOW"}
    expression = str(schedule["ScheduleExpression"])
    if expression == "NOW":
        if "DataAnalysisStartTime" not in schedule or "DataAnalysisEndTime" not in schedule:
            raise AwsError(
                "ValidationException", "A schedule of NOW needs DataAnalysisStartTime and DataAnalysisEndTime"
            )
    elif not _CRON.fullmatch(expression):
        raise AwsError(
            "ValidationException", f"ScheduleExpression {expression} is not valid: hourly, daily or every N hours"
        )
    return expression


def _definition(store: MonitoringStore, config: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """(monitoring type, job definition), inline or by name. Raises AwsError when there is none of that name."""
    if (inline := config.get("MonitoringJobDefinition")) is not None:
        return str(config.get("MonitoringType", "DataQuality")), inline
    name, kind = config.get("MonitoringJobDefinitionName"), config.get("MonitoringType")
    if not name or not kind:
        needed = "MonitoringJobDefinitionName and MonitoringType, or MonitoringJobDefinition"
        raise AwsError("ValidationException", f"{needed} must be given")
    return str(kind), found(store, kind, name).described


def _endpoint(request: Request, definition: Mapping[str, Any]) -> str | None:
    """The endpoint that the definition's input reads from; None for batch transform. Raises AwsError if it is gone."""
    name = endpoint_of(definition)
    with behind.LOCK:
        held = behind.sagemaker(request.account, request.region).endpoints
        if name is not None and name not in held:
            raise AwsError("ValidationException", f'Could not find endpoint "{name}".')
    return name
