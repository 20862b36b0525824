"""Verbs of alarms, endpoints and links: what the queue hears of them, and that a world told again is the same."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.world import alarms, fleet, storms
from sandbox.world.stage import Stage
from sandbox.world.world import BROKEN, World

GIVEN: dict[str, Any] = {"history": timedelta(hours=3), "monitors": ("ModelQuality", "Alarms")}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A world with alarms."""
    running = Stage.start(**GIVEN)
    running.world.build()
    yield running
    running.aws.stop()


def heard(stage: Stage) -> list[dict[str, Any]]:
    """What lies in the bot's queue, oldest first; it is taken out."""
    sqs, url = stage.aws.client("sqs", fleet.OBSERVABILITY), alarms.queue_url(stage.aws)
    found: list[dict[str, Any]] = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ()):
        found += [json.loads(message["Body"]) for message in batch]
    return found


def states(stage: Stage) -> Counter[str]:
    """Of the storms' alarms."""
    kept = stage.aws.alarms(fleet.PRODUCTION).alarms()
    return Counter(a.state for a in kept if a.name.split("-")[0] in storms.FAMILIES)


def test_a_world_told_again_has_the_same_storms_links_and_endpoints() -> None:
    """From its journal, as JSON keeps it."""
    told: list[object] = []
    started, journal = None, []
    for _ in range(2):
        running = Stage.start(**GIVEN)
        try:
            if started is None:
                running.world.build()
                running.world.do("storm", count=7, channels=2)
                for verb in ("unlink", "endpoint_failed"):
                    running.world.do(verb, fleet.TEST)
                started, journal = running.world.started_at, json.loads(json.dumps(running.world.journal))
            else:
                World.replay(running.aws, running.clock, seed=7, started_at=started, journal=journal, **GIVEN)
            names = running.aws.client("sagemaker", fleet.TEST).list_endpoints()["Endpoints"]
            links = running.aws.client("oam", fleet.TEST).list_links()["Items"]
            kept = {a.name: a.state for a in running.aws.alarms(fleet.PRODUCTION).alarms()}
            told.append(([(e["EndpointName"], e["EndpointStatus"]) for e in names], links, kept))
        finally:
            running.aws.stop()
    assert told[0] == told[1]
    assert journal[0] | {"at": ""} == {
        "verb": "storm",
        "account": fleet.PRODUCTION,
        "at": "",
        "count": "7",
        "channels": "2",
    }


def test_a_world_without_alarms_has_no_storms_and_no_queue() -> None:
    """It says so."""
    running = Stage.start(history=timedelta(hours=1), monitors=("ModelQuality",))
    try:
        with pytest.raises(ValueError, match="no alarms"):
            running.world.do("storm")
        with pytest.raises(ValueError, match="no queue"):
            running.world.send("x")
    finally:
        running.aws.stop()


def test_a_storm_is_so_many_alarms_within_a_minute_until_recover(stage: Stage) -> None:
    """One of each service first, over the services of so many channels; nobody is told that they were made."""
    heard(stage)
    before = stage.clock.now()
    told = stage.world.do("storm", count=210, channels=3)
    assert told["said"].startswith("210 alarms of 200 services in ml-production are off: it is ")
    assert stage.clock.now() - before < timedelta(minutes=1, seconds=1)
    events = heard(stage)
    assert {e["detail-type"] for e in events} == {"CloudWatch Alarm State Change"}
    went = [(e["detail"]["previousState"]["value"], e["detail"]["state"]["value"]) for e in events]
    assert went == [("OK", "ALARM")] * 210
    assert len({e["time"] for e in events}) == 1
    services = Counter(e["detail"]["alarmName"].rsplit("-", 5)[0] for e in events)
    assert (len(services), set(services.values())) == (200, {1, 2})
    families = Counter(name.split("-")[0] for name in services)
    assert families == {"scores": 67, "offers": 67, "limits": 66}
    stage.world.do("next_hour")
    assert states(stage) == {"ALARM": 210}
    heard(stage)
    stage.world.do("recover")
    assert states(stage) == {"OK": 210}
    assert Counter(e["detail"].get("state", {}).get("value") for e in heard(stage))["OK"] == 210


def test_a_thousand_alarms_are_told_at_once(stage: Stage) -> None:
    """Made, evaluated and brought to the queue before the verb is done."""
    stage.world.do("storm", fleet.TEST, count=1000)
    assert len(heard(stage)) >= 1000


def test_sizes_that_no_storm_has_are_refused(stage: Stage) -> None:
    """And a size of what is no storm."""
    for counts in ({"count": 0}, {"count": 1001}, {"channels": 4}):
        with pytest.raises(ValueError, match="1 to 1000 alarms, over 1 to 3 channels"):
            stage.world.do("storm", **counts)
    with pytest.raises(ValueError, match="only a storm"):
        stage.world.do("drift", count=3)


def test_an_endpoint_that_failed_answers_nobody_until_recover(stage: Stage) -> None:
    """SageMaker says so, by its API and by an event; requests stop, so the run after it has no data."""
    heard(stage)
    told = stage.world.do("endpoint_failed", fleet.TEST)
    described = stage.aws.client("sagemaker", fleet.TEST).describe_endpoint(EndpointName=told["endpoint"])
    assert (described["EndpointStatus"], described["FailureReason"]) == ("Failed", BROKEN)
    (event,) = [e for e in heard(stage) if e["detail-type"] == "SageMaker Endpoint State Change"]
    assert (event["account"], event["detail"]["EndpointStatus"]) == (fleet.TEST, "FAILED")
    assert event["detail"]["FailureReason"] == BROKEN
    assert told["failed"] == 1
    stage.world.do("recover", fleet.TEST)
    (event,) = [e for e in heard(stage) if e["detail-type"] == "SageMaker Endpoint State Change"]
    assert event["detail"]["EndpointStatus"] == "IN_SERVICE"


def test_the_jobs_of_a_run_are_told_when_they_begin_and_end(stage: Stage) -> None:
    """Of a model-quality run two; each at its own time, none before."""
    heard(stage)
    stage.world.do("next_hour")
    jobs = [e for e in heard(stage) if e["detail-type"] == "SageMaker Processing Job State Change"]
    mine = [e for e in jobs if e["account"] == fleet.TEST]
    words = [(e["detail"]["ProcessingJobName"].rsplit("-", 2)[0], e["detail"]["ProcessingJobStatus"]) for e in mine]
    merge, analysis = "groundtruth-merge", "model-quality-monitoring"
    assert words == [(merge, "InProgress"), (merge, "Completed"), (analysis, "InProgress"), (analysis, "Completed")]
    times = [datetime.fromisoformat(e["time"]) for e in jobs]
    assert times == sorted(times)
    assert times[-1] <= stage.clock.now()
    assert all("ExitMessage" not in e["detail"] for e in jobs)


def test_an_account_leaves_the_fleet_and_comes_back(stage: Stage) -> None:
    """By its own link; doing it twice changes nothing, and `recover` does not link it."""
    oam = stage.aws.client("oam", fleet.OBSERVABILITY)
    (sink,) = oam.list_sinks()["Items"]

    def linked() -> set[str]:
        return {link["Label"] for link in oam.list_attached_links(SinkIdentifier=sink["Arn"])["Items"]}

    for verb in ("unlink", "unlink", "recover"):
        stage.world.do(verb, fleet.TEST)
        assert linked() == {"ml-production"}
    for _ in range(2):
        stage.world.do("relink", "ml-test")
        assert linked() == {"ml-production", "ml-test"}


def test_any_message_can_be_put_on_the_queue(stage: Stage) -> None:
    """As it is."""
    heard(stage)
    stage.world.send('{"no": "event"}')
    assert heard(stage) == [{"no": "event"}]
