"""What somebody means by the words after `/ml metrics`: a service or an endpoint, and which of its metrics."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.parse import quoted
from bot.ports import Ask, Inventory
from commands._names import names_seen

Place = tuple[str, str]
"""Account id and Region."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`subject` as it is written in the inventory, empty when the fleet is asked; `words` name metrics or kinds."""

    subject: str
    resources: frozenset[str]
    """Endpoints and schedules of the subject, in the accounts of the question."""
    words: tuple[str, ...]

    @property
    def line(self) -> str:
        """The same as typed, for buttons."""
        return " ".join(quoted(word) for word in (self.subject, *self.words) if word)

    def of(self, words: Iterable[str]) -> "Asked":
        """The same subject, asked for other metrics."""
        return Asked(self.subject, self.resources, tuple(words))


def understood(text: str, inventory: Inventory, ask: Ask) -> Asked:
    """The longest beginning that names a service, endpoint or schedule is the subject; case does not matter."""
    words = text.split()
    known = {name.casefold(): name for name in names_seen(inventory, ask)}
    for count in range(len(words), 0, -1):
        name = known.get(" ".join(words[:count]).casefold())
        if name:
            return Asked(name, _resources(name, inventory, ask), tuple(words[count:]))
    return Asked("", frozenset(), tuple(words))


def _resources(name: str, inventory: Inventory, ask: Ask) -> frozenset[str]:
    """Of a service all that it ever had; an endpoint or schedule is itself alone."""
    places = {(account.id, region) for account, region in ask.scope.targets()}
    here = {key[2]: service for key, service in inventory.resources().items() if key[:2] in places}
    return frozenset(resource for resource, service in here.items() if name in {service, resource})
