"""What people can let happen in the world: each verb as AWS shows it, and the whole told again from its journal."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.calls import Call
from sandbox.clock import WorldClock
from sandbox.world import fleet, story
from sandbox.world.model_quality import MEMORY
from sandbox.world.stage import Stage
from sandbox.world.story import Deed, State, Verb
from sandbox.world.world import World

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NO_DATA = "Job inputs had no data"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The test account's model is moved; production stays as it began."""
    running = Stage.start(history=timedelta(hours=3), monitors=("ModelQuality",))
    running.world.build()
    yield running
    running.aws.stop()


def newest(stage: Stage, account_id: str = fleet.TEST) -> tuple[str, str]:
    """(status, why it failed) of the newest model-quality run of bank-marketing."""
    run = stage.runs(account_id, "bank-marketing-quality")[0]
    return run["MonitoringExecutionStatus"], run.get("FailureReason", "")


def endpoint(stage: Stage, account_id: str = fleet.TEST) -> dict[str, Any]:
    """The one bank-marketing endpoint of an account."""
    client = stage.aws.client("sagemaker", account_id)
    (only,) = client.list_endpoints(NameContains="bank-marketing")["Endpoints"]
    found: dict[str, Any] = client.describe_endpoint(EndpointName=only["EndpointName"])
    return found


def lines(stage: Stage, folder: str, hour: datetime) -> int:
    """How many captured requests or labels of an hour lie in the test account's bucket."""
    keys = stage.aws.list_objects(fleet.TEST, fleet.bucket(fleet.TEST), f"bank-marketing/{folder}/")
    bodies = [
        stage.aws.get_object(fleet.TEST, fleet.bucket(fleet.TEST), key)
        for key in keys
        if f"{hour:/%Y/%m/%d/%H/}" in key
    ]
    return sum(len(body.splitlines()) for body in bodies)


EVERYTHING: tuple[tuple[Verb, str], ...] = (
    ("drift", fleet.PRODUCTION),
    ("stop_monitor", fleet.TEST),
    ("redeploy", fleet.PRODUCTION),
    ("no_labels", fleet.PRODUCTION),
    ("recover", fleet.PRODUCTION),
    ("start_monitor", fleet.TEST),
    ("fail_execution", fleet.TEST),
    ("redeploy", fleet.TEST),
    ("drop_capture", fleet.TEST),
    ("fill_disk", fleet.TEST),
    ("no_traffic", fleet.PRODUCTION),
    ("next_hour", fleet.PRODUCTION),
)


def test_a_world_told_again_from_its_journal_has_the_same_names_and_runs() -> None:
    """Every verb, more hours than the buckets keep, then a fresh sandbox whose clock never saw them."""
    given: dict[str, Any] = {"history": timedelta(hours=8), "monitors": ("ModelQuality",)}
    first = Stage.start(**given)
    first.world.build()
    for verb, account in EVERYTHING:
        first.world.do(verb, account)
        first.world.tick()
    first.world.reach_back(timedelta(hours=12))
    before, journal, started_at, ended = first.told(), first.world.journal, first.world.started_at, first.clock.now()
    judged = first.report(fleet.PRODUCTION, first.runs(fleet.PRODUCTION, "loan-default")[0], "statistics")
    first.aws.stop()

    again = Stage.start(WorldClock())
    try:
        written = json.loads(json.dumps(journal))
        world = World.replay(again.aws, again.clock, seed=7, started_at=started_at, journal=written, **given)
        world.reach_back(timedelta(hours=12))
        assert world.journal == journal
        assert abs(again.clock.now() - ended) < timedelta(minutes=2)
        told = Stage(again.aws, again.clock, world)
        assert told.told() == before
        assert told.report(fleet.PRODUCTION, told.runs(fleet.PRODUCTION, "loan-default")[0], "statistics") == judged
    finally:
        again.aws.stop()


@pytest.mark.parametrize(
    ("verb", "captures", "labels"),
    [
        ("no_labels", True, False),
        ("no_traffic", False, False),
        ("drop_capture", False, True),
        ("fill_disk", False, True),
    ],
)
def test_a_blind_hour_fails_until_recover(stage: Stage, verb: Verb, captures: bool, labels: bool) -> None:
    """Labels, requests or captures stay away; what did arrive lies in the bucket, and the run says what AWS says."""
    told = stage.world.do(verb, fleet.TEST)
    hour = datetime.fromisoformat(told["now"]).replace(minute=0, second=0, microsecond=0) - HOUR
    assert newest(stage) == ("Failed", NO_DATA)
    assert (told["failed"], told["runs"]) == (1, 3)
    assert (lines(stage, "datacapture", hour) > 300, lines(stage, "ground-truth", hour) > 300) == (captures, labels)
    halted = verb in {"drop_capture", "fill_disk"}
    assert endpoint(stage)["DataCaptureConfig"]["CaptureStatus"] == ("Stopped" if halted else "Started")
    stage.world.do("next_hour")
    assert newest(stage) == ("Failed", NO_DATA)
    stage.world.do("recover", fleet.TEST)
    assert newest(stage) == ("Completed", "")
    assert endpoint(stage)["DataCaptureConfig"]["CaptureStatus"] == "Started"


def test_one_execution_runs_out_of_memory_after_its_merge(stage: Stage) -> None:
    """The analysis is what failed; the next run is good again."""
    told = stage.world.do("fail_execution", fleet.TEST)
    assert newest(stage) == ("Failed", MEMORY)
    assert MEMORY.rstrip(".") in told["said"]
    job = stage.runs(fleet.TEST, "bank-marketing-quality")[0]["ProcessingJobArn"]
    assert "/model-quality-monitoring-" in job
    stage.world.do("next_hour")
    assert newest(stage) == ("Completed", "")


def test_a_stopped_monitor_does_not_run_until_it_is_started(stage: Stage) -> None:
    """Two hours pass in silence; what was missed is not made up for."""
    before = len(stage.runs(fleet.TEST, "bank-marketing-quality"))
    for verb in ("stop_monitor", "next_hour"):
        stage.world.do(verb, fleet.TEST)
    assert len(stage.runs(fleet.TEST, "bank-marketing-quality")) == before
    client = stage.aws.client("sagemaker", fleet.TEST)
    (schedule,) = client.list_monitoring_schedules(NameContains="bank-marketing-quality")["MonitoringScheduleSummaries"]
    assert schedule["MonitoringScheduleStatus"] == "Stopped"
    told = stage.world.do("start_monitor", "ml-test")
    assert told["said"].startswith(f"{schedule['MonitoringScheduleName']} in ml-test is started")
    assert len(stage.runs(fleet.TEST, "bank-marketing-quality")) == before + 1


def test_a_pipeline_puts_a_new_endpoint_in_the_old_ones_place_and_the_runs_go_on(stage: Stage) -> None:
    """As its own role, an administrator nowhere: new endpoint and schedule first, then the old ones away."""
    old, heard = endpoint(stage), list[Call]()
    stage.aws.on_call(heard.append)
    told = stage.world.do("redeploy", fleet.TEST)
    new, now = endpoint(stage), datetime.fromisoformat(told["now"])
    made = now.replace(minute=16, second=0, microsecond=0)
    assert new["EndpointName"] == told["endpoint"] == f"bank-marketing-{made:%Y-%m-%d-%H%M}"
    assert (new["CreationTime"], new["DataCaptureConfig"]["CaptureStatus"]) == (made, "Started")
    role = f"arn:aws:sts::{fleet.TEST}:assumed-role/ml-deploy-pipeline/deploy-{told['endpoint']}"
    done = [call.operation for call in heard if call.principal_arn == role]
    assert [each for each in done if "Endpoint" in each or "Schedule" in each] == [
        "CreateEndpointConfig",
        "CreateEndpoint",
        "CreateMonitoringSchedule",
        "DeleteMonitoringSchedule",
        "DeleteEndpoint",
        "DeleteEndpointConfig",
    ]
    assert all(call.at == made and call.error_code is None for call in heard if call.principal_arn == role)
    assert all(call.backstage for call in heard if call.principal_arn == role)
    stage.world.do("next_hour")
    latest, before = stage.runs(fleet.TEST, "bank-marketing-quality")[:2]
    assert (latest["EndpointName"], before["EndpointName"]) == (new["EndpointName"], old["EndpointName"])
    assert latest["MonitoringExecutionStatus"] == "Completed"
    judged = stage.report(fleet.TEST, latest, "statistics")["dataset"]["item_count"]
    both = [lines(stage, f"datacapture/{each['EndpointName']}", now.replace(minute=0)) for each in (old, new)]
    assert both[1] == judged
    assert 0.2 < both[0] / sum(both) < 0.33
    assert lines(stage, "ground-truth", now.replace(minute=0)) == sum(both)
    with pytest.raises(ClientError, match="Could not find endpoint"):
        stage.aws.client("sagemaker", fleet.TEST).describe_endpoint(EndpointName=old["EndpointName"])


@pytest.mark.parametrize(
    ("verbs", "left"),
    [
        (("no_labels", "drift"), State(level=1, labels=False)),
        (("drift", "drift", "drift"), State(level=2)),
        (("no_traffic", "drop_capture", "redeploy", "next_hour"), State(traffic=False, capture=False)),
        (("fill_disk", "redeploy"), State(disk_full=True)),
        (("no_labels", "no_traffic", "drop_capture", "fill_disk", "drift", "recover"), State()),
    ],
)
def test_only_recover_ends_what_was_begun(verbs: tuple[Verb, ...], left: State) -> None:
    """An hour each."""
    deeds = tuple(Deed(verb, fleet.TEST, NOON + number * HOUR) for number, verb in enumerate(verbs))
    assert story.state(deeds, fleet.TEST, NOON + 9 * HOUR) == left
    assert story.state(deeds, fleet.PRODUCTION, NOON + 9 * HOUR) == State()
    assert story.state(deeds, fleet.TEST, NOON - HOUR) == State()


def test_each_redeployment_ends_the_one_before() -> None:
    """One endpoint at any moment; another account's goes on."""
    deeds = tuple(Deed("redeploy", fleet.TEST, NOON + number * HOUR) for number in range(2))
    deployment = story.deployment_of(fleet.TEST)
    first, second, third = story.servings(deployment, NOON, deeds)
    assert (first.until, second.until, third.until) == (second.since, third.since, None)
    assert second.names.endpoint == "bank-marketing-2026-11-20-1316"
    assert second.names.schedule("ModelQuality") == "bank-marketing-quality-2026-11-20-1316"
    assert len(story.servings(story.deployment_of(fleet.PRODUCTION), NOON, deeds)) == 1
