"""An organisation of linked accounts with monitors on the AWS sandbox, and the product's AWS layer on it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import boto3

from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.model.account import Account, Scope
from bot.model.monitor import Execution
from bot.model.person import Person
from bot.ports import Ask
from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.fakes_monitoring import (
    CONSTRAINTS,
    ENDPOINT,
    JOBS,
    MESSAGES,
    REGION,
    STATISTICS,
    bucket,
    clarify,
    policy,
    violation,
)

OBSERVABILITY, PRODUCTION, TEST = "111111111111", "222222222222", "333333333333"
BARE, STRICT = "444444444444", "555555555555"
"""An account without the role, and one whose role wants an external id; neither is linked."""
LABELS = {
    OBSERVABILITY: "ml-observability",
    PRODUCTION: "ml-production",
    TEST: "ml-test",
    BARE: "ml-bare",
    STRICT: "ml-strict",
}
HOUR = timedelta(hours=1)
SCHEDULE = "bank-marketing-quality-2026-11-02-0941"
METRICS = ("AWS::CloudWatch::Metric", "AWS::Logs::LogGroup")
READS = [
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "oam:GetLink",
    "sagemaker:ListMonitoringExecutions",
    "sagemaker:Describe*",
    "sagemaker:ListTags",
    "s3:GetObject",
    "s3:ListBucket",
]


class Calendar:
    """The sandbox's clock. Each test has weeks of its own, so no run of another is within its reach."""

    def __init__(self) -> None:
        self.today = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        """The same all through a test."""
        return self.today


class Fleet:
    """Three accounts with what the bot needs in them; runs are added by the tests."""

    def __init__(self, aws: AwsSandbox, calendar: Calendar) -> None:
        self.aws = aws
        self.calendar = calendar
        self.keys = self._bot()
        self._link()
        for account in (PRODUCTION, TEST):
            self._role(account)
            self._bucket(account)
        self._role(STRICT, Condition={"StringEquals": {"sts:ExternalId": "shared-word"}})
        self.schedule(PRODUCTION, SCHEDULE, {"sagewatch:service": "bank-marketing", "team": "campaigns"})
        self.schedule(TEST, SCHEDULE, {})

    @classmethod
    @contextmanager
    def served(cls) -> Iterator[Self]:
        """One on loopback. Its making costs more than a dozen tests ask of it."""
        calendar = Calendar()
        accounts = [CloudAccount(i, name, f"AKIA{i}SAGE", "secret") for i, name in LABELS.items()]
        with AwsSandbox(calendar, accounts) as aws:
            aws.start()
            yield cls(aws, calendar)

    def later(self) -> Self:
        """The same forty days on, its call log empty: what a test gets."""
        self.calendar.today += timedelta(days=40)
        self.aws.calls.clear()
        return self

    @property
    def now(self) -> datetime:
        """The time of this test."""
        return self.calendar.today

    def at(self, ago: int) -> datetime:
        """The full hour so many hours ago: when a run was scheduled."""
        return self.now.replace(minute=0) - ago * HOUR

    def ask(self, *accounts: str, seconds: float = 30) -> Ask:
        """A question of Ana's about these accounts, or the two that are linked."""
        scope = Scope(tuple(Account(a, LABELS[a], (REGION,)) for a in accounts or (PRODUCTION, TEST)))
        return Ask(Person("U1", "T1", "Ana"), self.now, scope, time.monotonic() + seconds)

    def runs(self, layer: AwsLayer, *accounts: str) -> tuple[Execution, ...]:
        """Every run of the last day."""
        return layer.monitors(self.ask(*accounts)).executions(self.now - timedelta(days=1)).items

    def layer(self, **settings: object) -> AwsLayer:
        """The layer under test, as the bot's user."""
        given: dict[str, Any] = {"endpoint_url": self.aws.endpoint_url, "own_label": "ml-observability", **settings}
        session = boto3.Session(self.keys["AccessKeyId"], self.keys["SecretAccessKey"], region_name=REGION)
        return AwsLayer(session, AwsSettings(**given))

    def schedule(self, account: str, name: str, tags: dict[str, str], kind: str = "ModelQuality") -> None:
        """An hourly schedule on an endpoint of its own name's stamp."""
        client = self.aws.client("sagemaker", account)
        if not client.list_endpoints()["Endpoints"]:
            self._endpoint(client, account)
        request = JOBS[kind](account, f"{name}-definition")
        getattr(client, request.pop("method"))(**request)
        config = {
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": f"{name}-definition",
            "MonitoringType": kind,
        }
        pairs = [{"Key": k, "Value": v} for k, v in tags.items()]
        client.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig=config, Tags=pairs)
        if not self.aws.monitoring(account).schedule(name):
            raise AssertionError(f"the sandbox does not know schedule {name}")

    def clarify(self, account: str, name: str, kind: str) -> None:
        """An hourly schedule of bias or explainability on batch transforms, its definition inline."""
        config = clarify(account, kind)
        client = self.aws.client("sagemaker", account)
        client.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig=config)

    def run(self, account: str, ago: int, status: str, name: str = SCHEDULE, **more: Any) -> str:
        """A run scheduled so many hours ago that judged the hour before; returns the prefix of its report."""
        at = self.at(ago)
        prefix = f"results/{ENDPOINT}/{name}/{at:%Y/%m/%d/%H}"
        given = {
            "exit_message": MESSAGES.get(status),
            "output_uri": f"s3://{bucket(account)}/{prefix}",
            "inputs": {"constraints": f"s3://{bucket(account)}/baseline/constraints.json"},
            **more,
        }
        self.aws.monitoring(account).record_run(
            name,
            scheduled_at=at,
            created_at=at + timedelta(minutes=3),
            ended_at=at + timedelta(minutes=12),
            status=status,
            environment={"start_time": f"{at - HOUR:%Y-%m-%dT%H:%M:%SZ}", "end_time": f"{at:%Y-%m-%dT%H:%M:%SZ}"},
            **given,
        )
        return prefix

    def violated(self, account: str, ago: int, *metrics: str, **more: Any) -> str:
        """A run with a report in which these metrics broke their limit of 0.9."""
        prefix = self.run(account, ago, "CompletedWithViolations", **more)
        self.put(account, f"{prefix}/constraint_violations.json", {"violations": [violation(m) for m in metrics]})
        self.put(account, f"{prefix}/statistics.json", STATISTICS)
        self.put(account, f"{prefix}/constraints.json", CONSTRAINTS)
        return prefix

    def put(self, account: str, key: str, content: object) -> None:
        """An object; what is no bytes is written as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.aws.put_object(account, bucket(account), key, body, self.now)

    def called(self, operation: str, account: str | None = None) -> int:
        """How often the bot called an operation."""
        calls = [c for c in self.aws.calls if not c.administrator and c.operation == operation]
        return sum(account in {None, c.account} for c in calls)

    def _bot(self) -> dict[str, str]:
        iam = self.aws.client("iam", OBSERVABILITY)
        iam.create_user(UserName="sagewatch-bot")
        allowed = policy("oam:ListSinks", "oam:ListAttachedLinks", "sts:AssumeRole", *READS)
        iam.put_user_policy(UserName="sagewatch-bot", PolicyName="bot", PolicyDocument=allowed)
        keys: dict[str, str] = iam.create_access_key(UserName="sagewatch-bot")["AccessKey"]
        return keys

    def _link(self) -> None:
        oam = self.aws.client("oam", OBSERVABILITY)
        sink = oam.create_sink(Name="sink")["Arn"]
        principal = {"AWS": [PRODUCTION, TEST]}
        opened = policy("oam:CreateLink", "oam:UpdateLink", Principal=principal, Resource="*")
        oam.put_sink_policy(SinkIdentifier=sink, Policy=opened)
        for account in (PRODUCTION, TEST):
            self.aws.client("oam", account).create_link(
                LabelTemplate="$AccountName", ResourceTypes=list(METRICS), SinkIdentifier=sink
            )

    def _role(self, account: str, **parts: object) -> None:
        iam = self.aws.client("iam", account)
        trust = policy("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{OBSERVABILITY}:root"}, **parts)
        iam.create_role(RoleName="sagewatch-read", AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName="sagewatch-read", PolicyName="read", PolicyDocument=policy(*READS))

    def _bucket(self, account: str) -> None:
        where = {"LocationConstraint": REGION}
        self.aws.client("s3", account).create_bucket(Bucket=bucket(account), CreateBucketConfiguration=where)

    def _endpoint(self, client: Any, account: str) -> None:
        role = f"arn:aws:iam::{account}:role/execution"
        image = "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:0.90-1-cpu-py3"
        client.create_model(ModelName=ENDPOINT, ExecutionRoleArn=role, PrimaryContainer={"Image": image})
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": ENDPOINT,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.xlarge",
        }
        client.create_endpoint_config(EndpointConfigName=ENDPOINT, ProductionVariants=[variant])
        tags = [{"Key": "team", "Value": "platform"}, {"Key": "stage", "Value": LABELS[account]}]
        client.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=ENDPOINT, Tags=tags)
