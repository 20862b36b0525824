"""AWS on loopback: services of our own in front of moto."""

from sandbox.aws.accounts import CloudAccount, Principal
from sandbox.aws.calls import Call
from sandbox.aws.jobs import ProcessingJob
from sandbox.aws.monitoring import MonitoringStore
from sandbox.aws.objects import NoSuchObject
from sandbox.aws.records import ExecutionRecord, ScheduleRecord
from sandbox.aws.sandbox import AwsSandbox

__all__ = [
    "AwsSandbox",
    "Call",
    "CloudAccount",
    "ExecutionRecord",
    "MonitoringStore",
    "NoSuchObject",
    "Principal",
    "ProcessingJob",
    "ScheduleRecord",
]
