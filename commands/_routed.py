"""What is known of the fleet, with the route that holds for each of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.logic.routing import misses, route_of, taken
from bot.logic.services import service_of
from bot.logic.words import listing
from bot.model.place import About, Family, Place
from bot.model.reply import Bold, Note, Paragraph, Part
from bot.model.route import Route, RouteBook, RouteRule
from bot.ports import Ask, Incidents, Inventory

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Routed:
    """A place, by which names it is known, and where it goes. `number` is its incident's, if one is not resolved."""

    place: Place
    about: About
    rule: RouteRule
    names: tuple[str, ...] = ()
    number: int | None = None

    def is_called(self, what: str) -> bool:
        """By its service's, endpoint's or schedule's name."""
        return what.casefold() in {name.casefold() for name in (self.place.service, *self.names)}


def routed(book: RouteBook, incidents: Incidents, inventory: Inventory, ask: Ask) -> list[Routed]:
    """Incidents that are not resolved, monitors, and endpoints without one, of the accounts that the asker may see."""
    covered = {account.id for account in ask.scope.accounts}
    found: dict[Place, Routed] = {}
    for incident in incidents.list(ask.now):
        about = incident.service.about
        rule = route_of(book.routes, incident.place, about)
        found[incident.place] = Routed(incident.place, about, rule, number=incident.number)
    for place, about, names in _known(book, inventory):
        if place in found:
            found[place] = Routed(place, found[place].about, found[place].rule, names, found[place].number)
        else:
            found[place] = Routed(place, about, route_of(book.routes, place, about), names)
    return [one for _, one in sorted(found.items()) if one.place.account_id in covered]


def _known(book: RouteBook, inventory: Inventory) -> Iterator[tuple[Place, About, tuple[str, ...]]]:
    for schedule in inventory.schedules():
        service = service_of(schedule.endpoint or schedule.name, dict(schedule.tags), book.services)
        place = Place(schedule.account_id, schedule.region, service.name, schedule.family)
        yield place, service.about, (schedule.name, schedule.endpoint)
    for endpoint in inventory.endpoints():
        service = service_of(endpoint.name, dict(endpoint.tags), book.services)
        place = Place(endpoint.account_id, endpoint.region, service.name, Family.OPERATIONS)
        yield place, service.about, (endpoint.name,)


def explained(book: RouteBook, found: Sequence[Routed]) -> tuple[Part, ...]:
    """For each route that holds for some of it: what of it goes there, why, and why not to those before it."""
    parts: list[Part] = []
    for rule in book.routes:
        here = [one for one in found if one.rule is rule]
        if here:
            parts += _reason(book, rule, here)
    return tuple(parts)


def _reason(book: RouteBook, rule: RouteRule, here: Sequence[Routed]) -> Iterator[Part]:
    nth = book.routes.index(rule)
    what = listing(tuple(dict.fromkeys(f"{one.place.family.value} in {one.place.account_id}" for one in here)), most=5)
    to = channel(rule.route)
    yield Paragraph((Bold(f"{nth + 1} {rule.route.name}"), f", to {to}: {what}. It takes {taken(rule.match)}."))
    before = tuple(_not(n, one, here) for n, one in enumerate(book.routes[:nth], 1))
    if before:
        more = f" And {len(before) - MOST_SHOWN} more before it." if len(before) > MOST_SHOWN else ""
        yield Note((f"{' '.join(before[:MOST_SHOWN])}{more}",))


def channel(route: Route) -> str:
    """As people write it; ids have capitals only."""
    bare = route.channel.removeprefix("#")
    return bare if bare.isupper() else f"#{bare}"


def _not(nth: int, rule: RouteRule, here: Iterable[Routed]) -> str:
    why = dict.fromkeys(said for one in here for said in misses(rule.match, one.place, one.about))
    return f"Not {nth} {rule.route.name}: {listing(tuple(why), most=4)}."
