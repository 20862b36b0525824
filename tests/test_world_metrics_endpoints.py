"""What CloudWatch has of the world's endpoints: requests as they were captured, and the load that they are."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.aws.cloudwatch.samples import Samples
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.clock import WorldClock
from sandbox.world import disk, fleet, load, story
from sandbox.world.load import Hour
from sandbox.world.readings import INSTANCES, METERS, REQUESTS
from sandbox.world.stage import Stage
from sandbox.world.story import Deed, Verb
from sandbox.world.world import World

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
IDLE_CPU = 7.0
"""Per cent of one core, which no minute without requests reaches."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The test account's model is moved; production stays as it began."""
    running = Stage.start(history=timedelta(hours=3), monitors=("ModelQuality",))
    running.world.build()
    yield running
    running.aws.stop()


def key(endpoint: str, name: str) -> MetricKey:
    """An endpoint's metric."""
    namespace = INSTANCES if name.endswith("Utilization") else REQUESTS
    return MetricKey.of(namespace, name, {"EndpointName": endpoint, "VariantName": "AllTraffic"})


def samples(stage: Stage, account_id: str, endpoint: str, name: str, start: datetime, end: datetime) -> Samples:
    """A span of a metric, in whatever unit."""
    store = stage.aws.metrics(account_id)
    return next(iter(store.samples(key(endpoint, name), start.timestamp(), end.timestamp()).values()), Samples())


def endpoint(stage: Stage, service: str = "bank-marketing", account_id: str = fleet.TEST) -> str:
    """The service's one endpoint by now."""
    listed = stage.aws.client("sagemaker", account_id).list_endpoints(NameContains=service)["Endpoints"]
    return str(listed[0]["EndpointName"])


def captured(stage: Stage, account_id: str, name: str, hour: datetime) -> Counter[int]:
    """How many requests of each minute lie in the bucket."""
    service = "bank-marketing" if name.startswith("bank-marketing") else "loan-default"
    prefix = f"{service}/datacapture/{name}/AllTraffic/{hour:%Y/%m/%d/%H}/"
    found: Counter[int] = Counter()
    for each in stage.aws.list_objects(account_id, fleet.bucket(account_id), prefix):
        for line in stage.aws.get_object(account_id, fleet.bucket(account_id), each).splitlines():
            came = datetime.fromisoformat(json.loads(line)["eventMetadata"]["inferenceTime"])
            found[round((came.replace(second=0) - hour) / MINUTE)] += 1
    return found


def last_hour(stage: Stage) -> datetime:
    """The hour that is over."""
    return story.full_hour(stage.world.now()) - HOUR


MOVES: tuple[Verb, ...] = ("fill_disk", "redeploy", "recover", "no_traffic", "drift", "recover", "next_hour")


def everything(stage: Stage, end: datetime) -> dict[str, Any]:
    """Every sample of the last day until `end`, those of runs too."""
    found: dict[str, Any] = {}
    for account_id in fleet.LINKED:
        store = stage.aws.metrics(account_id)
        for each in store.recorded():
            for (unit, _), kept in store.samples(each.key, end.timestamp() - 86_400, end.timestamp()).items():
                found[f"{account_id} {each.key} {unit}"] = (kept.times, kept.values, kept.weights, kept.sets)
    return found


def test_a_world_told_again_has_the_same_metrics() -> None:
    """From the journal, on a fresh sandbox: requests, latencies, load, disks, and what runs published."""
    given: dict[str, Any] = {"history": timedelta(hours=3), "monitors": ("ModelQuality", "DataQuality")}
    first = Stage.start(**given)
    first.world.build()
    for verb in MOVES:
        first.world.do(verb, fleet.TEST)
    journal, started_at, end = first.world.journal, first.world.started_at, last_hour(first)
    before = everything(first, end)
    first.aws.stop()
    again = Stage.start(WorldClock())
    try:
        World.replay(again.aws, again.clock, seed=7, started_at=started_at, journal=journal, **given)
        assert everything(again, end) == before
        assert len(before) > 200
    finally:
        again.aws.stop()


@pytest.mark.parametrize(
    ("account_id", "service"),
    [(fleet.PRODUCTION, "bank-marketing"), (fleet.PRODUCTION, "loan-default"), (fleet.TEST, "bank-marketing")],
)
def test_invocations_are_the_captured_requests_minute_by_minute(stage: Stage, account_id: str, service: str) -> None:
    """Each request counts 1, on one instance 1 as well; none was an error; each has its latencies in microseconds."""
    name, hour = endpoint(stage, service, account_id), last_hour(stage)
    there = captured(stage, account_id, name, hour)
    assert there.total() > 200
    for metric, each in (
        ("Invocations", 1.0),
        ("InvocationsPerInstance", 1.0),
        ("Invocation4XXErrors", 0.0),
        ("Invocation5XXErrors", 0.0),
    ):
        found = samples(stage, account_id, name, metric, hour, hour + HOUR)
        seen = {round((at - hour.timestamp()) / 60): n for at, n in zip(found.times, found.weights, strict=True)}
        assert seen == there
        assert set(found.values) == {each}
    for metric in ("ModelLatency", "OverheadLatency"):
        found = samples(stage, account_id, name, metric, hour, hour + HOUR)
        assert Counter(round((at - hour.timestamp()) / 60) for at in found.times) == there
        assert 1_000 < min(found.values) < max(found.values) < 50_000
        units = stage.aws.metrics(account_id).samples(key(name, metric), found.times[0], found.times[-1])
        assert {unit for unit, _ in units} == {"Microseconds"}


def test_the_monitoring_account_reads_them_as_statistics(stage: Stage) -> None:
    """Sum of requests, percentiles of latency, CPU of four cores: over HTTP, through the link."""
    name, hour = endpoint(stage, account_id=fleet.PRODUCTION), last_hour(stage)
    asked = [("Invocations", "Sum"), ("ModelLatency", "p90"), ("CPUUtilization", "Average")]
    queries = [
        {
            "Id": f"m{number}",
            "AccountId": fleet.PRODUCTION,
            "MetricStat": {"Metric": key(name, metric).shown(), "Period": 3600, "Stat": stat},
        }
        for number, (metric, stat) in enumerate(asked)
    ]
    cloudwatch = stage.admin("cloudwatch", fleet.OBSERVABILITY)
    found = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=hour, EndTime=hour + HOUR)
    (invocations,), (p90,), (cpu,) = (each["Values"] for each in found["MetricDataResults"])
    assert invocations == captured(stage, fleet.PRODUCTION, name, hour).total()
    assert 5_000 < p90 < 12_000
    assert IDLE_CPU < cpu < 100 * load.CORES


def test_every_endpoint_is_listed_with_its_nine_metrics(stage: Stage) -> None:
    """Exactly by EndpointName and VariantName."""
    cloudwatch = stage.admin("cloudwatch", fleet.OBSERVABILITY)
    for namespace, count in ((REQUESTS, 6), (INSTANCES, 3)):
        listed = cloudwatch.list_metrics(Namespace=namespace, IncludeLinkedAccounts=True, RecentlyActive="PT3H")
        assert len(listed["Metrics"]) == 3 * count
        names = {d["Name"] for metric in listed["Metrics"] for d in metric["Dimensions"]}
        assert names == {"EndpointName", "VariantName"}


def test_a_start_keeps_no_points_of_endpoints(stage: Stage) -> None:
    """What is kept is what runs published; minutes are computed for whoever reads them."""
    for account_id in fleet.LINKED:
        runs = [run for run in stage.aws.monitoring(account_id).executions() if run.status.startswith("Completed")]
        assert 0 < stage.aws.metrics(account_id).kept() <= 17 * len(runs)


def test_a_minute_is_published_when_it_is_over(stage: Stage) -> None:
    """The one that runs is not there; the one before is."""
    name, before = endpoint(stage), stage.world.now()
    newest = [
        max(samples(stage, fleet.TEST, name, metric, before - HOUR, before + HOUR).times)
        for metric in ("Invocations", "CPUUtilization")
    ]
    over = {at.replace(second=0, microsecond=0) - MINUTE for at in (before, stage.world.now())}
    assert {datetime.fromtimestamp(at, UTC) for at in newest} <= over


def test_without_traffic_there_are_no_requests_but_an_idle_instance(stage: Stage) -> None:
    """No zeros either: CloudWatch has no points where nothing was sent."""
    name = endpoint(stage)
    stage.world.do("no_traffic", fleet.TEST)
    quiet = last_hour(stage)
    for metric in ("Invocations", "Invocation5XXErrors", "ModelLatency"):
        assert not samples(stage, fleet.TEST, name, metric, quiet, quiet + HOUR).times
    cpu = samples(stage, fleet.TEST, name, "CPUUtilization", quiet, quiet + HOUR)
    assert (len(cpu.times), max(cpu.values) < IDLE_CPU) == (60, True)
    newest = {
        each.key.name: each.newest_s
        for each in stage.aws.metrics(fleet.TEST).recorded()
        if ("EndpointName", name) in each.key.dimensions
    }
    assert newest["Invocations"] < quiet.timestamp() <= newest["CPUUtilization"]
    stage.world.do("recover", fleet.TEST)
    busy = last_hour(stage)
    served = samples(stage, fleet.TEST, name, "Invocations", busy, busy + HOUR)
    assert sum(served.weights) == captured(stage, fleet.TEST, name, busy).total() > 400
    assert min(samples(stage, fleet.TEST, name, "CPUUtilization", busy, busy + HOUR).values) > IDLE_CPU


def test_a_full_disk_is_seen_before_its_capture_is_missed(stage: Stage) -> None:
    """It passes the documented 75 % in the hour that loses its captures; requests go on; recover empties it."""
    name = endpoint(stage)
    stage.world.do("fill_disk", fleet.TEST)
    hour = last_hour(stage)
    levels = samples(stage, fleet.TEST, name, "DiskUtilization", hour, hour + 2 * HOUR)
    assert min(levels.values) < disk.LIMIT < max(levels.values) == disk.FULL
    assert levels.values[-1] == disk.FULL
    assert captured(stage, fleet.TEST, name, hour).total() == 0
    assert sum(samples(stage, fleet.TEST, name, "Invocations", hour, hour + HOUR).weights) > 400
    stage.world.do("recover", fleet.TEST)
    after = samples(stage, fleet.TEST, name, "DiskUtilization", last_hour(stage), stage.world.now())
    assert after.values[-1] < disk.LIMIT / 2


def test_a_redeployment_ends_the_old_series_where_the_new_one_begins(stage: Stage) -> None:
    """Other dimensions; together they are the hour's requests, divided as the captures are."""
    old = endpoint(stage)
    told = stage.world.do("redeploy", fleet.TEST)
    stage.world.do("next_hour")
    made = datetime.fromisoformat(told["now"]).replace(minute=16, second=0, microsecond=0)
    new, hour = str(told["endpoint"]), story.full_hour(made)
    for metric in ("Invocations", "CPUUtilization", "DiskUtilization"):
        ended, begun = (samples(stage, fleet.TEST, name, metric, hour - HOUR, stage.world.now()) for name in (old, new))
        assert max(ended.times) == (made - MINUTE).timestamp()
        assert min(begun.times) == made.timestamp()
    for name in (old, new):
        served = samples(stage, fleet.TEST, name, "Invocations", hour, hour + HOUR)
        assert sum(served.weights) == captured(stage, fleet.TEST, name, hour).total()
    fresh = samples(stage, fleet.TEST, new, "DiskUtilization", made, made + HOUR)
    assert fresh.values[0] == disk.FRESH < fresh.values[-1]


def test_an_endpoint_that_somebody_deletes_falls_silent(stage: Stage) -> None:
    """By hand, its schedule first: nothing is measured or captured from then on."""
    name, client = endpoint(stage, "loan-default", fleet.PRODUCTION), stage.aws.client("sagemaker", fleet.PRODUCTION)
    (schedule,) = client.list_monitoring_schedules(EndpointName=name)["MonitoringScheduleSummaries"]
    client.delete_monitoring_schedule(MonitoringScheduleName=schedule["MonitoringScheduleName"])
    client.delete_endpoint(EndpointName=name)
    gone = stage.world.now()
    stage.world.do("next_hour")
    stage.world.do("next_hour")
    for metric in METERS:
        found = samples(stage, fleet.PRODUCTION, name, metric, gone - HOUR, stage.world.now())
        assert gone.timestamp() - 120 < max(found.times) <= gone.timestamp()
    assert captured(stage, fleet.PRODUCTION, name, last_hour(stage)).total() == 0


def test_a_disk_fills_slowly_while_requests_are_captured() -> None:
    """Half a per cent a day; not without traffic or capture; months pass before it matters."""
    deployment = story.deployment_of(fleet.TEST)
    (serving,) = story.servings(deployment, NOON, ())
    known = disk.stretches(serving, ())
    day = disk.percent(known, NOON) - disk.percent(known, NOON - timedelta(days=1))
    assert 0.3 < day < 0.6
    assert disk.FRESH < disk.percent(known, NOON) < disk.LIMIT / 2
    for verb in ("no_traffic", "drop_capture"):
        deeds = (Deed(verb, fleet.TEST, NOON), Deed("recover", fleet.TEST, NOON + 5 * HOUR))
        still = disk.stretches(serving, deeds)
        at_noon = disk.percent(still, NOON)
        assert disk.percent(still, NOON + 5 * HOUR) == at_noon < disk.percent(still, NOON + 6 * HOUR)
    elsewhere = (Deed("fill_disk", fleet.PRODUCTION, NOON),)
    assert disk.stretches(serving, elsewhere) == known


def test_a_new_endpoints_disk_fills_as_the_old_ones_did() -> None:
    """Until recover: only it ends what was begun."""
    deployment = story.deployment_of(fleet.TEST)
    deeds = (Deed("fill_disk", fleet.TEST, NOON), Deed("redeploy", fleet.TEST, NOON + 2 * HOUR))
    old, new = story.servings(deployment, NOON, deeds)
    full = disk.stretches(old, deeds)
    assert disk.percent(full, NOON) < disk.LIMIT < disk.percent(full, NOON + disk.CLIMB) == disk.FULL
    assert disk.percent(full, new.since) == disk.FULL
    assert disk.percent(disk.stretches(new, deeds), new.since) == disk.FRESH
    assert disk.percent(disk.stretches(new, deeds), new.since + disk.CLIMB) == disk.FULL


@pytest.mark.parametrize("total", [0, 1, 59, 240, 468, 5000])
def test_each_request_counts_in_one_minute(total: int) -> None:
    """Whatever the hour's number; an endpoint that came late has only what came to it."""
    assert sum(Hour(NOON, total, slice(0, total)).counts()) == total
    first = math.ceil(total / 3)
    late = Hour(NOON, total, slice(first, total))
    assert sum(late.counts()) == total - first
    assert all(count == 0 for count in late.counts()[:19])
