"""What Model Monitor does for one execution: its processing jobs read, judge and write, and it is recorded."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from sandbox.aws import AwsSandbox, ExecutionRecord
from sandbox.aws.cloudwatch.series import StatisticSet
from sandbox.world import clarify, cron, data_quality, model_quality
from sandbox.world.emitted import Point
from sandbox.world.job import Job, Run, Unusable, Verdict, job_of

_JUDGES: Final[Mapping[str, Callable[[AwsSandbox, Run, Job], Verdict]]] = {
    "ModelQuality": model_quality.judge,
    "DataQuality": data_quality.judge,
    "ModelBias": clarify.judge,
    "ModelExplainability": clarify.judge,
}


def execute(aws: AwsSandbox, run: Run) -> ExecutionRecord:
    """Make the execution. What cannot be computed becomes one that Failed with its reason."""
    try:
        job = job_of(run)
        verdict = _judged(aws, run, job)
    except Unusable as reason:
        return _failed(aws, run, reason)
    if job.publishes:
        _publish(aws, run, job, verdict.points)
    found = f"with {verdict.violations} violations" if verdict.violations else "with no violations"
    status = "CompletedWithViolations" if verdict.violations else "Completed"
    return aws.monitoring(run.account_id, run.region).record_run(
        run.schedule.name,
        scheduled_at=run.scheduled_at,
        created_at=run.created_at,
        ended_at=run.ended_at,
        status=status,
        exit_message=f"{status}: Job completed successfully {found}.",
        output_uri=job.report_uri(run),
        inputs=verdict.inputs,
        environment=verdict.environment,
        merge_uri=verdict.merge_uri,
    )


def _judged(aws: AwsSandbox, run: Run, job: Job) -> Verdict:
    judge = _JUDGES.get(job.kind)
    if judge is None:
        raise Unusable(f"the sandbox does not compute {job.kind} monitors")
    return judge(aws, run, job)


def _publish(aws: AwsSandbox, run: Run, job: Job, points: Iterable[Point]) -> None:
    """Let CloudWatch have the run's metrics: received when it ended, of the time that is the job's `metric_time`."""
    store = aws.metrics(run.account_id, run.region)
    received_s = run.ended_at.timestamp()
    for point in points:
        if isinstance(point.value, StatisticSet):
            put = partial(store.put_set, point.key, job.start, point.value, received_s=received_s)
        else:
            put = partial(store.put_many, point.key, [job.start.timestamp()], [point.value], received_s=received_s)
        if run.ended_at > aws.clock.now():
            store.later(run.ended_at, put)
        else:
            put()


def _failed(aws: AwsSandbox, run: Run, reason: Unusable) -> ExecutionRecord:
    """Record an execution that failed; it wrote no report."""
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
        failure_reason=str(reason),
        output_uri=_declared_output(run.schedule.definition),
        inputs={},
        environment=window,
        merge_uri=reason.merge_uri,
    )


def _declared_output(definition: Mapping[str, Any]) -> str:
    """The output address that any kind of job definition declares."""
    config: Mapping[str, Any] = next((v for key, v in definition.items() if key.endswith("OutputConfig")), {})
    outputs = config.get("MonitoringOutputs") or [{"S3Output": {"S3Uri": ""}}]
    return str(outputs[0]["S3Output"]["S3Uri"])
