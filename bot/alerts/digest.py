"""Says each channel's digest once a day, at its hour."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import cache

from bot.log import LOG
from bot.logic.digest import digest
from bot.logic.digest_hours import Due, due
from bot.model.account import Account
from bot.model.incident import Incident
from bot.model.route import Route
from bot.ports import Incidents, Inventory, Notices, Routes

Shared = tuple[str, time, str]
"""Channel, hour and zone: routes that have all three in common share a digest."""


class Digests:
    """For the process that polls for all. What was said is kept by its key, so another one says none again."""

    def __init__(self, incidents: Incidents, inventory: Inventory, routes: Routes, notices: Notices) -> None:
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._notices = notices
        self._said: dict[Shared, date] = {}

    def say(self, now: datetime) -> bool:
        """Queue what is due; whether there was any. Raises StoreDown or Unsaved: the next poll tries again."""
        queued = False
        # Routes that share an hour share one reading: of thousands of incidents it takes seconds.
        listed = cache(lambda since: self._incidents.list(now, resolved_since=since))
        for shared in dict.fromkeys(filter(None, map(_shared, self._routes.all()))):
            wanted = due(shared[1], shared[2], now)
            if wanted is None or self._said.get(shared) == wanted.day:
                continue
            queued |= self._put(shared, wanted, listed(wanted.since), now)
            self._said[shared] = wanted.day
        return queued

    def _put(self, shared: Shared, wanted: Due, listed: Iterable[Incident], now: datetime) -> bool:
        channel, hour, zone = shared
        reply = digest(self._of(shared, listed), wanted.since, now, self._accounts())
        added = self._notices.put(f"digest:{channel}:{hour:%H:%M}:{zone}:{wanted.day}", channel, reply, now)
        if added:
            LOG.info("digest queued", channel=channel, day=str(wanted.day))
        return added

    def _of(self, shared: Shared, listed: Iterable[Incident]) -> list[Incident]:
        """Those that go that way by the routes of now."""
        return [i for i in listed if _shared(self._routes.route(i.place, i.service.about)) == shared]

    def _accounts(self) -> Mapping[str, Account]:
        return {account.id: account for account in self._inventory.accounts()}


def _shared(route: Route) -> Shared | None:
    return (route.channel.lstrip("#"), route.digest_at, route.zone) if route.digest_at else None
