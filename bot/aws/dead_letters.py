"""The dead-letter queue of the bot's own queue, as SQS fills it by the redrive policy.

SQS' own `StartMessageMoveTask` moves all of it, takes no selection and tells no reasons: the console's *Start DLQ
redrive* is that. Here each message is looked at. One that dies again keeps its id (SQS developer guide).
"""

from collections.abc import Sequence
from typing import Final

from bot.aws.actions import needs
from bot.aws.hub import Hub, Target
from bot.aws.inbox import BATCH, AwsInbox, dead_letters_url
from bot.errors import BadRequest
from bot.model.event import Message

HIDDEN_S: Final = 300
"""How long one that is looked at is hidden: longer than a run takes with it."""
WAIT_S: Final = 1
"""A long poll asks every server of the queue, a short one need not see what there is (SQS developer guide)."""


class AwsDeadLetters:
    """`bot.ports.dead_letters.DeadLetters` over SQS."""

    def __init__(self, hub: Hub, url: str) -> None:
        """`url` is the queue's that the settings name."""
        self._hub = hub
        self._url = url
        self._target: Target = AwsInbox(hub, url).target()
        self._dead = self._found()

    @needs("sqs:GetQueueAttributes", holder="redrive")
    def _found(self) -> str:
        """Its URL: it is in the queue's account and Region always (SQS developer guide). Raises BadRequest."""
        said = self._hub.call(
            self._target, "sqs", "GetQueueAttributes", QueueUrl=self._url, AttributeNames=["RedrivePolicy"]
        )
        dead = dead_letters_url(self._url, said.get("Attributes", {}).get("RedrivePolicy", ""))
        if not dead:
            raise BadRequest("the queue has no dead-letter queue", "Give it a redrive policy (docs/reports.md).")
        if dead.endswith(".fifo"):
            raise BadRequest("a FIFO queue is not redriven here", "Start the redrive on its page in the SQS console.")
        return dead

    @needs("sqs:ReceiveMessage", holder="redrive")
    def receive(self) -> tuple[Message, ...]:
        """Ten at most."""
        said = self._hub.call(
            self._target,
            "sqs",
            "ReceiveMessage",
            QueueUrl=self._dead,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=WAIT_S,
            VisibilityTimeout=HIDDEN_S,
        )
        found = said.get("Messages", ())
        return tuple(Message(one["MessageId"], one["ReceiptHandle"], one["Body"], 1) for one in found)

    @needs("sqs:SendMessage", holder="redrive")
    def put_back(self, letter: Message) -> str:
        """As a new message with the same text: nothing else of a message is read."""
        said = self._hub.call(self._target, "sqs", "SendMessage", QueueUrl=self._url, MessageBody=letter.body)
        return str(said["MessageId"])

    @needs("sqs:DeleteMessage", holder="redrive")
    def delete(self, letters: Sequence[Message]) -> None:
        """By their receipts."""
        for entries in _entries(letters):
            self._hub.call(self._target, "sqs", "DeleteMessageBatch", QueueUrl=self._dead, Entries=entries)

    @needs("sqs:ChangeMessageVisibility", holder="redrive")
    def show(self, letters: Sequence[Message]) -> None:
        """Now."""
        for entries in _entries(letters):
            shown = [{**entry, "VisibilityTimeout": 0} for entry in entries]
            self._hub.call(self._target, "sqs", "ChangeMessageVisibilityBatch", QueueUrl=self._dead, Entries=shown)


def _entries(letters: Sequence[Message]) -> list[list[dict[str, object]]]:
    """In batches."""
    every: list[dict[str, object]] = [{"Id": str(n), "ReceiptHandle": one.receipt} for n, one in enumerate(letters)]
    return [every[first : first + BATCH] for first in range(0, len(every), BATCH)]
