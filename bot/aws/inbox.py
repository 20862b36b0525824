"""The bot's own queue: EventBridge puts in, the bot takes out."""

import json
import re
from collections.abc import Sequence
from typing import Final

from bot.aws.actions import needs
from bot.aws.hub import Hub, Target
from bot.errors import BadRequest
from bot.logic.queue_policies import lets_topics_in
from bot.model.event import Message

BATCH: Final = 10
"""Messages that one call gives or deletes (SQS API reference)."""
WAIT_S: Final = 8
"""SQS waits up to 20 s; the client gives an answer up after ten."""
_URL: Final = re.compile(r"https?://[^/]+/(\d{12})/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)")
_HOST: Final = re.compile(r"https://(?:sqs\.([a-z0-9-]+)\.|([a-z0-9-]+)\.queue\.)")


class AwsInbox:
    """`bot.ports.inbox.Inbox` over SQS, as the bot itself."""

    def __init__(self, hub: Hub, url: str, *, wait_s: int = WAIT_S) -> None:
        """`url` as the queue's page in the console shows it; `wait_s` is how long a receive waits for a message."""
        self._hub = hub
        self._url = url
        self._wait_s = wait_s

    @needs("sqs:ReceiveMessage", holder="bot")
    def receive(self, *, wait: bool = True) -> tuple[Message, ...]:
        """A long poll, or a short one, which may find nothing though there is something (SQS developer guide)."""
        said = self._hub.call(
            self.target(),
            "sqs",
            "ReceiveMessage",
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=self._wait_s if wait else 0,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return tuple(
            Message(
                one["MessageId"],
                one["ReceiptHandle"],
                one["Body"],
                int(one.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for one in said.get("Messages", ())
        )

    @needs("sqs:ChangeMessageVisibility", holder="bot")
    def extend(self, messages: Sequence[Message], seconds: int) -> None:
        """Ten in a call; one that was deleted meanwhile is no error."""
        self._each("ChangeMessageVisibilityBatch", messages, VisibilityTimeout=seconds)

    @needs("sqs:DeleteMessage", holder="bot")
    def delete(self, messages: Sequence[Message]) -> None:
        """Ten in a call; what SQS could not delete comes again and is known then."""
        self._each("DeleteMessageBatch", messages)

    @needs("sqs:GetQueueAttributes", holder="bot")
    def has_dead_letters(self) -> bool:
        """By its redrive policy."""
        return bool(dead_letters_url(self._url, self._attribute("RedrivePolicy")))

    @needs("sqs:GetQueueAttributes", holder="bot")
    def lets_topics_in(self) -> bool:
        """By its policy."""
        return lets_topics_in(self._attribute("Policy"))

    def _attribute(self, name: str) -> str:
        """Empty where the queue has none of that name."""
        said = self._hub.call(self.target(), "sqs", "GetQueueAttributes", QueueUrl=self._url, AttributeNames=[name])
        return str(said.get("Attributes", {}).get(name, ""))

    def _each(self, operation: str, messages: Sequence[Message], **more: int) -> None:
        for first in range(0, len(messages), BATCH):
            part = messages[first : first + BATCH]
            entries = [{"Id": str(n), "ReceiptHandle": message.receipt, **more} for n, message in enumerate(part)]
            self._hub.call(self.target(), "sqs", operation, QueueUrl=self._url, Entries=entries)

    def target(self) -> Target:
        """The queue's Region in the bot's own account. Raises SourceError."""
        host = _HOST.match(self._url)
        region = (host[1] or host[2]) if host else self._hub.regions[0]
        return Target(self._hub.own_account(), region)


def queue_of(url: str) -> tuple[str, str]:
    """Account and name of a queue. Raises BadRequest for what is no queue's URL."""
    found = _URL.fullmatch(url)
    if not found:
        raise BadRequest("inbox.queue_url is no queue's URL", "Copy it from the queue's page in the console.")
    return found[1], found[2]


def dead_letters_url(url: str, policy: str) -> str:
    """Where the redrive policy of the queue at `url` leads; empty where it leads nowhere."""
    try:
        arn = json.loads(policy or "{}").get("deadLetterTargetArn") or ""
    except (ValueError, AttributeError):
        return ""
    return f"{url.rpartition('/')[0]}/{arn.rpartition(':')[2]}" if arn else ""
