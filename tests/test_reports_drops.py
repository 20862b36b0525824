"""Reports of other monitors in S3, from the bucket to the incident: real boto3 against the sandbox's accounts.

One file, because the organisation that its tests ask is made once and a process can hold only one.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from bot.alerts.drops import DropReader
from bot.alerts.placing import Placing
from bot.alerts.watch import BOT
from bot.aws import drops as adapter
from bot.aws.fanout import Fanout
from bot.aws.hub import Hub
from bot.aws.intake_health import IntakeHealth
from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.errors import AccessDenied, Malformed, StoreDown
from bot.logic import told
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.incident import Incident, Status
from bot.model.observation import Verdict
from bot.model.place import Family
from bot.model.report import Drop, Source
from bot.ports import Ask, Found
from bot.setup import iam
from bot.setup.iam import Names, Rights
from sandbox.aws import AwsSandbox
from sandbox.fakes import BrokenIncidents, FakeRoutes
from sandbox.fakes_fleet import FakeInventory
from sandbox.world import fleet, roles

DAY = timedelta(days=1)
BUCKET = fleet.bucket(fleet.PRODUCTION)
DRIFT = "evidently:metric_v2:ValueDrift"


class Calendar:
    """The sandbox's clock. Each test has weeks of its own, so no object of another is within its reach."""

    def __init__(self) -> None:
        self.today = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        """The same all through a test."""
        return self.today


@dataclass(slots=True)
class Stage:
    """Two accounts with a bucket each, and a bot that reads what is dropped there."""

    aws: AwsSandbox
    calendar: Calendar
    keys: Mapping[str, str | None]
    incidents: BrokenIncidents

    @property
    def now(self) -> datetime:
        """The time of this test."""
        return self.calendar.today

    def drop(self, key: str, body: object, *, hours: float = 1.0, account: str = fleet.PRODUCTION) -> None:
        """An object that was written so many hours ago."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.aws.put_object(account, fleet.bucket(account), key, text, self.now - timedelta(hours=hours))

    def session(self) -> boto3.Session:
        """The bot's."""
        return boto3.Session(self.keys["access_key_id"], self.keys["secret_access_key"], region_name=fleet.REGION)

    def take(self, *sources: Source, scope: Scope | None = None) -> int:
        """One round."""
        layer = AwsLayer(
            self.session(), AwsSettings(endpoint_url=self.aws.endpoint_url, sources=sources, report_cap_bytes=9000)
        )
        reader = DropReader(
            layer.bind,
            self.incidents,
            Placing(FakeInventory(), FakeRoutes()),
            FakeRoutes(),
            BOT,
            look_back=DAY,
            round_s=20,
            stopped=lambda: False,
        )
        try:
            return reader.take(scope or SCOPE, self.now)
        finally:
            layer.close()

    def only(self) -> Incident:
        """The one incident that there is."""
        (found,) = self.incidents.list(self.now)
        return found


SCOPE = Scope(tuple(Account(a, fleet.LABELS[a], (fleet.REGION,)) for a in (fleet.PRODUCTION, fleet.TEST)))
EVIDENTLY = Source(fleet.PRODUCTION, fleet.REGION, BUCKET, "drift/%Y/%m/%d/", "evidently", "loan-default", cadence=DAY)
OWN = Source(fleet.PRODUCTION, fleet.REGION, BUCKET, "own/", "sagewatch")


@pytest.fixture(scope="module")
def organisation() -> Iterator[tuple[AwsSandbox, Calendar, Mapping[str, str | None]]]:
    """Accounts, roles and buckets."""
    calendar = Calendar()
    with AwsSandbox(calendar, fleet.accounts(), org_id=fleet.ORGANISATION, region=fleet.REGION) as aws:
        aws.start()
        for account in fleet.LINKED:
            roles.give_read_role(aws, account)
            where = {"LocationConstraint": fleet.REGION}
            aws.client("s3", account).create_bucket(Bucket=fleet.bucket(account), CreateBucketConfiguration=where)
        yield aws, calendar, roles.give_bot(aws)


@pytest.fixture
def stage(organisation: tuple[AwsSandbox, Calendar, Mapping[str, str | None]]) -> Stage:
    """A fresh store, weeks later."""
    aws, calendar, keys = organisation
    calendar.today += timedelta(days=21)
    return Stage(aws, calendar, keys, BrokenIncidents(fold))


def evidently(**columns: float) -> dict[str, Any]:
    """Columns and their K-S p-values."""
    config = {"type": DRIFT, "method": "K-S p_value", "threshold": 0.05}
    return {"metrics": [{"config": {**config, "column": c}, "value": v} for c, v in columns.items()], "tests": []}


def own(stage: Stage, auc: float, hours: float = 1.0, **more: object) -> dict[str, Any]:
    """A report of our own."""
    finding = {"metric": "auc", "direction": "at_least", "seen": auc, "limit": 0.9}
    return {
        "schema": "sagewatch.report/v1",
        "service": "churn",
        "family": "model quality",
        "monitor": {"name": "nightly"},
        "at": f"{stage.now - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}",
        "complete": True,
        "findings": [finding],
        **more,
    }


def path(stage: Stage, name: str, hours: float = 1.0) -> str:
    """Where Evidently's report of that time lies."""
    return f"{(stage.now - timedelta(hours=hours)):drift/%Y/%m/%d/}{name}.json"


def test_drift_becomes_an_incident_and_the_next_report_resolves_it(stage: Stage) -> None:
    """A small p-value is bad, a large one good; each report is read once."""
    stage.drop(path(stage, "a", 3), evidently(age=0.001, income=0.8), hours=3)
    assert (stage.take(EVIDENTLY), stage.take(EVIDENTLY)) == (1, 0)
    incident = stage.only()
    assert (incident.place.service, incident.place.family) == ("loan-default", Family.DATA_QUALITY)
    assert [(r.row.metric, r.last.seen, r.last.limit) for r in incident.state.bad_rows] == [("age", 0.001, 0.05)]
    assert incident.state.started_at == stage.now - timedelta(hours=3)
    assert incident.state.cadence == DAY
    (row,) = told.violations(stage.incidents.list(stage.now), SCOPE, stage.now - DAY, "loan-default")
    assert (row.row.metric, row.runs, row.now, row.account.label) == ("age", 1, Verdict.BAD, "ml-production")
    stage.drop(path(stage, "b"), evidently(age=0.7, income=0.8))
    assert stage.take(EVIDENTLY) == 1
    assert stage.incidents.list(stage.now, resolved_since=stage.now - DAY)[0].state.status is Status.RESOLVED
    kept = stage.incidents.list(stage.now, resolved_since=stage.now - DAY)
    assert [v.now for v in told.violations(kept, SCOPE, stage.now - DAY, None)] == [Verdict.GOOD]
    assert told.violations(kept, replace(SCOPE, accounts=SCOPE.accounts[1:]), stage.now - DAY, None) == ()


def test_an_overwritten_object_is_read_again(stage: Stage) -> None:
    """It says something else now."""
    stage.drop("own/latest.json", own(stage, 0.8, 3), hours=3)
    assert stage.take(OWN) == 1
    stage.drop("own/latest.json", own(stage, 0.95), hours=1)
    assert stage.take(OWN) == 1
    assert stage.incidents.list(stage.now) == ()


@pytest.mark.parametrize("other", [{"service": "loan-default"}, {"region": "eu-central-1"}])
def test_monitors_of_one_name_in_one_prefix_speak_for_their_own_service_alone(
    stage: Stage, other: dict[str, str]
) -> None:
    """The second one's good news is no all-clear for the first."""
    stage.drop("own/a.json", own(stage, 0.8, 3), hours=3)
    assert stage.take(OWN) == 1
    stage.drop("own/b.json", own(stage, 0.95, **other))
    assert stage.take(OWN) == 1
    assert (stage.only().place.service, stage.only().state.status) == ("churn", Status.OPEN)
    stage.drop("own/c.json", own(stage, 0.7, 0.5, **other), hours=0.5)
    assert stage.take(OWN) == 1
    assert [len(i.state.bad_rows) for i in stage.incidents.list(stage.now)] == [1, 1]


def test_what_cannot_be_read_is_told_once_and_hides_nothing(stage: Stage) -> None:
    """Half-written, too large, of another account, no JSON; the good report between them counts."""
    stage.drop(path(stage, "a", 4), evidently(age=0.001), hours=4)
    stage.drop(path(stage, "b", 3), b'{"metrics": [', hours=3)
    stage.drop(path(stage, "c", 2), b"[" * 9001, hours=2)
    stage.drop("own/other.json", own(stage, 0.1, account=fleet.TEST))
    stage.drop("own/good.json", own(stage, 0.8))
    stage.drop("own/readme.txt", b"no report")
    assert stage.take(EVIDENTLY, OWN) == 4  # of the sources whose service is known, what is unread is said too
    assert stage.take(EVIDENTLY, OWN) == 0
    found = {i.place.service: i for i in stage.incidents.list(stage.now)}
    assert found.keys() == {"loan-default", "churn"}
    assert [r.row.metric for r in found["loan-default"].state.bad_rows] == ["age"]
    assert "cannot be read: it is larger than 9000 bytes" in found["loan-default"].state.detail


def test_a_source_that_refuses_or_is_unknown_takes_nothing_from_the_others(stage: Stage) -> None:
    """Of another account's bucket, and of an account that is not in the fleet."""
    stage.drop("own/good.json", own(stage, 0.8))
    foreign = replace(OWN, bucket=fleet.bucket(fleet.TEST))
    strange = replace(OWN, account_id="999999999999")
    assert stage.take(foreign, strange, OWN) == 1
    assert stage.only().place.account_id == fleet.PRODUCTION


def test_nothing_is_lost_while_the_store_is_down(stage: Stage) -> None:
    """What was not committed is unseen, so the next round finds it again."""
    stage.drop("own/a.json", own(stage, 0.8))
    stage.incidents.downs = 1
    with pytest.raises(StoreDown):
        stage.take(OWN)
    assert stage.take(OWN) == 1
    assert stage.only().state.runs == 1


def test_old_objects_are_passed(stage: Stage) -> None:
    """Beyond the look-back, in a prefix that is listed whole."""
    stage.drop("own/old.json", own(stage, 0.8, 30), hours=30)
    assert stage.take(OWN) == 0


def listed(stage: Stage, source: Source, page: int = adapter.PAGE) -> Found[Drop]:
    """The last day's objects, so many at a call."""
    hub, fanout = Hub(stage.session(), AwsSettings(endpoint_url=stage.aws.endpoint_url)), Fanout(2, 2)
    ask = Ask(BOT, stage.now, SCOPE, time.monotonic() + 20)
    try:
        return adapter.AwsDrops(hub, fanout, (source,), 9000, ask, page=page).listed(stage.now - DAY)
    finally:
        fanout.close()
        hub.close()


def test_pages_are_followed_and_an_endless_prefix_is_told(stage: Stage) -> None:
    """With the next step: dates in the prefix."""
    keys = [f"many/{n:02d}.json" for n in range(adapter.MOST_PAGES + 1)]
    for key in keys:
        stage.drop(key, {})
    many = replace(OWN, prefix="many/")
    assert [d.key for d in listed(stage, many, page=8).items] == keys
    (failure,) = listed(stage, many, page=1).failures
    assert isinstance(failure.error, Malformed)
    assert "holds more than 20 objects" in failure.error.cause
    assert "%Y/%m/%d" in failure.error.next_step


def test_a_refusal_names_the_right_that_lacks(stage: Stage) -> None:
    """Of the account whose bucket it is."""
    (failure,) = listed(stage, replace(OWN, bucket=fleet.bucket(fleet.TEST))).failures
    assert isinstance(failure.error, AccessDenied)
    assert failure.error.cause.endswith("lacks s3:ListBucket")


def test_the_printed_policy_reads_the_prefix_and_nothing_beside_it(stage: Stage) -> None:
    """With the settings' buckets and prefixes in it."""
    source = replace(OWN, account_id=fleet.TEST, bucket=fleet.bucket(fleet.TEST), prefix="own/%Y/")
    printed = Rights(frozenset(), frozenset({"s3:ListBucket", "s3:GetObject"}))
    names = Names(fleet.OBSERVABILITY, ("monitors-of-test",), drops=((source.bucket, source.prefix),))
    stage.aws.client("iam", fleet.TEST).put_role_policy(
        RoleName=roles.READ_ROLE,
        PolicyName="read-monitors",
        PolicyDocument=json.dumps(iam.policy(iam.read_grants(printed, names))),
    )
    for folder in ("own", "beside"):
        stage.drop(f"{folder}/{stage.now:%Y}/a.json", own(stage, 0.8), account=fleet.TEST)
    assert stage.take(source, replace(source, prefix="beside/%Y/")) == 1
    assert stage.only().place.account_id == fleet.TEST


@pytest.mark.parametrize(
    ("source", "body", "status", "said"),
    [
        (EVIDENTLY, evidently(age=0.5), "good", "1 report listed, the newest read"),
        (EVIDENTLY, b"{", "warn", "a.json cannot be read: it is not JSON"),
        (EVIDENTLY, None, "unknown", "no report was written within 24 hours"),
        (replace(OWN, bucket=fleet.bucket(fleet.TEST)), None, "bad", "lacks s3:ListBucket"),
    ],
)
def test_doctor_tries_each_source(stage: Stage, source: Source, body: object, status: str, said: str) -> None:
    """On the newest report that lies there."""
    if body is not None:
        stage.drop(path(stage, "a"), body)
    settings = AwsSettings(endpoint_url=stage.aws.endpoint_url, sources=(source,), look_back=DAY)
    hub, fanout = Hub(stage.session(), settings), Fanout(2, 2)
    try:
        (check,) = IntakeHealth(hub, fanout, settings).checks(Ask(BOT, stage.now, SCOPE, time.monotonic() + 20))
    finally:
        fanout.close()
        hub.close()
    assert (check.status, check.said.endswith(said)) == (status, True), check
    assert check.next_step or status == "good"
