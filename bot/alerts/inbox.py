"""The queue's loop: an event leaves the queue only after what it changed is stored."""

import time
from collections.abc import Callable, Sequence
from threading import Event as Signal
from typing import Final

from bot.alerts.batch import Batch
from bot.alerts.giving_up import GivingUp
from bot.alerts.holding import Holding
from bot.alerts.intake import Intake
from bot.errors import BotError, SourceError
from bot.log import LOG, traced
from bot.model.event import Message
from bot.model.news import Look
from bot.ports import Inbox, Inventory
from bot.telemetry import REPORTS

FULL: Final = 10
"""What a receive gives at most (SQS API reference): then more wait."""
MOST_TOGETHER: Final = 100
"""Messages of one transaction: ten receives share its statements and its commit, which a click waits for at worst."""
GATHER_S: Final = 2.0
"""After so long no more is received: the first are hidden from others for thirty seconds."""
PAUSE_S: Final = 5.0
"""After a round that failed, and until the fleet is known."""


class InboxLoop:
    """Receives, records, then deletes. Any number of threads and processes may do so: what came twice counts once."""

    def __init__(
        self,
        inbox: Inbox,
        inventory: Inventory,
        intake: Intake,
        holding: Holding,
        *,
        changed: Callable[[], None],
        look: Callable[[Sequence[Look]], bool],
    ) -> None:
        """`changed` wakes whoever shows incidents, `look` takes down what to look at and says whether it could."""
        self._inbox = inbox
        self._inventory = inventory
        self._intake = intake
        self._holding = holding
        self._giving_up = GivingUp(inbox)
        self._changed = changed
        self._look = look
        self._knows_fleet = False

    def run(self, stop: Signal) -> None:
        """Until stopped. The consumer's edge: a round that fails is logged, and its messages come again."""
        while not stop.is_set():
            with traced():
                if not self._turn(stop):
                    stop.wait(PAUSE_S)

    def _turn(self, stop: Signal) -> bool:
        """Whether the next round may follow at once."""
        try:
            return self.round(stop)
        except BotError as error:
            LOG.warning("inbox failed", cause=error.cause)
        except Exception:  # noqa: BLE001  # the consumer's edge
            LOG.exception("inbox broke")
        return False

    def round(self, stop: Signal) -> bool:
        """What waits, as far as one transaction takes it; False while nobody knows the fleet.

        No report is refused for being early. Raises StoreDown, Unsaved or SourceError; what was done before is deleted.
        """
        self._knows_fleet = self._knows_fleet or self._inventory.seen_at() is not None
        if not self._knows_fleet:
            return False
        messages = self._received(stop)
        if messages and not stop.is_set():
            try:
                with self._holding.hold(messages):
                    self._take(messages)
            except BotError:
                # The database is asked before more is received: each receive brings a message nearer the dead letters.
                self._knows_fleet = False
                raise
        return True

    def _received(self, stop: Signal) -> list[Message]:
        """One receive, and while each is full the next at once."""
        began_s, last = time.monotonic(), self._inbox.receive()
        found = list(last)
        try:
            while self._may_have_more(len(last), len(found), began_s) and not stop.is_set():
                last = self._inbox.receive(wait=False)
                found += last
        except SourceError as error:
            LOG.warning("no more received", cause=error.cause)
        return found

    @staticmethod
    def _may_have_more(last: int, found: int, began_s: float) -> bool:
        return last >= FULL and found + FULL <= MOST_TOGETHER and time.monotonic() - began_s < GATHER_S

    def _take(self, messages: Sequence[Message]) -> None:
        batch = self._intake.read(messages)
        try:
            if self._intake.take(batch):
                self._changed()
        finally:
            self._settle(batch)

    def _settle(self, batch: Batch) -> None:
        """What is done leaves the queue, though the rest could not be stored; so does what nobody can ever take."""
        if batch.looks and not self._look(batch.looks):
            LOG.warning("too much to look at", left=len(batch.looks))
            batch.keep_looks()
        given_up = self._giving_up.of(batch.refusals) if self._intake.note(batch) else []
        self._inbox.delete([*batch.done, *given_up])
        _count(batch)


def _count(batch: Batch) -> None:
    """Reports that came as events, as those that came otherwise are counted."""
    for item in batch.items:
        if item.source == "report" and item.outcome is not None:
            REPORTS.labels("event", item.outcome).inc()
