"""From one account to another's queue: by buses and by topics, as far as policies let them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.bus import Emitted

OWN, PROD, TEST = "111111111111", "222222222222", "333333333333"
REGION, ORG = "us-west-2", "o-northbank1"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BUS = f"arn:aws:events:{REGION}:{OWN}:event-bus/monitors"


class Calendar:
    """Moved by hand."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        """As it was set."""
        return self.at


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[AwsSandbox, Calendar]]:
    """Three accounts of an organisation."""
    calendar = Calendar()
    accounts = [CloudAccount(i, i, f"AKIA{i}SAGE", "secret") for i in (OWN, PROD, TEST)]
    with AwsSandbox(calendar, accounts, org_id=ORG) as aws:
        aws.start()
        yield aws, calendar


class Box:
    """A queue of the observability account, with the policy that a test gives it."""

    def __init__(self, aws: AwsSandbox, name: str) -> None:
        self.aws, self.name = aws, name
        self.arn = f"arn:aws:sqs:{REGION}:{OWN}:{name}"
        self.sqs = aws.client("sqs", OWN)
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]

    def open(self, service: str, **conditions: dict[str, str]) -> None:
        """To a service of AWS."""
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage"}
        whole = {**statement, "Resource": self.arn, **({"Condition": conditions} if conditions else {})}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [whole]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def heard(self) -> list[str]:
        """Bodies, taken out."""
        found: list[str] = []
        while batch := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", ()):
            found += [message["Body"] for message in batch]
        return found


def told(kind: str, at: datetime = NOON) -> Emitted:
    """What a service says of an account's endpoint."""
    return Emitted("aws.sagemaker", kind, {"EndpointStatus": "FAILED"}, (), at)


def rule(aws: AwsSandbox, account: str, name: str, kind: str, target: str, bus: str = "default") -> None:
    """A rule with one target."""
    events = aws.client("events", account)
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"detail-type": [kind]}))
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "t", "Arn": target}])


def test_an_event_goes_over_another_accounts_bus_as_its_policy_says(served: tuple[AwsSandbox, Calendar]) -> None:
    """It keeps its account; an account that the bus does not let in is not heard, nor one past the queue's policy."""
    aws, _ = served
    box = Box(aws, "over-buses")
    events = aws.client("events", OWN)
    events.create_event_bus(Name="monitors")
    rule(aws, OWN, "fill", "Over Buses", box.arn, "monitors")
    for account in (PROD, TEST):
        rule(aws, account, "over-buses", "Over Buses", BUS)

    def heard() -> list[str]:
        for account in (PROD, TEST):
            aws.emit(account, told("Over Buses"))
        return sorted(json.loads(body)["account"] for body in box.heard())

    box.open("events.amazonaws.com", ArnLike={"aws:SourceArn": f"arn:aws:events:*:{OWN}:rule/monitors/*"})
    assert heard() == []
    events.put_permission(EventBusName="monitors", Action="events:PutEvents", Principal=PROD, StatementId="prod")
    assert heard() == [PROD]
    allowed = {"Sid": "org", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": BUS}
    inside = {**allowed, "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORG}}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [inside]})
    events.put_permission(EventBusName="monitors", Policy=policy)
    assert heard() == [PROD, TEST]
    box.open("events.amazonaws.com", StringEquals={"aws:SourceAccount": PROD})
    assert heard() == []


def test_what_happened_before_a_rule_was_made_it_does_not_bring(served: tuple[AwsSandbox, Calendar]) -> None:
    """Nor what lies ahead, before the clock has come to it."""
    aws, calendar = served
    box = Box(aws, "in-time")
    box.open("events.amazonaws.com")
    rule(aws, OWN, "in-time", "In Time", box.arn)
    for minutes in (-5, 0, 40):
        aws.emit(OWN, told("In Time", calendar.at + timedelta(minutes=minutes)))
    assert len(box.heard()) == 1
    calendar.at += timedelta(hours=1)
    assert [json.loads(body)["time"] for body in box.heard()] == ["2026-11-20T12:40:00Z"]
    aws.client("events", OWN).disable_rule(Name="in-time")
    aws.emit(OWN, told("In Time", calendar.at))
    assert box.heard() == []


def test_nobody_speaks_for_aws_and_no_target_changes_an_event(served: tuple[AwsSandbox, Calendar]) -> None:
    """A source that begins `aws.` is refused; transformed input is not here, by name."""
    aws, _ = served
    entry = {"Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change", "Detail": "{}"}
    answer = aws.client("events", PROD).put_events(Entries=[entry])
    assert (answer["FailedEntryCount"], answer["Entries"][0]["ErrorCode"]) == (1, "NotAuthorizedForSourceException")
    events = aws.client("events", PROD)
    events.put_rule(Name="changed", EventPattern=json.dumps({"source": ["x"]}))
    with pytest.raises(ClientError, match="InputPath"):
        events.put_targets(Rule="changed", Targets=[{"Id": "t", "Arn": BUS, "InputPath": "$.detail"}])


def test_events_come_twice_when_somebody_orders_it(served: tuple[AwsSandbox, Calendar]) -> None:
    """The same event, by its id; so often as ordered."""
    aws, calendar = served
    box = Box(aws, "twice")
    box.open("events.amazonaws.com")
    rule(aws, OWN, "twice", "Twice", box.arn)
    aws.fault("duplicate", OWN, "sqs:SendMessage")
    aws.emit(OWN, told("Twice", calendar.at))
    aws.emit(OWN, told("Twice", calendar.at))
    ids = [json.loads(body)["id"] for body in box.heard()]
    assert (len(ids), len(set(ids))) == (3, 2)


def test_a_topic_reaches_queues_of_its_own_and_of_another_account(served: tuple[AwsSandbox, Calendar]) -> None:
    """In an envelope, or raw; a queue that does not let the topic in hears nothing."""
    aws, calendar = served
    sns = aws.client("sns", PROD)
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    enveloped, raw, closed = (Box(aws, name) for name in ("enveloped", "raw", "closed"))
    near = aws.client("sqs", PROD).create_queue(QueueName="near")["QueueUrl"]
    for box in (enveloped, raw, closed):
        how = {"RawMessageDelivery": "true"} if box is raw else {}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn, Attributes=how)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{PROD}:near")
    for box in (enveloped, raw):
        box.open("sns.amazonaws.com", ArnEquals={"aws:SourceArn": topic})
    published = sns.publish(TopicArn=topic, Subject="ALARM", Message='{"AlarmName": "x"}')
    assert (raw.heard(), closed.heard()) == (['{"AlarmName": "x"}'], [])
    (body,) = enveloped.heard()
    told = json.loads(body)
    assert list(told) == [
        *("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp"),
        *("SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"),
    ]
    assert (told["Type"], told["MessageId"], told["TopicArn"]) == ("Notification", published["MessageId"], topic)
    assert (told["Message"], told["Subject"]) == ('{"AlarmName": "x"}', "ALARM")
    assert told["Timestamp"] == f"{calendar.at:%Y-%m-%dT%H:%M:%S}.000Z"
    held = aws.client("sqs", PROD).receive_message(QueueUrl=near)
    assert "Messages" not in held, "its queue's policy lets nobody in, of the same account either"


def test_a_filter_policy_takes_what_it_says(served: tuple[AwsSandbox, Calendar]) -> None:
    """Of a message's attributes, or of its body."""
    aws, _ = served
    sns = aws.client("sns", PROD)
    topic = sns.create_topic(Name="filtered")["TopicArn"]
    by_attribute, by_body = Box(aws, "by-attribute"), Box(aws, "by-body")
    for box, scope, policy in (
        (by_attribute, "MessageAttributes", {"team": ["risk"]}),
        (by_body, "MessageBody", {"NewStateValue": ["ALARM"]}),
    ):
        box.open("sns.amazonaws.com")
        arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn, ReturnSubscriptionArn=True)
        for name, value in (("FilterPolicy", json.dumps(policy)), ("FilterPolicyScope", scope)):
            sns.set_subscription_attributes(
                SubscriptionArn=arn["SubscriptionArn"], AttributeName=name, AttributeValue=value
            )
    for team, state in (("risk", "OK"), ("sales", "ALARM"), ("sales", "OK")):
        attributes = {"team": {"DataType": "String", "StringValue": team}}
        body = json.dumps({"NewStateValue": state, "team": team})
        sns.publish(TopicArn=topic, Message=body, MessageAttributes=attributes)
    assert [json.loads(json.loads(body)["Message"])["team"] for body in by_attribute.heard()] == ["risk"]
    assert [json.loads(json.loads(body)["Message"])["team"] for body in by_body.heard()] == ["sales"]


def test_another_account_publishes_only_where_the_topics_policy_says_so(served: tuple[AwsSandbox, Calendar]) -> None:
    """And nobody to a topic that there is not."""
    aws, _ = served
    topic = aws.client("sns", PROD).create_topic(Name="guarded")["TopicArn"]
    other = aws.client("sns", TEST)
    with pytest.raises(ClientError, match="not authorized to perform: SNS:Publish"):
        other.publish(TopicArn=topic, Message="x")
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{TEST}:root"}, "Action": "SNS:Publish"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": topic}]})
    aws.client("sns", PROD).set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    assert other.publish(TopicArn=topic, Message="x")["MessageId"]
    with pytest.raises(ClientError, match="does not exist"):
        other.publish(TopicArn=f"{topic}-gone", Message="x")
    for refused in ({"Message": "x", "PhoneNumber": "+15005550001"}, {"Message": "{}", "MessageStructure": "json"}):
        with pytest.raises(ClientError, match="sandbox does not implement"):
            other.publish(**({"TopicArn": topic} if "PhoneNumber" not in refused else {}), **refused)


def test_sagemaker_tells_of_endpoints_and_packages(served: tuple[AwsSandbox, Calendar]) -> None:
    """Statuses as IN_SERVICE, times in milliseconds; a package as the API writes it."""
    aws, calendar = served
    box = Box(aws, "sagemaker")
    box.open("events.amazonaws.com")
    events = aws.client("events", OWN)
    events.put_rule(Name="sagemaker", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    events.put_targets(Rule="sagemaker", Targets=[{"Id": "t", "Arn": box.arn}])
    sagemaker = aws.client("sagemaker", OWN)
    role = f"arn:aws:iam::{OWN}:role/r"
    sagemaker.create_model(ModelName="m", PrimaryContainer={"Image": "i"}, ExecutionRoleArn=role)
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    tags = [{"Key": "team", "Value": "risk"}]
    sagemaker.create_endpoint(EndpointName="bank", EndpointConfigName="c", Tags=tags)
    aws.fail_endpoint(OWN, "bank", "The container did not answer.")
    assert sagemaker.describe_endpoint(EndpointName="bank")["FailureReason"] == "The container did not answer."
    aws.fail_endpoint(OWN, "bank", "")
    sagemaker.delete_endpoint(EndpointName="bank")
    said: list[dict[str, Any]] = [json.loads(body) for body in box.heard()]
    details = [one["detail"] for one in said]
    words = ["CREATING", "IN_SERVICE", "FAILED", "IN_SERVICE", "DELETING"]
    assert [one["EndpointStatus"] for one in details] == words
    assert {one["detail-type"] for one in said} == {"SageMaker Endpoint State Change"}
    assert (details[2]["FailureReason"], details[2]["Tags"]) == ("The container did not answer.", {"team": "risk"})
    assert details[1]["CreationTime"] == int(calendar.at.timestamp() * 1000)
    sagemaker.create_model_package_group(ModelPackageGroupName="loans")
    made = sagemaker.create_model_package(ModelPackageGroupName="loans", ModelApprovalStatus="PendingManualApproval")[
        "ModelPackageArn"
    ]
    sagemaker.update_model_package(ModelPackageArn=made, ModelApprovalStatus="Approved")
    packages = [json.loads(body)["detail"] for body in box.heard()]
    assert [one["ModelApprovalStatus"] for one in packages] == ["PendingManualApproval", "Approved"]
    assert {(one["ModelPackageGroupName"], one["ModelPackageVersion"]) for one in packages} == {("loans", 1)}
