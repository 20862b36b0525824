"""SQS over HTTP: what is sent is seen, hidden, deleted, counted, and moved to dead letters."""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox, CloudAccount

OWN = "111111111111"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Noon:
    """A clock that stands."""

    def now(self) -> datetime:
        """Always the same."""
        return NOW


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """One account."""
    with AwsSandbox(Noon(), [CloudAccount(OWN, "own", "AKIAOWNSAGE", "secret")]) as running:
        running.start()
        yield running


class Box:
    """A queue of its own for each test."""

    def __init__(self, aws: AwsSandbox, name: str, **attributes: str) -> None:
        self.sqs = aws.client("sqs", OWN)
        self.url: str = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def send(self, body: str, **more: Any) -> str:
        """A message's id."""
        return str(self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)["MessageId"])

    def receive(self, most: int = 10, **more: Any) -> list[dict[str, Any]]:
        """What is to be seen."""
        return list(self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=most, **more).get("Messages", ()))

    def delete(self, message: dict[str, Any]) -> None:
        """By its receipt."""
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def counts(self) -> tuple[int, int]:
        """To be seen, and in somebody's hands."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])


def test_a_message_in_hand_is_hidden_until_its_time_is_over_or_it_is_deleted(aws: AwsSandbox) -> None:
    """It counts how often it was received, and the latest receipt is the one that deletes."""
    box = Box(aws, "hidden")
    box.send("once")
    (first,) = box.receive(VisibilityTimeout=1)
    assert (box.receive(), box.counts()) == ([], (0, 1))
    time.sleep(1.1)
    (second,) = box.receive(AttributeNames=["All"])
    assert (second["MessageId"], second["Attributes"]["ApproximateReceiveCount"]) == (first["MessageId"], "2")
    assert second["Attributes"]["SentTimestamp"] == str(int(NOW.timestamp() * 1000))
    box.delete(first)
    assert box.counts() == (0, 1)
    box.delete(second)
    box.delete(second)
    assert box.counts() == (0, 0)


def test_whoever_needs_longer_hides_it_for_longer(aws: AwsSandbox) -> None:
    """Or gives it back at once; nobody hides what is in nobody's hands."""
    box = Box(aws, "longer")
    box.send("slow")
    (held,) = box.receive(VisibilityTimeout=1)
    box.sqs.change_message_visibility(QueueUrl=box.url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=30)
    time.sleep(1.1)
    assert box.receive() == []
    box.sqs.change_message_visibility(QueueUrl=box.url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0)
    with pytest.raises(ClientError, match="not in flight"):
        box.sqs.change_message_visibility(QueueUrl=box.url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=9)
    assert len(box.receive()) == 1


def test_what_was_received_too_often_goes_to_the_dead_letters(aws: AwsSandbox) -> None:
    """With its id."""
    dead = Box(aws, "dead")
    arn = f"arn:aws:sqs:us-west-2:{OWN}:dead"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    box = Box(aws, "living", VisibilityTimeout="0", RedrivePolicy=policy)
    sent = box.send("bad")
    assert [len(box.receive()) for _ in range(3)] == [1, 1, 0]
    assert box.counts() == (0, 0)
    assert [one["MessageId"] for one in dead.receive()] == [sent]


def test_a_batch_answers_entry_by_entry(aws: AwsSandbox) -> None:
    """What is wrong with one does not hold up the others; a batch must be one."""
    box = Box(aws, "batch")
    entries = [{"Id": "a", "MessageBody": "good"}, {"Id": "b", "MessageBody": "bell \x07"}]
    said = box.sqs.send_message_batch(QueueUrl=box.url, Entries=entries)
    assert [one["Id"] for one in said["Successful"]] == ["a"]
    assert [(one["Id"], one["Code"]) for one in said["Failed"]] == [("b", "InvalidMessageContents")]
    (held,) = box.receive()
    receipts = [{"Id": "a", "ReceiptHandle": held["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": "made up"}]
    said = box.sqs.delete_message_batch(QueueUrl=box.url, Entries=receipts)
    assert ([one["Id"] for one in said["Successful"]], said["Failed"][0]["Code"]) == (["a"], "ReceiptHandleIsInvalid")
    with pytest.raises(ClientError) as refused:
        box.sqs.delete_message_batch(QueueUrl=box.url, Entries=[receipts[0]] * 11)
    assert "TooManyEntriesInBatchRequest" in refused.value.response["Error"]["Code"]


def test_attributes_of_messages_come_when_they_are_asked_for(aws: AwsSandbox) -> None:
    """With the digest that SQS takes of them (developer guide: "Calculating the MD5 message digest")."""
    parts = b"".join(len(part).to_bytes(4, "big") + part for part in (b"kind", b"String"))
    digest = hashlib.md5(parts + b"\x01" + len(b"alarm").to_bytes(4, "big") + b"alarm").hexdigest()  # noqa: S324
    box = Box(aws, "attributes")
    given = {"kind": {"DataType": "String", "StringValue": "alarm"}}
    said = box.sqs.send_message(QueueUrl=box.url, MessageBody="x", MessageAttributes=given)
    assert said["MD5OfMessageAttributes"] == digest
    (bare,) = box.receive(VisibilityTimeout=0)
    (full,) = box.receive(MessageAttributeNames=["k.*", "kind"])
    assert ("MessageAttributes" in bare, full["MessageAttributes"]) == (False, given)


def test_a_poll_waits_for_a_message_and_a_delay_holds_one_back(aws: AwsSandbox) -> None:
    """Without holding anybody else up."""
    box = Box(aws, "poll")
    Thread(target=lambda: (time.sleep(0.3), box.send("late")), daemon=True).start()
    began = time.monotonic()
    assert len(box.receive(WaitTimeSeconds=5)) == 1
    assert time.monotonic() - began < 2
    box.send("later", DelaySeconds=1)
    assert box.receive() == []
    assert len(box.receive(WaitTimeSeconds=3)) == 1


def test_a_thousand_messages_are_taken_within_seconds(aws: AwsSandbox) -> None:
    """What moto takes minutes for: it looks through all of them for each."""
    box, began, seen = Box(aws, "many"), time.monotonic(), 0
    for number in range(1000):
        aws.send(f"arn:aws:sqs:us-west-2:{OWN}:many", str(number))
    while held := box.receive():
        seen += len(held)
        receipts = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(held)]
        box.sqs.delete_message_batch(QueueUrl=box.url, Entries=receipts)
    assert (seen, box.counts()) == (1000, (0, 0))
    assert time.monotonic() - began < 10


def test_what_there_is_not_is_refused(aws: AwsSandbox) -> None:
    """A queue that is gone, messages of a FIFO queue, an empty message."""
    box = Box(aws, "going")
    box.send("x")
    box.sqs.purge_queue(QueueUrl=box.url)
    assert box.counts() == (0, 0)
    box.sqs.delete_queue(QueueUrl=box.url)
    with pytest.raises(ClientError, match="does not exist"):
        box.receive()
    fifo = Box(aws, "turns.fifo", FifoQueue="true")
    with pytest.raises(ClientError, match="FIFO"):
        fifo.send("x", MessageGroupId="g", MessageDeduplicationId="1")
    with pytest.raises(KeyError):
        aws.send(f"arn:aws:sqs:us-west-2:{OWN}:nowhere", "x")
