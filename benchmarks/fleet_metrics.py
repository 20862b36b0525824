"""`/ml metrics accuracy` over 200 linked accounts: how many calls it makes, cold and warm, and how long it takes.

`python -m benchmarks.fleet_metrics`; the sandbox runs in this process and takes its share of the time.
"""

import json
import logging
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise

import boto3

from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.log import configure
from bot.model.account import Account, Scope
from bot.model.monitor import Schedule
from bot.model.person import Person
from bot.model.place import Family, Service
from bot.ports import Ask, Sweep
from bot.render import message
from commands.metrics import metrics
from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.clock import WorldClock
from sandbox.fakes_fleet import FakeInventory

OWN, REGION, ROLE = "111111111111", "us-west-2", "sagewatch-read"
COUNT, DAYS, ROUNDS = 200, 8, 20
NAMES = ("accuracy", "auc", "f1", "precision", "recall")
MOST_S = 1.0
"""Half of the warm answers may take so long."""
NAMESPACE = "aws/sagemaker/Endpoints/model-metrics"
READS = ("cloudwatch:*", "oam:GetLink", "sagemaker:Describe*", "s3:GetObject", "s3:ListBucket")
ACCOUNTS = tuple(CloudAccount(f"{200000000000 + n}", f"account-{n:03}", f"AKIA{n:016}", "secret") for n in range(COUNT))


def policy(*actions: str, **parts: object) -> str:
    """A document that allows these."""
    statement = {"Effect": "Allow", "Action": list(actions), **({"Resource": "*"} if not parts else {}), **parts}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@contextmanager
def fleet() -> Iterator[tuple[AwsSandbox, AwsLayer]]:
    """Linked accounts, each with a monitored model of its own, and the bot's layer."""
    own = CloudAccount(OWN, "observability", "AKIAOBSERVABILITY001", "secret")
    with AwsSandbox(WorldClock(), (own, *ACCOUNTS)) as aws:
        aws.start()
        iam, oam = aws.client("iam", OWN), aws.client("oam", OWN)
        iam.create_user(UserName="bot")
        iam.put_user_policy(UserName="bot", PolicyName="bot", PolicyDocument=policy("sts:AssumeRole", *READS))
        keys = iam.create_access_key(UserName="bot")["AccessKey"]
        sink = oam.create_sink(Name="sink")["Arn"]
        opened = policy("oam:CreateLink", Principal={"AWS": [a.id for a in ACCOUNTS]}, Resource="*")
        oam.put_sink_policy(SinkIdentifier=sink, Policy=opened)
        with aws.at(aws.clock.now() - timedelta(days=60)):
            for account in ACCOUNTS:
                types = ["AWS::CloudWatch::Metric"]
                link = {"LabelTemplate": account.label, "ResourceTypes": types, "SinkIdentifier": sink}
                aws.client("oam", account.id).create_link(**link)
        for number, account in enumerate(ACCOUNTS):
            _fill(aws, account.id, number)
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], region_name=REGION)
        layer = AwsLayer(session, AwsSettings(endpoint_url=aws.endpoint_url, read_role=ROLE))
        yield aws, layer
        layer.close()


def _fill(aws: AwsSandbox, account_id: str, number: int) -> None:
    iam, sagemaker = aws.client("iam", account_id), aws.client("sagemaker", account_id)
    trust = policy("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{OWN}:root"})
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName=ROLE, PolicyName="read", PolicyDocument=policy(*READS))
    bucket = f"baselines-{account_id}"
    where = {"LocationConstraint": REGION}
    aws.client("s3", account_id).create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    held = {name: {"threshold": 0.88, "comparison_operator": "LessThanThreshold"} for name in NAMES}
    body = json.dumps({"version": 0.0, "binary_classification_constraints": held}).encode()
    aws.put_object(account_id, bucket, "constraints.json", body, aws.clock.now())
    sagemaker.create_model_quality_job_definition(**_definition(account_id, bucket))
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinitionName": "quality",
        "MonitoringType": "ModelQuality",
    }
    sagemaker.create_monitoring_schedule(MonitoringScheduleName="quality", MonitoringScheduleConfig=config)
    hour = aws.clock.now().replace(minute=0, second=0, microsecond=0).timestamp()
    times = [hour - 3600 * n for n in range(DAYS * 24, 0, -1)]
    for name in NAMES:
        key = MetricKey.of(NAMESPACE, name, {"Endpoint": f"model-{number:03}", "MonitoringSchedule": "quality"})
        aws.metrics(account_id).put_many(key, times, [0.9 + (number + n) % 7 / 100 for n in range(len(times))])


def _definition(account_id: str, bucket: str) -> dict[str, object]:
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
    output = {"S3Uri": f"s3://{bucket}/results", "LocalPath": "/opt/ml/processing/output"}
    captured = {
        "DataCapturedDestinationS3Uri": f"s3://{bucket}/captured",
        "DatasetFormat": {"Csv": {"Header": True}},
        "LocalPath": "/opt/ml/processing/input",
        "ProbabilityAttribute": "0",
    }
    return {
        "JobDefinitionName": "quality",
        "ModelQualityBaselineConfig": {"ConstraintsResource": {"S3Uri": f"s3://{bucket}/constraints.json"}},
        "ModelQualityAppSpecification": {
            "ImageUri": "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer",
            "ProblemType": "BinaryClassification",
        },
        "ModelQualityJobInput": {
            "BatchTransformInput": captured,
            "GroundTruthS3Input": {"S3Uri": f"s3://{bucket}/truth"},
        },
        "ModelQualityJobOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
        "JobResources": {"ClusterConfig": cluster},
        "RoleArn": f"arn:aws:iam::{account_id}:role/execution",
    }


def known() -> FakeInventory:
    """What watch has seen."""
    inventory = FakeInventory()
    now = WorldClock().now()
    inventory.remember([_account(a) for a in ACCOUNTS], now)
    for number, account in enumerate(ACCOUNTS):
        arn = f"arn:aws:sagemaker:{REGION}:{account.id}:monitoring-schedule/quality"
        service = Service(f"model-{number:03}")
        cadence, family = timedelta(hours=1), Family.MODEL_QUALITY
        one = Schedule(arn, "quality", account.id, REGION, family, service.name, cadence, service, definition="quality")
        inventory.keep_schedules([Sweep(account.id, REGION, (one,))], now)
        inventory.name_service(one)
    return inventory


def _account(account: CloudAccount) -> Account:
    return Account(account.id, account.label, (REGION,), ("AWS::CloudWatch::Metric",))


def answered(layer: AwsLayer, inventory: FakeInventory, about: str, now: datetime) -> float:
    """Seconds of one answer, its drawing included."""
    ask = Ask(Person("U1", "T1", "Ana"), now, Scope(tuple(map(_account, ACCOUNTS))), time.monotonic() + 120)
    began = time.perf_counter()
    reply = metrics(layer.metrics(ask), layer.baselines(ask), inventory, ask, service=about, since=timedelta(days=1))
    message(reply)
    if len(reply.footer) > 1 or f"of {COUNT:,} metrics" not in str(reply.text[0]):
        raise AssertionError(f"not all answered: {reply.text} {reply.footer}")
    return time.perf_counter() - began


def main() -> int:
    """0 when a warm answer is fast enough."""
    configure(level=logging.WARNING)
    with fleet() as (aws, layer):
        inventory, now = known(), aws.clock.now()
        aws.calls.clear()
        cold_s = answered(layer, inventory, "accuracy", now)
        print(f"cold: {cold_s:.2f} s, calls {_called(aws)}")
        warm = [answered(layer, inventory, "accuracy", now) for _ in range(ROUNDS)]
        print(f"again within the period: p50 {statistics.median(warm):.2f} s, calls {_called(aws)}")
        later = [now + n * timedelta(minutes=6) for n in range(ROUNDS + 1)]
        fresh = [answered(layer, inventory, "accuracy", at) for _, at in pairwise(later)]
        print(f"in the next periods: p50 {statistics.median(fresh):.2f} s, calls {_called(aws)} for {ROUNDS}")
    print(f"p50 of at most {MOST_S:g} s is wanted")
    return int(max(statistics.median(warm), statistics.median(fresh)) > MOST_S)


def _called(aws: AwsSandbox) -> dict[str, int]:
    counted = Counter(c.operation for c in list(aws.calls) if not c.administrator)
    aws.calls.clear()
    return dict(counted)


if __name__ == "__main__":
    sys.exit(main())
