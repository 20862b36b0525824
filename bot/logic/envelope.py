"""What a queue's message holds: EventBridge's envelope, or what a topic delivered.

EventBridge User Guide: "Events metadata reference"; Amazon SNS Developer Guide: "Amazon SNS message and JSON formats".
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.errors import Malformed
from bot.logic import alarm_notification
from bot.logic.aws_json import Told
from bot.logic.moments import moment
from bot.logic.strict import ACCOUNT, REGION
from bot.model.event import Event

MOST_BODY: Final = 1024 * 1024
"""An SQS message's size at most (SQS: message quotas)."""
MOST_RESOURCES: Final = 100
TOPIC: Final = "SNS"
"""The source of whatever a topic delivered: SNS itself vouches for nothing in it."""
_TYPES: Final = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")
_NEEDED: Final = ("id", "source", "detail-type", "account", "region", "time", "detail")


def event(body: str) -> Event:
    """Raises Malformed for what neither of the two ever sends."""
    if len(body) > MOST_BODY:
        raise Malformed(f"it is larger than {MOST_BODY} characters")
    said = _object(body)
    if alarm_notification.is_alarm(said):
        return _hint(said, {}, body)
    if "Type" in said and "Message" in said:
        return _delivered(said, body)
    return _event(said)


def _event(said: Mapping[str, Any]) -> Event:
    """EventBridge's own; samples of SageMaker's guide have a source as a list of one and a time in milliseconds."""
    part = Told(said)
    part.needs(_NEEDED)
    source = said["source"]
    if isinstance(source, list) and len(source) == 1:
        part = Told({**said, "source": source[0]})
    return Event(
        id=part.line("id"),
        source=part.line("source", 256),
        kind=part.line("detail-type"),
        account_id=part.matched("account", ACCOUNT),
        region=part.matched("region", REGION),
        at=part.when("time"),
        detail=part.part("detail").said,
        resources=part.identities("resources", MOST_RESOURCES),
    )


def _delivered(said: Mapping[str, Any], body: str) -> Event:
    """A topic's envelope. What it holds beside alarms is somebody's text."""
    message = said["Message"]
    try:
        held = _object(message) if isinstance(message, str) else {}
    except Malformed:
        held = {}
    if said["Type"] == "Notification" and alarm_notification.is_alarm(held):
        return _hint(held, said, body)
    region, account = alarm_notification.topic_of(said.get("TopicArn"))
    kind = next((known for known in _TYPES if known == said["Type"]), "message")
    return Event(_id(said, body), TOPIC, kind, account, region, _at(said, held), held, vouched=False)


def _hint(said: Mapping[str, Any], around: Mapping[str, Any], body: str) -> Event:
    """An alarm, by a topic."""
    region, account = alarm_notification.where(said, alarm_notification.topic_of(around.get("TopicArn"))[0])
    kind, at = alarm_notification.KIND, _at(around, said)
    return Event(_id(around, body), TOPIC, kind, account, region, at, said, vouched=False)


def _id(around: Mapping[str, Any], body: str) -> str:
    named = around.get("MessageId")
    if isinstance(named, str) and named:
        return named[:100]
    return hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()


def _at(around: Mapping[str, Any], said: Mapping[str, Any]) -> datetime:
    found = moment(around.get("Timestamp")) or moment(said.get("StateChangeTime"))
    if found is None:
        raise Malformed("it tells no time")
    return found


def _object(text: str) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("it is not JSON") from None
    if not isinstance(said, dict):
        raise Malformed("it holds no JSON object")
    return said
