"""The world's alarms: evaluated hour by hour, brought to the bot's queue, made anew with each deployment."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox.world import alarms, fleet
from sandbox.world.alarms import ARTICLE
from sandbox.world.stage import Stage
from sandbox.world.world import World


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A world with alarms."""
    running = Stage.start(history=timedelta(hours=3), monitors=("ModelQuality", "Alarms"))
    running.world.build()
    yield running
    running.aws.stop()


def states(stage: Stage, account_id: str = fleet.PRODUCTION) -> dict[str, str]:
    """By name without the stamp."""
    return {a.name.rsplit("-2026", 1)[0]: a.state for a in stage.aws.alarms(account_id).alarms()}


def heard(stage: Stage) -> list[dict[str, Any]]:
    """What lies in the bot's queue, oldest first; it is taken out."""
    sqs, url = stage.aws.client("sqs", fleet.OBSERVABILITY), alarms.queue_url(stage.aws)
    found: list[dict[str, Any]] = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ()):
        found += [json.loads(message["Body"]) for message in batch]
        receipts = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in batch]
        sqs.delete_message_batch(QueueUrl=url, Entries=receipts)
    return found


def test_a_world_told_again_has_the_same_alarms_in_the_same_states() -> None:
    """Seed and journal decide."""
    told: list[dict[str, tuple[str, str]]] = []
    started, journal, seed = None, [], 7
    for _ in range(2):
        running = Stage.start(history=timedelta(hours=3), monitors=("ModelQuality", "Alarms"))
        try:
            if started is None:
                running.world.build()
                running.world.do("fill_disk", fleet.PRODUCTION)
                started, journal, seed = running.world.started_at, running.world.journal, running.world.seed
            else:
                World.replay(
                    running.aws,
                    running.clock,
                    seed=seed,
                    started_at=started,
                    journal=journal,
                    history=timedelta(hours=3),
                    monitors=("ModelQuality", "Alarms"),
                )
            told.append({a.name: (a.state, a.reason) for a in running.aws.alarms(fleet.PRODUCTION).alarms()})
        finally:
            running.aws.stop()
    assert told[0] == told[1]


def test_at_the_start_the_articles_alarm_is_off_on_missing_data_and_endpoints_are_well(stage: Stage) -> None:
    """Scaling's low alarm is in ALARM by design; the queue heard of it all, each event with its own account."""
    found = states(stage)
    assert found[ARTICLE] == "ALARM"
    assert "no datapoints were received" in stage.aws.alarms(fleet.PRODUCTION).alarms()[0].reason
    assert (found["bank-marketing-errors"], found["bank-marketing-disk"], found["bank-marketing-endpoint"]) == (
        "OK",
    ) * 3
    scaling = {
        a.name.rsplit("-", 1)[1]: a.state for a in stage.aws.alarms(fleet.PRODUCTION).alarms() if "Target" in a.name
    }
    assert scaling == {"AlarmHigh": "OK", "AlarmLow": "ALARM"}
    events = heard(stage)
    assert {e["account"] for e in events} == set(fleet.LINKED)
    assert {e["detail-type"] for e in events} >= {"CloudWatch Alarm State Change"}


def test_the_articles_alarm_never_sees_a_point(stage: Stage) -> None:
    """An hour's accuracy comes with the run after it, when the alarm looks at the last ten minutes."""
    heard(stage)
    stage.world.do("next_hour", fleet.PRODUCTION)
    assert states(stage)[ARTICLE] == "ALARM"
    assert [e for e in heard(stage) if e["detail"].get("alarmName") == ARTICLE] == []


def test_a_disk_that_fills_fires_its_alarm_and_the_composite_one(stage: Stage) -> None:
    """Within the hour, at the minute at which it did; recover ends it."""
    heard(stage)
    stage.world.do("fill_disk", fleet.PRODUCTION)
    assert states(stage)["bank-marketing-disk"] == "ALARM"
    assert states(stage)["bank-marketing-endpoint"] == "ALARM"
    fired = [e for e in heard(stage) if e["detail"].get("state", {}).get("value") == "ALARM"]
    assert {"disk", "endpoint"} <= {e["detail"]["alarmName"].rsplit("-2026", 1)[0].rsplit("-", 1)[1] for e in fired}
    stage.world.do("recover", fleet.PRODUCTION)
    assert states(stage)["bank-marketing-disk"] == "OK"


def test_a_deployment_makes_its_alarms_anew(stage: Stage) -> None:
    """The old endpoint's are deleted, as the queue hears; the article's keeps its name and watches the new one."""
    before = {a.name for a in stage.aws.alarms(fleet.PRODUCTION).alarms()}
    heard(stage)
    stage.world.do("redeploy", fleet.PRODUCTION)
    after = {a.name: a for a in stage.aws.alarms(fleet.PRODUCTION).alarms()}
    assert len(after) == len(before)
    assert {name for name in before & after.keys() if name.startswith("bank")} == set()
    watched = {d["Value"] for d in after[ARTICLE].settings["Dimensions"]}
    listed = stage.aws.client("sagemaker", fleet.PRODUCTION).list_endpoints(NameContains="bank-marketing")["Endpoints"]
    assert {e["EndpointName"] for e in listed} <= watched
    deleted = [e["detail"]["alarmName"] for e in heard(stage) if e["detail"].get("operation") == "delete"]
    assert {name.rsplit("-2026", 1)[0] for name in deleted} >= {"bank-marketing-errors", "bank-marketing-disk"}
