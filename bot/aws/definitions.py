"""What a monitor's job definition says of the data that it judges."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.aws.hub import Answer, Hub, Target
from bot.aws.jobs import Location, folder_of
from bot.aws.kept import Kept
from bot.aws.schedules import FAMILIES
from bot.model.monitor import Schedule
from bot.model.observation import Window
from bot.model.place import Family

KINDS = {family: kind for kind, family in FAMILIES.items()}
KEPT_DEFINITIONS = 4096
_OFFSET = re.compile(r"(-?)P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?")


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a monitor's runs are held to, as its definition names it; empty where it does not."""

    constraints: str = ""
    """The address of the constraints file."""
    job: str = ""
    """The processing job that wrote it."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where a monitor's data lies, and which hours of it each run judges; None where the definition says nothing."""

    truth: Location | None = None
    wants_truth: bool = False
    captured: Location | None = None
    """Of a batch-transform monitor alone: an endpoint's capture is the endpoint's to say."""
    output: Location | None = None
    start: timedelta | None = None
    end: timedelta | None = None
    """From the scheduled time; negative ones are before it."""
    baseline: Baseline = Baseline()

    def window(self, scheduled_at: datetime, cadence: timedelta | None) -> Window | None:
        """The data of a run: by the offsets, else what came since the run before."""
        start = self.start if self.start is not None else -cadence if cadence else None
        if start is None:
            return None
        window = Window(scheduled_at + start, scheduled_at + (self.end or timedelta()))
        return window if window.start < window.end else None


class Definitions:
    """Reads job definitions; they cannot be changed, so what was read is kept."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._kept: Kept[tuple[str, str, str, datetime | None], Inputs] = Kept(KEPT_DEFINITIONS)

    def read(self, target: Target, schedule: Schedule) -> Inputs:
        """The definition of a schedule, or that which stands in the schedule itself. Raises SourceError."""
        key = (schedule.arn, schedule.family, schedule.definition, schedule.created_at)
        kept = self._kept.get(key) if schedule.definition else None
        if kept:
            return kept
        inputs = self._named(target, schedule, schedule.definition) if schedule.definition else None
        if inputs is None:
            return self._within(target, schedule)
        self._kept.put(key, inputs)
        return inputs

    def _within(self, target: Target, schedule: Schedule) -> Inputs:
        said = self._hub.call(
            target, "sagemaker", "DescribeMonitoringSchedule", MonitoringScheduleName=schedule.name
        ).get("MonitoringScheduleConfig", {})
        name = said.get("MonitoringJobDefinitionName")
        return self._named(target, schedule, str(name)) if name else _inline(said.get("MonitoringJobDefinition", {}))

    def _named(self, target: Target, schedule: Schedule, name: str) -> Inputs:
        kind = KINDS.get(schedule.family, KINDS[Family.DATA_QUALITY])
        said = self._hub.call(target, "sagemaker", f"Describe{kind}JobDefinition", JobDefinitionName=name)
        return _inputs(
            said.get(f"{kind}JobInput", {}),
            said.get(f"{kind}JobOutputConfig", {}),
            said.get(f"{kind}BaselineConfig") or {},
        )


def _inline(definition: Answer) -> Inputs:
    """Only monitors of data quality are defined in their schedules (SageMaker API reference)."""
    inputs = definition.get("MonitoringInputs") or [{}]
    return _inputs(inputs[0], definition.get("MonitoringOutputConfig", {}), definition.get("BaselineConfig") or {})


def _inputs(given: dict[str, Any], output: dict[str, Any], baseline: dict[str, Any]) -> Inputs:
    source: dict[str, Any] = given.get("EndpointInput") or given.get("BatchTransformInput") or {}
    outputs = output.get("MonitoringOutputs") or [{}]
    constraints = (baseline.get("ConstraintsResource") or {}).get("S3Uri", "")
    return Inputs(
        truth=folder_of(given.get("GroundTruthS3Input", {}).get("S3Uri")),
        wants_truth="GroundTruthS3Input" in given,
        captured=folder_of(source.get("DataCapturedDestinationS3Uri")),
        output=folder_of(outputs[0].get("S3Output", {}).get("S3Uri")),
        start=offset_of(source.get("StartTimeOffset")),
        end=offset_of(source.get("EndTimeOffset")),
        baseline=Baseline(str(constraints), str(baseline.get("BaseliningJobName", ""))),
    )


def offset_of(text: object) -> timedelta | None:
    """`-P8D` or `-PT1H30M` as a span; None for another form."""
    found = _OFFSET.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    sign, days, hours, minutes = found.groups()
    span = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
    return -span if sign else span
