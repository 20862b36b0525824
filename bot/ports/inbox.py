"""What is sent to the bot, as a queue."""

from collections.abc import Sequence
from typing import Protocol

from bot.model.event import Message


class Inbox(Protocol):
    """Messages stay until they are deleted: one that is not comes again."""

    def receive(self, *, wait: bool = True) -> tuple[Message, ...]:
        """At most ten messages, waiting a few seconds for the first unless told not to. Raises SourceError."""
        ...

    def extend(self, messages: Sequence[Message], seconds: int) -> None:
        """They do not come again for so long, from now on, unless they are deleted. Raises SourceError."""
        ...

    def delete(self, messages: Sequence[Message]) -> None:
        """They are done with. Raises SourceError; one that was not deleted comes again."""
        ...

    def has_dead_letters(self) -> bool:
        """Whether one that comes too often is kept elsewhere, as things are now. Raises SourceError: nobody knows."""
        ...

    def lets_topics_in(self) -> bool:
        """Whether its policy lets SNS put messages in, as things are now. Raises SourceError: nobody knows."""
        ...
