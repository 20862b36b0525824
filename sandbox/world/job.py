"""One execution to be made: what its job definition says, the window it judges, where it reads and writes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sandbox.aws import AwsSandbox, ScheduleRecord
from sandbox.world import cron, merge
from sandbox.world.addresses import Objects, hour_path
from sandbox.world.emitted import Origin, Point
from sandbox.world.offsets import offset
from sandbox.world.traffic import Customer

NO_DATA: Final = "Job inputs had no data"
"""Model Monitor's FailureReason when an hour had no captures or no labels (sagemaker-python-sdk issue 2634)."""


class Unusable(Exception):
    """The execution fails; the message is its FailureReason. `merge_uri` is set when its merge was over by then."""

    def __init__(self, reason: str, merge_uri: str | None = None) -> None:
        super().__init__(reason)
        self.merge_uri = merge_uri


class Rows(Protocol):
    """What the world knows to have been captured in a span, `labelled` where the truth is needed too."""

    def __call__(self, start: datetime, end: datetime, *, labelled: bool) -> list[Customer]:
        """The customers in the order in which they came."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """One execution to be made, with its times."""

    account_id: str
    region: str
    schedule: ScheduleRecord
    scheduled_at: datetime
    created_at: datetime
    ended_at: datetime
    kept_since: datetime
    """The buckets have lost what was captured before."""
    captures_uri: str = ""
    """Where the endpoint's captures lie; empty: DescribeEndpoint is asked."""
    rows: Rows | None = None
    """None for a schedule that the world did not make: it has the buckets only."""
    fails: bool = False
    """Its job runs out of memory."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a job definition says, and the window that this run judges; `endpoint` is empty for batch transform."""

    kind: str
    endpoint: str
    attributes: merge.Attributes
    threshold: float
    source: Mapping[str, Any]
    truths_uri: str
    constraints_uri: str | None
    statistics_uri: str | None
    output_uri: str
    start: datetime
    end: datetime
    publishes: bool = True
    """To CloudWatch, unless the definition's environment says Disabled."""

    def hours(self) -> Iterator[datetime]:
        """The hours of the window."""
        hour = self.start.replace(minute=0, second=0, microsecond=0)
        while hour < self.end:
            yield hour
            hour += timedelta(hours=1)

    def origin(self, run: Run) -> Origin:
        """Under which dimensions it publishes."""
        return Origin(run.account_id, run.schedule.name, self.endpoint)

    def report_uri(self, run: Run) -> str:
        """Where the reports lie: by endpoint, where there is one, schedule and the hour of the run."""
        under = f"{self.output_uri}/{self.endpoint}" if self.endpoint else self.output_uri
        return f"{under}/{run.schedule.name}/{hour_path(run.scheduled_at)}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run came to: the number of violations, what its analysis read, its own variables."""

    violations: int
    inputs: Mapping[str, str]
    environment: Mapping[str, str]
    merge_uri: str | None = None
    points: tuple[Point, ...] = ()
    """What it publishes to CloudWatch, where it may."""


def job_of(run: Run) -> Job:
    """The run's job definition, read. Raises Unusable for one that lacks a part."""
    try:
        return _declared(run)
    except (KeyError, IndexError, ValueError) as lack:
        raise Unusable(f"ClientError: the job definition cannot be read: {lack}") from lack


def _declared(run: Run) -> Job:
    kind, definition = run.schedule.monitoring_type, run.schedule.definition
    given = definition[f"{kind}JobInput"]
    source = given.get("EndpointInput") or given["BatchTransformInput"]
    limits = definition.get(f"{kind}BaselineConfig", {})
    outputs = definition[f"{kind}JobOutputConfig"]["MonitoringOutputs"]
    start = offset(source.get("StartTimeOffset"), -cron.cadence(run.schedule.cron))
    environment = definition[f"{kind}AppSpecification"].get("Environment") or {}
    return Job(
        kind=kind,
        endpoint=source.get("EndpointName", ""),
        attributes=merge.Attributes(source.get("ProbabilityAttribute") or source.get("InferenceAttribute") or "0"),
        threshold=float(source.get("ProbabilityThresholdAttribute", 0.5)),
        source=source,
        truths_uri=given.get("GroundTruthS3Input", {}).get("S3Uri", "").rstrip("/"),
        constraints_uri=limits.get("ConstraintsResource", {}).get("S3Uri"),
        statistics_uri=limits.get("StatisticsResource", {}).get("S3Uri"),
        output_uri=outputs[0]["S3Output"]["S3Uri"].rstrip("/"),
        start=run.scheduled_at + start,
        end=run.scheduled_at + offset(source.get("EndTimeOffset"), timedelta()),
        publishes=environment.get("publish_cloudwatch_metrics", "Enabled") == "Enabled",
    )


def variables(job: Job) -> dict[str, str]:
    """The processing job's variables that every type has; the window is told here and nowhere else.

    `metric_time`, the time of what is published, is the window's start in jobs that were logged in public.
    """
    form: Callable[[datetime], str] = "{:%Y-%m-%dT%H:%M:%SZ}".format
    about = {"sagemaker_endpoint_name": job.endpoint} if job.endpoint else {}
    return {
        "publish_cloudwatch_metrics": "Enabled" if job.publishes else "Disabled",
        **about,
        "start_time": form(job.start),
        "end_time": form(job.end),
        "metric_time": form(job.start),
    }


def captured_parts(aws: AwsSandbox, run: Run, job: Job) -> tuple[str, list[str]]:
    """(the variant, the addresses of the window's capture files). Raises Unusable when there are none."""
    objects = Objects(aws, run.account_id)
    captures = f"{run.captures_uri or _captures_uri(aws, run, job.endpoint)}/{job.endpoint}/"
    hours = [f"/{hour_path(hour)}/" for hour in job.hours()]
    parts = [uri for uri in json_lines(objects, captures) if any(hour in uri for hour in hours)]
    if not parts:
        raise Unusable(NO_DATA)
    return parts[0].removeprefix(captures).split("/", maxsplit=1)[0], parts


def _captures_uri(aws: AwsSandbox, run: Run, endpoint: str) -> str:
    """Where the endpoint's captured data lies. Raises Unusable when it has none or is gone."""
    client = aws.client("sagemaker", run.account_id, run.region)
    try:
        capture = client.describe_endpoint(EndpointName=endpoint).get("DataCaptureConfig")
    except client.exceptions.ClientError as gone:
        raise Unusable(f"ClientError: endpoint {endpoint} cannot be described") from gone
    if not capture:
        raise Unusable(NO_DATA)
    return str(capture["DestinationS3Uri"]).rstrip("/")


def json_lines(objects: Objects, uri: str) -> list[str]:
    """JSON-lines objects below an address; a bucket that is not there holds none."""
    try:
        return [found for found in objects.under(uri) if found.endswith(".jsonl")]
    except KeyError:
        return []


def lines(objects: Objects, uris: Sequence[str]) -> Iterator[str]:
    """The lines of these objects, in order."""
    for uri in uris:
        yield from objects.get(uri).decode().splitlines()


def write(objects: Objects, uri: str, body: str, at: datetime) -> None:
    """Write one output. Raises Unusable when the bucket is not there."""
    try:
        objects.put(uri, body.encode(), at)
    except KeyError as missing:
        raise Unusable(f"ClientError: Data upload failed: {uri} cannot be written") from missing
