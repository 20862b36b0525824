"""Two accounts of the AWS sandbox that tests fill with endpoints and schedules, asked through the layer under test."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.model.account import Account, Scope
from bot.model.person import Person
from bot.ports import Ask, Found, Resources
from sandbox.aws import AwsSandbox
from sandbox.world import fleet as world
from sandbox.world import roles

PRODUCTION, TEST, REGION = world.PRODUCTION, world.TEST, world.REGION
T0 = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANA = Person("U0ANA", "T0MAIN", "Ana")


class Calendar:
    """The sandbox's clock."""

    def __init__(self) -> None:
        self.time = T0

    def now(self) -> datetime:
        """Until a test moves it."""
        return self.time


class Stage:
    """Two accounts with their roles; endpoints and schedules are added by the tests."""

    def __init__(self, aws: AwsSandbox, calendar: Calendar, keys: dict[str, str | None]) -> None:
        self.aws = aws
        self.calendar = calendar
        self.keys = keys
        self._count = 0

    def layer(self, **settings: Any) -> AwsLayer:
        """The layer under test, as the bot's user."""
        key, secret = self.keys["access_key_id"], self.keys["secret_access_key"]
        session = boto3.Session(key, secret, region_name=REGION)
        return AwsLayer(session, AwsSettings(endpoint_url=self.aws.endpoint_url, **settings))

    def ask(self, *accounts: str, seconds: float = 30) -> Ask:
        """A question of Ana's about these accounts, or both."""
        ids = accounts or (PRODUCTION, TEST)
        scope = Scope(tuple(Account(i, world.LABELS[i], (REGION,)) for i in ids))
        return Ask(ANA, self.calendar.time, scope, time.monotonic() + seconds)

    def resources(self, *accounts: str, seconds: float = 30) -> Resources:
        """The port, for one question."""
        return self._layer.resources(self.ask(*accounts, seconds=seconds))

    def use(self, layer: AwsLayer) -> None:
        """The layer that `resources` asks."""
        self._layer = layer

    def endpoint(self, account: str, name: str, *, config: str = "", tags: dict[str, str] | None = None) -> None:
        """An endpoint with a configuration of its own, or with one that is there."""
        client = self.aws.client("sagemaker", account)
        if not config:
            config = f"{name}-config"
            self.config(account, config)
        given = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        client.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=given)

    def config(self, account: str, name: str, *, captures: bool = True) -> None:
        """A configuration that captures half of the requests, or says nothing of them."""
        capture = {
            "EnableCapture": True,
            "InitialSamplingPercentage": 50,
            "DestinationS3Uri": "s3://bucket/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        }
        variant = {"VariantName": "AllTraffic", "ModelName": "model", "InitialInstanceCount": 2}
        self.aws.client("sagemaker", account).create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
            **({"DataCaptureConfig": capture} if captures else {}),
        )

    def schedule(self, account: str, name: str, endpoint: str, tags: dict[str, str] | None = None) -> None:
        """An hourly data-quality schedule."""
        client = self.aws.client("sagemaker", account)
        local = "/opt/ml/processing"
        output = {"S3Output": {"S3Uri": "s3://bucket/results", "LocalPath": f"{local}/output"}}
        cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        client.create_data_quality_job_definition(
            JobDefinitionName=f"{name}-job",
            DataQualityAppSpecification={"ImageUri": "1.dkr.ecr.us-west-2.amazonaws.com/analyzer:1"},
            DataQualityJobInput={"EndpointInput": {"EndpointName": endpoint, "LocalPath": f"{local}/input"}},
            DataQualityJobOutputConfig={"MonitoringOutputs": [output]},
            JobResources={"ClusterConfig": cluster},
            RoleArn=f"arn:aws:iam::{account}:role/execution",
        )
        config = {
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": f"{name}-job",
            "MonitoringType": "DataQuality",
        }
        given = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        client.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig=config, Tags=given)

    def empty(self) -> None:
        """Nothing but roles and models again, and no call heard."""
        for account in (PRODUCTION, TEST):
            client = self.aws.client("sagemaker", account)
            for row in client.list_monitoring_schedules(MaxResults=100)["MonitoringScheduleSummaries"]:
                client.delete_monitoring_schedule(MonitoringScheduleName=row["MonitoringScheduleName"])
                client.delete_data_quality_job_definition(JobDefinitionName=row["MonitoringJobDefinitionName"])
            while rows := client.list_endpoints(MaxResults=100)["Endpoints"]:
                for row in rows:
                    client.delete_endpoint(EndpointName=row["EndpointName"])
            for row in client.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]:
                client.delete_endpoint_config(EndpointConfigName=row["EndpointConfigName"])
        self.calendar.time += timedelta(days=1)
        self.aws.calls.clear()

    def heard(self) -> Counter[str]:
        """How often the bot asked what since the last look, roles and identity excepted."""
        calls = [c.operation for c in self.aws.calls if not c.administrator and c.service != "sts"]
        self.aws.calls.clear()
        return Counter(calls)


@contextmanager
def served() -> Iterator[Stage]:
    """Two accounts with their roles and a model each."""
    calendar = Calendar()
    with AwsSandbox(calendar, world.accounts(), org_id=world.ORGANISATION, region=REGION) as aws:
        aws.start()
        for account in (PRODUCTION, TEST):
            roles.give_read_role(aws, account)
            roles.give_operate_role(aws, account)
            client = aws.client("sagemaker", account)
            role, image = f"arn:aws:iam::{account}:role/execution", "1.dkr.ecr.us-west-2.amazonaws.com/model:1"
            client.create_model(ModelName="model", ExecutionRoleArn=role, PrimaryContainer={"Image": image})
        stage = Stage(aws, calendar, roles.give_bot(aws))
        layer = stage.layer()
        stage.use(layer)
        try:
            yield stage
        finally:
            layer.close()


def causes(found: Found[Any]) -> list[str]:
    """Who did not answer, or not in full, and why."""
    return [f.error.cause for f in found.failures]
