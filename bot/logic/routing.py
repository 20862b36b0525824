"""Which route holds for an incident: the first that fits, and why each before it does not."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from bot.logic.words import listing
from bot.model.place import About, Place
from bot.model.route import Match, Route, RouteRule

LONGEST: Final = 256
"""Characters of a service's name that patterns see: a tag has no more (AWS docs: Tag)."""


def route_of(routes: Sequence[RouteRule], place: Place, about: About) -> RouteRule:
    """The first that fits; the last one fits anything."""
    return next((rule for rule in routes if fits(rule.match, place, about)), routes[-1])


def fits(match: Match, place: Place, about: About) -> bool:
    """Whether a route takes an incident."""
    return next(_misses(match, place, about), None) is None


def misses(match: Match, place: Place, about: About) -> tuple[str, ...]:
    """Why a route does not take an incident, one sentence for each word that does not fit."""
    return tuple(_misses(match, place, about))


def _misses(match: Match, place: Place, about: About) -> Iterator[str]:
    if match.accounts and place.account_id not in match.accounts:
        yield f"its account is {place.account_id}"
    if match.families and place.family not in match.families:
        yield f"it is of {place.family.value}"
    if match.services and not any(_like(place.service, pattern) for pattern in match.services):
        yield f"it is called {place.service}"
    for word, wanted, said in (("team", match.teams, about.team), ("owner", match.owners, about.owner)):
        if wanted and said.casefold() not in {one.casefold() for one in wanted}:
            yield f"its {word} is {said}" if said else f"nobody said its {word}"
    if match.severity and about.severity is None:
        yield "nobody said how severe it is"
    elif match.severity and about.severity and about.severity.rank < match.severity.rank:
        yield f"it is only {about.severity.value}"


def _like(name: str, pattern: str) -> bool:
    return fnmatchcase(name[:LONGEST].casefold(), pattern.casefold())


def taken(match: Match) -> str:
    """What a route takes, in words."""
    said = [
        _one_of("account", match.accounts),
        _one_of("team", match.teams),
        _one_of("owner", match.owners),
        _one_of("", tuple(family.value for family in match.families)),
        f"at least {match.severity.value}" if match.severity else "",
        _one_of("service", match.services),
    ]
    return "; ".join(filter(None, said)) or "everything else"


def _one_of(word: str, values: Iterable[str]) -> str:
    return f"{word} {listing(tuple(values), most=5)}".strip() if values else ""


def channels(routes: Iterable[Route]) -> tuple[str, ...]:
    """Where routes lead, each once."""
    return tuple(dict.fromkeys(route.channel.lstrip("#") for route in routes))
