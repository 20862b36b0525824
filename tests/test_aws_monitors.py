"""Directory and Monitors over HTTP: real boto3 against the sandbox's accounts, roles, schedules and reports.

One long file, because the organisation that all its tests ask is made once and a process can hold only one.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from bot.aws import actions
from bot.aws.hub import Target
from bot.aws.layer import AwsLayer
from bot.aws.schedules import FAMILIES
from bot.aws.settings import AwsSettings
from bot.errors import AccessDenied, Throttled, TimedOut
from bot.model.account import Account, Scope
from bot.model.monitor import Execution, RunStatus
from bot.model.observation import UNREAD, Finding, Reading, Row, Verdict, Window
from bot.model.person import Person
from bot.model.place import About, Family, Service, ServiceRule, Severity
from bot.ports import Ask, Directory, FleetHealth, Monitors
from sandbox.aws import AwsSandbox, CloudAccount

REGION = "us-west-2"
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
ENDPOINT, SCHEDULE = "bank-marketing-2026-11-02-0914", "bank-marketing-quality-2026-11-02-0941"
METRICS = ("AWS::CloudWatch::Metric", "AWS::Logs::LogGroup")
READS = [
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


def policy(*allowed: str, **parts: object) -> str:
    """A policy document of one statement."""
    statement = {"Effect": "Allow", "Action": list(allowed), **(parts or {"Resource": "*"})}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


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
        record = self.aws.monitoring(account)
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
        assert record.schedule(name)

    def clarify(self, account: str, name: str, kind: str) -> None:
        """An hourly schedule of bias or explainability on batch transforms, its definition inline."""
        source = {
            "DataCapturedDestinationS3Uri": f"s3://{bucket(account)}/captured",
            "DatasetFormat": {"Csv": {"Header": True}},
            "LocalPath": "/opt/ml/processing/input",
        }
        output = {"S3Output": {"S3Uri": f"s3://{bucket(account)}/results", "LocalPath": "/opt/ml/processing/output"}}
        definition = {
            "MonitoringInputs": [{"BatchTransformInput": source}],
            "MonitoringOutputConfig": {"MonitoringOutputs": [output]},
            "MonitoringResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
            },
            "MonitoringAppSpecification": {"ImageUri": "306415355426.dkr.ecr.us-west-2.amazonaws.com/clarify"},
            "RoleArn": f"arn:aws:iam::{account}:role/execution",
        }
        config = {
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinition": definition,
            "MonitoringType": kind,
        }
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


def bucket(account: str) -> str:
    """SageMaker's default bucket."""
    return f"sagemaker-{REGION}-{account}"


def violation(metric: str) -> dict[str, str]:
    """An entry of constraint_violations.json."""
    sentence = f"Metric {metric} with 0.75 was LessThanThreshold 0.9"
    return {"metric_name": metric, "constraint_check_type": "LessThanThreshold", "description": sentence}


def job(kind: str) -> Callable[[str, str], dict[str, Any]]:
    """The request that makes a job definition of this kind."""

    def request(account: str, name: str) -> dict[str, Any]:
        local = "/opt/ml/processing"
        image = "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer"
        source: dict[str, Any] = {"EndpointInput": {"EndpointName": ENDPOINT, "LocalPath": f"{local}/input"}}
        application: dict[str, Any] = {"ImageUri": image}
        if kind == "ModelQuality":
            source["GroundTruthS3Input"] = {"S3Uri": f"s3://{bucket(account)}/truth"}
            application["ProblemType"] = "BinaryClassification"
        output = {"S3Output": {"S3Uri": f"s3://{bucket(account)}/results", "LocalPath": f"{local}/output"}}
        return {
            "method": f"create_{'model' if kind == 'ModelQuality' else 'data'}_quality_job_definition",
            "JobDefinitionName": name,
            f"{kind}AppSpecification": application,
            f"{kind}JobInput": source,
            f"{kind}JobOutputConfig": {"MonitoringOutputs": [output]},
            "JobResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
            },
            "RoleArn": f"arn:aws:iam::{account}:role/execution",
        }

    return request


JOBS = {"ModelQuality": job("ModelQuality"), "DataQuality": job("DataQuality")}
MESSAGES = {
    "Completed": "Completed: Job completed successfully with no violations.",
    "CompletedWithViolations": "CompletedWithViolations: Job completed successfully with 2 violations.",
}
STATISTICS = {
    "dataset": {"item_count": 468},
    "binary_classification_metrics": {
        m: {"value": v, "standard_deviation": 0.02} for m, v in {"accuracy": 0.75, "auc": 0.95, "f2": 0.85}.items()
    },
}
CONSTRAINTS = {
    "binary_classification_constraints": {
        m: {"threshold": 0.9, "comparison_operator": "LessThanThreshold"} for m in ("accuracy", "auc", "f2")
    }
}
ACCURACY = Row("accuracy", "LessThanThreshold")


@pytest.fixture(scope="module")
def left_open() -> Iterator[list[AwsLayer]]:
    """Layers with a call under way; closed once the organisation has hung up."""
    layers: list[AwsLayer] = []
    yield layers
    for layer in layers:
        layer.close()


@pytest.fixture(scope="module")
def organisation(left_open: list[AwsLayer]) -> Iterator[Fleet]:
    """The organisation on loopback: its making costs more than all that the tests ask of it."""
    calendar = Calendar()
    accounts = [CloudAccount(i, name, f"AKIA{i}SAGE", "secret") for i, name in LABELS.items()]
    with AwsSandbox(calendar, accounts) as aws:
        aws.start()
        yield Fleet(aws, calendar)


@pytest.fixture
def fleet(organisation: Fleet) -> Fleet:
    """The organisation forty days on, its call log empty."""
    organisation.calendar.today += timedelta(days=40)
    organisation.aws.calls.clear()
    return organisation


@pytest.fixture(scope="module")
def layer(organisation: Fleet) -> Iterator[AwsLayer]:
    """The layer with its defaults."""
    made = organisation.layer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def capped(organisation: Fleet) -> Iterator[AwsLayer]:
    """A layer that reads files of at most 64 KiB."""
    made = organisation.layer(report_cap_bytes=65536)
    yield made
    made.close()


@pytest.fixture
def hasty(organisation: Fleet, left_open: list[AwsLayer]) -> AwsLayer:
    """A layer for questions that end before their calls do."""
    left_open.append(organisation.layer())
    return left_open[-1]


def test_the_directory_is_the_links_the_bot_s_own_account_and_those_named_in_the_settings(fleet: Fleet) -> None:
    """By label; ids from the links' ARNs, telemetry as shared; a linked account stays linked when named too."""
    named = (Account("555555555555", "legacy", ("eu-west-1",)), Account(TEST, "another label", ("eu-west-1",)))
    layer = fleet.layer(accounts=named)
    found = layer.directory(fleet.ask()).accounts()
    layer.close()
    assert found.failures == ()
    assert found.items == (
        Account("555555555555", "legacy", ("eu-west-1",), linked=False),
        Account(OBSERVABILITY, "ml-observability", (REGION,), own=True),
        Account(PRODUCTION, "ml-production", (REGION,), METRICS),
        Account(TEST, "ml-test", (REGION, "eu-west-1"), METRICS),
    )


def test_a_region_whose_sink_cannot_be_read_is_a_failure(fleet: Fleet, layer: AwsLayer) -> None:
    """The bot's own account is known all the same."""
    fleet.aws.fault("deny", OBSERVABILITY, "oam:ListSinks")
    found = layer.directory(fleet.ask()).accounts()
    assert [a.id for a in found.items] == [OBSERVABILITY]
    assert [(f.account.id, f.region) for f in found.failures] == [(OBSERVABILITY, REGION)]
    assert found.failures[0].error.cause == (
        "the bot's own role in ml-observability (111111111111) lacks oam:ListSinks"
    )


def test_with_keys_that_nobody_knows_the_fleet_is_no_empty_answer(fleet: Fleet) -> None:
    """It is an error that names the keys."""
    session = boto3.Session("AKIAUNKNOWN000000000", "x", region_name=REGION)
    layer = AwsLayer(session, AwsSettings(endpoint_url=fleet.aws.endpoint_url))
    with pytest.raises(AccessDenied, match="does not know the bot's credentials"):
        layer.directory(fleet.ask()).accounts()
    layer.close()


def test_an_account_without_the_role_is_not_reachable_and_the_others_are(fleet: Fleet, layer: AwsLayer) -> None:
    """The failure says what to check."""
    found = layer.directory(fleet.ask(OBSERVABILITY, BARE, PRODUCTION)).reachable()
    assert [a.id for a in found.items] == [OBSERVABILITY, PRODUCTION]
    (failure,) = found.failures
    assert failure.error.cause == "cannot assume role sagewatch-read in ml-bare (444444444444)"
    assert "trust policy" in failure.error.next_step


def test_a_role_that_wants_an_external_id_gets_it(fleet: Fleet) -> None:
    """Without it the role cannot be assumed."""
    reached = []
    for external_id in (None, "shared-word"):
        layer = fleet.layer(external_id=external_id)
        reached.append(len(layer.directory(fleet.ask(STRICT)).reachable().items))
        layer.close()
    assert reached == [0, 1]


def test_one_listing_for_each_account_gives_every_run_oldest_end_first(fleet: Fleet, layer: AwsLayer) -> None:
    """Statuses as the product names them; a page holds a hundred."""
    for ago in range(1, 24):
        fleet.run(TEST, ago, "Completed")
    statuses = ["Completed", "CompletedWithViolations", "Failed", "Stopped", "InProgress"]
    for ago, status in enumerate(statuses, start=1):
        fleet.run(PRODUCTION, ago, status, failure_reason="No data." if status == "Failed" else None)
    found = layer.monitors(fleet.ask()).executions(fleet.now - timedelta(days=1))
    assert found.asked == 2
    assert found.failures == ()
    assert [e.ended_at for e in found.items] == sorted(e.ended_at for e in found.items)
    assert [e.status for e in reversed(found.items) if e.account.id == PRODUCTION] == [
        RunStatus.CLEAN,
        RunStatus.VIOLATED,
        RunStatus.FAILED,
        RunStatus.STOPPED,
        RunStatus.RUNNING,
    ]
    first = next(e for e in found.items if e.status is RunStatus.FAILED)
    assert first == Execution(
        account=Account(PRODUCTION, "ml-production", (REGION,)),
        region=REGION,
        schedule_name=SCHEDULE,
        endpoint=ENDPOINT,
        family=Family.MODEL_QUALITY,
        scheduled_at=fleet.at(3),
        ended_at=fleet.at(3) + timedelta(minutes=12),
        status=RunStatus.FAILED,
        job_arn=first.job_arn,
        failure="No data.",
    )
    assert fleet.called("ListMonitoringExecutions", TEST) == 1


def test_a_listing_is_read_to_its_last_page(fleet: Fleet, layer: AwsLayer) -> None:
    """Three pages of a hundred at most; at the deadline no further one is asked for."""
    for ago in range(1, 242):
        fleet.run(PRODUCTION, ago, "Completed")
    found = layer.monitors(fleet.ask(PRODUCTION)).executions(fleet.now - timedelta(days=30))
    assert len({e.id for e in found.items}) == 241
    assert fleet.called("ListMonitoringExecutions") == 3
    target = Target(found.items[0].account, REGION)
    pages = layer.hub.pages(fleet.ask(seconds=0), target, "sagemaker", "ListMonitoringExecutions", MaxResults=100)
    assert len(next(pages)["MonitoringExecutionSummaries"]) == 100
    with pytest.raises(TimedOut, match="too long for the time given"):
        next(pages)


def test_a_denied_account_is_named_with_role_and_action_and_the_others_answer(fleet: Fleet, layer: AwsLayer) -> None:
    """A partial answer, never an empty one."""
    fleet.run(TEST, 1, "Completed")
    fleet.aws.fault("deny", PRODUCTION, "ListMonitoringExecutions")
    found = layer.monitors(fleet.ask()).executions(fleet.now - timedelta(days=1))
    assert [e.account.id for e in found.items] == [TEST]
    assert [f.error.cause for f in found.failures] == [
        "role sagewatch-read in ml-production (222222222222) lacks sagemaker:ListMonitoringExecutions"
    ]
    assert found.failures[0].error.next_step == "Add it to the role's policy."


def test_throttling_is_retried_and_told_when_it_does_not_end(fleet: Fleet, layer: AwsLayer) -> None:
    """One refusal is not noticed; three, the last attempt's, are."""
    fleet.run(TEST, 1, "Completed")
    fleet.aws.fault("throttle", TEST, "ListMonitoringExecutions", 1)
    assert len(fleet.runs(layer, TEST)) == 1
    fleet.aws.fault("throttle", TEST, "ListMonitoringExecutions", 3)
    found = layer.monitors(fleet.ask(TEST)).executions(fleet.now - timedelta(days=1))
    assert [type(f.error) for f in found.failures] == [Throttled]
    assert found.failures[0].error.retryable


def test_an_account_that_does_not_answer_costs_the_question_no_more_than_its_time(
    fleet: Fleet, hasty: AwsLayer
) -> None:
    """The others' runs are there at the deadline."""
    fleet.run(TEST, 1, "Completed")
    assert len(fleet.runs(hasty)) == 1
    fleet.aws.fault("timeout", PRODUCTION, "ListMonitoringExecutions")
    began = time.monotonic()
    found = hasty.monitors(fleet.ask(seconds=2)).executions(fleet.now - timedelta(days=1))
    assert time.monotonic() - began < 6
    assert [e.account.id for e in found.items] == [TEST]
    assert [type(f.error) for f in found.failures] == [TimedOut]
    assert "ml-production (222222222222)" in found.failures[0].error.cause


def test_a_schedule_s_tags_name_its_service_and_go_before_the_endpoint_s(fleet: Fleet, layer: AwsLayer) -> None:
    """Cadence from the cron expression; the endpoint's tags fill in what the schedule does not say."""
    fleet.run(PRODUCTION, 1, "Completed")
    (run,) = fleet.runs(layer, PRODUCTION)
    schedule = layer.monitors(fleet.ask()).schedule(run)
    assert schedule.arn == f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:monitoring-schedule/{SCHEDULE}"
    assert (schedule.cadence, schedule.endpoint) == (HOUR, ENDPOINT)
    assert schedule.service == Service("bank-marketing", "tag")
    assert dict(schedule.tags) == {
        "sagewatch:service": "bank-marketing",
        "team": "campaigns",
        "stage": "ml-production",
    }


def test_without_a_tag_the_service_is_known_by_rule_else_by_name(fleet: Fleet, layer: AwsLayer) -> None:
    """The rule is searched in the endpoint's name; rules that changed hold at once."""
    fleet.run(TEST, 1, "Completed")
    (run,) = fleet.runs(layer, TEST)
    assert layer.monitors(fleet.ask()).schedule(run).service == Service("bank-marketing", "name")
    about = About("campaigns", Severity.HIGH)
    rules = [(ServiceRule(r"^(\w+)-marketing", r"\1 campaigns", about),)]
    ruled = fleet.layer(service_rules=lambda: rules[-1])
    assert ruled.monitors(fleet.ask()).schedule(run).service == Service("bank campaigns", "rule", about)
    rules.append(())
    assert ruled.monitors(fleet.ask()).schedule(run).service == Service("bank-marketing", "name")
    ruled.close()


def test_a_schedule_is_asked_for_once_while_it_is_believed(fleet: Fleet, layer: AwsLayer) -> None:
    """Five minutes, by the product's clock."""
    fleet.run(PRODUCTION, 1, "Completed")
    (run,) = fleet.runs(layer, PRODUCTION)
    for later in (0, 4, 6):
        layer.monitors(replace(fleet.ask(), now=fleet.now + timedelta(minutes=later))).schedule(run)
    assert fleet.called("DescribeMonitoringSchedule") == 2


def test_a_deleted_schedule_is_known_by_its_names(fleet: Fleet, layer: AwsLayer) -> None:
    """Its last run still speaks; one that may not be read is a refusal all the same."""
    name = "short-lived-2026-11-02-0950"
    fleet.schedule(PRODUCTION, name, {})
    fleet.run(PRODUCTION, 1, "Completed", name=name)
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.client("sagemaker", PRODUCTION).delete_monitoring_schedule(MonitoringScheduleName=name)
    known = layer.monitors(fleet.ask()).schedule(run)
    assert (known.name, known.service.by, known.cadence) == (name, "name", None)
    assert known.arn.endswith(f":monitoring-schedule/{name}")


def test_a_report_gives_numbers_window_and_samples_and_is_read_once(fleet: Fleet, layer: AwsLayer) -> None:
    """One finding per constraint, the broken one with the monitor's sentence."""
    prefix = fleet.violated(PRODUCTION, 1, "accuracy")
    (run,) = fleet.runs(layer, PRODUCTION)
    report = layer.monitors(fleet.ask()).report(run)
    assert report.findings == (
        Finding(ACCURACY, Verdict.BAD, Reading(0.75, 0.9, 0.02, 468), violation("accuracy")["description"]),
        Finding(Row("auc", "LessThanThreshold"), Verdict.GOOD, Reading(0.95, 0.9, 0.02, 468)),
        Finding(Row("f2", "LessThanThreshold"), Verdict.GOOD, Reading(0.85, 0.9, 0.02, 468)),
    )
    assert report.window == Window(fleet.at(2), fleet.at(1))
    assert (report.samples, report.count, report.readable) == (468, 2, True)
    assert report.detail == f"s3://{bucket(PRODUCTION)}/{prefix}"
    before = fleet.called("GetObject")
    assert layer.monitors(fleet.ask()).report(run) == report
    assert fleet.called("GetObject") == before == 3


def test_constraints_are_taken_from_the_baseline_when_the_run_has_no_copy(fleet: Fleet, layer: AwsLayer) -> None:
    """The job says which file it was given."""
    prefix = fleet.violated(PRODUCTION, 1, "accuracy")
    fleet.aws.delete_object(PRODUCTION, bucket(PRODUCTION), f"{prefix}/constraints.json")
    fleet.put(PRODUCTION, "baseline/constraints.json", CONSTRAINTS)
    (run,) = fleet.runs(layer, PRODUCTION)
    assert layer.monitors(fleet.ask()).report(run).findings[0].reading == Reading(0.75, 0.9, 0.02, 468)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "statistics.json cannot be read: it is not JSON"),
        (b" " * 70_000 + b"{}", "statistics.json cannot be read: it is larger than 65536 bytes"),
    ],
)
def test_without_statistics_the_rows_stand_without_what_was_seen(
    fleet: Fleet, capped: AwsLayer, content: bytes, why: str
) -> None:
    """The verdict is the monitor's; the detail says what lacks."""
    prefix = fleet.violated(PRODUCTION, 1, "accuracy")
    fleet.put(PRODUCTION, f"{prefix}/statistics.json", content)
    (run,) = fleet.runs(capped, PRODUCTION)
    report = capped.monitors(fleet.ask()).report(run)
    assert report.readable
    assert report.findings[0].reading == Reading(None, 0.9, None, None)
    assert why in report.detail


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "constraint_violations.json is missing"),
        (b'{"violations": [', "constraint_violations.json cannot be read: it is not JSON"),
        (b'{"violations": []}', "lists none"),
        (b'{"violations": [{}]}', "names no metric or check"),
        (b" " * 70_000 + b"{}", "it is larger than 65536 bytes"),
    ],
)
def test_a_report_that_cannot_be_read_leaves_the_count_and_why(
    fleet: Fleet, capped: AwsLayer, content: bytes | None, why: str
) -> None:
    """Missing, half-written, contradicting the run, damaged, or larger than the cap."""
    prefix = fleet.run(PRODUCTION, 1, "CompletedWithViolations")
    if content is not None:
        fleet.put(PRODUCTION, f"{prefix}/constraint_violations.json", content)
    (run,) = fleet.runs(capped, PRODUCTION)
    report = capped.monitors(fleet.ask()).report(run)
    message = MESSAGES["CompletedWithViolations"]
    assert report.findings == (Finding(UNREAD, Verdict.BAD, Reading(seen=2.0), message),)
    assert (report.readable, report.count) == (False, 2)
    assert report.window is not None
    assert why in report.detail


def test_a_refused_report_leaves_the_count_and_names_the_action(fleet: Fleet, layer: AwsLayer) -> None:
    """The run is told; it is not kept, so a right that is added later takes effect."""
    fleet.violated(PRODUCTION, 1, "accuracy")
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("deny", PRODUCTION, "s3:GetObject")
    refused = layer.monitors(fleet.ask()).report(run)
    assert not refused.readable
    assert "role sagewatch-read in ml-production (222222222222) lacks s3:GetObject" in refused.detail
    assert layer.monitors(fleet.ask()).report(run).readable


def test_an_address_that_is_no_plain_place_is_not_followed(fleet: Fleet, layer: AwsLayer) -> None:
    """The other account wrote it."""
    odd = "s3://arn:aws:s3:us-west-2:999999999999:accesspoint/x/y"
    fleet.run(PRODUCTION, 1, "CompletedWithViolations", output_uri=odd)
    (run,) = fleet.runs(layer, PRODUCTION)
    assert "names no usable place" in layer.monitors(fleet.ask()).report(run).detail
    assert fleet.called("GetObject") == 0


def test_a_refused_job_leaves_that_something_is_bad_and_names_the_action(fleet: Fleet, layer: AwsLayer) -> None:
    """Not even the count is known; a clean run is good all the same."""
    fleet.run(PRODUCTION, 2, "Completed")
    fleet.violated(PRODUCTION, 1, "accuracy")
    clean, violated = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("deny", PRODUCTION, "DescribeProcessingJob", 2)
    report = layer.monitors(fleet.ask()).report(violated)
    assert report.findings == (Finding(UNREAD, Verdict.BAD),)
    assert (report.readable, report.count) == (False, None)
    assert report.detail == (
        "role sagewatch-read in ml-production (222222222222) lacks sagemaker:DescribeProcessingJob. "
        "Add it to the role's policy."
    )
    assert layer.monitors(fleet.ask()).report(clean).readable
    assert layer.monitors(fleet.ask()).report(violated).count == 2


def test_a_throttled_report_is_an_error_of_the_account(fleet: Fleet, layer: AwsLayer) -> None:
    """Asked again it may well be read."""
    fleet.violated(PRODUCTION, 1, "accuracy")
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("throttle", PRODUCTION, "DescribeProcessingJob", 3)
    with pytest.raises(Throttled):
        layer.monitors(fleet.ask()).report(run)


@pytest.mark.parametrize(
    ("operation", "times", "cadence", "by"),
    [("ListTags", 2, HOUR, "name"), ("DescribeMonitoringSchedule", 1, None, "tag")],
)
def test_a_schedule_that_may_not_be_read_in_full_is_known_by_what_is_left(
    fleet: Fleet, operation: str, times: int, cadence: timedelta | None, by: str
) -> None:
    """Without its tags by its endpoint's name, without its rhythm by its tags; always as the same subject."""
    fleet.run(PRODUCTION, 1, "Completed")
    layer = fleet.layer()
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("deny", PRODUCTION, operation, times)
    schedule = layer.monitors(fleet.ask()).schedule(run)
    layer.close()
    assert (schedule.name, schedule.cadence) == (SCHEDULE, cadence)
    assert schedule.arn == f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:monitoring-schedule/{SCHEDULE}"
    assert (schedule.service.name, schedule.service.by) == ("bank-marketing", by)


def test_a_right_that_is_taken_away_changes_nothing_of_a_schedule_that_was_read(fleet: Fleet) -> None:
    """It keeps its service and rhythm, so its incident; it is read anew when it is believed no more."""
    fleet.run(PRODUCTION, 1, "Completed")
    layer = fleet.layer()
    (run,) = fleet.runs(layer, PRODUCTION)
    read = layer.monitors(fleet.ask()).schedule(run)
    fleet.aws.fault("deny", PRODUCTION, "DescribeMonitoringSchedule")
    fleet.aws.fault("deny", PRODUCTION, "ListTags", 2)
    later = replace(fleet.ask(), now=fleet.now + timedelta(minutes=6))
    assert layer.monitors(later).schedule(run) == read
    assert fleet.called("DescribeMonitoringSchedule") == 2
    layer.close()


def test_a_throttled_schedule_is_an_error_of_the_account(fleet: Fleet, layer: AwsLayer) -> None:
    """Its names would be a poor answer when a good one comes a minute later."""
    fleet.run(PRODUCTION, 1, "Completed")
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("throttle", PRODUCTION, "DescribeMonitoringSchedule", 3)
    with pytest.raises(Throttled):
        layer.monitors(fleet.ask()).schedule(run)


def test_violations_say_that_a_schedule_may_not_be_read(fleet: Fleet) -> None:
    """Its rows are told, under the name that is known, with the missing right."""
    fleet.violated(PRODUCTION, 1, "accuracy")
    layer = fleet.layer()
    fleet.aws.fault("deny", PRODUCTION, "ListTags", 2)
    found = layer.monitors(fleet.ask(PRODUCTION)).violations(None, timedelta(days=1))
    layer.close()
    assert [(v.row, v.service.by) for v in found.items] == [(ACCURACY, "name")]
    assert [f.error.cause for f in found.failures] == [
        "role sagewatch-read in ml-production (222222222222) lacks sagemaker:ListTags"
    ]


def test_a_cancelled_question_asks_for_no_further_page(fleet: Fleet, layer: AwsLayer) -> None:
    """The process ends, or nobody waits any more."""
    for ago in range(1, 120):
        fleet.run(PRODUCTION, ago, "Completed")
    target = Target(Account(PRODUCTION, LABELS[PRODUCTION], (REGION,)), REGION)
    cancelled = replace(fleet.ask(), cancelled=lambda: True)
    pages = layer.hub.pages(cancelled, target, "sagemaker", "ListMonitoringExecutions", MaxResults=100)
    assert len(next(pages)["MonitoringExecutionSummaries"]) == 100
    with pytest.raises(TimedOut):
        next(pages)


def test_a_clean_run_is_good_in_every_constraint_and_clean_without_files_too(fleet: Fleet, layer: AwsLayer) -> None:
    """Its status is its verdict."""
    prefix = fleet.run(PRODUCTION, 1, "Completed")
    fleet.run(PRODUCTION, 2, "Completed", inputs={})
    fleet.put(PRODUCTION, f"{prefix}/statistics.json", STATISTICS)
    fleet.put(PRODUCTION, f"{prefix}/constraints.json", CONSTRAINTS)
    bare, full = (layer.monitors(fleet.ask()).report(run) for run in fleet.runs(layer, PRODUCTION))
    assert {f.verdict for f in full.findings} == {Verdict.GOOD}
    assert [f.reading.seen for f in full.findings] == [0.75, 0.95, 0.85]
    assert (bare.findings, bare.readable, bare.count) == ((), True, 0)
    assert "statistics.json is missing" in bare.detail


def test_a_failed_run_has_no_report(fleet: Fleet, layer: AwsLayer) -> None:
    """It says nothing of the rows, and nobody is asked."""
    fleet.run(PRODUCTION, 1, "Failed", failure_reason="No data.")
    (run,) = fleet.runs(layer, PRODUCTION)
    report = layer.monitors(fleet.ask()).report(run)
    assert (report.findings, report.readable) == ((), False)
    assert fleet.called("DescribeProcessingJob") == 0


def test_a_data_quality_report_is_held_to_the_baseline_not_to_what_the_run_suggests(
    fleet: Fleet, layer: AwsLayer
) -> None:
    """The constraints beside its report describe the run's own data."""
    name = "bank-marketing-data-2026-11-02-0950"
    fleet.schedule(PRODUCTION, name, {}, kind="DataQuality")
    prefix = fleet.run(PRODUCTION, 1, "CompletedWithViolations", name=name)
    entry = {"feature_name": "age", "constraint_check_type": "completeness_check", "description": "Value: 0.5 "}
    counts = {"numerical_statistics": {"common": {"num_present": 234, "num_missing": 234}}}
    seen = {"dataset": {"item_count": 468}, "features": [{"name": "age", **counts}, {"name": "job", **counts}]}
    fleet.put(PRODUCTION, f"{prefix}/constraint_violations.json", {"violations": [entry]})
    fleet.put(PRODUCTION, f"{prefix}/statistics.json", seen)
    own = {"features": [{"name": "age", "completeness": 0.5}]}
    fleet.put(PRODUCTION, f"{prefix}/constraints.json", own)
    baseline = {"features": [{"name": "age", "completeness": 0.98}, {"name": "job", "completeness": 0.4}]}
    fleet.put(PRODUCTION, "baseline/constraints.json", baseline)
    (run,) = fleet.runs(layer, PRODUCTION)
    assert run.family is Family.DATA_QUALITY
    report = layer.monitors(fleet.ask()).report(run)
    assert report.findings == (
        Finding(Row("age", "completeness_check"), Verdict.BAD, Reading(0.5, 0.98, None, 468), "Value: 0.5"),
        Finding(Row("job", "completeness_check"), Verdict.GOOD, Reading(0.5, 0.4, None, 468)),
    )
    assert (report.samples, report.readable, report.detail) == (468, True, f"s3://{bucket(PRODUCTION)}/{prefix}")


BIAS = Row("DAR [Sex=0]", "bias_drift_check")
ATTRIBUTION = Row("shap [label0]", "feature_attribution_drift_check")


def analysis(kind: str, value: float) -> dict[str, Any]:
    """What Clarify writes of one metric or of two features, whose order follows the sign of the value."""
    if kind == "ModelBias":
        group = {"value_or_threshold": "0", "metrics": [{"name": "DAR", "value": value}]}
        return {"version": "1.0", "post_training_bias_metrics": {"label": "Target", "facets": {"Sex": [group]}}}
    shap = {"global_shap_values": {"age": value, "job": 0.0}, "expected_value": 0.25}
    return {"version": "1.0", "explanations": {"kernel_shap": {"label0": shap}}}


@pytest.mark.parametrize(
    ("kind", "family", "row", "seen", "limit", "good"),
    [
        ("ModelBias", Family.BIAS, BIAS, -0.35, 0.1, 0.05),
        ("ModelExplainability", Family.EXPLAINABILITY, ATTRIBUTION, pytest.approx(0.6309, abs=1e-4), 0.9, 1.0),
    ],
)
def test_clarify_s_reports_on_batch_transforms_are_read_in_full(
    fleet: Fleet, kind: str, family: Family, row: Row, seen: float, limit: float, good: float
) -> None:
    """No endpoint, no folder of one; a clean run writes no list of violations, one that lacks it is unreadable."""
    name = f"bank-marketing-{kind.lower()}-{fleet.now:%Y-%m-%d-%H%M}"
    fleet.clarify(PRODUCTION, name, kind)
    inputs = {"constraints": f"s3://{bucket(PRODUCTION)}/baseline/{kind}/analysis.json"}
    fleet.put(PRODUCTION, f"baseline/{kind}/analysis.json", analysis(kind, 0.1))
    for ago, status in ((3, "CompletedWithViolations"), (2, "Completed"), (1, "CompletedWithViolations")):
        prefix = f"results/{name}/{fleet.at(ago):%Y/%m/%d/%H}"
        uri = f"s3://{bucket(PRODUCTION)}/{prefix}"
        fleet.run(PRODUCTION, ago, status, name=name, output_uri=uri, inputs=inputs)
        fleet.put(PRODUCTION, f"{prefix}/analysis.json", analysis(kind, 0.05 if status == "Completed" else -0.35))
        if ago == 3:
            about = {"metric_name": row.metric.split(" ", maxsplit=1)[0], "description": "as AWS words it"}
            place = {"facet": "Sex", "facet_value": "0"} if kind == "ModelBias" else {"label": "label0"}
            entry = {**about, **place, "constraint_check_type": row.check}
            fleet.put(PRODUCTION, f"{prefix}/constraint_violations.json", {"version": "1.0", "violations": [entry]})
    layer = fleet.layer()
    runs = fleet.runs(layer, PRODUCTION)
    assert {(run.family, run.endpoint) for run in runs} == {(family, "")}
    bad, clean, lost = (layer.monitors(fleet.ask()).report(run) for run in runs)
    layer.close()
    assert bad.findings == (Finding(row, Verdict.BAD, Reading(seen, limit), "as AWS words it"),)
    assert clean.findings == (Finding(row, Verdict.GOOD, Reading(good, limit)),)
    assert (clean.readable, clean.count, lost.readable, lost.count) == (True, 0, False, 2)
    assert "constraint_violations.json is missing" in lost.detail


def test_a_clean_bias_run_without_files_or_baseline_is_good_and_says_what_lacks(fleet: Fleet, layer: AwsLayer) -> None:
    """Its status is its verdict."""
    name = f"bank-marketing-bare-{fleet.now:%Y-%m-%d-%H%M}"
    fleet.clarify(PRODUCTION, name, "ModelBias")
    prefix = fleet.run(PRODUCTION, 1, "Completed", name=name, inputs={})
    fleet.put(PRODUCTION, f"{prefix}/analysis.json", analysis("ModelBias", 0.1))
    (run,) = fleet.runs(layer, PRODUCTION)
    report = layer.monitors(fleet.ask()).report(run)
    assert (report.findings, report.readable) == ((), True)
    assert report.detail.endswith("without all numbers: the job was given no constraints")


def test_violations_are_rows_with_since_when_how_often_and_whether_still(fleet: Fleet, layer: AwsLayer) -> None:
    """Newest first, over accounts; a row that the newest run no longer lists is good now."""
    fleet.violated(PRODUCTION, 3, "accuracy", "f2")
    fleet.violated(PRODUCTION, 2, "accuracy")
    fleet.violated(PRODUCTION, 1, "accuracy")
    fleet.violated(TEST, 2, "auc")
    fleet.run(TEST, 1, "Completed")
    found = layer.monitors(fleet.ask()).violations(None, timedelta(days=1))
    assert (found.failures, found.asked) == ((), 2)
    told = [(v.account.label, v.row.metric, v.runs, v.first_at.hour, v.last_at.hour, v.now) for v in found.items]
    assert told == [
        ("ml-production", "accuracy", 3, 6, 8, Verdict.BAD),
        ("ml-test", "auc", 1, 7, 7, Verdict.GOOD),
        ("ml-production", "f2", 1, 6, 6, Verdict.GOOD),
    ]
    assert found.items[0].window == Window(fleet.at(2), fleet.at(1))
    assert {v.service for v in found.items} == {Service("bank-marketing", "tag"), Service("bank-marketing", "name")}


@pytest.mark.parametrize("named", ["BANK-marketing", ENDPOINT.upper(), SCHEDULE])
def test_violations_are_limited_to_a_service_endpoint_or_schedule_in_any_case(
    fleet: Fleet, layer: AwsLayer, named: str
) -> None:
    """The service's name is the tag's."""
    fleet.violated(PRODUCTION, 1, "accuracy")
    assert len(layer.monitors(fleet.ask(PRODUCTION)).violations(named, timedelta(days=1)).items) == 1
    assert layer.monitors(fleet.ask(PRODUCTION)).violations("loan-default", timedelta(days=1)).items == ()


def test_a_report_that_fails_takes_only_itself_out_of_the_violations(fleet: Fleet, layer: AwsLayer) -> None:
    """The other run is told in full, of these that something was bad; the failure once."""
    for ago in (1, 2, 3):
        fleet.violated(PRODUCTION, ago, "accuracy")
    fleet.aws.fault("deny", PRODUCTION, "DescribeProcessingJob", 2)
    found = layer.monitors(fleet.ask(PRODUCTION)).violations(None, timedelta(days=1))
    assert {v.row: v.runs for v in found.items} == {ACCURACY: 1, UNREAD: 2}
    assert [f.error.cause for f in found.failures] == [
        "role sagewatch-read in ml-production (222222222222) lacks sagemaker:DescribeProcessingJob"
    ]


def test_an_unreadable_newest_report_does_not_call_older_rows_good(fleet: Fleet, layer: AwsLayer) -> None:
    """It said that something is bad, not what."""
    fleet.violated(PRODUCTION, 2, "accuracy")
    fleet.run(PRODUCTION, 1, "CompletedWithViolations")
    found = layer.monitors(fleet.ask(PRODUCTION)).violations(None, timedelta(days=1))
    assert [(v.row, v.now) for v in found.items] == [(UNREAD, Verdict.BAD), (ACCURACY, Verdict.BAD)]


def _look_at_data(fleet: Fleet, layer: AwsLayer) -> None:
    """As for a failed run of each type."""
    (run,) = fleet.runs(layer, PRODUCTION)
    schedule = layer.monitors(fleet.ask()).schedule(run)
    for family in FAMILIES.values():
        layer.data_health(fleet.ask()).facts(replace(run, family=family), replace(schedule, family=family))


ASKED = {f"bot.aws.{name}" for name in ("identity", "directory", "monitors", "data_health", "health", "sinks", "visit")}
"""The adapters asked below; all of them together are asked in test_iam."""


def test_every_call_is_declared_beside_its_method_and_every_declared_action_is_called(fleet: Fleet) -> None:
    """What botocore really sends, recorded before each call, in IAM's spelling."""
    made: set[str] = set()

    def record(event_name: str, **_: object) -> None:
        _, service, operation = event_name.split(".")
        made.add(actions.action_of(service, operation))

    session = boto3.Session(fleet.keys["AccessKeyId"], fleet.keys["SecretAccessKey"], region_name=REGION)
    session.events.register("before-call", record)
    layer = AwsLayer(session, AwsSettings(endpoint_url=fleet.aws.endpoint_url))
    for service in ("oam", "sagemaker", "s3", "sts"):
        layer.hub.client(service, REGION).meta.events.register("before-call", record)
    fleet.violated(PRODUCTION, 1, "accuracy")
    everywhere = Scope(layer.bind(fleet.ask())[Directory].accounts().items)
    layer.bind(replace(fleet.ask(), scope=everywhere))[Directory].reachable()
    layer.bind(replace(fleet.ask(), scope=everywhere))[Monitors].violations(None, timedelta(days=1))
    layer.bind(replace(fleet.ask(), scope=everywhere))[FleetHealth].checks(())
    _look_at_data(fleet, layer)
    layer.close()
    by_method = actions.by_method()
    assert made == {a for method, needed in by_method.items() if method.rsplit(".", 2)[0] in ASKED for a in needed}
    assert by_method["bot.aws.monitors.AwsMonitors.executions"] == {"sagemaker:ListMonitoringExecutions"}
    denied = {c.action for c in fleet.aws.calls if not c.administrator and c.error_code == "AccessDeniedException"}
    assert denied == set()
