"""SQS and EventBridge where moto is not enough: long polls that hold nothing up, and delivery across accounts.

Everything else of both (queues, rules, targets, deletions, dead letters) is moto's.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import Any
from uuid import uuid4

from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import Message

from sandbox.aws import behind
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.policies import Act, Verdict, as_list, judge, parsed

LOOK_S = 0.05
MOST_ENTRIES = 10
"""Of one PutEvents (EventBridge API reference)."""


class Queues:
    """ReceiveMessage: moto would hold its lock for as long as the poll waits."""

    def __init__(self, stopped: Event) -> None:
        """`stopped` ends every poll."""
        self._stopped = stopped

    @operation("sqs", "ReceiveMessage")
    def receive(self, request: Request) -> Values:
        """Messages as soon as there are any, nothing at the end of the wait."""
        params, name = request.params, str(request.params["QueueUrl"]).rsplit("/", 1)[-1]
        ends = time.monotonic() + int(params.get("WaitTimeSeconds", 0))
        while not (found := self._received(request, name)) and time.monotonic() < ends:
            if self._stopped.wait(LOOK_S):
                break
        return {"Messages": found} if found else {}

    def _received(self, request: Request, name: str) -> list[Values]:
        params = request.params
        with behind.LOCK:
            backend = behind.sqs(request.account, request.region)
            try:
                kept = backend.get_queue(name)
            except QueueDoesNotExist:
                said = "The specified queue does not exist."
                raise AwsError("AWS.SimpleQueueService.NonExistentQueue", said) from None
            hidden_s = int(params.get("VisibilityTimeout", kept.visibility_timeout))
            messages = backend.receive_message(name, int(params.get("MaxNumberOfMessages", 1)), 0, hidden_s)
            return [_message(message) for message in messages]


def _message(message: Any) -> Values:
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt_handle,
        "MD5OfBody": message.body_md5,
        "Body": message.body,
        "Attributes": {"ApproximateReceiveCount": str(message.approximate_receive_count)},
    }


class Bus:
    """PutEvents: an event keeps the account that sent it, over any number of buses; policies decide where it may go."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    @operation("events", "PutEvents")
    def put(self, request: Request) -> Values:
        """One answer an entry; what cannot be an event is refused by itself."""
        entries = request.params["Entries"]
        if len(entries) > MOST_ENTRIES:
            raise AwsError("ValidationException", f"Entries has more than {MOST_ENTRIES} members.")
        answers = [self._entry(request, entry) for entry in entries]
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    def _entry(self, request: Request, entry: Values) -> Values:
        if str(entry.get("Source", "")).startswith("aws."):
            return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
        detail = _object(entry["Detail"])
        if detail is None:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        event = self._event(request, entry, detail)
        bus = str(entry.get("EventBusName") or "default")
        arn = bus if bus.startswith("arn:") else f"arn:aws:events:{request.region}:{request.account}:event-bus/{bus}"
        with behind.LOCK:
            _deliver(event, arn, request.account)
        return {"EventId": event["id"]}

    def _event(self, request: Request, entry: Values, detail: Values) -> Values:
        at = entry.get("Time") or self._now()
        return {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": request.account,
            "time": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "region": request.region,
            "resources": entry.get("Resources", []),
            "detail": detail,
        }


@dataclass(frozen=True, slots=True)
class Emitted:
    """What a service of AWS tells of an account's resource: only they may name a source that begins `aws.`."""

    source: str
    kind: str
    """The detail-type."""
    detail: Values
    resources: tuple[str, ...]
    at: datetime


def emit(account: str, region: str, told: Emitted) -> None:
    """To the account's default bus."""
    event = {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": told.kind,
        "source": told.source,
        "account": account,
        "time": f"{told.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": list(told.resources),
        "detail": told.detail,
    }
    with behind.LOCK:
        _deliver(event, f"arn:aws:events:{region}:{account}:event-bus/default", account)


def _object(text: str) -> Values | None:
    """The JSON object in a text, if it is one."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _deliver(event: Values, bus_arn: str, sender: str) -> None:
    """To every target of the bus's rules that match; a bus of another account must let the sender in."""
    _, _, _, region, account, resource = bus_arn.split(":", 5)
    bus = behind.events(account, region).event_buses.get(resource.removeprefix("event-bus/"))
    if bus is None or (account != sender and not _lets_in(bus.policy, "events:PutEvents", bus_arn, sender=sender)):
        return
    for rule in bus.rules.values():
        if rule.state == "ENABLED" and rule.event_pattern.matches_event(event):
            for target in _targets(rule):
                _hand_on(event, target, account, rule.arn)


def _hand_on(event: Values, target: str, account: str, rule_arn: str) -> None:
    service, region, owner, resource = target.split(":", 5)[2:]
    if service == "events":
        _deliver(event, target, account)
    elif service == "sqs":
        backend = behind.sqs(owner, region)
        queue = backend.queues.get(resource)
        if queue is not None and _lets_in(queue.policy, "sqs:SendMessage", target, rule=rule_arn):
            _put(queue, json.dumps(event))


def _put(queue: Any, body: str) -> None:
    """As moto's send_message, which counts all of the queue's messages three times for each that is sent."""
    message = Message(str(uuid4()), body)
    message.mark_sent(delay_seconds=queue.delay_seconds)
    queue.add_message(message)


def _targets(rule: Any) -> Iterator[str]:
    return (str(target["Arn"]) for target in rule.targets)


def _lets_in(policy: str | None, action: str, resource: str, *, sender: str = "", rule: str = "") -> bool:
    """Whether a resource policy lets an account (or EventBridge, on behalf of a rule) do it."""
    context = {"aws:sourcearn": rule} if rule else {"aws:principalaccount": sender}

    def concerns(statement: Any) -> bool:
        principal = statement.get("Principal")
        if rule:
            return isinstance(principal, dict) and "events.amazonaws.com" in as_list(principal.get("Service", []))
        named = as_list(principal.get("AWS", [])) if isinstance(principal, dict) else as_list(principal)
        return bool({"*", sender, f"arn:aws:iam::{sender}:root"} & set(named))

    documents = [parsed(policy)] if policy else []
    return judge(documents, Act(action, resource, context), concerns) is Verdict.ALLOW
