"""The processing job behind a run: what it counted, which data it judged, where it wrote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.errors import Malformed
from bot.logic.plain import plain
from bot.model.observation import Window

MOST_MESSAGE = 1024
"""Characters of an exit message or failure reason (SageMaker API reference)."""
_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/([^\x00-\x1f\x7f]{1,900}?)/?")
"""Bucket names as S3's naming rules have them; no ARN, no access point, no control characters."""
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/?")
_COUNT = re.compile(r"\bwith (?:(\d{1,9})|no) violations?\b")
"""`CompletedWithViolations: Job completed successfully with 8 violations.`"""
_JOB = re.compile(r"arn:[a-z0-9-]+:sagemaker:[a-z0-9-]+:\d{12}:processing-job/([A-Za-z0-9-]{1,63})")


@dataclass(frozen=True, slots=True)
class Location:
    """An object or a prefix in S3, without the slash at its end."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def file(self, name: str) -> "Location":
        """An object under this prefix."""
        return Location(self.bucket, f"{self.key}/{name}")


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What DescribeProcessingJob says of a run."""

    exit_message: str = ""
    count: int | None = None
    window: Window | None = None
    output: Location | None = None
    """Where the reports are; None when the job names no usable place."""
    constraints: Location | None = None
    """The baseline's constraints that the job was given: an `analysis.json` for bias and explainability."""

    def file(self, name: str) -> Location:
        """A file of its report. Raises Malformed when there is no usable place."""
        if self.output is None:
            raise Malformed("the job names no usable place for its report")
        return self.output.file(name)


def job_name(arn: str) -> str:
    """The job's name from its ARN. Raises Malformed."""
    named = _JOB.fullmatch(arn)
    if named is None:
        raise Malformed("the run names no processing job")
    return named.group(1)


def facts_of(job: dict[str, Any]) -> JobFacts:
    """Read the answer of DescribeProcessingJob; what it does not say stays unknown."""
    message = plain(job.get("ExitMessage"), MOST_MESSAGE)
    return JobFacts(message, count_of(message), window_of(job.get("Environment", {})), _output(job), _constraints(job))


def count_of(exit_message: str) -> int | None:
    """How many violations an exit message counts; None when it does not say."""
    found = _COUNT.search(exit_message)
    return int(found.group(1) or 0) if found else None


def window_of(environment: dict[str, str]) -> Window | None:
    """The data's span from the job's `start_time` and `end_time` (ISO 8601); None when either is no time."""
    try:
        start, end = (_time(environment[name]) for name in ("start_time", "end_time"))
    except (KeyError, ValueError, OverflowError):
        return None
    return Window(start, end) if start < end else None


def location_of(uri: object) -> Location | None:
    """An `s3://bucket/key` in its plain form, else None: the other account writes these."""
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if found is None or ".." in found.group(1) or ".." in found.group(2).split("/"):
        return None
    return Location(found.group(1), found.group(2))


def folder_of(uri: object) -> Location | None:
    """The same of a folder, which may be a whole bucket."""
    whole = _BUCKET.fullmatch(uri) if isinstance(uri, str) else None
    if whole is None:
        return location_of(uri)
    return None if ".." in whole.group(1) else Location(whole.group(1), "")


def _time(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)


def _output(job: dict[str, Any]) -> Location | None:
    outputs = job.get("ProcessingOutputConfig", {}).get("Outputs", ())
    return next(filter(None, (location_of(o.get("S3Output", {}).get("S3Uri")) for o in outputs)), None)


def _constraints(job: dict[str, Any]) -> Location | None:
    """By the input's name, whatever the file is called, else by the file's."""
    inputs = list(_inputs(job))
    named = (at for name, at in inputs if name == "constraints" and at.key.endswith(".json"))
    told = (at for _, at in inputs if at.key.endswith(("/constraints.json", "/analysis.json")))
    return next(named, None) or next(told, None)


def _inputs(job: dict[str, Any]) -> Iterator[tuple[str, Location]]:
    for one in job.get("ProcessingInputs", ()):
        at = location_of(one.get("S3Input", {}).get("S3Uri"))
        if at:
            yield str(one.get("InputName", "")), at
