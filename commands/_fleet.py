"""The fleet of the asker's accounts, from the inventory: no account is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import BadRequest
from bot.logic.rhythm import Pulse, pulses
from bot.logic.words import listing
from bot.model.account import Account
from bot.model.fleet import Endpoint
from bot.model.place import Service
from bot.model.reply import Cell, Note, Part, Text, Time
from bot.parse import suggestion
from bot.ports import Ask, Inventory
from commands._names import names_seen, services_seen

MOST_NAMED = 5
MOST_LOOKED_AT = 20
"""Resources whose newest data is looked for: it takes a listing of S3 each, and more for a quiet one."""


Watched = tuple[str, str, str]
"""Account id, Region and name of an endpoint."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What was last seen of the scope."""

    accounts: Mapping[str, Account]
    endpoints: tuple[Endpoint, ...]
    pulses: tuple[Pulse, ...]
    watching: Mapping[Watched, Sequence[Pulse]]
    listed: Mapping[tuple[str, str], datetime]
    """When each account and Region was last listed as a whole, endpoints and monitors."""
    unlisted: tuple[str, ...]
    """Labels of the accounts of which a Region was never listed in full."""

    @property
    def as_of(self) -> datetime | None:
        """The oldest listing behind it; None while nothing was listed."""
        return min(self.listed.values(), default=None)

    def label(self, account_id: str) -> str:
        """As people call it."""
        account = self.accounts.get(account_id)
        return account.label if account else account_id

    def monitors(self, endpoint: Endpoint) -> Sequence[Pulse]:
        """The schedules that watch an endpoint."""
        return self.watching.get((endpoint.account_id, endpoint.region, endpoint.name), ())


def fleet_of(inventory: Inventory, ask: Ask) -> Fleet:
    """Of the accounts and Regions of the question."""
    targets = {(account.id, region): account for account, region in ask.scope.targets()}
    endpoints, schedules = inventory.as_of("endpoint"), inventory.as_of("schedule")
    places = [place for place in targets if place in endpoints and place in schedules]
    mine = [s for s in inventory.schedules() if (s.account_id, s.region) in targets]
    judged = pulses(mine, inventory.last_runs(), schedules, ask.now)
    return Fleet(
        accounts={a.id: a for a in ask.scope.accounts},
        endpoints=tuple(e for e in inventory.endpoints() if (e.account_id, e.region) in targets),
        pulses=judged,
        watching=_watching(judged),
        listed={place: min(endpoints[place], schedules[place]) for place in places},
        unlisted=tuple(sorted({account.label for place, account in targets.items() if place not in places})),
    )


def _watching(each: Iterable[Pulse]) -> Mapping[Watched, Sequence[Pulse]]:
    found: dict[Watched, list[Pulse]] = {}
    for pulse in each:
        schedule = pulse.schedule
        found.setdefault((schedule.account_id, schedule.region, schedule.endpoint), []).append(pulse)
    return found


def seen(fleet: Fleet) -> tuple[Text, ...]:
    """The small print: from when this is."""
    if fleet.as_of is None:
        return (("Nothing was listed yet. It is done every few minutes; Refresh asks the accounts now.",),)
    lines: list[Text] = [("As of ", Time(fleet.as_of, "time"), ". Refresh asks the accounts now.")]
    if fleet.unlisted:
        lines.append((f"Never listed: {listing(fleet.unlisted, most=MOST_NAMED)}. /ml doctor says what lacks there.",))
    return tuple(lines)


def notes(services: Iterable[tuple[str, Service]]) -> tuple[Part, ...]:
    """What is to be known of services that were asked for, given with their account's label.

    How they are known, if by name alone, and whether several accounts have one.
    """
    where: dict[str, set[str]] = {}
    by_name: set[str] = set()
    for label, service in services:
        where.setdefault(service.name, set()).add(label)
        if service.by == "name":
            by_name.add(f"{service.name} in {label}")
    said: list[str] = []
    if shared := sorted(name for name, labels in where.items() if len(labels) > 1):
        be = "is" if len(shared) == 1 else "are"
        said.append(f"{listing(tuple(shared))} {be} in several accounts, with incidents of its own in each.")
    if by_name:
        names = listing(tuple(sorted(by_name)))
        said.append(f"Known by name alone: {names}. The tag sagewatch:service says it for sure.")
    return (Note((" ".join(said),)),) if said else ()


def unknown(word: str, what: str, inventory: Inventory, ask: Ask, also: Iterable[str] = ()) -> BadRequest:
    """An answer to a name that nobody ever saw, with the nearest ones of the asker's accounts."""
    known = listing(services_seen(inventory, ask), most=10) or "none yet"
    near = suggestion(word, [*names_seen(inventory, ask), *also])
    return BadRequest(f"no {what} is called {word}{near}", f"Known services: {known}.")


def newest_hour(arn: str, newest: Mapping[str, datetime | None]) -> Cell:
    """The newest hour with data of a resource; nothing where it was not looked for."""
    hour = newest.get(arn)
    return Time(hour) if hour else "none" if arn in newest else ""
