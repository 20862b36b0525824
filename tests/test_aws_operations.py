"""Schedules and what operators do with them, over HTTP: real boto3 against the sandbox's accounts and roles."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.errors import AccessDenied, NotAllowed
from bot.model.fleet import Depth
from bot.model.monitor import Schedule
from bot.model.place import About, Family, Service
from bot.ports import FleetHealth, Found, Sweep
from sandbox.fakes_accounts import HOUR, PRODUCTION, REGION, TEST, Stage, causes, served


@pytest.fixture(scope="module")
def organisation() -> Iterator[Stage]:
    """Made once: its making costs more than what the tests ask."""
    with served() as made:
        yield made


@pytest.fixture
def stage(organisation: Stage) -> Stage:
    """Empty accounts on another day."""
    organisation.empty()
    return organisation


def schedules_of(found: Found[Sweep[Schedule]]) -> tuple[Schedule, ...]:
    """The schedules of every account."""
    return tuple(schedule for sweep in found.items for schedule in sweep.items)


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
