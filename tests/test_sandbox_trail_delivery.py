"""When records reach their files, where those lie, and that each does so once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from sandbox.aws.faults import Faults
from sandbox.aws.trail import identities
from sandbox.aws.trail.deliveries import LATEST, Layout, delivered_at, seen_at, told_at, unique
from sandbox.aws.trail.events import Event, identifier
from sandbox.aws.trail.files import LogFile, Origin, unpacked
from sandbox.aws.trail.stage import ARCHIVE, COPY, HUB, LOGS, ORGANISATION, PROD, REGION, Staged, policy, trailed
from sandbox.control import create_app
from sandbox.driver import Driver
from sandbox.slack.server import SlackServer
from sandbox.slack.tiny import StillWorld, workspace

MINUTE = timedelta(minutes=1)
PLACE = (PROD, REGION)
DAY = datetime(2027, 3, 1, tzinfo=UTC)


def event(at: datetime, name: str = "bank", account: str = PROD) -> Event:
    """SageMaker deleting an endpoint."""
    who = identities.service("sagemaker.amazonaws.com")
    return Event(at, account, REGION, who, "sagemaker", "DeleteEndpoint", {"EndpointName": name})


def times(count: int) -> list[tuple[datetime, str]]:
    """Events over a day and their ids."""
    moments = [DAY + number * timedelta(days=1) / count for number in range(count)]
    return [(at, identifier(event(at), 0)) for at in moments]


def test_a_record_takes_minutes_and_never_more_than_fifteen() -> None:
    """About five on average; some longer than ten, none before its five minutes were over."""
    waits = [delivered_at(PLACE, at, one) - at for at, one in times(5_000)]
    assert timedelta(0) < min(waits)
    assert 10 * MINUTE < max(waits) <= LATEST
    average = sum(waits, timedelta(0)) / len(waits)
    assert 4 * MINUTE < average < 6 * MINUTE


def test_some_files_hold_older_records_than_others_before_them() -> None:
    """A record may come with the file of the five minutes after its own."""
    files: dict[datetime, list[datetime]] = {}
    for at, one in times(5_000):
        files.setdefault(delivered_at(PLACE, at, one), []).append(at)
    spans = [(min(held), max(held)) for _, held in sorted(files.items())]
    assert sum(later[0] < before[1] for before, later in pairwise(spans)) > 10


def test_event_history_and_eventbridge_come_first() -> None:
    """EventBridge within a minute, event history within two, files later."""
    for at, one in times(500):
        assert timedelta(0) < told_at(at, one) - at < MINUTE
        assert timedelta(seconds=30) < seen_at(at, one) - at < 2 * MINUTE


@pytest.mark.parametrize(
    ("layout", "start"),
    [
        (Layout("o-1"), "AWSLogs/o-1/222222222222"),
        (Layout("o-1", "o-1"), "o-1/AWSLogs/o-1/222222222222"),
    ],
)
def test_files_lie_where_an_organisation_s_trail_puts_them(layout: Layout, start: str) -> None:
    """With Control Tower under the organisation's id; digests and insights lie beside, in folders of their own."""
    at = datetime(2026, 11, 20, 9, 4, 31, tzinfo=UTC)
    day = f"{REGION}/2026/11/20/222222222222"
    assert layout.key(PLACE, at, "A" * 16) == (
        f"{start}/CloudTrail/{day}_CloudTrail_{REGION}_20261120T0904Z_{'A' * 16}.json.gz"
    )
    assert layout.digest_key(PLACE, at, "all", REGION) == (
        f"{start}/CloudTrail-Digest/{day}_CloudTrail-Digest_{REGION}_all_{REGION}_20261120T090431Z.json.gz"
    )
    assert layout.insight_key(PLACE, at, "B" * 16) == (
        f"{start}/CloudTrail-Insight/{day}_CloudTrail-Insight_{REGION}_20261120T0904Z_{'B' * 16}.json.gz"
    )


def test_names_are_sixteen_letters_and_digits() -> None:
    """No two alike."""
    names = {unique(PROD, number) for number in range(1_000)}
    assert len(names) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9]{16}", name) for name in names)


def test_the_file_comes_with_time_and_its_copy_a_little_later() -> None:
    """Nothing before its five minutes are over; the account that reads has the same file under the same key."""
    with trailed() as stage:
        add(stage, event(stage.clock.now()))
        stage.later(timedelta(seconds=1))
        assert stage.files() == []
        stage.later(LATEST)
        (key,) = stage.files()
        assert stage.aws.get_object(HUB, COPY, key) == stage.aws.get_object(ARCHIVE, LOGS, key)
        assert [each["eventName"] for each in stage.records()] == ["DeleteEndpoint"]


def test_a_call_before_midnight_lies_in_the_next_day() -> None:
    """A file is under the day of its delivery, whatever the time of what is in it."""
    late = datetime(2027, 3, 1, 23, 58, tzinfo=UTC)
    with trailed(at=late - timedelta(hours=1)) as stage:
        add(stage, event(late))
        stage.later(timedelta(hours=2))
        (key,) = stage.files()
        assert "/2027/03/02/" in key
        assert stage.records()[0]["eventTime"] == "2027-03-01T23:58:00Z"


def add(stage: Staged, one: Event, origin: Origin = Origin.LIVE) -> str:
    """Have it recorded."""
    return stage.aws.trail.recorder.add(one, origin)


def test_every_record_is_in_one_file_once() -> None:
    """However often time passes, and whether what comes late is older than what is there already."""
    with trailed() as stage:
        start = stage.clock.now()
        ids = [add(stage, event(start + number * timedelta(seconds=30))) for number in range(120)]
        for _ in range(20):
            stage.later(4 * MINUTE)
            stage.aws.trail.recorder.deliver(stage.clock.now())
        ids += [add(stage, event(start + number * timedelta(seconds=30))) for number in range(10)]
        stage.later()
        found = [each["eventID"] for each in stage.records()]
        assert sorted(found) == sorted(ids)
        assert len(set(found)) == 130
        assert all(UUID(each).version == 4 for each in found)
        times_of = [_of(key) for key in stage.files()]
        assert max(times_of) <= stage.clock.now()


def _of(key: str) -> datetime:
    return datetime.strptime(key.rsplit("_", 2)[1] + "+0000", "%Y%m%dT%H%MZ%z")


def test_the_same_story_has_the_same_files() -> None:
    """Keys and bytes, whether time passes at once or minute by minute."""

    def told(steps: int) -> dict[str, bytes]:
        with trailed() as stage:
            for number in range(60):
                add(stage, event(DAY.replace(hour=9) + number * MINUTE, f"bank-{number % 7}"), Origin.STORY)
            for _ in range(steps):
                stage.later(timedelta(hours=3) / steps)
            return {key: stage.aws.get_object(ARCHIVE, LOGS, key) for key in stage.files()}

    assert told(1) == told(90)


def test_files_of_the_past_the_story_and_the_rest_do_not_mix() -> None:
    """So that what is not told again does not change the files of what is."""
    with trailed() as stage:
        now = stage.clock.now()
        for origin in Origin:
            add(stage, event(now, origin.name), origin)
        stage.later()
        assert len(stage.files()) == 3
        assert all(len(stage.read(key)["Records"]) == 1 for key in stage.files())


def test_what_happens_twice_alike_is_two_events() -> None:
    """A call that is repeated within one moment is not lost."""
    with trailed() as stage:
        now = stage.clock.now()
        assert add(stage, event(now)) != add(stage, event(now))


def test_digests_lie_beside_the_log_files() -> None:
    """One an hour, also of an hour without files, naming what was delivered and the digest before."""
    with trailed() as stage:
        stage.aws.trail.shipping.digests_since = stage.clock.now()
        add(stage, event(stage.clock.now()))
        for _ in range(4):
            stage.later(timedelta(hours=1))
        digests = [stage.read(key) for key in stage.files(part="/CloudTrail-Digest/")]
        assert [len(each["logFiles"]) for each in digests] == [1, 0, 0, 0]
        first, second = digests[0], digests[1]
        assert first["logFiles"][0]["s3Object"] == stage.files()[0]
        assert first["previousDigestS3Object"] is None
        assert second["previousDigestS3Object"] == first["digestS3Object"]
        assert "Records" not in first
        assert (second["newestEventTime"], second["logFiles"]) == (None, [])


def test_a_file_can_be_ordered_to_arrive_damaged() -> None:
    """The next of that account, in both buckets; event history is whole."""
    with trailed() as stage:
        stage.aws.fault("damage", PROD, "PutObject")
        add(stage, event(stage.clock.now(), account=HUB))
        add(stage, event(stage.clock.now()))
        stage.later()
        add(stage, event(stage.clock.now(), "second"))
        stage.later()
        bodies = {key: stage.aws.get_object(ARCHIVE, LOGS, key) for key in stage.files()}
        broken = [key for key, body in bodies.items() if not unpacked(body)]
        assert len(bodies) == 3
        assert len(broken) == 1
        assert f"/{PROD}/" in broken[0]
        assert stage.aws.get_object(HUB, COPY, broken[0]) == bodies[broken[0]]
        found = stage.aws.client("cloudtrail", PROD).lookup_events()["Events"]
        assert len([each for each in found if each["EventName"] == "DeleteEndpoint"]) == 2


def test_a_file_can_be_ordered_to_arrive_late_by_the_control_api() -> None:
    """An hour later than it would, under the name of that moment; event history has its events as ever."""
    with trailed() as stage:
        server = SlackServer(create_app(workspace(), StillWorld(), stage.aws))
        drive = Driver(server.start())
        order = {"aws": "late", "account": PROD, "operation": "PutObject"}
        assert drive.post("/_sandbox/fault", **order)["ok"]
        server.stop()
        late = stage.clock.now()
        add(stage, event(late, account=HUB))
        late_id = add(stage, event(late))
        stage.later(LATEST + MINUTE)
        next_id = add(stage, event(stage.clock.now(), "next"))
        stage.later(LATEST + MINUTE)
        assert [each["eventID"] for each in stage.records()] == [next_id]
        assert stage.records(HUB, "DeleteEndpoint")
        seen = stage.aws.client("cloudtrail", PROD).lookup_events()["Events"]
        assert {late_id, next_id} <= {each["EventId"] for each in seen}
        stage.later(timedelta(hours=1))
        assert [each["eventID"] for each in stage.records(name="DeleteEndpoint")] == [late_id, next_id]
        moments = [_of(key) for key in stage.files() if f"/{PROD}/" in key]
        due = delivered_at(PLACE, late, late_id) + timedelta(hours=1)
        assert max(moments) == due.replace(second=0, microsecond=0)


@pytest.mark.parametrize("kind", ["late", "damage", "duplicate"])
def test_a_fault_of_what_it_cannot_befall_is_refused(kind: str) -> None:
    """Else it would wait for ever."""
    with pytest.raises(ValueError, match=rf"{kind} befalls (PutObject|SendMessage) alone, not ListEndpoints"):
        Faults().order(kind, PROD, "ListEndpoints", 1)


def test_what_is_late_comes_all_the_same_when_hours_pass_at_once() -> None:
    """Twice ordered, twice late, and never lost; no fault meets what was before the world began."""
    with trailed() as stage:
        stage.aws.fault("late", PROD, "PutObject", 2)
        now = stage.clock.now()
        past, live = add(stage, event(now, "past"), Origin.PAST), add(stage, event(now))
        stage.later(timedelta(hours=5))
        moments = {each["eventID"]: _of(key) for key in stage.files() for each in stage.read(key)["Records"]}
        due = {each: delivered_at(PLACE, now, each).replace(second=0, microsecond=0) for each in (past, live)}
        assert moments[past] == due[past]
        assert moments[live] == due[live] + timedelta(hours=2)


@pytest.mark.parametrize(
    ("hinder", "error"),
    [
        (lambda s3: s3.put_bucket_policy(Bucket=LOGS, Policy=policy("another")), "AccessDenied"),
        (lambda s3: s3.delete_bucket_policy(Bucket=LOGS), "AccessDenied"),
        (lambda s3: s3.delete_bucket(Bucket=LOGS), "NoSuchBucket"),
    ],
)
def test_a_bucket_that_refuses_gets_its_files_once_it_does_not(hinder: Callable[[Any], None], error: str) -> None:
    """GetTrailStatus tells why the last delivery failed."""
    with trailed() as stage:
        s3, trail = stage.aws.client("s3", ARCHIVE), stage.aws.trail.trails.organisation
        hinder(s3)
        add(stage, event(stage.clock.now(), "later"))
        stage.later()
        assert trail is not None
        assert trail.delivery_error == error
        if error == "NoSuchBucket":
            s3.create_bucket(Bucket=LOGS, CreateBucketConfiguration={"LocationConstraint": REGION})
        assert stage.files() == []
        s3.put_bucket_policy(Bucket=LOGS, Policy=policy(LOGS))
        stage.later()
        assert [each["requestParameters"] for each in stage.records(name="DeleteEndpoint")] == [
            {"endpointName": "later"}
        ]
        assert trail.delivery_error == ""


def test_what_an_earlier_run_delivered_and_left_is_taken_up_again() -> None:
    """Files as they were, what waited in its own file."""
    kept: list[LogFile] = []
    with trailed() as stage:
        start = stage.clock.now()
        stage.aws.trail.recorder.on_file = kept.append
        done = add(stage, event(start, "done"))
        stage.later()
        files = {key: stage.aws.get_object(ARCHIVE, LOGS, key) for key in stage.files()}
        left = add(stage, event(stage.clock.now(), "left"))
        waiting = stage.aws.trail.recorder.unfinished()
        then = stage.clock.now()
    kept = [file for file in kept if file.origin is Origin.LIVE]
    assert [file.records[0].id for file in kept] == [done]
    with trailed(at=then) as stage:
        for (key, body), file in zip(files.items(), kept, strict=True):
            stage.aws.trail.shipping.restore(key, body, file.delivered_at)
            stage.aws.trail.recorder.history.keep_packed(file.place, file.delivered_at, file.whole)
        stage.aws.trail.recorder.restore(waiting)
        stage.later()
        assert [each["eventID"] for each in stage.records(name="DeleteEndpoint")] == [done, left]
        found = stage.aws.client("cloudtrail", PROD).lookup_events()["Events"]
        assert {done, left} <= {each["EventId"] for each in found}


def test_what_many_resources_belong_to_is_told_to_each_owner_once() -> None:
    """And to the caller's account once, though its own resource is among them."""
    with trailed() as stage:
        who = {"type": "IAMUser", "principalId": "AIDA1", "accountId": PROD}
        owners = [{"ARN": f"arn:{number}", "accountId": each} for number, each in enumerate((PROD, HUB, HUB, ARCHIVE))]
        one = replace(event(stage.clock.now()), who=who, resources=owners)
        add(stage, one)
        stage.later()
        told = {account: stage.records(account, "DeleteEndpoint") for account in (PROD, HUB, ARCHIVE)}
        assert {account: len(found) for account, found in told.items()} == {PROD: 1, HUB: 1, ARCHIVE: 1}
        assert len({found[0]["sharedEventID"] for found in told.values()}) == 1


def test_the_organisation_id_is_part_of_every_key() -> None:
    """Twice, where the trail's prefix is the id again."""
    with trailed(prefix=ORGANISATION) as stage:
        add(stage, event(stage.clock.now()))
        stage.later()
        assert stage.files()[0].startswith(f"{ORGANISATION}/AWSLogs/{ORGANISATION}/{PROD}/CloudTrail/{REGION}/")
