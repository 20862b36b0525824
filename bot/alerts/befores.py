"""How something was before a call changed it, and what is less since: by the inventory, or by asking its account."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, cast

from bot.errors import BotError
from bot.log import LOG
from bot.logic import change_values, changes, loosening
from bot.model.account import Scope
from bot.model.alarm import Alarm
from bot.model.fleet import Earlier, Endpoint
from bot.model.news import Change
from bot.model.person import Person
from bot.model.reply import Text
from bot.ports import Ask, Clock, Inventory, Resources, Trail

WITHIN_S: Final = 4.0
"""Seconds that an account has to say what a configuration captures, or how an alert was before."""
SKEW: Final = timedelta(seconds=2)
"""CloudTrail tells whole seconds: what is dated so shortly before a call was made by the call itself."""

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

    def _earlier(self, change: Change, names: Sequence[str]) -> Sequence[Change]:
        """Calls of its kind about the same, newest first, as far as its account tells them."""
        ask = self._ask_of(change)
        try:
            found = cast("Trail", self._bind(ask)[Trail]).before(change) if ask else ()
        except BotError as error:
            LOG.info("how it was before is not known", change=change.event, names=names, cause=error.cause)
            return ()
        return [earlier for earlier in found if changes.names_of(earlier) == names]

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


def alarm_before(change: Change, there: Alarm | None, was: Earlier | None) -> Alarm | None:
    """As it was before the call; as it is where nobody knows that, None where it is not known at all."""
    if there is not None and not _is_after(there, change):
        return there
    old = was.resource if was and was.until >= change.at - SKEW else None
    return old if isinstance(old, Alarm) and not _is_after(old, change) else there


def looser(alarm: Alarm, change: Change) -> tuple[str, ...]:
    """One that is known as the call made it cannot be compared: what it was nobody can tell."""
    if _is_after(alarm, change):
        return ("it was changed, and how it was before is not known",)
    return loosening.loosened(alarm, change.request)


def _endpoint_before(change: Change, there: Endpoint, was: Earlier | None) -> Endpoint | None:
    """The same of an endpoint; None where the inventory has it with the new configuration, and none before."""
    config = change.request.get("endpointConfigName")
    if there.config != config:
        return there
    old = was.resource if was and was.until >= change.at - SKEW else None
    return old if isinstance(old, Endpoint) and old.config != config else None


def _is(endpoint: Endpoint, change: Change, names: Sequence[str]) -> bool:
    return (endpoint.account_id, endpoint.region) == (change.account_id, change.region) and endpoint.name in names


def _is_after(alarm: Alarm, change: Change) -> bool:
    return alarm.changed_at is not None and alarm.changed_at > change.at - SKEW
