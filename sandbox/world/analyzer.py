"""What Model Monitor's two processing jobs do for one execution: merge ground truth, then judge."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.aws import AwsSandbox, ExecutionRecord, ScheduleRecord
from sandbox.world import cron, merge, quality
from sandbox.world.addresses import Objects, hour_path
from sandbox.world.offsets import offset
from sandbox.world.quality import Json, Pair

NO_DATA: Final = "Job inputs had no data"
"""Model Monitor's FailureReason when an hour had no captures or no labels (sagemaker-python-sdk issue 2634)."""


class Unusable(Exception):
    """The execution fails; the message is its FailureReason."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution to be made, with its times."""

    account_id: str
    region: str
    schedule: ScheduleRecord
    scheduled_at: datetime
    created_at: datetime
    ended_at: datetime
    captures_uri: str = ""
    """Where the endpoint's captures lie; empty: DescribeEndpoint is asked."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a model-quality job definition says, and the window that this run judges."""

    endpoint: str
    attributes: merge.Attributes
    threshold: float
    truths_uri: str
    constraints_uri: str | None
    output_uri: str
    start: datetime
    end: datetime

    def hours(self) -> Iterator[datetime]:
        """The hours of the window."""
        hour = self.start.replace(minute=0, second=0, microsecond=0)
        while hour < self.end:
            yield hour
            hour += timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a run came to, and which addresses it read."""

    statistics: Json
    violations: Json
    merge_uri: str


def execute(aws: AwsSandbox, run: Run, known: Sequence[Pair] | None = None) -> ExecutionRecord:
    """Make the execution: read, merge, judge, write the reports, record it.

    `known` are the window's pairs where captures have passed out of the bucket's lifecycle; then nothing is merged
    anew. What cannot be computed becomes an execution that Failed with its reason.
    """
    try:
        job = _declared(run)
        verdict = _judge(aws, run, job, known)
    except Unusable as reason:
        return _failed(aws, run, str(reason))
    count = len(verdict.violations["violations"])
    found = f"with {count} violations" if count else "with no violations"
    status = "CompletedWithViolations" if count else "Completed"
    return aws.monitoring(run.account_id, run.region).record_run(
        run.schedule.name,
        scheduled_at=run.scheduled_at,
        created_at=run.created_at,
        ended_at=run.ended_at,
        status=status,
        exit_message=f"{status}: Job completed successfully {found}.",
        output_uri=_report_uri(run, job),
        inputs=_inputs(job, verdict.merge_uri),
        environment=_environment(job),
        merge_uri=verdict.merge_uri,
    )


def job_of(run: Run) -> Job:
    """The run's job definition, read. Raises Unusable for what this analyzer does not compute."""
    definition = run.schedule.definition
    if run.schedule.monitoring_type != "ModelQuality":
        raise Unusable(f"the sandbox does not compute {run.schedule.monitoring_type} monitors")
    application, given = definition["ModelQualityAppSpecification"], definition["ModelQualityJobInput"]
    problem = application.get("ProblemType", "BinaryClassification")
    if problem != "BinaryClassification" or "EndpointInput" not in given:
        raise Unusable(f"the sandbox computes BinaryClassification of endpoints only, not {problem}")
    source = given["EndpointInput"]
    baseline = definition.get("ModelQualityBaselineConfig", {}).get("ConstraintsResource", {})
    outputs = definition["ModelQualityJobOutputConfig"]["MonitoringOutputs"]
    start = offset(source.get("StartTimeOffset"), -cron.cadence(run.schedule.cron))
    return Job(
        endpoint=source["EndpointName"],
        attributes=merge.Attributes(source.get("ProbabilityAttribute") or source.get("InferenceAttribute") or "0"),
        threshold=float(source.get("ProbabilityThresholdAttribute", 0.5)),
        truths_uri=given["GroundTruthS3Input"]["S3Uri"].rstrip("/"),
        constraints_uri=baseline.get("S3Uri"),
        output_uri=outputs[0]["S3Output"]["S3Uri"].rstrip("/"),
        start=run.scheduled_at + start,
        end=run.scheduled_at + offset(source.get("EndTimeOffset"), timedelta()),
    )


def _declared(run: Run) -> Job:
    """`job_of`, where a definition that lacks a part is unusable too."""
    try:
        return job_of(run)
    except (KeyError, IndexError, ValueError) as lack:
        raise Unusable(f"ClientError: the job definition cannot be read: {lack}") from lack


def _judge(aws: AwsSandbox, run: Run, job: Job, known: Sequence[Pair] | None) -> _Verdict:
    """Compute and write the reports. Raises Unusable."""
    objects = Objects(aws, run.account_id)
    variant, pairs = ("AllTraffic", known) if known is not None else _merge(aws, run, job, objects)
    statistics = quality.statistics(pairs, job.threshold, job.start, job.end, run.ended_at)
    constraints = _constraints(objects, job)
    try:
        violations = quality.compare(statistics, constraints)
    except (KeyError, TypeError, ValueError) as damage:
        raise Unusable(f"AlgorithmError: Error: constraints file cannot be read: {damage!r}") from damage
    reports = {"statistics": statistics, "constraints": constraints, "constraint_violations": violations}
    for name, report in reports.items():
        _write(objects, f"{_report_uri(run, job)}/{name}.json", json.dumps(report), run.ended_at)
    return _Verdict(statistics, violations, _merge_uri(job, variant))


def _merge(aws: AwsSandbox, run: Run, job: Job, objects: Objects) -> tuple[str, list[Pair]]:
    """Join captures and labels of the window, write the merge's output. Returns (variant, pairs)."""
    captures = f"{run.captures_uri or _captures_uri(aws, run, job.endpoint)}/{job.endpoint}/"
    hours = [f"/{hour_path(hour)}/" for hour in job.hours()]
    parts = [uri for uri in _under(objects, captures) if any(hour in uri for hour in hours)]
    labels = [uri for hour in hours for uri in _under(objects, f"{job.truths_uri}{hour}")]
    if not parts or not labels:
        raise Unusable(NO_DATA)
    try:
        records = merge.merged(_lines(objects, parts), _lines(objects, labels))
        pairs = merge.pairs(records, job.attributes)
    except ValueError as damage:
        raise Unusable(f"AlgorithmError: Error: {damage}") from damage
    if not records:
        raise Unusable(NO_DATA)
    variant = parts[0].removeprefix(captures).split("/", maxsplit=1)[0]
    body = "".join(f"{json.dumps(record, separators=(',', ':'))}\n" for record in records)
    _write(objects, f"{_merge_uri(job, variant)}/part-00000-{run.scheduled_at:%Y%m%d%H%M}.jsonl", body, run.ended_at)
    return variant, pairs


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


def _constraints(objects: Objects, job: Job) -> Json:
    """The team's limits; without a baseline in the definition nothing is bounded. Raises Unusable when unreadable."""
    if job.constraints_uri is None:
        return {"version": 0.0, "binary_classification_constraints": {}}
    try:
        constraints: Json = json.loads(objects.get(job.constraints_uri))
    except (KeyError, ValueError) as damage:
        raise Unusable(f"ClientError: Data download failed: {job.constraints_uri} cannot be read") from damage
    return constraints


def _under(objects: Objects, uri: str) -> list[str]:
    """JSON-lines objects below an address; a bucket that is not there holds none."""
    try:
        return [found for found in objects.under(uri) if found.endswith(".jsonl")]
    except KeyError:
        return []


def _lines(objects: Objects, uris: Sequence[str]) -> Iterator[str]:
    """The lines of these objects, in order."""
    for uri in uris:
        yield from objects.get(uri).decode().splitlines()


def _write(objects: Objects, uri: str, body: str, at: datetime) -> None:
    """Write one output. Raises Unusable when the bucket is not there."""
    try:
        objects.put(uri, body.encode(), at)
    except KeyError as missing:
        raise Unusable(f"ClientError: Data upload failed: {uri} cannot be written") from missing


def _report_uri(run: Run, job: Job) -> str:
    """Where the reports lie: by endpoint, schedule and the hour for which the run was scheduled."""
    return f"{job.output_uri}/{job.endpoint}/{run.schedule.name}/{hour_path(run.scheduled_at)}"


def _merge_uri(job: Job, variant: str) -> str:
    """Where the merge's output lies: by endpoint, variant and the window's first hour."""
    return f"{job.output_uri}/merge/{job.endpoint}/{variant}/{hour_path(job.start)}"


def _inputs(job: Job, merge_uri: str) -> dict[str, str]:
    """The analysis job's inputs by name."""
    constraints = {"constraints": job.constraints_uri} if job.constraints_uri else {}
    return {"endpoint_input_1": merge_uri, **constraints}


def _environment(job: Job) -> dict[str, str]:
    """The variables of the processing job; the window is told here and nowhere else."""
    form: Callable[[datetime], str] = "{:%Y-%m-%dT%H:%M:%SZ}".format
    return {
        "analysis_type": "MODEL_QUALITY",
        "probability_attribute": job.attributes.probability,
        "probability_threshold_attribute": f"{job.threshold:g}",
        "publish_cloudwatch_metrics": "Enabled",
        "sagemaker_endpoint_name": job.endpoint,
        "start_time": form(job.start),
        "end_time": form(job.end),
        "metric_time": form(job.start),
    }


def _failed(aws: AwsSandbox, run: Run, reason: str) -> ExecutionRecord:
    """Record an execution that failed; it wrote nothing."""
    window = {
        "start_time": f"{run.scheduled_at - cron.cadence(run.schedule.cron):%Y-%m-%dT%H:%M:%SZ}",
        "end_time": f"{run.scheduled_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return aws.monitoring(run.account_id, run.region).record_run(
        run.schedule.name,
        scheduled_at=run.scheduled_at,
        created_at=run.created_at,
        ended_at=run.ended_at,
        status="Failed",
        failure_reason=reason,
        output_uri=_declared_output(run.schedule.definition),
        inputs={},
        environment=window,
    )


def _declared_output(definition: Mapping[str, Any]) -> str:
    """The output address that any kind of job definition declares."""
    config: Mapping[str, Any] = next((v for key, v in definition.items() if key.endswith("OutputConfig")), {})
    outputs = config.get("MonitoringOutputs") or [{"S3Output": {"S3Uri": ""}}]
    return str(outputs[0]["S3Output"]["S3Uri"])
