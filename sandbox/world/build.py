"""Making the accounts' resources, through the same APIs that a platform team would use."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sandbox.aws import AwsSandbox
from sandbox.world import addresses, baseline, fleet, roles, traffic
from sandbox.world.addresses import Objects
from sandbox.world.fleet import Deployment, Names

_EXECUTION_ROLE: Final = "SageMakerExecutionRole"
_MODEL_IMAGE: Final = "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:0.90-1-cpu-py3"


def lay_out(aws: AwsSandbox, seed: int, started_at: datetime) -> dict[str, str | None]:
    """Buckets, roles, links and deployments of every account; returns the bot's credentials."""
    for account_id in (fleet.OBSERVABILITY, *fleet.LINKED):
        _bucket(aws, account_id)
    named = [fleet.names(deployment, started_at) for deployment in fleet.DEPLOYMENTS]
    for account_id in fleet.LINKED:
        roles.give_read_role(aws, account_id)
        roles.give_operate_role(aws, account_id)
        _execution_role(aws, account_id)
        _let_expire(aws, account_id, [each for each in named if each.account_id == account_id])
    roles.link(aws)
    for deployment in fleet.DEPLOYMENTS:
        _deploy(aws, deployment, seed, started_at)
    return roles.give_bot(aws)


def expiring(named: Names) -> tuple[str, str, str]:
    """The folders of a deployment whose hours are not kept: captures, labels, merge output."""
    return (
        f"{named.uri('datacapture')}/{named.endpoint}/AllTraffic",
        named.uri("ground-truth"),
        f"{named.uri('monitoring')}/merge/{named.endpoint}/AllTraffic",
    )


def stream(seed: int, account_id: str) -> str:
    """The name of an account's customers: what their randomness follows from."""
    return f"{seed}/{account_id}"


def _bucket(aws: AwsSandbox, account_id: str) -> None:
    """SageMaker's default bucket."""
    where = {"LocationConstraint": fleet.REGION}
    s3 = aws.client("s3", account_id, fleet.REGION)
    s3.create_bucket(Bucket=fleet.bucket(account_id), CreateBucketConfiguration=where)


def _let_expire(aws: AwsSandbox, account_id: str, named: Sequence[Names]) -> None:
    """The bucket's lifecycle: rows go after a day, reports stay."""
    rules = [
        {
            "ID": f"{each.service}-rows-{number}",
            "Status": "Enabled",
            "Filter": {"Prefix": f"{addresses.split(folder)[1]}/"},
            "Expiration": {"Days": 1},
        }
        for each in named
        for number, folder in enumerate(expiring(each))
    ]
    aws.client("s3", account_id, fleet.REGION).put_bucket_lifecycle_configuration(
        Bucket=fleet.bucket(account_id), LifecycleConfiguration={"Rules": rules}
    )


def _execution_role(aws: AwsSandbox, account_id: str) -> None:
    """The role that endpoints and monitors run as."""
    statement = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = aws.client("iam", account_id, fleet.REGION)
    iam.create_role(RoleName=_EXECUTION_ROLE, AssumeRolePolicyDocument=trust)


def _deploy(aws: AwsSandbox, deployment: Deployment, seed: int, started_at: datetime) -> None:
    """A model behind an endpoint, its baseline, and the schedule that watches it."""
    named = fleet.names(deployment, started_at)
    client = aws.client("sagemaker", deployment.account_id, fleet.REGION)
    tags = _tags(deployment)
    _serve(client, named, tags)
    _limit(aws, deployment, seed, started_at)
    _watch(client, named, tags)
    store = aws.monitoring(deployment.account_id, fleet.REGION)
    made = next(schedule for schedule in store.schedules() if schedule.name == named.schedule)
    since = deployment.watched_at(started_at)
    store.keep(replace(made, created_at=since, modified_at=since))


def _serve(client: Any, named: Names, tags: list[dict[str, str]]) -> None:
    """Model, configuration with everything captured, endpoint."""
    client.create_model(
        ModelName=named.endpoint,
        ExecutionRoleArn=_role_arn(named),
        PrimaryContainer={"Image": _MODEL_IMAGE, "ModelDataUrl": named.uri("model/model.tar.gz")},
    )
    client.create_endpoint_config(
        EndpointConfigName=named.endpoint,
        ProductionVariants=[
            {
                "VariantName": "AllTraffic",
                "ModelName": named.endpoint,
                "InitialInstanceCount": 1,
                "InstanceType": "ml.m5.xlarge",
            }
        ],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": named.uri("datacapture"),
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    client.create_endpoint(EndpointName=named.endpoint, EndpointConfigName=named.endpoint, Tags=tags)


def _limit(aws: AwsSandbox, deployment: Deployment, seed: int, started_at: datetime) -> None:
    """The baseline job's statistics and the team's constraints."""
    objects = Objects(aws, deployment.account_id)
    named, at = fleet.names(deployment, started_at), deployment.deployed_at(started_at)
    statistics = baseline.statistics(deployment.model, stream(seed, deployment.account_id), at)
    constraints = baseline.constraints(statistics, deployment.model)
    for name, content in (("statistics", statistics), ("constraints", constraints)):
        objects.put(f"{named.uri('baseline')}/{name}.json", json.dumps(content).encode(), at)


def _watch(client: Any, named: Names, tags: list[dict[str, str]]) -> None:
    """An hourly model-quality schedule."""
    client.create_model_quality_job_definition(
        JobDefinitionName=named.definition,
        ModelQualityBaselineConfig={"ConstraintsResource": {"S3Uri": f"{named.uri('baseline')}/constraints.json"}},
        ModelQualityAppSpecification={
            "ImageUri": f"159807026194.dkr.ecr.{fleet.REGION}.amazonaws.com/sagemaker-model-monitor-analyzer",
            "ProblemType": "BinaryClassification",
        },
        ModelQualityJobInput={
            "EndpointInput": {
                "EndpointName": named.endpoint,
                "LocalPath": "/opt/ml/processing/input_data",
                "ProbabilityAttribute": "0",
                "ProbabilityThresholdAttribute": traffic.DECISION,
                "StartTimeOffset": "-PT1H",
                "EndTimeOffset": "-PT0H",
            },
            "GroundTruthS3Input": {"S3Uri": named.uri("ground-truth")},
        },
        ModelQualityJobOutputConfig={
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": named.uri("monitoring"), "LocalPath": "/opt/ml/processing/output"}}
            ]
        },
        JobResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20},
        },
        StoppingCondition={"MaxRuntimeInSeconds": 1800},
        RoleArn=_role_arn(named),
    )
    client.create_monitoring_schedule(
        MonitoringScheduleName=named.schedule,
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": named.definition,
            "MonitoringType": "ModelQuality",
        },
        Tags=tags,
    )


def _tags(deployment: Deployment) -> list[dict[str, str]]:
    """What the owners say of a service, where they tag."""
    if not deployment.tagged:
        return [{"Key": "environment", "Value": "test"}]
    teams = {"bank-marketing": "campaigns", "loan-default": "credit-risk"}
    team = teams[deployment.model.service]
    said = {
        "sagewatch:service": deployment.model.service,
        "team": team,
        "owner": f"{team}@example.com",
        "environment": "production",
    }
    return [{"Key": key, "Value": value} for key, value in said.items()]


def _role_arn(named: Names) -> str:
    """The execution role of the deployment's account."""
    return f"arn:aws:iam::{named.account_id}:role/{_EXECUTION_ROLE}"
