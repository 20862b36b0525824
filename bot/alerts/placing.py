"""Where what was told belongs: the service that an endpoint is known to be of, and what is known of that service."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final

from bot.errors import StoreDown, Unsaved
from bot.log import LOG
from bot.logic.services import ruled, settled
from bot.model.alarm import Alarm
from bot.model.around import Around
from bot.model.monitor import Schedule
from bot.model.observation import Subject
from bot.model.place import Family, Service
from bot.model.report import TOLD, Observed
from bot.ports import Inventory, Routes

FRESH_S: Final = 5.0
"""The inventory changes every few minutes: as long as this it is not read anew for each of many events."""


MOST_NAMED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Wider:
    """What the settings count as alarms of models, beside those that watch SageMaker's metrics."""

    namespaces: Mapping[str, Family] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """The inventory, as it was read at once."""

    around: Around
    services: Mapping[tuple[str, str], Service]
    """Of endpoints, by account and name."""
    alarms: Mapping[str, Alarm]
    until: float


class Placing:
    """Looks services up, and keeps the names of those that speak. For all threads of a process."""

    def __init__(self, inventory: Inventory, routes: Routes, wider: Wider | None = None) -> None:
        self._inventory = inventory
        self._routes = routes
        self._wider = wider or Wider()
        self._lock = Lock()
        self._held: _Known | None = None
        self._named: set[tuple[str, Subject]] = set()

    def alarms(self) -> Mapping[str, Alarm]:
        """The inventory's, by ARN. Raises StoreDown."""
        return self._known().alarms

    def around(self, alarms: Mapping[str, Alarm]) -> Around:
        """What is known beside these alarms. Raises StoreDown."""
        return replace(self._known().around, alarms=alarms)

    def placed(self, said: Observed) -> Observed:
        """In its service's place, with what its owners say of the service. Raises StoreDown."""
        place, service, observation = said
        known = self._known()
        if service.by == "name":
            service = self._better(said, known)
            place = place if place.service == service.name else replace(place, service=service.name)
        found = known.services.get((place.account_id, service.name)) or self._settled(service)
        placed = (place, found, observation)
        if observation.subject.arn.startswith(TOLD):
            self._name(placed)
        return placed

    def _better(self, said: Observed, known: _Known) -> Service:
        """A name tells least: what the inventory knows of the resource, or a rule, tells more."""
        place, service, observation = said
        resource = observation.subject.resource
        held = known.around.resources.get((place.account_id, place.region, resource)) if resource else None
        if held:
            return Service(held, "name")
        by_rule = ruled(resource or observation.subject.name, known.around.rules)
        return Service(by_rule, "rule") if by_rule else service

    def _settled(self, service: Service) -> Service:
        about = settled(service.name, service.name, self._routes.book().services)
        return service if service.about == about else replace(service, about=about)

    def _known(self) -> _Known:
        with self._lock:
            if self._held is None or self._held.until <= time.monotonic():
                self._held = self._read()
            return self._held

    def _read(self) -> _Known:
        resources = self._inventory.resources()
        owners: dict[tuple[str, str], tuple[str, ...]] = {}
        for account_id, region, name in resources:
            owners[region, name] = (*owners.get((region, name), ()), account_id)
        around = Around(
            resources=resources,
            owners=owners,
            schedules={s.monitor: s for s in self._inventory.schedules()},
            rules=self._routes.book().services,
            namespaces=self._wider.namespaces,
            names=self._wider.names,
        )
        services = {(e.account_id, e.service.name): e.service for e in reversed(self._inventory.endpoints())}
        alarms = {alarm.arn: alarm for alarm in self._inventory.alarms()}
        return _Known(around, services, alarms, time.monotonic() + FRESH_S)

    def _name(self, said: Observed) -> None:
        """Names are for suggestions only: one that is not kept takes nothing away from the report."""
        place, service, observation = said
        subject = observation.subject
        if (service.name, subject) in self._named:
            return
        schedule = Schedule(
            subject.arn,
            subject.name,
            place.account_id,
            place.region,
            place.family,
            subject.resource,
            observation.cadence,
            service,
        )
        try:
            if len(self._named) >= MOST_NAMED:
                self._named.clear()
            self._inventory.name_service(schedule)
            self._named.add((service.name, subject))
        except (StoreDown, Unsaved) as error:
            LOG.warning("name not kept", service=service.name, cause=error.cause)
