"""SQS's messages: sent, received, hidden, deleted, counted, and moved to dead letters. Queues themselves are moto's.

Source: SQS API reference; quotas: a message has 1 MiB, a batch ten entries.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from threading import Event
from typing import Any

from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import Message

from sandbox.aws import behind
from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.messages import Kept, Messages
from sandbox.aws.operations import Request, Values, operation

LOOK_S = 0.05
LONGEST = 1_048_576
BATCH = 10
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
_PREFIX = "AWS.SimpleQueueService."


class Queues:
    """What is done with messages. Safe for threads: all of it is under moto's lock."""

    def __init__(self, now: Callable[[], datetime], bring: Callable[[], None], stopped: Event) -> None:
        """`bring` puts into queues what is due by now; `stopped` ends every poll."""
        self._now = now
        self._bring = bring
        self._stopped = stopped
        self._messages: dict[str, Messages] = {}

    def put(self, arn: str, body: str) -> None:
        """A message that a service of AWS brings; for a queue that is gone it is lost."""
        with behind.LOCK:
            queue = behind.queue(arn)
            if queue is not None:
                self._of(queue).add(Kept(body, self._now_ms()), queue.delay_seconds)

    @operation("sqs", "SendMessage")
    def send(self, request: Request) -> Values:
        """Seen at once, or after a delay."""
        with behind.LOCK:
            return self._sent(_queue(request), request.params)

    @operation("sqs", "SendMessageBatch")
    def send_batch(self, request: Request) -> Values:
        """One answer an entry."""
        entries = _entries(request.params)
        if sum(len(each["MessageBody"].encode()) for each in entries) > LONGEST:
            raise AwsError(f"{_PREFIX}BatchRequestTooLong", f"Batch requests cannot be longer than {LONGEST} bytes.")
        with behind.LOCK:
            queue = _queue(request)
            return _answers(entries, lambda each: self._sent(queue, each))

    @operation("sqs", "ReceiveMessage")
    def receive(self, request: Request) -> Values:
        """Messages as soon as there are any, nothing at the end of the wait."""
        params = request.params
        ends = time.monotonic() + int(params.get("WaitTimeSeconds", 0))
        while not (found := self._received(request)) and time.monotonic() < ends:
            if self._stopped.wait(LOOK_S):
                break
        return {"Messages": found} if found else {}

    @operation("sqs", "DeleteMessage")
    def delete(self, request: Request) -> Values:
        """By the latest receipt."""
        with behind.LOCK:
            return self._deleted(_queue(request), request.params)

    @operation("sqs", "DeleteMessageBatch")
    def delete_batch(self, request: Request) -> Values:
        """One answer an entry."""
        with behind.LOCK:
            queue = _queue(request)
            return _answers(_entries(request.params), lambda each: self._deleted(queue, each))

    @operation("sqs", "ChangeMessageVisibility")
    def hide(self, request: Request) -> Values:
        """Of a message in hand."""
        with behind.LOCK:
            return self._hidden(_queue(request), request.params)

    @operation("sqs", "ChangeMessageVisibilityBatch")
    def hide_batch(self, request: Request) -> Values:
        """One answer an entry."""
        with behind.LOCK:
            queue = _queue(request)
            return _answers(_entries(request.params), lambda each: self._hidden(queue, each))

    @operation("sqs", "GetQueueAttributes")
    def attributes(self, request: Request) -> Values:
        """Moto's, but for what counts messages."""
        wanted = list(request.params.get("AttributeNames", ()))
        self._bring()
        with behind.LOCK:
            queue = _queue(request)
            known = behind.sqs(request.account, request.region).get_queue_attributes(queue.name, wanted)
            counts = dict(zip(_COUNTS, map(str, self._of(queue).counts()), strict=True))
            found = {name: str(value) for name, value in known.items() if value is not None and value != ""}
        return {"Attributes": {name: counts.get(name, value) for name, value in found.items()}}

    @operation("sqs", "PurgeQueue")
    def purge(self, request: Request) -> Values:
        """All of it, at once."""
        with behind.LOCK:
            self._of(_queue(request)).clear()
        return {}

    @operation("sqs", "DeleteQueue")
    def drop(self, request: Request) -> Values | None:
        """Moto's; the messages go with it."""
        with behind.LOCK:
            self._messages.pop(_queue(request).queue_arn, None)
        return None

    def _received(self, request: Request) -> list[Values]:
        params = request.params
        self._bring()
        with behind.LOCK:
            queue = _queue(request)
            hidden_s = float(params.get("VisibilityTimeout", queue.visibility_timeout))
            messages, dead = self._of(queue), queue.dead_letter_queue
            most_receives = int(queue.redrive_policy["maxReceiveCount"]) if dead is not None else None
            found = messages.take(int(params.get("MaxNumberOfMessages", 1)), hidden_s, self._now_ms(), most_receives)
            for message in messages.dead if dead is not None else ():
                self._of(dead).add(Kept(message.body, message.sent_ms, message.attributes, message.id))
            messages.dead.clear()
            return [_shown(message, params) for message in found]

    def _sent(self, queue: Any, params: Mapping[str, Any]) -> Values:
        body = str(params["MessageBody"])
        if not body or len(body.encode()) > LONGEST:
            said = f"One or more parameters are invalid. Reason: Message must be 1 to {LONGEST} bytes long."
            raise AwsError("InvalidParameterValue", said)
        if _NOT_XML.search(body):
            raise AwsError("InvalidMessageContents", "The message contains characters outside the allowed set.")
        message = Kept(body, self._now_ms(), params.get("MessageAttributes", {}))
        self._of(queue).add(message, float(params.get("DelaySeconds", queue.delay_seconds)))
        return {"MessageId": message.id, **_digests(message)}

    def _deleted(self, queue: Any, params: Mapping[str, Any]) -> Values:
        if not self._of(queue).delete(str(params["ReceiptHandle"])):
            raise _invalid_receipt(params)
        return {}

    def _hidden(self, queue: Any, params: Mapping[str, Any]) -> Values:
        done = self._of(queue).hide(str(params["ReceiptHandle"]), float(params.get("VisibilityTimeout", 30)))
        if done is None:
            raise _invalid_receipt(params)
        if not done:
            raise AwsError(f"{_PREFIX}MessageNotInflight", "The message is not in flight.")
        return {}

    def _of(self, queue: Any) -> Messages:
        if queue.fifo_queue:
            raise NotImplementedInSandbox("messages of FIFO queues")
        found = self._messages.setdefault(queue.queue_arn, Messages(time.monotonic))
        # S3's notifications are moto's, which has no other way to take them out.
        brought = queue._messages  # noqa: SLF001
        while brought:
            found.add(Kept(brought.pop(0).body, self._now_ms()))
        return found

    def _now_ms(self) -> int:
        return round(self._now().timestamp() * 1000)


def _queue(request: Request) -> Any:
    """Moto's. Raises AwsError where there is none."""
    name = str(request.params["QueueUrl"]).rsplit("/", 1)[-1]
    try:
        return behind.sqs(request.account, request.region).get_queue(name)
    except QueueDoesNotExist:
        raise AwsError(f"{_PREFIX}NonExistentQueue", "The specified queue does not exist.") from None


def _entries(params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Raises AwsError for none, too many, or ids that are not apart."""
    entries = list(params.get("Entries", ()))
    if not entries:
        raise AwsError(f"{_PREFIX}EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > BATCH:
        said = f"Maximum number of entries per request are {BATCH}. You have sent {len(entries)}."
        raise AwsError(f"{_PREFIX}TooManyEntriesInBatchRequest", said)
    if len({each["Id"] for each in entries}) < len(entries):
        raise AwsError(f"{_PREFIX}BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.")
    return entries


def _answers(entries: Iterable[Mapping[str, Any]], act: Callable[[Mapping[str, Any]], Values]) -> Values:
    """What each came to."""
    done: list[Values] = []
    failed: list[Values] = []
    for entry in entries:
        try:
            done.append({"Id": entry["Id"], **act(entry)})
        except AwsError as error:
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
    return {"Successful": done, "Failed": failed}


def _invalid_receipt(params: Mapping[str, Any]) -> AwsError:
    said = f'The input receipt handle "{params["ReceiptHandle"]}" is not a valid receipt handle.'
    return AwsError("ReceiptHandleIsInvalid", said)


def _digests(message: Kept) -> Values:
    """MD5 as SQS takes it of body and attributes."""
    found = {"MD5OfMessageBody": hashlib.md5(message.body.encode()).hexdigest()}  # noqa: S324
    if message.attributes:
        like = Message("", "")
        like.message_attributes = dict(message.attributes)
        found["MD5OfMessageAttributes"] = str(like.attribute_md5)
    return found


def _shown(message: Kept, params: Mapping[str, Any]) -> Values:
    digests = _digests(message)
    wanted = {*params.get("AttributeNames", ()), *params.get("MessageSystemAttributeNames", ())}
    system = {
        "ApproximateReceiveCount": str(message.receives),
        "ApproximateFirstReceiveTimestamp": str(message.first_received_ms),
        "SentTimestamp": str(message.sent_ms),
    }
    attributes = dict(_asked(message.attributes, params.get("MessageAttributeNames", ())))
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.receipts[-1],
        "MD5OfBody": digests["MD5OfMessageBody"],
        "Body": message.body,
        "Attributes": {name: value for name, value in system.items() if wanted & {name, "All"}},
        **({"MessageAttributes": attributes} if attributes else {}),
    }


def _asked(attributes: Mapping[str, Any], names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """By name, by a beginning as `bar.*`, or all."""
    for name, value in attributes.items():
        if any(n in {name, "All", ".*"} or (n.endswith(".*") and name.startswith(n[:-2])) for n in names):
            yield name, value
