"""What nobody can take ends here only where SQS would bring it for ever, or until its retention ends it."""

import time
from collections.abc import Sequence
from typing import Final

from bot.errors import BotError
from bot.log import LOG
from bot.model.event import Message
from bot.ports import Inbox

MOST_RECEIVES: Final = 10
"""Of a message that cannot be taken, of a queue without a dead-letter queue.

A redrive policy may take it away later than that: `maxReceiveCount` is 1 to 1,000 (SQS API: SetQueueAttributes).
"""
ASKED_AGAIN_S: Final = 300.0
"""After an answer by which nothing is given up. One by which something is holds for that batch alone."""


class GivingUp:
    """For all threads that receive."""

    def __init__(self, inbox: Inbox, *, asked_again_s: float = ASKED_AGAIN_S) -> None:
        self._inbox = inbox
        self._asked_again_s = asked_again_s
        self._kept_until_s = 0.0

    def of(self, refused: Sequence[Message]) -> list[Message]:
        """Those that came often enough, where it is known that no dead-letter queue waits for them."""
        last = [message for message in refused if message.received >= MOST_RECEIVES]
        if not last or time.monotonic() < self._kept_until_s or not self._ends_here():
            return []
        for message in last:
            LOG.warning("event given up", message=message.id, received=message.received)
        return last

    def _ends_here(self) -> bool:
        """Asked each time before something is deleted, since a redrive policy may have been added."""
        try:
            if not self._inbox.has_dead_letters():
                return True
        except BotError as error:
            LOG.warning("events not given up: nobody knows of a dead-letter queue", cause=error.cause)
        self._kept_until_s = time.monotonic() + self._asked_again_s
        return False
