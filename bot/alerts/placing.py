"""What is known of a service that another monitor names: by an endpoint of it, else by the settings."""

from dataclasses import replace

from bot.errors import StoreDown, Unsaved
from bot.log import LOG
from bot.logic.services import settled
from bot.model.monitor import Schedule
from bot.model.place import Service
from bot.model.report import Observed
from bot.ports import Inventory, Routes


class Placing:
    """Looks services up, and keeps the names of those that speak."""

    def __init__(self, inventory: Inventory, routes: Routes) -> None:
        self._inventory = inventory
        self._routes = routes

    def placed(self, said: Observed) -> Observed:
        """With what its owners say of the service. Raises StoreDown."""
        place, service, observation = said
        mine = (e.service for e in self._inventory.endpoints() if e.account_id == place.account_id)
        known = next((found for found in mine if found.name == service.name), None) or self._settled(service)
        self._name(said)
        return place, known, observation

    def _settled(self, service: Service) -> Service:
        return replace(service, about=settled(service.name, service.name, self._routes.book().services))

    def _name(self, said: Observed) -> None:
        """Names are for suggestions only: one that is not kept takes nothing away from the report."""
        place, service, observation = said
        subject = observation.subject
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
            self._inventory.name_service(schedule)
        except (StoreDown, Unsaved) as error:
            LOG.warning("name not kept", service=service.name, cause=error.cause)
