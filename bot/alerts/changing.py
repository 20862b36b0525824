"""Changes that governance rests on, as messages: what was before, once for each call, where somebody wants them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, cast

from bot.alerts.placing import Placing
from bot.errors import BotError
from bot.log import LOG
from bot.logic import changes, loosening
from bot.logic.alarm_scope import sight
from bot.logic.arns import alarm_arn
from bot.logic.notices import notice
from bot.logic.routing import fits
from bot.logic.services import service_of
from bot.model.account import Scope
from bot.model.alarm import Alarm
from bot.model.fleet import Earlier, Endpoint
from bot.model.incident import Incident, Status
from bot.model.news import Change, Notice
from bot.model.person import Person
from bot.model.place import Family, Place, Service
from bot.model.post import CardKey
from bot.model.reply import Text
from bot.model.route import Route
from bot.ports import Ask, Clock, Incidents, Inventory, Notices, Resources, Routes

WITHIN_S: Final = 4.0
"""Seconds that an account has to say what a configuration captures."""
MOST_THREADS: Final = 3
"""Open incidents of a service whose threads hear of one change."""
SKEW: Final = timedelta(seconds=2)
"""CloudTrail tells whole seconds: what is dated so shortly before a call was made by the call itself."""


@dataclass(frozen=True, slots=True)
class Ours:
    """What the settings say: the role that this bot acts with, the trail's buckets."""

    bot_role: str = ""
    buckets: frozenset[str] = frozenset()


class Changing:
    """For all threads of a process."""

    def __init__(
        self,
        bind: Callable[[Ask], Mapping[type, object]],
        incidents: Incidents,
        inventory: Inventory,
        routes: Routes,
        notices: Notices,
        clock: Clock,
        asker: Person,
        *,
        placing: Placing,
        ours: Ours,
    ) -> None:
        self._bind = bind
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._notices = notices
        self._clock = clock
        self._asker = asker
        self._placing = placing
        self._ours = ours

    def say(self, change: Change) -> str:
        """Queue what is to be said; `taken`, `known`, or why nothing is. Raises StoreDown or Unsaved."""
        if changes.is_by_nobody(changes.caller(change, self._ours.bot_role)):
            return "made by a service"
        key = f"change:{change.id}"
        if self._notices.known([key]):
            return "known"
        told = self._told(change)
        if isinstance(told, str):
            return told
        found, home = told
        accounts = {account.id: account for account in self._inventory.accounts()}
        reply, now = notice(found, accounts), self._clock.now()
        where = self._where(found, home)
        for nth, (channel, card) in enumerate(where):
            self._notices.put(f"{key}:{nth}" if nth else key, channel, reply, now, card)
        return "taken" if where else "no route wants it"

    def _where(self, found: Notice, home: Place) -> Sequence[tuple[str, CardKey | None]]:
        """The threads of its service's open incidents, else the first route that wants changes.

        A central alarm is changed in one account and tells of another's models: `home` is theirs.
        """
        threads = [
            (self._routes.route(i.place, i.service.about).channel, CardKey(i.number, i.state.episode))
            for i in self._incidents.list(self._clock.now())
            if _explains(home, i)
        ]
        wanting = self._wanting(home, found.service)
        return threads[:MOST_THREADS] or ([(wanting.channel, None)] if wanting else [])

    def _wanting(self, place: Place, service: Service) -> Route | None:
        rules = self._routes.book().routes
        return next((r.route for r in rules if r.route.changes and fits(r.match, place, service.about)), None)

    def _told(self, change: Change) -> tuple[Notice, Place] | str:
        names = changes.names_of(change)
        kind = changes.KINDS.get(change.event)
        if kind is not None and kind.source == "monitoring":
            return self._of_alarms(change, names)
        if kind is not None and kind.source == "s3" and not self._ours.buckets & set(names):
            return "of another bucket"
        more: tuple[tuple[str, Text], ...] = ()
        if change.event == "UpdateMonitoringAlert":
            if loosening.is_soonest(change.request):
                return "alerts after the first bad run"
            more = (("Alerts after", (loosening.alert(change.request),)),)
        elif change.event == "UpdateEndpoint":
            less = self._captures_less(change, names)
            if isinstance(less, str):
                return less
            more = less
        elif kind is None:
            more = (("Role", (", ".join(changes.passed_roles(change.request, change.account_id)),)),)
        said = self._notice(change, self._service(change, names), names, more)
        return said, said.place

    def _of_alarms(self, change: Change, names: Sequence[str]) -> tuple[Notice, Place] | str:
        around = self._placing.around(self._placing.alarms())
        earlier = self._inventory.earlier()
        arns = [alarm_arn(change.region, change.account_id, name) for name in names]
        there = [_alarm_before(change, around.alarms.get(arn), earlier.get(arn)) for arn in arns]
        seen = [(a, s) for a in there if a and not isinstance(s := sight(a, None, around), str)]
        if not seen:
            return "of no alarm of models that is known"
        alarm, found = seen[0]
        more: tuple[tuple[str, Text], ...] = ()
        if change.event == "PutMetricAlarm":
            looser = _looser(alarm, change)
            if not looser:
                return "fires no later than before"
            more = (("Looser", ("; ".join(looser),)),)
        home = replace(found.place, family=Family.GOVERNANCE)
        return self._notice(change, found.service, tuple(a.name for a, _ in seen), more), home

    def _captures_less(self, change: Change, names: Sequence[str]) -> tuple[tuple[str, Text], ...] | str:
        """What it captured and what it captures; why nothing is said otherwise."""
        there = next((e for e in self._inventory.endpoints() if _is(e, change, names)), None)
        if there is None:
            return "of an endpoint that nobody knew"
        account = next((a for a in self._inventory.accounts() if a.id == change.account_id), None)
        if account is None:
            return "of an account that nobody knew"
        scope = Scope((account,), (change.region,))
        ask = Ask(self._asker, self._clock.now(), scope, time.monotonic() + WITHIN_S)
        config = str(change.request.get("endpointConfigName") or "")
        try:
            after = cast("Resources", self._bind(ask)[Resources]).capture(change.account_id, change.region, config)
        except BotError as error:
            LOG.warning("capture not told", endpoint=there.arn, cause=error.cause)
            return "its configuration could not be read"
        before = _endpoint_before(change, there, self._inventory.earlier().get(there.arn))
        said = loosening.capture_told(before.capture, after) if before else loosening.capture_now(after)
        return (("Captures", (said,)),) if said else "captures no less than is known of before"

    def _service(self, change: Change, names: Sequence[str]) -> Service:
        """What the inventory knows it to be of; of what is no model's, the account."""
        kind = changes.KINDS.get(change.event)
        if kind is not None and kind.source != "sagemaker":
            return Service(changes.WHAT[kind.source].lower(), "name")
        name = names[0] if names else change.event
        known = self._inventory.resources().get((change.account_id, change.region, name))
        found = Service(known, "name") if known else service_of(name, {}, self._routes.book().services)
        endpoints = (e.service for e in self._inventory.endpoints() if e.service.name == found.name)
        return next(endpoints, found)

    def _notice(
        self, change: Change, service: Service, names: Sequence[str], more: tuple[tuple[str, Text], ...]
    ) -> Notice:
        place = Place(change.account_id, change.region, service.name, Family.GOVERNANCE)
        found = changes.caller(change, self._ours.bot_role)
        facts = (*changes.facts(change, found), *more)
        return Notice(f"change:{change.id}", place, service, changes.title(change, names), changes.text(change), facts)


def _explains(place: Place, incident: Incident) -> bool:
    """Whether the incident is the same service's and not over."""
    same = (incident.place.account_id, incident.place.service) == (place.account_id, place.service)
    return same and incident.state.status is not Status.RESOLVED


def _is(endpoint: Endpoint, change: Change, names: Sequence[str]) -> bool:
    return (endpoint.account_id, endpoint.region) == (change.account_id, change.region) and endpoint.name in names


def _alarm_before(change: Change, there: Alarm | None, was: Earlier | None) -> Alarm | None:
    """As it was before the call; as it is where nobody knows that, None where it is not known at all."""
    if there is not None and not _is_after(there, change):
        return there
    old = was.resource if was and was.until >= change.at - SKEW else None
    return old if isinstance(old, Alarm) and not _is_after(old, change) else there


def _endpoint_before(change: Change, there: Endpoint, was: Earlier | None) -> Endpoint | None:
    """The same of an endpoint; None where the inventory has it with the new configuration, and none before."""
    config = change.request.get("endpointConfigName")
    if there.config != config:
        return there
    old = was.resource if was and was.until >= change.at - SKEW else None
    return old if isinstance(old, Endpoint) and old.config != config else None


def _is_after(alarm: Alarm, change: Change) -> bool:
    return alarm.changed_at is not None and alarm.changed_at > change.at - SKEW


def _looser(alarm: Alarm, change: Change) -> tuple[str, ...]:
    """One that is known as the call made it cannot be compared: what it was nobody can tell."""
    if _is_after(alarm, change):
        return ("it was changed, and how it was before is not known",)
    return loosening.loosened(alarm, change.request)
