"""What monitors hold their metrics to: the constraints that their job definitions name, read from S3."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from types import MappingProxyType

from bot.aws import findings_bias, findings_data, findings_model
from bot.aws.actions import needs
from bot.aws.definitions import Baseline, Definitions
from bot.aws.errors import where
from bot.aws.fanout import Fanout, Job, failures_of, once
from bot.aws.findings import MOST_FINDINGS, Document
from bot.aws.hub import Hub, Target
from bot.aws.jobs import Location, facts_of, location_of
from bot.aws.objects import Objects
from bot.aws.shared import Settle, Shared
from bot.errors import Malformed, Missing, SourceError
from bot.model.metric import Limit
from bot.model.monitor import Schedule
from bot.model.observation import Row
from bot.model.place import Family
from bot.ports.ask import Ask, Failure, Found

KEPT_FOR = timedelta(hours=1)
"""A file may be written anew under its name."""
KEPT_LIMITS = 100_000
"""Of all files together, some 30 MB."""
HALF = 0.5
"""Of the time left that each step may take: the files come after the definitions, and points after the limits."""

Held = tuple[tuple[Row, float], ...]
_READERS: Mapping[Family, Callable[[Document], Iterator[tuple[Row, float]]]] = MappingProxyType(
    {
        Family.MODEL_QUALITY: findings_model.held,
        Family.DATA_QUALITY: findings_data.held,
        Family.BIAS: findings_bias.held,
    }
)
"""Attributions are held to an order and not one by one: no metric of theirs has a limit."""
_FILES = {Family.BIAS: "analysis.json"}
_ANEW = "Run its baseline job again, or let the monitor name constraints that are there."


@dataclass(frozen=True, slots=True)
class File:
    """A constraints file, and how it is read."""

    target: Target
    at: Location
    family: Family


class Constraints:
    """Reads constraints files, for everybody who asks."""

    def __init__(self, hub: Hub, fanout: Fanout, cap_bytes: int) -> None:
        """`cap_bytes` is the largest file that is read."""
        self._objects = Objects(hub, cap_bytes)
        self._fanout = fanout
        self._shared: Shared[File, Held] = Shared(KEPT_LIMITS, lambda held: 1 + len(held))

    def read(self, ask: Ask, files: Iterable[File]) -> dict[File, Held | SourceError]:
        """What each holds metrics to."""
        return self._shared.answers(ask, files, ask.now + KEPT_FOR, partial(self._fetch, ask), share=HALF)

    def _fetch(self, ask: Ask, files: Sequence[File], settle: Settle[File, Held], share: float) -> None:
        jobs = [Job(f.target.account, f.target.region, partial(self._read, f, settle)) for f in files]
        answers = self._fanout.answers(ask, jobs, share=share)
        settle({f: a for f, a in zip(files, answers, strict=True) if isinstance(a, SourceError)})

    def _read(self, file: File, settle: Settle[File, Held]) -> None:
        document = self._objects.read(file.target, file.at)
        settle({file: tuple(islice(_READERS[file.family](document), MOST_FINDINGS))})


class AwsBaselines:
    """`bot.ports.metrics.Baselines` over SageMaker and S3."""

    def __init__(self, hub: Hub, fanout: Fanout, definitions: Definitions, constraints: Constraints, ask: Ask) -> None:
        """Bound to one ask; definitions and constraints are shared by all."""
        self._hub = hub
        self._fanout = fanout
        self._definitions = definitions
        self._constraints = constraints
        self._ask = ask

    @needs(
        "sagemaker:DescribeMonitoringSchedule",
        "sagemaker:DescribeDataQualityJobDefinition",
        "sagemaker:DescribeModelBiasJobDefinition",
        "sagemaker:DescribeModelQualityJobDefinition",
        "sagemaker:DescribeProcessingJob",
        "s3:GetObject",
    )
    def limits(self, schedules: Iterable[Schedule]) -> Found[Limit]:
        """In the order of the schedules; those of accounts outside the scope are not asked."""
        began = time.monotonic()
        targets = {(a.id, r): Target(a, r) for a, r in self._ask.scope.targets()}
        asked = [s for s in schedules if s.family in _READERS and s.monitor[:2] in targets]
        jobs = [self._place_job(targets[s.monitor[:2]], s) for s in asked]
        places = self._fanout.answers(self._ask, jobs, share=HALF)
        files = {s.monitor: f for s, f in zip(asked, places, strict=True) if isinstance(f, File)}
        said = self._constraints.read(self._ask, files.values())
        limits, failures = list[Limit](), list(failures_of(jobs, places))
        for schedule in asked:
            file = files.get(schedule.monitor)
            held: Held | SourceError = said[file] if file else ()
            if file and isinstance(held, SourceError):
                failures.append(Failure(file.target.account, file.target.region, _told(held, schedule, file)))
            elif not isinstance(held, SourceError):
                limits += [Limit(schedule.monitor, row, value) for row, value in held]
        count = len({s.monitor[:2] for s in asked})
        return Found(tuple(limits), once(failures), count, time.monotonic() - began)

    def _place_job(self, target: Target, schedule: Schedule) -> Job[File | None]:
        return Job(target.account, target.region, partial(self._place, target, schedule))

    def _place(self, target: Target, schedule: Schedule) -> File | None:
        """Where a schedule's constraints lie; None where none are configured. Raises SourceError."""
        name = f"monitor {schedule.name} in {where(target.account)}"
        try:
            baseline = self._definitions.read(target, schedule).baseline
        except Missing:
            raise Missing(f"the job definition of {name} is gone", "Create the monitor anew, or delete it.") from None
        if not baseline.constraints and not baseline.job:
            return None
        at = self._location(target, baseline, schedule.family)
        if at is None:
            raise Malformed(f"{name} names no usable place for its constraints", _ANEW)
        return File(target, at, schedule.family)

    def _location(self, target: Target, baseline: Baseline, family: Family) -> Location | None:
        """By the file's address, else in what the baseline job wrote."""
        if baseline.constraints:
            return location_of(baseline.constraints)
        try:
            said = self._hub.call(target, "sagemaker", "DescribeProcessingJob", ProcessingJobName=baseline.job)
            return facts_of(said).file(_FILES.get(family, "constraints.json"))
        except (Missing, Malformed):
            return None


def _told(error: SourceError, schedule: Schedule, file: File) -> SourceError:
    """Whose constraints they are, where the file is at fault."""
    if not isinstance(error, Missing | Malformed):
        return error
    name = f"monitor {schedule.name} in {where(file.target.account)}"
    return type(error)(f"the constraints of {name}: {error.cause}", _ANEW)
