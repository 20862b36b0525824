"""What the inbox could not take, where the queue itself put it."""

from collections.abc import Sequence
from typing import Protocol

from bot.model.event import Message


class DeadLetters(Protocol):
    """Methods raise SourceError."""

    def receive(self) -> tuple[Message, ...]:
        """Some of them, hidden from others for some minutes; none when there are no more to be seen."""
        ...

    def put_back(self, letter: Message) -> str:
        """Send it to the inbox again, under the id that is answered; it is a dead letter still."""
        ...

    def delete(self, letters: Sequence[Message]) -> None:
        """They are no dead letters any more. One that was not deleted is put back again some day, which is harmless."""
        ...

    def show(self, letters: Sequence[Message]) -> None:
        """Let others see them at once."""
        ...
