"""A model behind an endpoint with the schedules that watch it: made, and taken away, through SageMaker's own API."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final, Protocol

from sandbox.world import fleet, watch
from sandbox.world.fleet import Deployment, Monitor, Names
from sandbox.world.story import Serving

EXECUTION_ROLE: Final = "SageMakerExecutionRole"
_MODEL_IMAGE: Final = "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:0.90-1-cpu-py3"
_TEAMS: Final = {"bank-marketing": "campaigns", "loan-default": "credit-risk"}

Tags = list[dict[str, str]]


class Dated(Protocol):
    """What dates calls: the sandbox, or what writes them down."""

    def at(self, moment: datetime) -> AbstractContextManager[None]:
        """Date what is called meanwhile."""
        ...


def deploy(dated: Dated, client: Any, serving: Serving, monitors: Collection[Monitor]) -> None:
    """Endpoint first, then its schedules, each dated by when it was made."""
    tags, named = _tags(serving.deployment), serving.names
    role = f"arn:aws:iam::{named.account_id}:role/{EXECUTION_ROLE}"
    with dated.at(serving.since):
        _serve(client, named, role, tags)
    with dated.at(serving.watched_at):
        for kind in fleet.watched(serving.deployment, monitors):
            watch.schedule(client, watch.Watch(kind, named, role), tags)


def retire(
    dated: Dated, client: Any, serving: Serving, at: datetime, monitors: Collection[Monitor], *, gone: bool = False
) -> None:
    """Schedules and their definitions go, then the endpoint and its configuration; the model stays registered.

    `gone`: the schedules and the endpoint were deleted before.
    """
    named, kinds = serving.names, fleet.watched(serving.deployment, monitors)
    with dated.at(at):
        for kind in kinds:
            if not gone:
                client.delete_monitoring_schedule(MonitoringScheduleName=named.schedule(kind))
            watch.undefine(client, kind, named)
        if not gone:
            client.delete_endpoint(EndpointName=named.endpoint)
        client.delete_endpoint_config(EndpointConfigName=named.endpoint)


def expiring(named: Names) -> tuple[str, str, str]:
    """The folders of a deployment whose hours are not kept: captures, labels, merge output."""
    return (
        f"{named.uri('datacapture')}/{named.endpoint}/AllTraffic",
        named.uri("ground-truth"),
        f"{named.uri('monitoring')}/merge/{named.endpoint}/AllTraffic",
    )


def _serve(client: Any, named: Names, role: str, tags: Tags) -> None:
    """Model, configuration with everything captured, endpoint."""
    client.create_model(
        ModelName=named.endpoint,
        ExecutionRoleArn=role,
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


def _tags(deployment: Deployment) -> Tags:
    """What the owners say of a service, where they tag."""
    if not deployment.tagged:
        return [{"Key": "environment", "Value": "test"}]
    team = _TEAMS[deployment.model.service]
    said = {
        "sagewatch:service": deployment.model.service,
        "team": team,
        "owner": f"{team}@example.com",
        "environment": "production",
    }
    return [{"Key": key, "Value": value} for key, value in said.items()]
