"""The world's trail: its past fits what is there, people act as themselves, and told again it is the same."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws import AwsSandbox
from sandbox.aws.faults import Faults
from sandbox.aws.objects import Objects
from sandbox.aws.trail.files import Kept, LogFile, Origin
from sandbox.aws.trail.recorder import Recorder
from sandbox.aws.trail.service import parts
from sandbox.clock import WorldClock
from sandbox.kept_trail import FILE, KeptTrail
from sandbox.world import fleet, trail
from sandbox.world.stage import Stage
from sandbox.world.world import World

GIVEN: dict[str, Any] = {"history": timedelta(0), "monitors": ("ModelQuality",), "trail": True}
Record = dict[str, Any]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A world with a trail that is moved by the tests, in the order in which they stand here."""
    running = Stage.start(**GIVEN)
    running.world.build()
    yield running
    running.aws.stop()


def filed(aws: AwsSandbox) -> dict[str, Record]:
    """What the observability account's copy of the log files has, by event id."""
    found: dict[str, Record] = {}
    for key in aws.list_objects(fleet.OBSERVABILITY, trail.COPY):
        if "/CloudTrail/" in key:
            body = gzip.decompress(aws.get_object(fleet.OBSERVABILITY, trail.COPY, key))
            found |= {each["eventID"]: each for each in json.loads(body)["Records"]}
    return found


def calls(records: dict[str, Record], name: str, account: str = fleet.PRODUCTION) -> list[Record]:
    """Those of an event's name in an account, oldest first."""
    chosen = (r for r in records.values() if r["eventName"] == name and r["recipientAccountId"] == account)
    return sorted(chosen, key=lambda record: record["eventTime"])


def changes(aws: AwsSandbox) -> dict[str, Record]:
    """What changed anything."""
    return {event_id: record for event_id, record in filed(aws).items() if not record["readOnly"]}


def later(stage: Stage, minutes: int) -> None:
    """Let time pass."""
    stage.clock.advance_to(stage.clock.now() + timedelta(minutes=minutes))
    stage.world.tick()


def test_the_past_fits_what_is_there(stage: Stage) -> None:
    """Endpoints that serve were made in it by a pipeline and never deleted; what it made besides is gone."""
    later(stage, 1)
    records = filed(stage.aws)
    for account in fleet.LINKED:
        made = {
            r["requestParameters"]["endpointName"]: r["eventTime"][:16]
            for r in calls(records, "CreateEndpoint", account)
            if "errorCode" not in r
        }
        gone = {r["requestParameters"]["endpointName"] for r in calls(records, "DeleteEndpoint", account)}
        listed = stage.aws.client("sagemaker", account).list_endpoints()["Endpoints"]
        assert {each["EndpointName"]: f"{each['CreationTime']:%Y-%m-%dT%H:%M}" for each in listed} == {
            name: at for name, at in made.items() if name not in gone
        }
    assert max(r["eventTime"] for r in records.values()) <= f"{stage.clock.now():%Y-%m-%dT%H:%M:%SZ}"


def test_whoever_acts_by_hand_is_looked_up_at_once_and_filed_later(stage: Stage) -> None:
    """A source identity, an Identity Center user's session, and a shared role's with neither."""
    stopped = stage.world.do("stop_monitor_as", "ml-test")["said"]
    shared = stage.world.do("shared_role_as")["said"]
    deleted = stage.world.do("delete_endpoint_as")
    assert stopped.startswith("Maya stopped bank-marketing-quality-")
    assert shared.startswith(
        "Somebody with the shared role of Studio stopped a monitor of bank-marketing in ml-production"
    )
    assert deleted["said"].startswith(f"Diego deleted {deleted['endpoint']} in ml-production: it is ")
    history = stage.aws.client("cloudtrail", fleet.PRODUCTION)
    looked = [{"AttributeKey": "EventName", "AttributeValue": "DeleteEndpoint"}]
    since = stage.clock.now() - timedelta(minutes=30)
    (seen,) = history.lookup_events(LookupAttributes=looked, StartTime=since)["Events"]
    assert seen["EventId"] not in filed(stage.aws)
    later(stage, 16)
    records = filed(stage.aws)
    who = records[seen["EventId"]]["userIdentity"]
    assert (who["sessionContext"]["sourceIdentity"], who["arn"].rpartition("/")[2]) == ("diego-ramirez", "SageMaker")
    maya = calls(records, "StopMonitoringSchedule", fleet.TEST)[-1]["userIdentity"]
    assert maya["arn"].endswith("/maya.okafor@example.com")
    nobody = calls(records, "StopMonitoringSchedule")[-1]["userIdentity"]
    assert nobody["arn"].endswith("/SageMaker")
    assert "sourceIdentity" not in nobody["sessionContext"]


@pytest.mark.parametrize(
    ("verb", "person", "said"),
    [
        ("delete_endpoint_as", None, "is deleted already: redeploy makes another"),
        ("shared_role_as", None, "does not run: start it, or redeploy makes another"),
        ("delete_endpoint_as", "kenji", "'kenji' does nothing by hand here: one of diego, maya"),
        (
            "shared_role_as",
            "maya",
            "nobody is named with shared_role_as, only with delete_endpoint_as and stop_monitor_as",
        ),
        ("drift", "maya", "nobody is named with drift"),
    ],
)
def test_what_is_done_or_cannot_be_is_refused(stage: Stage, verb: str, person: str | None, said: str) -> None:
    """Nothing of it is in the journal."""
    before = stage.world.journal
    with pytest.raises(ValueError, match=said):
        stage.world.do(verb, None, person)
    assert stage.world.journal == before


def test_an_account_that_leaves_keeps_its_history_and_a_new_endpoint_takes_the_deleted_ones_place(stage: Stage) -> None:
    """The trail is the organisation's, whatever CloudWatch's links are; the pipeline needs no old endpoint."""
    before = len([r for r in filed(stage.aws).values() if r["recipientAccountId"] == fleet.PRODUCTION])
    stage.world.do("unlink")
    made = stage.world.do("redeploy")["endpoint"]
    later(stage, 16)
    records = filed(stage.aws)
    assert len([r for r in records.values() if r["recipientAccountId"] == fleet.PRODUCTION]) > before
    assert calls(records, "CreateEndpoint")[-1]["requestParameters"]["endpointName"] == made
    assert [r["requestParameters"]["identifier"] for r in calls(records, "DeleteLink")] != []


def test_told_again_from_its_journal_the_trail_is_the_same(stage: Stage) -> None:
    """Same ids, same people, same times of all changes; what else was read, these tests did."""
    first, journal, began = changes(stage.aws), stage.world.journal, stage.world.started_at
    stage.aws.stop()
    again = Stage.start(WorldClock(stage.clock.offset))
    try:
        written = json.loads(json.dumps(journal))
        World.replay(again.aws, again.clock, seed=7, started_at=began, journal=written, **GIVEN)
        again.clock.advance_to(again.clock.now() + timedelta(seconds=30))
        again.aws.trail.recorder.deliver(again.clock.now())
        second = changes(again.aws)
        assert first.keys() - second.keys() == set()
        assert {i: second[i] for i in first} == first
    finally:
        again.aws.stop()


def test_what_others_changed_is_in_the_trail_after_a_restart(tmp_path: Path) -> None:
    """Delivered or not when it ended, once, without what only read, and whatever a crash left of the last line."""
    records = [kept(number, change) for number, change in enumerate((True, False, True))]
    first, delivered = recorder(), records[:2]
    written = KeptTrail(tmp_path, first)
    first.on_file(LogFile(PLACE, AT, Origin.LIVE, 0, tuple(delivered)))
    first.on_file(LogFile(PLACE, AT, Origin.STORY, 0, (kept(9, change=True),)))
    first.restore(records[2:])
    written.finish()
    written.finish()
    with (tmp_path / FILE).open("a") as out:
        out.write('{"at": "2026-')
    second = recorder()
    KeptTrail(tmp_path, second)
    assert second.unfinished() == [records[0], records[2]]


AT, PLACE = datetime(2026, 11, 25, 9, tzinfo=UTC), (fleet.PRODUCTION, fleet.REGION)


def kept(number: int, change: bool) -> Kept:
    """A record as it waits for its file."""
    text = json.dumps({"eventID": f"{number}", "readOnly": not change})
    return Kept(AT, f"0000000{number}-0000-4000-8000-000000000000", PLACE, text)


def recorder() -> Recorder:
    """One of a sandbox in which nothing happens."""
    return parts(fleet.LABELS, Objects(), lambda *_: None, Faults()).recorder
