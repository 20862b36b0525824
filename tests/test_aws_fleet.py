"""Endpoints, schedules and what operators do, over HTTP: real boto3 against the sandbox's accounts and roles."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.errors import AccessDenied, NotAllowed
from bot.model.account import Account, Scope
from bot.model.fleet import Capture, Depth, Endpoint, Variant
from bot.model.monitor import Schedule
from bot.model.person import Person
from bot.model.place import About, Family, Service, Severity
from bot.ports import Ask, FleetHealth, Found, Resources, Sweep
from sandbox.aws import AwsSandbox
from sandbox.aws.calls import Call
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


@pytest.fixture(scope="module")
def organisation() -> Iterator[Stage]:
    """Made once: its making costs more than what the tests ask."""
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
        yield stage
        layer.close()


@pytest.fixture
def stage(organisation: Stage) -> Stage:
    """Empty accounts on another day."""
    organisation.empty()
    return organisation


def all_of(found: Found[Sweep[Endpoint]]) -> tuple[Endpoint, ...]:
    """The endpoints of every account."""
    return tuple(endpoint for sweep in found.items for endpoint in sweep.items)


def schedules_of(found: Found[Sweep[Schedule]]) -> tuple[Schedule, ...]:
    """The schedules of every account."""
    return tuple(schedule for sweep in found.items for schedule in sweep.items)


def causes(found: Found[Any]) -> list[str]:
    """Who did not answer, or not in full, and why."""
    return [f.error.cause for f in found.failures]


def named(items: Iterable[Endpoint]) -> list[str]:
    """Their names, sorted."""
    return sorted(e.name for e in items)


def test_an_endpoint_comes_with_its_configuration_capture_and_tags(stage: Stage) -> None:
    """Its service by tag, with what its owners say."""
    tags = {"sagewatch:service": "bank", "sagewatch:severity": "high", "stage": "prod"}
    stage.endpoint(PRODUCTION, "bank-2026-11-02", tags=tags)
    found = stage.resources(PRODUCTION).endpoints((), Depth.CHANGED)
    (endpoint,) = all_of(found)
    assert (found.asked, found.failures) == (1, ())
    assert endpoint == Endpoint(
        arn=f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:endpoint/bank-2026-11-02",
        name="bank-2026-11-02",
        account_id=PRODUCTION,
        region=REGION,
        status="InService",
        created_at=stage.calendar.time,
        changed_at=stage.calendar.time,
        config="bank-2026-11-02-config",
        variants=(Variant("AllTraffic", "ml.m5.large", 2),),
        capture=Capture(enabled=True, percentage=50, destination="s3://bucket/capture"),
        service=Service("bank", "tag", About(severity=Severity.HIGH)),
        tags=tuple(sorted(tags.items())),
    )


def test_capture_that_was_never_set_up_or_stopped_by_itself_is_off(stage: Stage) -> None:
    """Whatever the configuration wanted."""
    stage.config(PRODUCTION, "bare", captures=False)
    stage.endpoint(PRODUCTION, "bare", config="bare")
    stage.endpoint(PRODUCTION, "halted")
    stage.aws.monitoring(PRODUCTION).capture("halted", works=False)
    found = {e.name: e.capture for e in all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))}
    assert found["bare"] is None
    assert found["halted"] == Capture(enabled=False, percentage=50, destination="s3://bucket/capture")


def test_calls_are_counted(stage: Stage) -> None:
    """Per account one listing, one description per endpoint and one per configuration that nobody knows yet."""
    stage.config(PRODUCTION, "shared")
    for account, name in ((PRODUCTION, "a"), (PRODUCTION, "b"), (TEST, "d")):
        stage.endpoint(account, name, config="shared" if account == PRODUCTION else "")
    stage.endpoint(PRODUCTION, "c")
    stage.aws.calls.clear()
    first = all_of(stage.resources().endpoints((), Depth.EACH))
    cold = {"ListEndpoints": 2, "DescribeEndpoint": 4, "DescribeEndpointConfig": 3, "ListTags": 4}
    assert stage.heard() == cold
    again = all_of(stage.resources().endpoints(first, Depth.EACH))
    assert stage.heard() == {"ListEndpoints": 2, "DescribeEndpoint": 4}
    assert again == first
    assert all_of(stage.resources().endpoints(first, Depth.CHANGED)) == first
    assert stage.heard() == {"ListEndpoints": 2}
    assert all_of(stage.resources().endpoints(first, Depth.TAGS)) == first
    assert stage.heard() == {"ListEndpoints": 2, "DescribeEndpoint": 4, "ListTags": 4}


def test_only_what_changed_is_described_again(stage: Stage) -> None:
    """An update with another configuration, a new endpoint; one that is gone is not listed."""
    for name in ("kept", "updated", "gone"):
        stage.endpoint(PRODUCTION, name)
    before = all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))
    stage.calendar.time += HOUR
    client = stage.aws.client("sagemaker", PRODUCTION)
    client.delete_endpoint(EndpointName="gone")
    client.delete_endpoint(EndpointName="updated")
    stage.config(PRODUCTION, "other")
    stage.endpoint(PRODUCTION, "updated", config="other", tags={"sagewatch:service": "renamed"})
    stage.endpoint(PRODUCTION, "new")
    stage.aws.calls.clear()
    found = stage.resources(PRODUCTION).endpoints(before, Depth.CHANGED)
    assert named(all_of(found)) == ["kept", "new", "updated"]
    updated = next(e for e in all_of(found) if e.name == "updated")
    assert (updated.config, updated.service.name) == ("other", "renamed")
    assert stage.heard() == {"ListEndpoints": 1, "DescribeEndpoint": 2, "DescribeEndpointConfig": 2, "ListTags": 2}


def test_tags_that_changed_are_seen_when_they_are_asked_for(stage: Stage) -> None:
    """Nothing in a listing tells of them."""
    stage.endpoint(PRODUCTION, "bank")
    before = all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))
    tag = {"Key": "sagewatch:service", "Value": "acquisition"}
    stage.aws.client("sagemaker", PRODUCTION).add_tags(ResourceArn=before[0].arn, Tags=[tag])
    for depth, service in ((Depth.EACH, "bank"), (Depth.TAGS, "acquisition")):
        (found,) = all_of(stage.resources(PRODUCTION).endpoints(before, depth))
        assert found.service.name == service


def test_an_account_that_may_not_be_listed_takes_nothing_from_the_others(stage: Stage) -> None:
    """It is named with its role and the action that lacks, and of it nothing is called whole."""
    stage.endpoint(PRODUCTION, "bank")
    stage.endpoint(TEST, "bank")
    stage.aws.fault("deny", TEST, "sagemaker:ListEndpoints")
    found = stage.resources().endpoints((), Depth.CHANGED)
    assert [(s.account_id, s.whole) for s in found.items] == [(PRODUCTION, True)]
    assert causes(found) == [f"role sagewatch-read in ml-test ({TEST}) lacks sagemaker:ListEndpoints"]
    assert found.failures[0].error.next_step == "Add it to the role's policy."


def test_a_listing_that_breaks_off_is_not_whole(stage: Stage) -> None:
    """What came is kept, what lacks has not vanished."""
    for n in range(101):
        stage.endpoint(PRODUCTION, f"bank-{n:03}", config="" if n == 0 else "bank-000-config")
    known = all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))
    assert len(known) == 101
    pages = iter([True])

    def throttle_the_next(call: Call) -> None:
        if call.operation == "ListEndpoints" and next(pages, False):
            stage.aws.fault("throttle", PRODUCTION, "sagemaker:ListEndpoints", times=3)

    stage.aws.on_call(throttle_the_next)
    found = stage.resources(PRODUCTION).endpoints(known, Depth.CHANGED)
    (sweep,) = found.items
    assert (len(sweep.items), sweep.whole) == (100, False)
    assert causes(found) == [f"AWS throttles sagemaker:ListEndpoints in ml-production ({PRODUCTION})"]


@pytest.mark.parametrize(
    ("operation", "lacks"),
    [
        ("DescribeEndpoint", {"config": "", "variants": (), "capture": None}),
        ("DescribeEndpointConfig", {"variants": ()}),
        ("ListTags", {"tags": ()}),
    ],
)
def test_an_endpoint_that_cannot_be_read_in_full_is_known_by_its_list(
    stage: Stage, operation: str, lacks: dict[str, object]
) -> None:
    """The account is named; what was known of it before stays, and the next sweep asks again."""
    stage.endpoint(PRODUCTION, "bank", tags={"stage": "prod"})
    stage.aws.fault("deny", PRODUCTION, f"sagemaker:{operation}")
    partial = stage.resources(PRODUCTION).endpoints((), Depth.CHANGED)
    assert causes(partial) == [f"role sagewatch-read in ml-production ({PRODUCTION}) lacks sagemaker:{operation}"]
    (whole,) = all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))
    assert all_of(partial) == (replace(whole, **lacks),)  # type: ignore[arg-type]
    assert partial.items[0].whole
    if operation != "DescribeEndpointConfig":  # of what is known it is not asked for
        stage.aws.fault("deny", PRODUCTION, f"sagemaker:{operation}")
        assert all_of(stage.resources(PRODUCTION).endpoints((whole,), Depth.TAGS)) == (whole,)


def test_a_throttled_and_a_hung_account_leave_the_others_their_answer(stage: Stage) -> None:
    """Within the deadline, each told by its name."""
    for account in (PRODUCTION, TEST):
        stage.endpoint(account, "bank")
    stage.aws.fault("throttle", TEST, "sagemaker:ListEndpoints", times=3)
    throttled = stage.resources().endpoints((), Depth.CHANGED)
    assert (len(all_of(throttled)), causes(throttled)) == (
        1,
        [f"AWS throttles sagemaker:ListEndpoints in ml-test ({TEST})"],
    )
    stage.aws.fault("timeout", TEST, "sagemaker:ListEndpoints")
    began = time.monotonic()
    hung = stage.resources(seconds=2).endpoints((), Depth.CHANGED)
    assert time.monotonic() - began < 2.5
    assert (len(all_of(hung)), causes(hung)) == (1, [f"ml-test ({TEST}) did not answer within the time given"])


def test_a_schedule_comes_with_its_cadence_and_the_tags_of_its_endpoint(stage: Stage) -> None:
    """Its own tags beat those; one that is known and did not change costs its listing only."""
    stage.endpoint(PRODUCTION, "bank", tags={"sagewatch:service": "bank-marketing", "sagewatch:team": "risk"})
    stage.schedule(PRODUCTION, "bank-data", "bank", {"sagewatch:team": "campaigns"})
    stage.aws.calls.clear()
    found = stage.resources(PRODUCTION).schedules((), Depth.CHANGED)
    (schedule,) = schedules_of(found)
    assert stage.heard() == {"ListMonitoringSchedules": 1, "DescribeMonitoringSchedule": 1, "ListTags": 2}
    assert schedule == Schedule(
        arn=f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:monitoring-schedule/bank-data",
        name="bank-data",
        account_id=PRODUCTION,
        region=REGION,
        family=Family.DATA_QUALITY,
        endpoint="bank",
        cadence=HOUR,
        service=Service("bank-marketing", "tag", About(team="campaigns")),
        tags=(("sagewatch:service", "bank-marketing"), ("sagewatch:team", "campaigns")),
        status="Scheduled",
        created_at=stage.calendar.time,
        definition="bank-data-job",
        changed_at=stage.calendar.time,
    )
    assert schedules_of(stage.resources(PRODUCTION).schedules((schedule,), Depth.CHANGED)) == (schedule,)
    assert stage.heard() == {"ListMonitoringSchedules": 1}


def test_a_schedule_that_was_stopped_is_read_again(stage: Stage) -> None:
    """At once, however lately it was read."""
    stage.endpoint(PRODUCTION, "bank")
    stage.schedule(PRODUCTION, "bank-data", "bank")
    before = schedules_of(stage.resources(PRODUCTION).schedules((), Depth.CHANGED))
    stage.calendar.time += timedelta(minutes=1)
    stage.aws.client("sagemaker", PRODUCTION).stop_monitoring_schedule(MonitoringScheduleName="bank-data")
    (after,) = schedules_of(stage.resources(PRODUCTION).schedules(before, Depth.CHANGED))
    assert (after.status, after.changed_at) == ("Stopped", stage.calendar.time)


@pytest.mark.parametrize(("operation", "times"), [("DescribeMonitoringSchedule", 1), ("ListTags", 2)])
def test_a_schedule_that_cannot_be_read_in_full_is_asked_for_again(stage: Stage, operation: str, times: int) -> None:
    """By its names meanwhile, and its account is named."""
    stage.endpoint(PRODUCTION, "bank")
    stage.schedule(PRODUCTION, "bank-data", "bank")
    stage.aws.fault("deny", PRODUCTION, f"sagemaker:{operation}", times=times)
    found = stage.resources(PRODUCTION).schedules((), Depth.CHANGED)
    (schedule,) = schedules_of(found)
    assert (schedule.name, schedule.status, schedule.changed_at) == ("bank-data", "Scheduled", None)
    assert causes(found) == [f"role sagewatch-read in ml-production ({PRODUCTION}) lacks sagemaker:{operation}"]
    (whole,) = schedules_of(stage.resources(PRODUCTION).schedules((schedule,), Depth.CHANGED))
    assert (whole.cadence, whole.changed_at) == (HOUR, stage.calendar.time)


def test_an_operator_s_act_is_made_in_the_operator_s_name(stage: Stage) -> None:
    """CloudTrail has the person as source identity and session; the session may do nothing else."""
    stage.endpoint(PRODUCTION, "bank")
    stage.schedule(PRODUCTION, "bank-data", "bank")
    (schedule,) = schedules_of(stage.resources(PRODUCTION).schedules((), Depth.CHANGED))
    layer = stage.layer()
    stage.aws.calls.clear()
    layer.operations(stage.ask()).stop(schedule)
    assert stage.aws.monitoring(PRODUCTION).schedule("bank-data").status == "Stopped"  # type: ignore[union-attr]
    assumed, stopped = [c for c in stage.aws.calls if c.operation in {"AssumeRole", "StopMonitoringSchedule"}]
    assert stopped.principal_arn == f"arn:aws:sts::{PRODUCTION}:assumed-role/sagewatch-operate/U0ANA"
    assert stopped.source_identity == "U0ANA"
    assert assumed.params["Tags"] == [
        {"Key": "slack-user", "Value": "U0ANA"},
        {"Key": "slack-team", "Value": "T0MAIN"},
    ]
    assert "sagemaker:StopMonitoringSchedule" in assumed.params["Policy"]
    assert schedule.arn in assumed.params["Policy"]
    layer.operations(stage.ask()).start(schedule)
    assert stage.aws.monitoring(PRODUCTION).schedule("bank-data").status == "Scheduled"  # type: ignore[union-attr]
    layer.close()


def test_an_act_that_the_account_does_not_allow_names_role_and_step(stage: Stage) -> None:
    """A role that there is not, and one that lacks the action; outside the asker's scope nothing is tried."""
    stage.endpoint(PRODUCTION, "bank")
    stage.schedule(PRODUCTION, "bank-data", "bank")
    (schedule,) = schedules_of(stage.resources(PRODUCTION).schedules((), Depth.CHANGED))
    absent = stage.layer(operate_role="nobody")
    with pytest.raises(AccessDenied, match="cannot assume role nobody in ml-production") as refused:
        absent.operations(stage.ask()).stop(schedule)
    assert "sts:SetSourceIdentity and sts:TagSession" in refused.value.next_step
    stage.aws.fault("deny", PRODUCTION, "sagemaker:StopMonitoringSchedule")
    layer = stage.layer()
    with pytest.raises(AccessDenied, match=r"sagewatch-operate in .* lacks sagemaker:StopMonitoringSchedule"):
        layer.operations(stage.ask()).stop(schedule)
    with pytest.raises(NotAllowed, match="does not cover"):
        layer.operations(stage.ask(TEST)).stop(schedule)
    assert stage.aws.monitoring(PRODUCTION).schedule("bank-data").status == "Scheduled"  # type: ignore[union-attr]
    for each in (absent, layer):
        each.close()


@pytest.mark.parametrize(
    ("role", "operators", "said"),
    [
        ("sagewatch-operate", (), ["the role for operators can be assumed"] * 2),
        ("sagewatch-operate", (TEST,), ["the role for operators can be assumed"]),
        ("sagewatch-operate", None, []),
        ("nobody", (TEST,), [f"cannot assume role nobody in ml-test ({TEST})"]),
    ],
)
def test_the_doctor_looks_at_the_operate_role_where_operators_are_named(
    stage: Stage, role: str, operators: tuple[str, ...] | None, said: list[str]
) -> None:
    """In their accounts only."""
    layer = stage.layer(operate_role=role, operators=operators)
    health: FleetHealth = layer.health(stage.ask())
    found = [c.said for c in health.checks(()) if "operators" in c.said or "nobody" in c.said]
    assert found == said
    layer.close()
