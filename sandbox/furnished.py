"""Something of everything that the bot asks for, in the observability account as in production, for tests of rights."""

import json
from dataclasses import replace
from typing import Final

from sandbox.aws import AwsSandbox, ExecutionRecord, ProcessingJob, ScheduleRecord
from sandbox.world import fleet
from sandbox.world.addresses import split

REPORTS: Final = ("constraint_violations.json", "constraints.json", "statistics.json")
QUEUE: Final = "sagewatch-reports"
KEPT: Final = "sagewatch-kept"
"""An alarm of every account, and the rule that mutes it."""


def furnish(aws: AwsSandbox) -> None:
    """After some drift in production."""
    _watch_own_account(aws)
    _make_queue(aws)
    _keep_alarms(aws)


def _keep_alarms(aws: AwsSandbox) -> None:
    """An alarm on production's metric in every account, and a rule that will mute it."""
    for account_id in (fleet.OBSERVABILITY, fleet.PRODUCTION, fleet.TEST):
        client = aws.client("cloudwatch", account_id)
        watched = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations"}
        rule = {"ComparisonOperator": "LessThanThreshold", "EvaluationPeriods": 1, "Threshold": 1.0, "Period": 300}
        client.put_metric_alarm(AlarmName=KEPT, **watched, **rule, Statistic="Sum")
        schedule = {"Expression": "at(2099-01-01T00:00)", "Duration": "PT1H"}
        client.put_alarm_mute_rule(Name=KEPT, Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": [KEPT]})


def _make_queue(aws: AwsSandbox) -> None:
    """What is sent to the bot, and where it goes that nobody understands."""
    sqs = aws.client("sqs", fleet.OBSERVABILITY)
    sqs.create_queue(QueueName=f"{QUEUE}-dead")
    dead = {"deadLetterTargetArn": f"arn:aws:sqs:{fleet.REGION}:{fleet.OBSERVABILITY}:{QUEUE}-dead"}
    redrive = json.dumps({**dead, "maxReceiveCount": 5})
    sqs.create_queue(QueueName=QUEUE, Attributes={"RedrivePolicy": redrive})


def _watch_own_account(aws: AwsSandbox) -> None:
    """Production's violated monitor once more in the observability account; the newest reports lack statistics."""
    there, here = aws.monitoring(fleet.PRODUCTION), aws.monitoring(fleet.OBSERVABILITY)
    runs = [r for r in there.executions() if r.status == "CompletedWithViolations"][-2:]
    schedule = next(s for s in there.schedules() if s.name == runs[-1].schedule_name)
    here.keep(replace(schedule, arn=schedule.arn.replace(fleet.PRODUCTION, fleet.OBSERVABILITY)))
    for run in runs:
        _copy(aws, run)
    _serve_in_own_account(aws)
    for account_id, run in ((fleet.PRODUCTION, runs[-1]), (fleet.OBSERVABILITY, here.executions()[-1])):
        aws.delete_object(account_id, *split(f"{_job(run).output_uri}/statistics.json"))
        _watch_bias(aws, account_id, schedule, run)


def _watch_bias(aws: AwsSandbox, account_id: str, like: ScheduleRecord, at: ExecutionRecord) -> None:
    """A bias monitor with one violated run: its report has other files."""
    job = _job(at)
    name, report = f"{like.name}-bias", f"{job.output_uri}/bias"
    arn = like.arn.replace(fleet.PRODUCTION, account_id).replace(like.name, name)
    aws.monitoring(account_id).keep(replace(like, arn=arn, name=name, monitoring_type="ModelBias"))
    entry = {"metric_name": "DAR", "facet": "age", "facet_value": "40", "constraint_check_type": "bias_drift_check"}
    for file, content in (("constraint_violations", {"violations": [entry]}), ("analysis", {"version": "1.0"})):
        aws.put_object(account_id, *split(f"{report}/{file}.json"), json.dumps(content).encode(), at.modified_at)
    aws.monitoring(account_id).record_run(
        name,
        scheduled_at=at.scheduled_at,
        created_at=at.created_at,
        ended_at=at.modified_at,
        status=at.status,
        exit_message=job.exit_message,
        output_uri=report,
        inputs={"constraints": f"{report}/analysis.json"},
        environment=job.environment,
    )


def _serve_in_own_account(aws: AwsSandbox) -> None:
    """An endpoint of the observability account."""
    client = aws.client("sagemaker", fleet.OBSERVABILITY)
    role, image = f"arn:aws:iam::{fleet.OBSERVABILITY}:role/own", "1.dkr.ecr.us-west-2.amazonaws.com/own:1"
    client.create_model(ModelName="own", ExecutionRoleArn=role, PrimaryContainer={"Image": image})
    variant = {"VariantName": "one", "ModelName": "own", "InitialInstanceCount": 1, "InstanceType": "ml.t2.medium"}
    client.create_endpoint_config(EndpointConfigName="own", ProductionVariants=[variant])
    client.create_endpoint(EndpointName="own", EndpointConfigName="own")
    _register_in_own_account(aws)


def _register_in_own_account(aws: AwsSandbox) -> None:
    """Production's waiting package once more in the observability account, with its report."""
    there, here = (aws.client("sagemaker", account) for account in (fleet.PRODUCTION, fleet.OBSERVABILITY))
    (row,) = there.list_model_packages(
        ModelApprovalStatus="PendingManualApproval", ModelPackageGroupName="bank-marketing"
    )["ModelPackageSummaryList"]
    said = there.describe_model_package(ModelPackageName=row["ModelPackageArn"])
    report = said["ModelMetrics"]["ModelQuality"]["Statistics"]
    body = aws.get_object(fleet.PRODUCTION, *split(report["S3Uri"]))
    own = report["S3Uri"].replace(fleet.PRODUCTION, fleet.OBSERVABILITY)
    aws.put_object(fleet.OBSERVABILITY, *split(own), body, aws.clock.now())
    here.create_model_package_group(ModelPackageGroupName="own")
    here.create_model_package(
        ModelPackageGroupName="own",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification=said["InferenceSpecification"],
        ModelMetrics={"ModelQuality": {"Statistics": {**report, "S3Uri": own}}},
    )


def _copy(aws: AwsSandbox, run: ExecutionRecord) -> None:
    """A run of production with its reports, in the observability account."""
    job = _job(run)
    report = job.output_uri.replace(fleet.PRODUCTION, fleet.OBSERVABILITY)
    for name in REPORTS:
        body = aws.get_object(fleet.PRODUCTION, *split(f"{job.output_uri}/{name}"))
        aws.put_object(fleet.OBSERVABILITY, *split(f"{report}/{name}"), body, run.modified_at)
    aws.monitoring(fleet.OBSERVABILITY).record_run(
        run.schedule_name,
        scheduled_at=run.scheduled_at,
        created_at=run.created_at,
        ended_at=run.modified_at,
        status=run.status,
        exit_message=job.exit_message,
        output_uri=report,
        inputs={},
        environment=job.environment,
        merge_uri=f"{report}/merge",
    )


def _job(run: ExecutionRecord) -> ProcessingJob:
    """Of a run that came so far."""
    if run.job is None:
        raise AssertionError(f"a run of {run.schedule_name} has no job")
    return run.job
