"""Changes that governance rests on, as messages: what was before, once for each call, where somebody wants them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.alerts.befores import Befores
from bot.alerts.placing import Placing
from bot.logic import alarm_puts, changes
from bot.logic.alarm_scope import sight
from bot.logic.arns import alarm_arn
from bot.logic.notices import notice
from bot.logic.routing import fits
from bot.logic.services import service_of
from bot.model.incident import Incident, Status
from bot.model.news import Change, Notice
from bot.model.person import Person
from bot.model.place import Family, Place, Service
from bot.model.post import CardKey
from bot.model.reply import Text
from bot.model.route import Route
from bot.model.trail import KnownBy
from bot.ports import Ask, Clock, Incidents, Inventory, Notices, Routes

MOST_THREADS: Final = 3
"""Open incidents of a service whose threads hear of one change."""


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
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._notices = notices
        self._clock = clock
        self._befores = Befores(bind, inventory, clock, asker)
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
            later = self._befores.alert(change, names)
            if isinstance(later, str):
                return later
            more = later
        elif change.event == "UpdateEndpoint":
            less = self._befores.capture(change, names)
            if isinstance(less, str):
                return less
            more = less
        elif kind is None:
            more = (("Role", (", ".join(changes.passed_roles(change.request, change.account_id)),)),)
        else:
            more = self._befores.value(change, names)
        said = self._notice(change, self._service(change, names), names, more)
        return said, said.place

    def _of_alarms(self, change: Change, names: Sequence[str]) -> tuple[Notice, Place] | str:
        around = self._placing.around(self._placing.alarms())
        earlier = self._inventory.earlier()
        arns = [alarm_arn(change.region, change.account_id, name) for name in names]
        there = [alarm_puts.before(change, around.alarms.get(arn), earlier.get(arn)) for arn in arns]
        seen = [(a, s) for a in there if a and not isinstance(s := sight(a, None, around), str)]
        if not seen:
            return "of no alarm of models that is known"
        alarm, found = seen[0]
        by_us = changes.caller(change, self._ours.bot_role).known_by is KnownBy.THIS_BOT
        put = self._befores.put(change, alarm, by_us=by_us) if change.event == "PutMetricAlarm" else (None, ())
        if isinstance(put, str):
            return put
        kind, more = put
        home = replace(found.place, family=Family.GOVERNANCE)
        return self._notice(change, found.service, tuple(a.name for a, _ in seen), more, kind), home

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
        self,
        change: Change,
        service: Service,
        names: Sequence[str],
        more: tuple[tuple[str, Text], ...],
        kind: changes.Kind | None = None,
    ) -> Notice:
        place = Place(change.account_id, change.region, service.name, Family.GOVERNANCE)
        found = changes.caller(change, self._ours.bot_role)
        facts = (*changes.facts(change, found), *more)
        label = next((a.label for a in self._inventory.accounts() if a.id == change.account_id), change.account_id)
        title = changes.title(change, names, label, kind)
        return Notice(f"change:{change.id}", place, service, title, changes.text(change, kind), facts)


def _explains(place: Place, incident: Incident) -> bool:
    """Whether the incident is the same service's and not over."""
    same = (incident.place.account_id, incident.place.service) == (place.account_id, place.service)
    return same and incident.state.status is not Status.RESOLVED
