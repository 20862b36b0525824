"""What is known of the fleet, with the route that holds for each of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.logic.routing import misses, route_of, taken
from bot.logic.services import service_of
from bot.logic.words import listing, plural
from bot.model.place import About, Family, Place
from bot.model.reply import Bold, Note, Paragraph, Part
from bot.model.route import Route, RouteBook, RouteRule
from bot.ports import Ask, Incidents, Inventory

MOST_SHOWN = 10
MOST_ACCOUNTS = 10


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


def explained(book: RouteBook, found: Sequence[Routed], ask: Ask) -> tuple[Part, ...]:
    """For each route that holds for some of it: what of it goes there, why, and why not to those before it."""
    parts: list[Part] = []
    for rule in book.routes:
        here = [one for one in found if one.rule is rule]
        if here:
            parts += _reason(book, rule, here, {account.id: account.label for account in ask.scope.accounts})
    return tuple(parts)


def _reason(book: RouteBook, rule: RouteRule, here: Sequence[Routed], labels: Mapping[str, str]) -> Iterator[Part]:
    nth = book.routes.index(rule)
    lines = "".join(f"\n{line}" for line in _what(here, labels))
    head = f", to {channel(rule.route)}. It takes {taken(rule.match)}."
    yield Paragraph((Bold(f"{nth + 1} {rule.route.name}"), f"{head}{lines}"))
    before = tuple(_not(n, one, here) for n, one in enumerate(book.routes[:nth], 1))
    if before:
        more = f" And {len(before) - MOST_SHOWN} more before it." if len(before) > MOST_SHOWN else ""
        yield Note((f"{' '.join(before[:MOST_SHOWN])}{more}",))


def _what(here: Iterable[Routed], labels: Mapping[str, str]) -> Iterator[str]:
    """`ml-production (222222222222): bias, model quality`, a line for each account."""
    families: dict[str, set[str]] = {}
    for one in here:
        families.setdefault(one.place.account_id, set()).add(one.place.family.value)
    for account_id in list(families)[:MOST_ACCOUNTS]:
        label = labels.get(account_id, account_id)
        where = account_id if label == account_id else f"{label} ({account_id})"
        yield f"{where}: {', '.join(sorted(families[account_id]))}"
    if (more := len(families) - MOST_ACCOUNTS) > 0:
        yield f"and {plural(more, 'more account')}"


def channel(route: Route) -> str:
    """As people write it; ids have capitals only."""
    bare = route.channel.removeprefix("#")
    return bare if bare.isupper() else f"#{bare}"


def _not(nth: int, rule: RouteRule, here: Iterable[Routed]) -> str:
    why = dict.fromkeys(said for one in here for said in misses(rule.match, one.place, one.about))
    return f"Not {nth} {rule.route.name}: {listing(tuple(why), most=4)}."
