"""Reports sent as events, from PutEvents in one account to the incident: EventBridge and SQS of the sandbox.

One file, because the organisation that its tests ask is made once and a process can hold only one.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from threading import Thread
from typing import Any

import boto3
import pytest

from bot.alerts.giving_up import MOST_RECEIVES
from bot.alerts.inbox import InboxLoop
from bot.alerts.sources import report
from bot.alerts.watch import BOT
from bot.aws.fanout import Fanout
from bot.aws.hub import Hub
from bot.aws.inbox import WAIT_S, AwsInbox
from bot.aws.intake_health import IntakeHealth
from bot.aws.settings import AwsSettings
from bot.errors import Malformed, StoreDown
from bot.logic import envelope, told
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.incident import Incident
from bot.ports import Ask, Inbox
from sandbox.aws import AwsSandbox
from sandbox.driver import until
from sandbox.fakes import BrokenIncidents
from sandbox.fakes_fleet import FakeInventory, StillClock
from sandbox.fakes_inbox import Ears, FakeInbox
from sandbox.world import fleet, roles

NOW = datetime(2026, 11, 20, 14, 10, tzinfo=UTC)
FLEET = tuple(Account(a, fleet.LABELS[a], (fleet.REGION,)) for a in fleet.LINKED)
SENDER = report.SAMPLE["source"]


def queue_arn(name: str) -> str:
    """Of a queue of the observability account."""
    return f"arn:aws:sqs:{fleet.REGION}:{fleet.OBSERVABILITY}:{name}"


@dataclass(slots=True)
class Stage:
    """A bus and queue in the observability account, rules that lead there from every account, and the loop."""

    aws: AwsSandbox
    keys: Mapping[str, str | None]
    incidents: BrokenIncidents
    inventory: FakeInventory
    queue: str

    @property
    def url(self) -> str:
        """As the console shows it."""
        return f"https://sqs.{fleet.REGION}.amazonaws.com/{fleet.OBSERVABILITY}/{self.queue}"

    def hub(self) -> Hub:
        """The bot's."""
        session = boto3.Session(self.keys["access_key_id"], self.keys["secret_access_key"], region_name=fleet.REGION)
        return Hub(session, AwsSettings(endpoint_url=self.aws.endpoint_url))

    def loop(self, inbox: Inbox) -> InboxLoop:
        """Over this stage's store."""
        return Ears(StillClock(NOW), self.inventory, self.incidents).listening(inbox).loop

    def send(self, detail: object, account: str = fleet.PRODUCTION, kind: str = report.KIND) -> None:
        """As a monitor in that account would."""
        text = detail if isinstance(detail, str) else json.dumps(detail)
        entry = {"Source": SENDER, "DetailType": kind, "Detail": text, "Time": NOW}
        assert self.aws.client("events", account).put_events(Entries=[entry])["FailedEntryCount"] == 0

    def put(self, body: str) -> None:
        """Past EventBridge."""
        self.aws.client("sqs", fleet.OBSERVABILITY).send_message(QueueUrl=self.url, MessageBody=body)

    def round(self) -> None:
        """One receive by the bot."""
        hub = self.hub()
        try:
            assert self.loop(AwsInbox(hub, self.url, wait_s=1)).round(Signal())
        finally:
            hub.close()

    def left(self, name: str = "") -> int:
        """Messages that are in the queue, hidden ones too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        client = self.aws.client("sqs", fleet.OBSERVABILITY)
        url = self.url.replace(self.queue, name) if name else self.url
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(value) for value in found.values())

    def only(self) -> Incident:
        """The one incident that there is."""
        (found,) = self.incidents.list(NOW)
        return found


@pytest.fixture(scope="module")
def organisation() -> Iterator[tuple[AwsSandbox, Mapping[str, str | None]]]:
    """Rules in each account lead to the observability account's bus."""
    with AwsSandbox(StillClock(NOW), fleet.accounts(), org_id=fleet.ORGANISATION, region=fleet.REGION) as aws:
        aws.start()
        hub = aws.client("events", fleet.OBSERVABILITY)
        bus = hub.create_event_bus(Name="monitors")["EventBusArn"]
        for account in fleet.LINKED:
            hub.put_permission(
                EventBusName="monitors", Action="events:PutEvents", Principal=account, StatementId=f"from{account}"
            )
        for account in fleet.LABELS:
            client = aws.client("events", account)
            pattern = json.dumps({"detail-type": [report.KIND, "Something Else"]})
            client.put_rule(Name="reports", EventPattern=pattern)
            client.put_targets(Rule="reports", Targets=[{"Id": "hub", "Arn": bus}])
        yield aws, roles.give_bot(aws)


@pytest.fixture
def stage(organisation: tuple[AwsSandbox, Mapping[str, str | None]], request: pytest.FixtureRequest) -> Stage:
    """A queue of its own with a dead-letter queue, and the bus's rule that fills it."""
    aws, keys = organisation
    name = request.node.name.partition("[")[0][5:60]
    sqs, hub = aws.client("sqs", fleet.OBSERVABILITY), aws.client("events", fleet.OBSERVABILITY)
    hub.put_rule(Name=name, EventBusName="monitors", EventPattern=json.dumps({"source": [SENDER]}))
    rule = f"arn:aws:events:{fleet.REGION}:{fleet.OBSERVABILITY}:rule/monitors/{name}"
    sqs.create_queue(QueueName=f"{name}-dead")
    redrive = {"deadLetterTargetArn": queue_arn(f"{name}-dead"), "maxReceiveCount": 2}
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn(name),
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    attributes = {"RedrivePolicy": json.dumps(redrive), "Policy": policy, "VisibilityTimeout": "0"}
    sqs.create_queue(QueueName=name, Attributes=attributes)
    hub.put_targets(Rule=name, EventBusName="monitors", Targets=[{"Id": "queue", "Arn": queue_arn(name)}])
    inventory = FakeInventory()
    inventory.remember(FLEET, NOW)
    return Stage(aws, keys, BrokenIncidents(fold), inventory, name)


def detail(**more: object) -> dict[str, Any]:
    """The sample's report."""
    return {**report.SAMPLE["detail"], **more}


def test_an_event_of_another_account_becomes_its_incident(stage: Stage) -> None:
    """The account that sent it, however often it is sent; the queue is empty then."""
    stage.send(detail())
    stage.send(detail())
    stage.round()
    incident = stage.only()
    assert (incident.place.account_id, incident.place.service) == (fleet.PRODUCTION, "loan-default")
    assert [(r.row.metric, r.last.seen, r.last.limit) for r in incident.state.bad_rows] == [("auc", 0.871, 0.9)]
    assert (incident.state.runs, stage.left()) == (1, 0)
    (row,) = told.violations(stage.incidents.list(NOW), Scope(FLEET), NOW - timedelta(days=1), None)
    assert (row.schedule_name, row.account.label) == ("hourly-scores", "ml-production")
    assert "loan-default" in stage.inventory.names()


def test_nothing_is_lost_when_the_store_is_down_between_receive_and_delete(stage: Stage) -> None:
    """What was not stored comes again, what was stored before it does not count twice."""
    stage.send(detail(id="first"))
    stage.round()
    stage.send(detail(id="first"))
    stage.send(detail(id="second", at="2026-11-20T14:06:00Z"))
    stage.incidents.downs = 1
    with pytest.raises(StoreDown):
        stage.round()
    assert stage.left() >= 1
    stage.round()
    assert (stage.only().state.runs, stage.left()) == (2, 0)


def test_a_report_for_another_account_is_refused_and_ends_among_the_dead_letters(stage: Stage) -> None:
    """Poison never loops for ever, and the good report beside it counts."""
    stage.send(detail(account=fleet.TEST))
    stage.send(detail())
    for _ in range(3):
        stage.round()
    assert stage.only().place.account_id == fleet.PRODUCTION
    assert (stage.left(), stage.left(f"{stage.queue}-dead")) == (0, 1)


def test_an_account_that_left_the_fleet_is_refused(stage: Stage) -> None:
    """Its rule still sends."""
    stage.inventory.remember(FLEET[1:], NOW)
    stage.send(detail())
    stage.round()
    assert stage.incidents.list(NOW) == ()
    assert stage.left() == 1


def test_an_event_that_is_none_of_ours_is_passed(stage: Stage) -> None:
    """A rule that is too wide fills no dead-letter queue."""
    stage.send({"anything": 1}, kind="Something Else")
    stage.round()
    assert (stage.left(), stage.incidents.list(NOW)) == (0, ())


def test_nothing_is_received_before_the_fleet_is_known(stage: Stage) -> None:
    """So that no report is refused for being early."""
    stage.send(detail())
    stage.inventory = FakeInventory()
    hub = stage.hub()
    assert not stage.loop(AwsInbox(hub, stage.url)).round(Signal())
    hub.close()
    assert stage.left() == 1


def test_the_loop_takes_what_comes_until_it_is_stopped(stage: Stage) -> None:
    """A long poll answers as soon as there is something."""
    hub, stop = stage.hub(), Signal()
    thread = Thread(target=stage.loop(AwsInbox(hub, stage.url)).run, args=(stop,), daemon=True)
    thread.start()
    began = time.monotonic()
    stage.send(detail())
    try:
        until(lambda: stage.incidents.list(NOW), "the report is taken in")
        assert time.monotonic() - began < WAIT_S - 1
    finally:
        stop.set()
        stage.put("{}")  # what ends the poll stays in the queue
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert stage.left() == 1
    hub.close()


def test_more_than_ten_are_held_and_deleted_in_calls_of_ten(stage: Stage) -> None:
    """SQS refuses more in one call; what a round received at once leaves the queue at once."""
    client = stage.aws.client("sqs", fleet.OBSERVABILITY)
    client.set_queue_attributes(QueueUrl=stage.url, Attributes={"VisibilityTimeout": "30"})
    for _ in range(13):
        stage.put(json.dumps({**report.SAMPLE, "source": "com.example", "detail-type": "Something Else"}))
    hub = stage.hub()
    inbox = AwsInbox(hub, stage.url, wait_s=1)
    found = [*inbox.receive(), *inbox.receive(wait=False)]
    inbox.extend(found, 60)
    inbox.delete(found)
    hub.close()
    assert (len(found), stage.left()) == (13, 0)


def test_a_message_that_is_held_does_not_come_again(stage: Stage) -> None:
    """The queue's own time is a second here; one that was deleted meanwhile is no error."""
    client = stage.aws.client("sqs", fleet.OBSERVABILITY)
    client.set_queue_attributes(QueueUrl=stage.url, Attributes={"VisibilityTimeout": "1"})
    stage.put("first")
    hub = stage.hub()
    inbox = AwsInbox(hub, stage.url, wait_s=0)
    (message,) = inbox.receive()
    inbox.extend([message], 30)
    time.sleep(1.1)
    assert (inbox.receive(), stage.left()) == ((), 1)
    inbox.delete([message])
    inbox.extend([message], 30)
    hub.close()
    assert stage.left() == 0


BODY = json.dumps(report.SAMPLE)


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", json.dumps({**report.SAMPLE, "account": "1"}), json.dumps({**report.SAMPLE, "detail": 3})],
)
def test_what_eventbridge_never_sends_is_left_and_at_last_deleted(stage: Stage, body: str) -> None:
    """Where no dead-letter queue takes it away."""
    early, late = FakeInbox([body]), FakeInbox([body], received=MOST_RECEIVES - 1)
    for inbox in (early, late):
        assert stage.loop(inbox).round(Signal())
    assert (len(early.messages), late.messages) == (1, [])
    assert stage.incidents.list(NOW) == ()


@pytest.mark.parametrize("most", [MOST_RECEIVES, MOST_RECEIVES + 2])
def test_a_dead_letter_queue_gets_what_it_waits_for_long(stage: Stage, most: int) -> None:
    """However often its policy lets a message come: the bot deletes none before SQS moves it."""
    sqs, patient, dead = stage.aws.client("sqs", fleet.OBSERVABILITY), f"patient{most}", f"patient{most}-dead"
    sqs.create_queue(QueueName=dead)
    redrive = {"deadLetterTargetArn": queue_arn(dead), "maxReceiveCount": most}
    attributes = {"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": "0"}
    sqs.create_queue(QueueName=patient, Attributes=attributes)
    stage.queue = patient
    stage.put("{")
    hub = stage.hub()
    loop = stage.loop(AwsInbox(hub, stage.url, wait_s=0))
    for _ in range(most + 1):
        assert loop.round(Signal())
    assert (stage.left(), stage.left(dead)) == (0, 1)
    sqs.set_queue_attributes(QueueUrl=stage.url, Attributes={"RedrivePolicy": ""})
    assert not AwsInbox(hub, stage.url).has_dead_letters()
    hub.close()


def test_a_message_that_breaks_its_reader_holds_up_no_other(stage: Stage) -> None:
    """It is refused as if it were malformed."""

    class Odd(FakeInventory):
        """Breaks on one service."""

        def name_service(self, schedule: Any) -> None:
            """Raises what nobody expects."""
            if schedule.service.name == "odd":
                raise ZeroDivisionError
            super().name_service(schedule)

    stage.inventory = Odd()
    stage.inventory.remember(FLEET, NOW)
    odd = json.dumps({**report.SAMPLE, "detail": detail(service="odd")})
    inbox = FakeInbox([odd, BODY])
    assert stage.loop(inbox).round(Signal())
    assert [m.body for m in inbox.messages] == [odd]
    assert stage.only().place.service == "loan-default"


def test_the_envelope_is_read_strictly() -> None:
    """What it lacks is named."""
    said = {key: value for key, value in report.SAMPLE.items() if key != "account"}
    with pytest.raises(Malformed, match="account lacks"):
        envelope.event(json.dumps(said))


def checked(stage: Stage, url: str) -> Any:
    """The doctor's line on the queue."""
    (check,) = looked(stage, url)
    return check


def looked(stage: Stage, url: str) -> list[Any]:
    """All its lines on it."""
    hub, fanout = stage.hub(), Fanout(2, 2)
    settings = AwsSettings(endpoint_url=stage.aws.endpoint_url, queue_url=url)
    try:
        ask = Ask(BOT, NOW, Scope(FLEET), time.monotonic() + 20)
        return list(IntakeHealth(hub, fanout, settings).checks(ask))
    finally:
        fanout.close()
        hub.close()


def test_doctor_tries_the_queue_and_takes_nothing_out(stage: Stage) -> None:
    """Rights, the dead-letter queue, whose it is, whether it is there."""
    assert (checked(stage, stage.url).status, checked(stage, stage.url).said) == (
        "good",
        "0 messages waiting; it has a dead-letter queue",
    )
    stage.put("{}")
    assert checked(stage, stage.url).said.startswith("1 message waiting")
    assert stage.left() == 1
    sqs = stage.aws.client("sqs", fleet.OBSERVABILITY)
    for _ in range(3):
        sqs.receive_message(QueueUrl=stage.url)
    dead = checked(stage, stage.url)
    assert (dead.status, "1 message that could not be taken" in dead.said) == ("warn", True)
    assert "redrive --list" in dead.next_step
    assert checked(stage, f"{stage.url}-dead").status == "warn"
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Statement": [{**allowed, "Resource": queue_arn(stage.queue)}]})
    sqs.set_queue_attributes(QueueUrl=stage.url, Attributes={"Policy": policy})
    assert "raw message delivery" in looked(stage, stage.url)[1].next_step
    hub = stage.hub()
    assert AwsInbox(hub, stage.url).lets_topics_in()
    hub.close()
    assert checked(stage, f"{stage.url}-none").status == "bad"
    foreign = stage.url.replace(fleet.OBSERVABILITY, fleet.PRODUCTION)
    assert "belongs to 222222222222" in checked(stage, foreign).said


def test_the_sandboxs_buses_let_in_only_whom_their_policies_name(stage: Stage) -> None:
    """As EventBridge does: the log archive may not put on the bus, and a rule fills no queue that does not allow it."""
    stage.send(detail(), account=fleet.LOG_ARCHIVE)
    assert stage.left() == 0
    sqs = stage.aws.client("sqs", fleet.OBSERVABILITY)
    sqs.set_queue_attributes(QueueUrl=stage.url, Attributes={"Policy": ""})
    stage.send(detail())
    assert stage.left() == 0


def test_only_aws_may_name_itself_as_a_source(stage: Stage) -> None:
    """So an event of `aws.…` is AWS's own."""
    client = stage.aws.client("events", fleet.PRODUCTION)
    entries = [
        {"Source": "aws.sagemaker", "DetailType": "x", "Detail": "{}"},
        {"Source": "a", "DetailType": "x", "Detail": "["},
    ]
    said = client.put_events(Entries=entries)
    assert [e["ErrorCode"] for e in said["Entries"]] == ["NotAuthorizedForSourceException", "MalformedDetail"]
