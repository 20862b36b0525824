"""SNS where moto is not enough: what is published reaches queues, in other accounts too, as their policies allow.

Topics, subscriptions and filter policies are moto's; nothing is sent but to queues. Source: SNS developer guide,
"HTTP/HTTPS notification JSON format", "Amazon SNS raw message delivery", "Amazon SNS message filtering", "Sending
Amazon SNS messages to an Amazon SQS queue in a different account"; API reference, Publish.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.sns.utils import FilterPolicyMatcher

from sandbox.aws import behind
from sandbox.aws.courier import Courier
from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.grants import lets_account, lets_service
from sandbox.aws.operations import Request, Values, operation

LONGEST = 262_144
"""Bytes of a message (SNS quotas: 256 KB)."""
LONGEST_SUBJECT = 100
_SERVICE = "sns.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Message:
    """What is published. `attributes` are by name, each with its DataType and value."""

    text: str
    subject: str
    at: datetime
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))


class Topics:
    """Publish, and what a topic does with a message."""

    def __init__(self, org_id: str, courier: Courier, now: Callable[[], datetime]) -> None:
        self._org_id = org_id
        self._courier = courier
        self._now = now

    @operation("sns", "Publish")
    def publish(self, request: Request) -> Values:
        """To a topic of one's own, or of another account whose topic's policy allows it."""
        arn = str(request.params.get("TopicArn") or request.params.get("TargetArn") or "")
        if ":sns:" not in arn or arn.count(":") != 5 or "MessageStructure" in request.params:
            raise NotImplementedInSandbox("sns:Publish to anything but a topic, or by MessageStructure")
        message = self._message(request.params)
        with behind.LOCK:
            topic = self._allowed(request, arn)
            self._spread(topic, message)
        return {"MessageId": message.id}

    @operation("sns", "PublishBatch")
    def publish_batch(self, _: Request) -> Values:
        """Moto would look for queues in the wrong account."""
        raise NotImplementedInSandbox("sns:PublishBatch")

    def notify(self, topic_arn: str, service: str, source: Mapping[str, str], message: Message) -> str:
        """Publish for a service of AWS (`cloudwatch.amazonaws.com`); returns why it could not, empty when it did."""
        with behind.LOCK:
            topic = _topic(topic_arn)
            if topic is None:
                return "Resource: Topic does not exist"
            if not lets_service(topic.policy, ("SNS:Publish", topic_arn), service, source):
                return f"{service} is not authorized to perform: SNS:Publish on resource: {topic_arn}"
            self._spread(topic, message)
        return ""

    def _message(self, params: Mapping[str, Any]) -> Message:
        text, subject = str(params["Message"]), str(params.get("Subject", ""))
        if not text or len(text.encode()) > LONGEST:
            raise AwsError("InvalidParameter", f"Invalid parameter: Message {'too long' if text else 'is empty'}")
        if len(subject) > LONGEST_SUBJECT or "\n" in subject:
            raise AwsError("InvalidParameter", "Invalid parameter: Subject")
        return Message(text, subject, self._now(), params.get("MessageAttributes", {}))

    def _allowed(self, request: Request, arn: str) -> Any:
        topic = _topic(arn)
        if topic is None:
            raise AwsError("NotFound", "Topic does not exist", 404)
        owner = arn.split(":")[4]
        if owner != request.account and not lets_account(
            topic.policy, ("SNS:Publish", arn), request.account, self._org_id
        ):
            said = f"User: {request.principal.arn} is not authorized to perform: SNS:Publish on resource: {arn}"
            raise AwsError(
                "AuthorizationError",
                f"{said} because no resource-based policy allows the SNS:Publish action",
                403,
            )
        return topic

    def _spread(self, topic: Any, message: Message) -> None:
        """To each subscribed queue that lets the topic in and whose filter takes the message."""
        source = {"arn": topic.arn, "account": topic.arn.split(":")[4]}
        for subscription in _subscriptions(topic.arn):
            arn, attributes = subscription.endpoint, subscription.attributes
            queue = behind.queue(arn) if subscription.protocol == "sqs" else None
            if queue is None or not _wanted(attributes, message):
                continue
            if lets_service(queue.policy, ("sqs:SendMessage", arn), _SERVICE, source):
                raw = str(attributes.get("RawMessageDelivery")).lower() == "true"
                body = message.text if raw else json.dumps(_envelope(topic.arn, subscription.arn, message), indent=2)
                self._courier.send(arn, body, message.at)


def _topic(arn: str) -> Any | None:
    """Moto's topic, if there is one."""
    region, account = arn.split(":")[3:5]
    return behind.sns(account, region).topics.get(arn)


def _subscriptions(topic_arn: str) -> Iterator[Any]:
    """Of every account: moto keeps a subscription with whoever made it."""
    region = topic_arn.split(":")[3]
    for backend in behind.every_sns(region):
        yield from (each for each in list(backend.subscriptions.values()) if each.topic.arn == topic_arn)


def _wanted(attributes: Mapping[str, Any], message: Message) -> bool:
    """By the filter policy, of the message's attributes or of its body."""
    if not attributes.get("FilterPolicy"):
        return True
    matcher = FilterPolicyMatcher(json.loads(attributes["FilterPolicy"]), attributes.get("FilterPolicyScope"))
    given = {name: {"Type": one["DataType"], "Value": _value(one)} for name, one in message.attributes.items()}
    return bool(matcher.matches(given, message.text))


def _value(attribute: Mapping[str, Any]) -> Any:
    return attribute.get("StringValue", attribute.get("BinaryValue", ""))


def _envelope(topic_arn: str, subscription_arn: str, message: Message) -> Values:
    """The signature has the right form and proves nothing: there is no certificate behind the address."""
    at = message.at.astimezone(UTC)
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
    signed = f"Message\n{message.text}\nMessageId\n{message.id}\nTimestamp\n{stamp}\nTopicArn\n{topic_arn}"
    host = f"https://sns.{topic_arn.split(':')[3]}.amazonaws.com"
    attributes = {name: {"Type": one["DataType"], "Value": _value(one)} for name, one in message.attributes.items()}
    return {
        "Type": "Notification",
        "MessageId": message.id,
        "TopicArn": topic_arn,
        **({"Subject": message.subject} if message.subject else {}),
        "Message": message.text,
        "Timestamp": stamp,
        "SignatureVersion": "1",
        "Signature": _signature(signed),
        "SigningCertURL": f"{host}/SimpleNotificationService-{hashlib.md5(host.encode()).hexdigest()}.pem",  # noqa: S324
        "UnsubscribeURL": f"{host}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}",
        **({"MessageAttributes": attributes} if attributes else {}),
    }


def _signature(text: str) -> str:
    blocks: Sequence[bytes] = [hashlib.sha256(f"{n}{text}".encode()).digest() for n in range(8)]
    return base64.b64encode(b"".join(blocks)).decode()
