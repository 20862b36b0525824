"""A batch of messages: read, understood, recorded in one transaction."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.alerts.batch import Batch, Item
from bot.alerts.changing import Changing
from bot.alerts.events import source_of
from bot.alerts.placing import Placing
from bot.alerts.topics import Topics
from bot.alerts.understanding import Understanding
from bot.errors import BotError, Malformed
from bot.incidents import record_together
from bot.log import LOG, mask
from bot.logic import envelope
from bot.logic.belief import doubted, is_good, needs_asking
from bot.logic.notices import notice
from bot.logic.redaction import sample
from bot.model.alarm import AlarmChange
from bot.model.event import Event, Message
from bot.model.news import Change, Look, Notice
from bot.model.passing import Passing
from bot.ports import Clock, Incidents, Inventory, Notices, Routes, Tally
from bot.telemetry import EVENTS

SKEW: Final = timedelta(minutes=15)
"""By which a topic's word may be ahead of the clock here: what lies later would outlast every true word."""
_BROKE: Final = "it broke its reader"


class Intake:
    """For all threads of a process."""

    def __init__(
        self,
        incidents: Incidents,
        inventory: Inventory,
        routes: Routes,
        clock: Clock,
        *,
        placing: Placing,
        understanding: Understanding,
        changing: Changing,
        notices: Notices,
        tally: Tally,
        named: Collection[str],
        topics: Topics,
    ) -> None:
        """`named` are the accounts of the settings."""
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._clock = clock
        self._placing = placing
        self._understanding = understanding
        self._changing = changing
        self._notices = notices
        self._tally = tally
        self._named = frozenset(named)
        self._topics = topics

    def read(self, messages: Iterable[Message]) -> Batch:
        """What they say. Raises StoreDown."""
        batch = Batch([Item(message) for message in messages])
        fleet = self._fleet()
        for item in batch.items:
            try:
                self._read(item, fleet)
            except Malformed as error:
                batch.refuse(item, error.cause)
            except Exception:  # noqa: BLE001  # the consumer's edge: one message never holds up the others
                LOG.exception("event broke", message=item.message.id)
                batch.refuse(item, _BROKE)
        return batch

    def take(self, batch: Batch) -> int:
        """Records what they say, counts the others; returns how many are news. Raises StoreDown or Unsaved.

        Whatever it raises: what is done in the batch is stored.
        """
        try:
            self._understanding.understand(batch)
            self._record([item for item in batch.open if item.told], batch)
            self._say(batch)
            self._count(batch)
        finally:
            for labels, times in Counter((item.source, _became(item)) for item in batch.items).items():
                EVENTS.labels(*labels).inc(times)
        return sum(item.outcome == "taken" for item in batch.items)

    def note(self, batch: Batch) -> bool:
        """Keeps why messages were refused, and says whether it is kept; that it is not takes nothing away."""
        for id_, cause in batch.refused.items():
            LOG.warning("event refused", message=id_, cause=cause)
        try:
            if batch.refused:
                self._tally.refuse(batch.refused, self._clock.now())
        except BotError as error:
            LOG.warning("refusals not kept", cause=error.cause)
            return False
        return True

    def _count(self, batch: Batch) -> None:
        """What was passed over, together."""
        passed = [one for item in batch.items for one in item.uncounted]
        if passed:
            self._tally.count(passed, self._clock.now())
        for item in batch.items if passed else ():
            item.uncounted = ()

    def _read(self, item: Item, fleet: Collection[str]) -> None:
        event = envelope.event(item.message.body)
        source = source_of(event)
        if source is None:
            item.outcome, item.uncounted = "passed", (_unknown(event),)
            return
        item.source = source.NAME
        if event.account_id not in fleet:
            raise Malformed(f"account {event.account_id} is not in the fleet")
        item.news = source.parse(event)
        if is_good(item.news) and self._topics.come_in():
            item.news = doubted(item.news)
        if isinstance(item.news, AlarmChange) and needs_asking(item.news):
            item.news = self._not_ahead(item.news)
        if item.news is None:
            item.outcome = "passed"

    def _not_ahead(self, change: AlarmChange) -> AlarmChange:
        """Raises Malformed. CloudWatch confirms no time of an alarm's series: what is said of one is true by now."""
        now = self._clock.now()
        if change.alarm.state_at - now > SKEW:
            raise Malformed("StateChangeTime has not come yet")
        if change.contributor is None or change.alarm.state_at <= now:
            return change
        return replace(change, alarm=replace(change.alarm, state_at=now))

    def _record(self, items: Sequence[Item], batch: Batch) -> None:
        """All in one transaction; where that breaks, each by itself, so that one message never holds up the others."""
        if not items:
            return
        try:
            self._commit(items)
        except BotError:
            raise
        except Exception:  # noqa: BLE001  # the consumer's edge
            LOG.exception("batch broke", messages=len(items))
            for item in items if len(items) > 1 else ():
                self._record([item], batch)
            if len(items) == 1:
                batch.refuse(items[0], _BROKE)

    def _commit(self, items: Sequence[Item]) -> None:
        placed = [self._placing.placed(said) for item in items for said in item.told]
        record_together(self._incidents, placed, self._routes.route, self._clock.now())
        for item in items:
            item.outcome = "taken"

    def _say(self, batch: Batch) -> None:
        """Messages of their own, and what is looked at later."""
        for item in batch.open:
            if isinstance(item.news, Notice):
                item.outcome = "taken" if self._put(item.news) else "known"
            elif isinstance(item.news, Look):
                item.outcome = "looked at"
            elif isinstance(item.news, Change):
                self._changed(item, item.news)

    def _changed(self, item: Item, change: Change) -> None:
        """What is not said is counted with its reason."""
        said = self._changing.say(change)
        item.outcome = "taken" if said == "taken" else "known" if said == "known" else "passed"
        if item.outcome == "passed":
            item.uncounted = (Passing("change", f"{change.event}: {said}"),)

    def _put(self, said: Notice) -> bool:
        channel = self._routes.route(said.place, said.service.about).channel
        accounts = {account.id: account for account in self._inventory.accounts()}
        return self._notices.put(said.key, channel, notice(said, accounts), self._clock.now())

    def _fleet(self) -> frozenset[str]:
        """Linked now, the bot's own, or named in the settings."""
        return self._named | {a.id for a in self._inventory.accounts() if a.linked or a.own}


def _became(item: Item) -> str:
    """One that stays for what could not be stored is left."""
    return "left" if item.outcome is None or item.uncounted else item.outcome


def _unknown(event: Event) -> Passing:
    """With what it looked like."""
    LOG.info("event passed", source=event.source, kind=event.kind, account=event.account_id)
    about = {"account": event.account_id, "region": event.region, "resources": list(event.resources)}
    return Passing("event", f"{event.source} / {event.kind}", mask(sample({**about, "detail": event.detail})))
