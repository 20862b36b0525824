"""The queue's loop: an event leaves the queue only after what it changed is stored."""

from collections.abc import Callable, Collection
from threading import Event as Signal
from typing import Final, Literal

from bot.alerts.events import source_of
from bot.alerts.placing import Placing
from bot.errors import BotError, Malformed
from bot.incidents import record
from bot.log import LOG, traced
from bot.logic import envelope
from bot.model.event import Message
from bot.model.report import Observed
from bot.ports import Clock, Inbox, Incidents, Inventory, Routes
from bot.telemetry import REPORTS

MOST_RECEIVES: Final = 10
"""Of a message that cannot be understood, where no dead-letter queue takes it away: then it is deleted."""
PAUSE_S: Final = 5.0
"""After a round that failed, and until the fleet is known."""


class InboxLoop:
    """Receives, records, then deletes. Any number of processes may do so: what came twice counts once."""

    def __init__(
        self,
        inbox: Inbox,
        incidents: Incidents,
        inventory: Inventory,
        routes: Routes,
        clock: Clock,
        *,
        named: Collection[str],
        changed: Callable[[], None],
    ) -> None:
        """`named` are the accounts of the settings, `changed` wakes whoever shows incidents."""
        self._inbox = inbox
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._clock = clock
        self._placing = Placing(inventory, routes)
        self._named = frozenset(named)
        self._changed = changed

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
        """One receive; False while nobody knows the fleet, so that no report is refused for being early.

        Raises StoreDown, Unsaved or SourceError; what was done before is deleted.
        """
        if self._inventory.seen_at() is None:
            return False
        messages = self._inbox.receive()
        done: list[Message] = []
        try:
            for message in messages:
                if stop.is_set():
                    break
                if self._take(message):
                    done.append(message)
        finally:
            self._inbox.delete(done)
        return True

    def _take(self, message: Message) -> bool:
        """Whether it is done with. Raises StoreDown or Unsaved."""
        try:
            said = self._read(message)
            outcome = "passed" if said is None else self._recorded(said)
        except Malformed as error:
            return self._refused(message, error.cause)
        except BotError:
            raise
        except Exception:  # noqa: BLE001  # the consumer's edge: one message never holds up the others
            LOG.exception("event broke", message=message.id)
            return self._refused(message, "it broke its reader")
        REPORTS.labels("event", outcome).inc()
        return True

    def _read(self, message: Message) -> Observed | None:
        """None for an event that is none of ours. Raises Malformed."""
        event = envelope.event(message.body)
        source = source_of(event)
        if source is None:
            LOG.info("event passed", source=event.source, kind=event.kind, account=event.account_id)
            return None
        if event.account_id not in self._fleet():
            raise Malformed(f"account {event.account_id} is not in the fleet")
        said = source.parse(event)
        return said if isinstance(said, tuple) else None

    def _recorded(self, said: Observed) -> Literal["taken", "known"]:
        """What came before is known."""
        observation = said[2]
        if observation.id not in self._incidents.unseen([observation.id]):
            return "known"
        record(self._incidents, [self._placing.placed(said)], self._routes.route, self._clock.now())
        self._changed()
        return "taken"

    def _refused(self, message: Message, cause: str) -> bool:
        """It is left for the dead-letter queue, where people can look at it; without one it ends here."""
        last = message.received >= MOST_RECEIVES
        LOG.warning("event refused", message=message.id, cause=cause, received=message.received, deleted=last)
        REPORTS.labels("event", "refused").inc()
        return last

    def _fleet(self) -> frozenset[str]:
        """Linked now, the bot's own, or named in the settings."""
        return self._named | {a.id for a in self._inventory.accounts() if a.linked or a.own}
