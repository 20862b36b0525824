"""Whether topics fill the queue beside EventBridge: then a message in EventBridge's shape may be anybody's."""

import time
from typing import Final

from bot.errors import BotError
from bot.log import LOG
from bot.ports import Inbox

ASKED_AGAIN_S: Final = 300.0
"""After so long a policy that was changed is noticed."""


class Topics:
    """For all threads that receive."""

    def __init__(self, inbox: Inbox, *, asked_again_s: float = ASKED_AGAIN_S) -> None:
        self._inbox = inbox
        self._asked_again_s = asked_again_s
        self._asked_next_s = 0.0
        self._come_in = True

    def come_in(self) -> bool:
        """As the queue's policy said lately; also where nobody can tell."""
        if time.monotonic() >= self._asked_next_s:
            self._come_in = self._asked()
            self._asked_next_s = time.monotonic() + self._asked_again_s
        return self._come_in

    def _asked(self) -> bool:
        try:
            return self._inbox.lets_topics_in()
        except BotError as error:
            LOG.warning("queue's policy not known: good news of alarms is confirmed", cause=error.cause)
            return True
