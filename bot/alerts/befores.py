"""How something was before a call changed it, and what is less since: by the inventory, or by asking its account."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from bot.errors import BotError
from bot.log import LOG
from bot.logic import alarm_puts, change_values, changes, loosening
from bot.logic.alarm_puts import SKEW
from bot.model.account import Scope
from bot.model.alarm import Alarm
from bot.model.fleet import Earlier, Endpoint
from bot.model.news import Change
from bot.model.person import Person
from bot.model.reply import Text
from bot.ports import Ask, Clock, Inventory, Resources, Trail

WITHIN_S: Final = 4.0
"""Seconds that an account has to say what a configuration captures, or how an alert was before."""

Facts = tuple[tuple[str, Text], ...]


class Befores:
    """For all threads of a process."""

    def __init__(
        self, bind: Callable[[Ask], Mapping[type, object]], inventory: Inventory, clock: Clock, asker: Person
    ) -> None:
        self._bind = bind
        self._inventory = inventory
        self._clock = clock
        self._asker = asker

    def alert(self, change: Change, names: Sequence[str]) -> Facts | str:
        """After how many bad runs it alerted and alerts; why nothing is said otherwise."""
        if loosening.is_soonest(change.request):
            return "alerts after the first bad run"
        after, alert = loosening.alert(change.request), change.request.get("monitoringAlertName")
        mine = [c for c in self._earlier(change, names) if c.request.get("monitoringAlertName") == alert]
        if not mine:
            return (("Alerts after", (f"{after}; what it was before is not known, one begins with 1 of 1",)),)
        if loosening.alerts_no_later(mine[0].request, change.request):
            return "alerts no later than before"
        return (("Alerts after", (f"{loosening.alert(mine[0].request)} → {after}",)),)

    def value(self, change: Change, names: Sequence[str]) -> Facts:
        """What it set and what was set before it, where the request says that."""
        after = change_values.value(change.event, change.request)
        if after is None:
            return ()
        label, words = after
        was = next((change_values.value(c.event, c.request) for c in self._earlier(change, names)), None)
        if was is None:
            return ((label, (f"{words}; what it was before is not known",)),)
        return ((label, (words,)), (f"{label} before", ("the same" if was == after else was[1],)))

    def put(self, change: Change, alarm: Alarm, *, by_us: bool) -> tuple[changes.Kind, Facts] | str:
        """What of an alarm that was put fires later, as which kind of change; why nothing is said otherwise.

        `alarm` is as it was before the call, or as the call left it where nobody knows that. What this bot puts it
        makes: it refuses a name that is taken.
        """
        if not alarm_puts.is_after(alarm, change):
            return _looser(alarm, change)
        if by_us or alarm_puts.was_made(alarm, change):
            return "made, not changed"
        earlier = self._told(change, (alarm.name,))
        if earlier and not self._deleted_since(earlier[0], change, alarm):
            return _looser(alarm_puts.as_put(alarm, earlier[0].request), change)
        if alarm_puts.was_there(alarm, change):
            return changes.CHANGED, ()
        return (changes.PUT, ()) if earlier is None else "made, or not changed for ninety days"

    def _deleted_since(self, earlier: Change, change: Change, alarm: Alarm) -> bool:
        """Whether it was deleted between two calls that put it, as far as its account tells."""
        found = self._told(replace(change, event="DeleteAlarms"), (alarm.name,)) or ()
        return any(deleted.at >= earlier.at for deleted in found)

    def _earlier(self, change: Change, names: Sequence[str]) -> Sequence[Change]:
        """Calls of its kind about the same, newest first, as far as its account tells them."""
        return [c for c in self._told(change, names) or () if changes.names_of(c) == names]

    def _told(self, change: Change, names: Sequence[str]) -> Sequence[Change] | None:
        """Calls of its kind that name these, newest first; None where its account does not tell them."""
        ask = self._ask_of(change)
        try:
            found = cast("Trail", self._bind(ask)[Trail]).before(change) if ask else None
        except BotError as error:
            LOG.info("how it was before is not known", change=change.event, names=names, cause=error.cause)
            return None
        return None if found is None else [c for c in found if set(names) <= set(changes.names_of(c))]

    def _ask_of(self, change: Change) -> Ask | None:
        """About its account and Region; None where nobody knows the account."""
        account = next((a for a in self._inventory.accounts() if a.id == change.account_id), None)
        scope = Scope((account,), (change.region,)) if account else None
        return Ask(self._asker, self._clock.now(), scope, time.monotonic() + WITHIN_S) if scope else None

    def capture(self, change: Change, names: Sequence[str]) -> Facts | str:
        """What it captured and what it captures; why nothing is said otherwise."""
        there = next((e for e in self._inventory.endpoints() if _is(e, change, names)), None)
        if there is None:
            return "of an endpoint that nobody knew"
        ask = self._ask_of(change)
        if ask is None:
            return "of an account that nobody knew"
        config = str(change.request.get("endpointConfigName") or "")
        try:
            after = cast("Resources", self._bind(ask)[Resources]).capture(change.account_id, change.region, config)
        except BotError as error:
            LOG.warning("capture not told", endpoint=there.arn, cause=error.cause)
            return "its configuration could not be read"
        before = _endpoint_before(change, there, self._inventory.earlier().get(there.arn))
        said = loosening.capture_told(before.capture, after) if before else loosening.capture_now(after)
        return (("Captures", (said,)),) if said else "captures no less than is known of before"


def _looser(before: Alarm, change: Change) -> tuple[changes.Kind, Facts] | str:
    less = loosening.loosened(before, change.request)
    return (changes.KINDS[change.event], (("Looser", ("; ".join(less),)),)) if less else "fires no later than before"


def _endpoint_before(change: Change, there: Endpoint, was: Earlier | None) -> Endpoint | None:
    """The same of an endpoint; None where the inventory has it with the new configuration, and none before."""
    config = change.request.get("endpointConfigName")
    if there.config != config:
        return there
    old = was.resource if was and was.until >= change.at - SKEW else None
    return old if isinstance(old, Endpoint) and old.config != config else None


def _is(endpoint: Endpoint, change: Change, names: Sequence[str]) -> bool:
    return (endpoint.account_id, endpoint.region) == (change.account_id, change.region) and endpoint.name in names
